import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exportToZip } from '../../../src/models/download/export-package';
import { sideloadModels } from '../../../src/models/download/sideload';
import { modelHash } from '../../../src/models/manifest/located-model';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import { isInstalled, modelShards, removeModel } from '../../../src/models/store/weight-store';
import { generatorEntry } from '../diffusion/generators';

const FOLDER = resolve(import.meta.dirname, '../../fixtures/tiny-generators');
const IDS = ['tiny-cgan', 'tiny-cvae', 'tiny-mask-gan'];
const options = { signal: new AbortController().signal, onProgress: () => undefined };

function dropped(change: (path: string, bytes: Buffer<ArrayBuffer>) => void = () => undefined) {
  const paths = ['model-manifest.json', ...IDS.map((id) => `models/${id}/generator.onnx`)];
  return paths.map((path) => {
    const bytes = Buffer.from(readFileSync(join(FOLDER, path)));
    change(path, bytes);
    return { path: `stick/${path}`, file: new File([bytes], path) };
  });
}

test('a folder of generators is installed whole, exported, and taken again as the same models', async () => {
  const store = memoryWeightStore();
  const installed = await sideloadModels(dropped(), [], store, options);
  expect(installed.map(({ modelId }) => modelId)).toEqual(IDS);
  const second = memoryWeightStore();
  for (const id of IDS) {
    const entry = generatorEntry(id);
    expect(await isInstalled(store, entry)).toBe(true);
    expect(modelShards(entry).map(({ path }) => path)).toEqual(['generator.onnx']);
    const zip = await exportToZip(entry, store, options);
    const file = { path: `${id}.zip`, file: new File([zip], `${id}.zip`) };
    await sideloadModels([file], [], second, options);
  }
  const again = await second.installed();
  const hashes = await Promise.all(again.map(({ entry }) => modelHash(entry!)));
  expect(hashes).toEqual(await Promise.all(IDS.map((id) => modelHash(generatorEntry(id)))));

  for (const id of IDS) await removeModel(store, id, generatorEntry(id));
  expect(await store.installed()).toEqual([]);
  expect(await store.shardKeys()).toEqual([]);
});

test('a byte that changed on the way is found, and nothing of that package stays', async () => {
  const store = memoryWeightStore();
  const files = dropped((path, bytes) => {
    if (path.includes('tiny-cgan')) bytes[2000] ^= 1;
  });
  await expect(sideloadModels(files, [], store, options)).rejects.toMatchObject({
    name: 'ModelCorrupt',
  });
  expect(await store.shardKeys()).toEqual([]);
});
