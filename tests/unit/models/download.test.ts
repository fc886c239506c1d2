import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { appError } from '../../../src/errors';
import { installModel, type InstallProgress } from '../../../src/models/download/download';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import {
  isInstalled,
  modelShards,
  readModelFile,
  removeModel,
} from '../../../src/models/store/weight-store';
import { textFile, toyManifest } from './toy-manifest';

const BASE = 'http://host/sub/path/models/toy/';
let entry: DiffusionEntry;
/** Path → what the server answers: text, a status, or a function called at each request. */
let server: Record<string, string | number | (() => string | number)>;
let requests: string[];

beforeEach(() => {
  [entry] = toyManifest().models;
  server = {
    'tokenizer.json': 'toks',
    'tokenizer_config.json': 'conf',
    ...Object.fromEntries(
      ['text', 'unet', 'vae'].flatMap((name) => [
        [`${name}.onnx`, `graph of ${name}`],
        [`${name}.data`, `weights of ${name}`],
      ]),
    ),
  };
  requests = [];
  vi.stubGlobal('fetch', (url: string, { signal }: RequestInit) => {
    signal?.throwIfAborted();
    expect(url.startsWith(BASE)).toBe(true);
    const path = url.slice(BASE.length);
    requests.push(path);
    const answer = server[path] ?? 404;
    const now = typeof answer === 'function' ? answer() : answer;
    return Promise.resolve(
      typeof now === 'number' ? new Response('', { status: now }) : new Response(now),
    );
  });
});

afterEach(() => vi.unstubAllGlobals());

function install(store = memoryWeightStore(), progress: InstallProgress[] = []) {
  const { signal } = new AbortController();
  const onProgress = (report: InstallProgress) => progress.push(report);
  return installModel(entry, BASE, store, { signal, onProgress, retryDelayMs: 1 });
}

test('an install stores every file and marks the model last', async () => {
  const store = memoryWeightStore();
  const progress: InstallProgress[] = [];
  await install(store, progress);
  expect(await isInstalled(store, entry)).toBe(true);
  const blob = await readModelFile(store, 'toy', entry.components.unet.weights[0]);
  expect(await blob.text()).toBe('weights of unet');
  const bytesTotal = modelShards(entry).reduce((sum, shard) => sum + shard.bytes, 0);
  expect(progress[0]).toMatchObject({ stage: 'download', bytesDone: 0, bytesTotal });
  expect(progress.at(-1)).toEqual({ stage: 'verify', bytesDone: bytesTotal, bytesTotal });
});

test('a second install fetches nothing', async () => {
  const store = memoryWeightStore();
  await install(store);
  requests = [];
  await install(store);
  expect(requests).toEqual([]);
});

test('shards of an install that a closed tab broke off are not fetched again', async () => {
  const store = memoryWeightStore();
  await install(store);
  await store.unmark('toy');
  await store.deleteShards([entry.components.unet.graph.shards[0].sha256!]);
  requests = [];
  await install(store);
  expect(requests).toEqual(['unet.onnx']);
});

test.each([
  ['missing', 404, 'NetworkFailed', /unet\.data could not be fetched: the server answered 404/],
  ['short', 'weights', 'NetworkFailed', /expected 15 bytes, got 7/],
  ['too long', 'weights of unet and more', 'NetworkFailed', /expected 15 bytes, got more/],
  ['altered', 'weights of uneT', 'ModelCorrupt', /unet\.data does not match its checksum/],
])(
  'a shard that is %s is a named error, and the next install goes on from what came',
  async (_, answer, name, text) => {
    server['unet.data'] = answer;
    const store = memoryWeightStore();
    const error = await install(store).catch((error: Error) => error);
    expect(error).toMatchObject({ name, message: expect.stringMatching(text) as string });
    expect(await store.installed()).toEqual([]);
    expect(await isInstalled(store, entry)).toBe(false);

    server['unet.data'] = 'weights of unet';
    requests = [];
    await install(store);
    expect(await isInstalled(store, entry)).toBe(true);
    expect(requests).toContain('unet.data');
    expect(requests).not.toContain('tokenizer.json');
  },
);

