import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHIPPED, TINY_MODEL, expect, test as base } from '../app';

/** `folder`: a copy of the fixture model that a test may break. */
const test = base.extend<{ folder: string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'phantoscope-model-'));
    cpSync(TINY_MODEL, folder, { recursive: true });
    await use(folder);
    await rm(folder, { recursive: true });
  },
});

const SHARD = 'models/tiny/unet-0.bin';

test('a shard that is missing on the server is named, and installed once it is there', async ({
  serve,
  studio,
  folder,
}) => {
  rmSync(join(folder, SHARD));
  const server = await serve([{ prefix: '/', folder }, ...SHIPPED]);

  await studio.page.goto(server.url);
  await expect(studio.alert).toContainText('unet-0.bin');
  cpSync(join(TINY_MODEL, SHARD), join(folder, SHARD));
  await studio.alert.getByRole('button', { name: /again/i }).click();

  await studio.makeImage('chest x-ray', 1);
});

for (const [what, breakShard] of [
  ['altered', (bytes: Buffer) => bytes.fill(1, 1000, 1010)],
  ['short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
] as const) {
  test(`a shard that is ${what} is refused, and a good one in its place works`, async ({
    serve,
    studio,
    folder,
  }) => {
    const shard = join(folder, SHARD);
    writeFileSync(shard, breakShard(readFileSync(shard)));
    const server = await serve([{ prefix: '/', folder }, ...SHIPPED]);

    await studio.page.goto(server.url);
    await expect(studio.alert).toContainText('unet-0.bin');
    cpSync(join(TINY_MODEL, SHARD), shard);
    await studio.page.reload();

    await studio.makeImage('chest x-ray', 1);
  });
}

test('a manifest that does not fit its schema is refused with the place', async ({
  serve,
  studio,
  folder,
}) => {
  const path = join(folder, 'model-manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { models: { latents: unknown }[] };
  manifest.models[0].latents = { channels: 'four' };
  writeFileSync(path, JSON.stringify(manifest));
  const server = await serve([{ prefix: '/', folder }, ...SHIPPED]);

  await studio.page.goto(server.url);

  await expect(studio.alert).toContainText('/models/0/latents');
});
