import { expect, test, vi } from 'vitest';
import { deviceHistoryOf } from '../../../src/diffusion/engine/device-history';
import { appError } from '../../../src/errors';
import type { Twin } from '../../../src/models/manifest/model-files';
import type { Backend } from '../../../src/models/runtime/backend';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import { installRecord } from '../../../src/models/store/weight-store';

vi.mock('../../../src/models/runtime/runtime', () => ({
  chooseBuild: () => 'jspi',
  RUNTIME_BUILDS: { jspi: { wasmGzUrl: 'runtime-1.wasm.gz' } },
}));

const on = (device: string): Backend => ({
  report: { backend: 'webgpu', device, reason: { kind: 'fastest' } },
  gpu: null,
  numThreads: 1,
});

async function installed() {
  const store = memoryWeightStore();
  await store.markInstalled({ modelId: 'toy', shardKeys: [], installedAt: new Date(0) });
  const passed = async () => (await installRecord(store, 'toy'))?.passedOn;
  const visit = (device = 'a GPU', canWait = true) =>
    deviceHistoryOf(store, 'toy', on(device), canWait);
  return { store, passed, visit };
}

test('tests are put off only where this device passed them with this install', async () => {
  const { store, visit } = await installed();
  const first = await visit();
  expect(first.later).toBeUndefined();
  await first.notePassed();
  expect((await visit()).later).toBeDefined();
  expect((await visit('another GPU')).later).toBeUndefined();
  expect((await visit('a GPU', false)).later).toBeUndefined();
  await store.markInstalled({ modelId: 'toy', shardKeys: [], installedAt: new Date(1) });
  expect((await visit()).later).toBeUndefined();
});

test('what was put off is run once, and what is opened later is run with the next picture', async () => {
  const { visit } = await installed();
  await (await visit()).notePassed();
  const tests = await visit();
  const run = vi.fn(() => Promise.resolve());
  tests.later!(run);
  tests.later!(run);
  expect(run).not.toHaveBeenCalled();
  await tests.catchUp();
  await tests.catchUp();
  expect(run).toHaveBeenCalledTimes(2);
  tests.later!(run);
  await tests.catchUp();
  expect(run).toHaveBeenCalledTimes(3);
});

test('a device that fails a test that was put off is tested at once from then on', async () => {
  const { passed, visit } = await installed();
  await (await visit()).notePassed();
  const tests = await visit();
  tests.later!(() => Promise.reject(appError('SelfTestFailed', 'Wrong numbers.')));
  await expect(tests.catchUp()).rejects.toMatchObject({ name: 'SelfTestFailed' });
  expect(await passed()).toBeUndefined();
  expect((await visit()).later).toBeUndefined();
});

test('a test that could not be run says nothing of the numbers', async () => {
  const { passed, visit } = await installed();
  await (await visit()).notePassed();
  const tests = await visit();
  tests.later!(() => Promise.reject(appError('DeviceLost', 'It is gone.')));
  await tests.catchUp();
  expect(await passed()).toContain('a GPU');
});

test('a device that cannot record a step is not tried again, and it is said why steps take longer', async () => {
  const { store, visit } = await installed();
  const backend = on('a GPU');
  const first = await visit();
  expect(first.mayRecord).toBe(true);
  first.noteRecording(false);
  await first.notePassed();
  expect(first.told(backend).report.notRecorded).toBe(true);

  const second = await visit();
  expect(second.mayRecord).toBe(false);
  await second.notePassed();
  expect(second.told(backend).report.notRecorded).toBe(true);
  expect((await visit()).mayRecord).toBe(false);
  const elsewhere = await visit('another GPU'); // or another browser: all of it is one line
  expect(elsewhere.mayRecord).toBe(true);
  elsewhere.noteRecording(true);
  expect(elsewhere.told(backend)).toBe(backend);
  await store.markInstalled({ modelId: 'toy', shardKeys: [], installedAt: new Date(1) });
  expect((await visit()).mayRecord).toBe(true);
});

test('nothing is noted of a model without a record', async () => {
  const store = memoryWeightStore();
  await (await deviceHistoryOf(store, 'toy', on('a GPU'), true)).notePassed();
  expect(await store.installed()).toEqual([]);
});

