import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { importViolations } from './import-rules';

const root = resolve(import.meta.dirname, '../..');

function sources(): Map<string, string> {
  const paths = ['src', 'workers'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|svelte)$/.test(path))
      .map((path) => `${top}/${path.replaceAll('\\', '/')}`),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

test('every folder imports only what the table allows', () => {
  const files = sources();

  expect(files.size).toBeGreaterThan(2);
  expect(importViolations(files)).toEqual([]);
}, 30_000);

test.each([
  [
    'a component reaching past its state',
    'src/views/gallery/Gallery.svelte',
    "import { a } from '../../gallery/gallery-store'",
  ],
  [
    'a view running diffusion',
    'src/views/studio/state/x.svelte.ts',
    "import { a } from '../../../diffusion/pipeline'",
  ],
  ['an arrow up', 'src/controls/x.ts', "import { a } from '../views/studio/state/form'"],
  [
    'views of one floor that know each other',
    'src/views/evaluate/x.ts',
    "import { a } from '../finetune/y'",
  ],
  [
    'a type of the page below it',
    'src/dataset/x.ts',
    "import type { A } from '../shell/studio.svelte'",
  ],
  ['a room without a floor', 'src/attic/x.ts', "import { a } from '../image/png'"],
  ['the page running diffusion', 'src/main.ts', "import { a } from './diffusion/pipeline'"],
  [
    'diffusion touching the page',
    'src/diffusion/model.ts',
    "import { a } from '../browser/settings'",
  ],
  ['a worker touching the page', 'workers/x.worker.ts', "import { a } from '../src/shell/x'"],
  [
    'models knowing diffusion',
    'src/models/download/download.ts',
    "export { a } from '../../diffusion/unet'",
  ],
  [
    'a second user of the runtime',
    'src/diffusion/unet.ts',
    "import * as o from 'onnxruntime-web/webgpu'",
  ],
  ['a second user of comlink', 'src/shell/x.svelte.ts', "import { wrap } from 'comlink'"],
  [
    'a scheduler importing another',
    'src/diffusion/schedulers/ddim.ts',
    "import { a } from './euler'",
  ],
  [
    'a scheduler importing a package',
    'src/diffusion/schedulers/ddim.ts',
    "import { a } from 'idb'",
  ],
  ['a dynamic import', 'src/image/png.ts', "const a = await import('../gallery/gallery-store')"],
  [
    'a value from the thread contract',
    'src/image/png.ts',
    "import { a } from '../contract/request'",
  ],
])('%s is a violation', (_what, path, line) => {
  const text = path.endsWith('.svelte')
    ? `<script lang="ts">\n  ${line};\n</script>`
    : `${line};\n`;

  const violations = importViolations(new Map([[path, text]]));

  expect(violations).toHaveLength(1);
  expect(violations[0]).toContain(path);
});

test.each([
  [
    'types from the thread contract',
    'src/image/png.ts',
    "import type { A } from '../contract/request'",
  ],
  ['errors', 'src/crypto/key.ts', "import { appError } from '../errors'"],
  [
    'the runtime in session.ts',
    'src/models/runtime/session.ts',
    "import * as o from 'onnxruntime-web/webgpu'",
  ],
  ['the scheduler registry', 'src/diffusion/schedulers/index.ts', "import { a } from './ddim'"],
  ['an import in a comment', 'src/image/png.ts', "// import { a } from '../diffusion/unet'"],
])('%s is allowed', (_what, path, line) => {
  expect(importViolations(new Map([[path, `${line};\n`]]))).toEqual([]);
});
