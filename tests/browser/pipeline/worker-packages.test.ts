/** What a worker makes of manifests and packages: missing, altered, of another version. */
import { afterEach, expect, test } from 'vitest';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import type { DiffusionManifest } from '../../diffusion-manifest';
import {
  changedManifest,
  follow,
  generate,
  installed,
  MANIFEST_URL,
  removeClients,
  request,
  start,
} from './worker-clients';

afterEach(removeClients);

test('the second visit fetches no weight', async () => {
  await installed();
  const second = start();
  expect(await second.isInstalled(request.modelId)).toBe(true);
  const install = follow();
  await second.install(request.modelId, install.options);
  expect(install.stages).toEqual([]);
});

test('a model that is not installed, or not known, is a named error', async () => {
  const client = start();
  await expect(generate(client)).rejects.toMatchObject({
    name: 'ModelCorrupt',
    message: expect.stringContaining('Download it') as string,
  });
  await expect(generate(client, 'wasm', { modelId: 'nope' })).rejects.toMatchObject({
    name: 'ModelUnsupported',
    message: expect.stringContaining('"nope"') as string,
  });
});

test('an altered shard is ModelCorrupt, a missing one NetworkFailed, and neither installs', async () => {
  const altered = await changedManifest(({ models: [model] }) => {
    model.components.unet.graph.shards[0].sha256 = 'a'.repeat(64);
  });
  const client = start({ manifestUrl: altered });
  await expect(client.install(request.modelId, follow().options)).rejects.toMatchObject({
    name: 'ModelCorrupt',
  });
  expect(await client.isInstalled(request.modelId)).toBe(false);

  const missing = await changedManifest(({ models: [model] }) => {
    Object.assign(model.components.unet.graph.shards[0], { path: 'gone.onnx', sha256: null });
  });
  const other = start({ manifestUrl: missing });
  await expect(other.install(request.modelId, follow().options)).rejects.toMatchObject({
    name: 'NetworkFailed',
  });
  expect(await other.isInstalled(request.modelId)).toBe(false);
});

test('a manifest that does not fit its schema is refused by the page, and by name where a worker meets it', async () => {
  const manifestUrl = await changedManifest((manifest) => Object.assign(manifest, { models: [] }));
  await expect(loadManifest(manifestUrl)).rejects.toMatchObject({ name: 'ManifestInvalid' });
  const client = start({ manifestUrl });
  await expect(client.install(request.modelId, follow().options)).rejects.toMatchObject({
    name: 'ModelUnsupported',
  });
});

test('what was learnt on other weights is refused before anything is fetched', async () => {
  const client = start();
  const { id: modelId } = ((await (await fetch(MANIFEST_URL)).json()) as DiffusionManifest)
    .models[0];
  const base = { modelId, version: '0.0.1', unetSha256: 'ab'.repeat(32) };
  const lora = { factors: [], strength: 1, title: 'Knees', base };
  await expect(client.check({ ...request, lora })).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringContaining('"Knees" was learnt on version 0.0.1 of Tiny') as string,
  });
  expect(await client.isInstalled(modelId)).toBe(false);
});

test('a browser that holds an earlier version fetches what is new and drops what is old', async () => {
  // Another file of the package stands for the graph as it was.
  const manifestUrl = await changedManifest(({ models: [{ components }] }) => {
    const { unet } = components;
    [unet.graph, unet.loraGraph] = [unet.loraGraph!, undefined];
  });
  const old = await installed({ manifestUrl });
  expect(await old.isInstalled(request.modelId)).toBe(true);

  const client = start();
  const [before] = await client.models();
  expect(before.state).toBe('partial');
  const missing = before.bytes - before.storedBytes;
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan(before.bytes / 2);
  const fetched: number[] = [];
  const { options } = follow((progress) => {
    if (progress.stage === 'download') fetched.push(progress.bytesTotal - progress.bytesDone);
  });
  await client.install(request.modelId, options);
  expect(Math.max(...fetched)).toBeLessThanOrEqual(missing);
  const { modelHash } = await generate(client);
  expect(modelHash).toBe((await client.models())[0].hash);
  expect(await old.isInstalled(request.modelId)).toBe(false);
});