const withHalf = (): Backend => ({
  ...on('a GPU'),
  gpu: { device: { features: new Set(['shader-f16']) } } as unknown as Backend['gpu'],
});

test('float16 is fetched only where the device has it, and said where it is used', async () => {
  const { store, passed } = await installed();
  const fetchTwins = vi.fn(() => Promise.resolve(true));
  const plain = { ...withHalf(), gpu: { device: { features: new Set() } } } as unknown as Backend;
  const without = await deviceHistoryOf(store, 'toy', plain, true, fetchTwins);
  expect([without.twin, fetchTwins.mock.calls.length]).toEqual([undefined, 0]);
  await without.notePassed();

  const tests = await deviceHistoryOf(store, 'toy', withHalf(), true, fetchTwins);
  expect(tests.twin).toBe('halfGraph');
  expect(tests.later, 'float32 passed here, float16 did not yet').toBeUndefined();
  tests.noteHalf(true);
  await tests.notePassed();
  expect(tests.told(withHalf()).report.device).toBe('a GPU, float16');
  expect(await passed()).toMatch(/halfGraph$/);
  expect((await deviceHistoryOf(store, 'toy', withHalf(), true, fetchTwins)).later).toBeDefined();

  const offline = await deviceHistoryOf(store, 'toy', withHalf(), true, () =>
    Promise.resolve(false),
  );
  expect([offline.twin, offline.later]).toEqual([undefined, undefined]);
  expect(offline.told(withHalf()).report).toEqual(withHalf().report);
});

test('graphs with fewer multiplications are fetched only for a CPU with memory, and tested there before they are trusted', async () => {
  const { store, passed } = await installed();
  const cpu: Backend = { ...on('2 threads'), gpu: null };
  const fetchTwins = vi.fn((_: Twin) => Promise.resolve(true));
  const visit = (isRoomy = true) => deviceHistoryOf(store, 'toy', cpu, isRoomy, fetchTwins);
  await deviceHistoryOf(store, 'toy', withHalf(), true, fetchTwins);
  expect((await visit(false)).twin).toBeUndefined();
  expect(fetchTwins.mock.calls).toEqual([['halfGraph']]);

  await (await deviceHistoryOf(store, 'toy', cpu, true)).notePassed(); // the plain graphs
  const first = await visit();
  expect([first.twin, first.later]).toEqual(['cpuGraph', undefined]);
  await first.notePassed();
  expect(await passed()).toMatch(/cpuGraph$/);
  expect((await visit()).later).toBeDefined();
});

test('float16 that fails is not tried again on this device, and it is said that it computes in float32', async () => {
  const { store, passed } = await installed();
  const fetchTwins = vi.fn(() => Promise.resolve(true));
  const visit = () => deviceHistoryOf(store, 'toy', withHalf(), true, fetchTwins);
  const first = await visit();
  first.noteHalf(true); // the UNet, say, and then
  first.noteHalf(false); // the decoder
  await first.notePassed();
  expect(first.told(withHalf()).report.notHalf).toBe(true);
  expect(await passed(), 'the UNet in float32 was not tested').toBeUndefined();

  fetchTwins.mockClear();
  const second = await visit();
  expect([second.twin, fetchTwins.mock.calls.length]).toEqual([undefined, 0]);
  await second.notePassed();
  expect(second.told(withHalf()).report).toMatchObject({ device: 'a GPU', notHalf: true });
  expect((await visit()).later).toBeDefined();
});

test('float16 that fails a test that was put off is not tried again', async () => {
  const { store } = await installed();
  const visit = () => deviceHistoryOf(store, 'toy', withHalf(), true, () => Promise.resolve(true));
  const first = await visit();
  first.noteHalf(true);
  await first.notePassed();
  const tests = await visit();
  tests.noteHalf(true);
  await tests.notePassed();
  tests.later!(() => {
    tests.noteHalf(false); // as openComponent says of a graph in float16
    return Promise.reject(appError('SelfTestFailed', 'Wrong numbers.'));
  });
  await expect(tests.catchUp()).rejects.toMatchObject({ name: 'SelfTestFailed' });
  const next = await visit();
  expect([next.twin, next.later]).toEqual([undefined, undefined]);
});
