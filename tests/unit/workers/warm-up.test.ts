import { beforeEach, expect, test, vi } from 'vitest';
import { createWarmUp } from '../../../src/diffusion/engine/warm-up';
import { importRuntime } from '../../../src/diffusion/engine/import-runtime';
import type { ModelAccess } from '../../../src/models/installed/model-access';

vi.mock('../../../src/diffusion/engine/import-runtime', () => ({ importRuntime: vi.fn() }));

const warmRuntime = vi.fn<() => Promise<void>>();
const access = {
  openStore: () => Promise.resolve({ installed: () => Promise.resolve([{ modelId: 'stored' }]) }),
} as unknown as ModelAccess;

beforeEach(() => {
  warmRuntime.mockReset().mockResolvedValue(undefined);
  vi.mocked(importRuntime)
    .mockReset()
    .mockResolvedValue({ warmRuntime } as unknown as Awaited<ReturnType<typeof importRuntime>>);
});

test('the runtime is started once, however often it is asked for', async () => {
  const { start, startFor } = createWarmUp(access);
  await Promise.all([start(), startFor('stored'), start()]);
  await start();
  expect(warmRuntime).toHaveBeenCalledTimes(1);
});

test('ahead of a job it is fetched for a model that is stored, and for no other', async () => {
  const { startFor } = createWarmUp(access);
  await startFor('another');
  expect(importRuntime).not.toHaveBeenCalled();
  await startFor('stored');
  expect(warmRuntime).toHaveBeenCalledTimes(1);
});

test('a part that does not come is no error of it, and is fetched again by the next try', async () => {
  vi.mocked(importRuntime).mockRejectedValueOnce(new Error('fetching of the wasm failed: 404'));
  warmRuntime.mockRejectedValueOnce(new Error('out of memory'));
  const { start } = createWarmUp(access);
  await start();
  await start();
  await start();
  expect(importRuntime).toHaveBeenCalledTimes(3);
  expect(warmRuntime).toHaveBeenCalledTimes(2);
});
