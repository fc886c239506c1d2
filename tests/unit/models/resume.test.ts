import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dropDamagedShards } from '../../../src/models/download/check-installed';
import { installModel, type InstallProgress } from '../../../src/models/download/download';
import type { DiffusionEntry, ModelFile } from '../../../src/models/manifest/manifest';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import {
  isInstalled,
  readModelFile,
  type WeightStore,
} from '../../../src/models/store/weight-store';
import { startHostileServer, type HostileServer, type Malice } from '../../hostile-server';
import { toyManifest } from './toy-manifest';

const MIB = 2 ** 20;
const BIG = randomBytes(3 * MIB);

let server: HostileServer;
let entry: DiffusionEntry;
let store: WeightStore;
let file: ModelFile;

beforeEach(async () => {
  entry = toyManifest().models[0];
  file = bigFile();
  entry.components.unet.weights = [file];
  const files = new Map<string, Buffer>([['unet.data', BIG]]);
  for (const [name, text] of [
    ['tokenizer.json', 'toks'],
    ['tokenizer_config.json', 'conf'],
    ...['text', 'unet', 'vae'].map((name) => [`${name}.onnx`, `graph of ${name}`]),
    ...['text', 'vae'].map((name) => [`${name}.data`, `weights of ${name}`]),
  ]) {
    files.set(name, Buffer.from(text));
  }
  server = await startHostileServer(files);
  store = memoryWeightStore();
});

afterEach(() => {
  vi.unstubAllGlobals();
  return server.close();
});

/** One shard, the whole file. */
function bigFile(): ModelFile {
  const shard = { path: 'unet.data', bytes: BIG.length, sha256: sha256(BIG) };
  return { name: 'unet.data', bytes: BIG.length, shards: [shard] };
}

/** Three shards of one file, cut by offset, as a model host has them: only the whole has a hash. */
function cutFile(hash = sha256(BIG)): ModelFile {
  const shards = [0, 1, 2].map((i) => ({
    ...{ path: 'unet.data', offset: i * MIB, bytes: MIB, sha256: null },
  }));
  return { name: 'unet.data', bytes: BIG.length, sha256: hash, shards };
}

function sha256(bytes: Uint8Array) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The answers to requests for the big file are treated like this, one after the other; then honestly. */
function treatBig(...malices: Malice[]) {
  server.treat = (path) => (path === 'unet.data' ? (malices.shift() ?? {}) : {});
}

function install(progress: InstallProgress[] = []) {
  const { signal } = new AbortController();
  const onProgress = (report: InstallProgress) => progress.push(report);
  return installModel(entry, server.url, store, { signal, onProgress, retryDelayMs: 1 });
}

const bigRequests = () => server.log.filter(({ path }) => path === 'unet.data');

async function storedBig() {
  return Buffer.from(await (await readModelFile(store, 'toy', file)).arrayBuffer());
}