test('a failure is tried five times, a refusal once; a wrong hash is fetched once more', async () => {
  server['unet.data'] = 503;
  await expect(install()).rejects.toThrow('503');
  expect(requests.filter((path) => path === 'unet.data')).toHaveLength(5);
  requests = [];
  server['unet.data'] = 404;
  await expect(install()).rejects.toThrow('404');
  expect(requests.filter((path) => path === 'unet.data')).toHaveLength(1);
  requests = [];
  server['unet.data'] = 'weights of uneT';
  await expect(install()).rejects.toThrow('checksum');
  expect(requests.filter((path) => path === 'unet.data')).toHaveLength(2);
});

test('one bad answer is got over', async () => {
  const answers: (string | number)[] = [500, 'weights of uneT', 'weights of unet'];
  server['unet.data'] = () => answers.shift()!;
  const store = memoryWeightStore();
  await install(store);
  expect(await isInstalled(store, entry)).toBe(true);
});

test('a cancel is an AbortError, and what came stays for the next install', async () => {
  const store = memoryWeightStore();
  const controller = new AbortController();
  server['unet.data'] = () => {
    controller.abort();
    return 'weights of unet';
  };
  const { signal } = controller;
  const job = installModel(entry, BASE, store, { signal, onProgress: () => undefined });
  await expect(job).rejects.toMatchObject({ name: 'AbortError' });
  expect(await isInstalled(store, entry)).toBe(false);
  expect(await store.shardKeys()).toContain(entry.tokenizer.file.shards[0].sha256);
});

test('a store that is full is passed on and leaves nothing behind', async () => {
  const store = memoryWeightStore();
  const error = appError('QuotaExceeded', 'full');
  const full = { ...store, markInstalled: () => Promise.reject(error) };
  await expect(install(full)).rejects.toThrow('full');
  expect(await store.shardKeys()).toEqual([]);
  expect([...(await store.partialBytes())]).toEqual([]);
});

test('a hash that nobody published is recorded at first install', async () => {
  entry.tokenizer.file = textFile('tokenizer.json', 'toks', null);
  const store = memoryWeightStore();
  await install(store);
  const shard = await store.shard('toy/tokenizer.json');
  expect(shard?.sha256).toBe(textFile('tokenizer.json', 'toks').shards[0].sha256);
  expect(await isInstalled(store, entry)).toBe(true);
});

test('a changed manifest entry needs an install, which drops what is left over', async () => {
  const store = memoryWeightStore();
  await install(store);
  const old = entry.tokenizer.file.shards[0].sha256!;
  entry.tokenizer.file = textFile('tokenizer.json', 'new!');
  server['tokenizer.json'] = 'new!';
  expect(await isInstalled(store, entry)).toBe(false);
  requests = [];
  await install(store);
  expect(requests).toEqual(['tokenizer.json']);
  expect(await store.shardKeys()).not.toContain(old);
});

test('removing a model keeps the shards that another one names', async () => {
  const store = memoryWeightStore();
  await install(store);
  entry = { ...entry, id: 'toy-2', tokenizer: { ...entry.tokenizer, file: textFile('b', 'bbb') } };
  server.b = 'bbb';
  requests = [];
  await install(store);
  expect(requests).toEqual(['b']);
  await removeModel(store, 'toy');
  expect(await isInstalled(store, entry)).toBe(true);
  await expect(readModelFile(store, 'toy-2', entry.tokenizer.config)).resolves.toHaveProperty(
    'size',
    4,
  );
  await removeModel(store, 'toy-2');
  expect(await store.shardKeys()).toEqual([]);
});

test('a file with a shard that is gone is ModelCorrupt', async () => {
  const store = memoryWeightStore();
  await install(store);
  await store.deleteShards([entry.tokenizer.file.shards[0].sha256!]);
  await expect(readModelFile(store, 'toy', entry.tokenizer.file)).rejects.toMatchObject({
    name: 'ModelCorrupt',
    message: expect.stringContaining('expected 4 bytes, got 0') as string,
  });
});
