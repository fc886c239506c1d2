import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { filesBelow, trainingFolder } from '../../../cli/file-names.js';
import { startStaticServer } from '../../../cli/static-server.js';

test.each(['plain', 'meine Bilder', 'größe 50 % #1', '画像'])(
  'images of a folder called "%s" can be read under the names that the app is told',
  async (name) => {
    const folder = join(mkdtempSync(join(tmpdir(), 'phantoscope-')), name);
    mkdirSync(join(folder, 'a label'), { recursive: true });
    writeFileSync(join(folder, 'a label/ein Bild.png'), 'pixels');
    const { files, mount } = trainingFolder(folder);
    expect(files).toEqual([`${name}/a label/ein Bild.png`]);

    const server = await startStaticServer({ mounts: [mount] });
    const path = files[0].split('/').map(encodeURIComponent).join('/'); // src/cli/finetune.ts
    const response = await fetch(new URL(`images/train/${path}`, server.url));
    expect([response.status, await response.text()]).toEqual([200, 'pixels']);
    await server.close();
  },
);

test('a place for the factors that cannot be made is named before anything is started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-'));
  writeFileSync(join(folder, 'file'), '');
  const args = [
    '--images',
    folder,
    '--steps',
    '1',
    '--out',
    join(folder, 'file/factors.safetensors'),
  ];
  const command = fileURLToPath(new URL('../../../cli/finetune.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  expect(stderr).toContain('RequestInvalid: --out');
  expect(status).toBe(2);
});

test('a link that leads nowhere is passed over, not the end of the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-'));
  writeFileSync(join(folder, 'whole.png'), 'pixels');
  symlinkSync(join(folder, 'gone.png'), join(folder, 'broken.png'));
  expect(filesBelow(folder)).toEqual(['whole.png']);
});