test('a cut connection goes on at the byte where it was cut, on the same version only', async () => {
  treatBig({ cutAfter: 1_500_000 });
  await install();
  const [first, second] = bigRequests();
  expect(first).toMatchObject({ range: undefined, status: 200 });
  const start = Number(/^bytes=(\d+)-3145727$/.exec(second.range ?? '')?.[1]);
  expect(start).toBeGreaterThan(1_000_000);
  expect(start).toBeLessThanOrEqual(1_500_000);
  expect(second).toMatchObject({ ifRange: '"unet.data-0"', status: 206 });
  expect(first.sent + second.sent).toBeLessThanOrEqual(BIG.length + 500_000);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('an install that was stopped in mid-shard goes on behind its bytes, and says how many it has', async () => {
  const stop = new AbortController();
  treatBig({ bytesPerSecond: 8e6 });
  const onProgress = (report: InstallProgress) => {
    if (report.stage === 'download' && report.bytesDone > 700_000) stop.abort();
  };
  const options = { signal: stop.signal, onProgress, retryDelayMs: 1 };
  const stopped = installModel(entry, server.url, store, options);
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  const [kept] = [...(await store.partialBytes()).values()];
  expect(kept).toBeGreaterThan(600_000);

  const progress: InstallProgress[] = [];
  await install(progress);
  expect(bigRequests().at(-1)!.range).toBe(`bytes=${kept}-3145727`);
  const downloads = progress.filter(({ stage }) => stage === 'download');
  expect(downloads[0]).toMatchObject({ bytesDone: 75 + kept, bytesTotal: 75 + BIG.length });
  expect((await storedBig()).equals(BIG)).toBe(true);
  expect([...(await store.partialBytes())]).toEqual([]);
});

test('a server that ignores Range is read again from the start', async () => {
  treatBig({ cutAfter: 1_500_000 }, { ignoresRange: true });
  await install();
  expect(bigRequests().map(({ status }) => status)).toEqual([200, 200]);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('bytes of two versions are never mixed: a new ETag starts the shard again', async () => {
  treatBig({ cutAfter: 1_500_000 }, { changesEtag: true });
  await install();
  expect(bigRequests().map(({ status }) => status)).toEqual([200, 200]);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('from another origin no If-Range is sent, and the ETag of the answer decides', async () => {
  vi.stubGlobal('location', { origin: 'https://elsewhere.example' });
  treatBig({ cutAfter: 1_500_000 }, { changesEtag: true });
  await install();
  const [, second, third] = bigRequests();
  expect(second).toMatchObject({ ifRange: undefined, status: 206 });
  expect(third).toMatchObject({ range: undefined, status: 200 });
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('a part of a file from a server that ignores Range is refused by name', async () => {
  file = cutFile();
  entry.components.unet.weights = [file];
  treatBig({}, { ignoresRange: true });
  await expect(install()).rejects.toMatchObject({
    name: 'NetworkFailed',
    message: expect.stringContaining('ignores byte ranges') as string,
  });
});

test('without an ETag the length decides, and bytes go on where it fits', async () => {
  treatBig({ cutAfter: 1_500_000, withoutEtag: true }, { withoutEtag: true });
  await install();
  expect(bigRequests()[1]).toMatchObject({ ifRange: undefined, status: 206 });
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('a byte that was wrong on the wire costs one shard', async () => {
  treatBig({ corruptAt: 2_000_000 });
  await install();
  expect(bigRequests()).toHaveLength(2);
  expect(server.log).toHaveLength(9);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('many cuts are no failure as long as bytes come', async () => {
  treatBig(...Array.from({ length: 8 }, () => ({ cutAfter: 350_000 })));
  await install();
  expect(bigRequests()).toHaveLength(9);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('parts of a file of which only the whole has a hash are fetched by range and checked as a whole', async () => {
  file = cutFile();
  entry.components.unet.weights = [file];
  await install();
  expect(bigRequests().map(({ range }) => range)).toEqual([
    'bytes=0-1048575',
    'bytes=1048576-2097151',
    'bytes=2097152-3145727',
  ]);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('a whole file with a wrong hash is not installed, and is fetched again next time', async () => {
  file = cutFile('a'.repeat(64));
  entry.components.unet.weights = [file];
  await expect(install()).rejects.toMatchObject({ name: 'ModelCorrupt' });
  expect(await isInstalled(store, entry)).toBe(false);
  file = cutFile();
  entry.components.unet.weights = [file];
  await install();
  expect(bigRequests()).toHaveLength(6);
  expect(await isInstalled(store, entry)).toBe(true);
});

test.each([
  ['with a published hash', () => bigFile()],
  ['with one recorded at first install', () => cutFile()],
])('a flipped bit is found, %s, and only its shard is fetched again', async (_, make) => {
  file = make();
  entry.components.unet.weights = [file];
  await install();
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  expect(await dropDamagedShards(entry, store, options)).toEqual([]);

  const key = (await store.shardKeys()).find((key) => key === sha256(BIG) || key.endsWith('@0'))!;
  const stored = (await store.shard(key))!;
  const bytes = new Uint8Array(await stored.blob.arrayBuffer());
  bytes[12_345] ^= 4;
  await store.putShard({ ...stored, blob: new Blob([bytes]) });
  expect(await dropDamagedShards(entry, store, options)).toEqual(['unet.data']);
  expect(await isInstalled(store, entry)).toBe(false);

  server.log.length = 0;
  await install();
  expect(server.log).toHaveLength(1);
  expect(await isInstalled(store, entry)).toBe(true);
  expect((await storedBig()).equals(BIG)).toBe(true);
});

test('what is missing of a package that came by hand is not looked for anywhere', async () => {
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  await expect(installModel(entry, null, store, options)).rejects.toMatchObject({
    name: 'ModelCorrupt',
    message: expect.stringContaining('by hand') as string,
  });
  expect(server.log).toEqual([]);
});
