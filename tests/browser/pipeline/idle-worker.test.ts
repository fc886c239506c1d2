import { afterEach, expect, test } from 'vitest';
import DeniedDownloadWorker from '../workers/denied-download.worker?worker';
import DeniedInferenceWorker from '../workers/denied-inference.worker?worker';
import InferenceWorker from '../../../workers/inference.worker?worker';
import { follow, generate, installed, removeClients, request, start } from './worker-clients';

afterEach(removeClients);

/** Starts workers and knows which of them were ended. */
function watched(Kind: new () => Worker) {
  const [started, ended] = [[] as Worker[], [] as Worker[]];
  const startInference = () => {
    const worker = new Kind();
    const terminate = worker.terminate.bind(worker);
    worker.terminate = () => {
      ended.push(worker);
      terminate();
    };
    started.push(worker);
    return worker;
  };
  return { started, ended, startInference };
}

test('a worker that nobody calls is let go of, not while it draws, and the next picture is the same', async () => {
  const { started, ended, startInference } = watched(InferenceWorker);
  const client = await installed({ startInference, idleMs: 300 });
  const first = await generate(client);
  expect(first.timing.msTotal).toBeGreaterThan(0);
  expect(ended).toHaveLength(0);
  await expect.poll(() => ended.length, { timeout: 5000 }).toBe(1);
  expect(ended[0]).toBe(started[0]);

  const second = await generate(client);
  expect(started.length).toBe(2);
  expect(second.pixelHash).toBe(first.pixelHash);
}, 120_000);

test('touched again, the page has the model loaded before a picture is asked for', async () => {
  const { started, ended, startInference } = watched(InferenceWorker);
  const client = await installed({ startInference, idleMs: 1000 });
  const first = await generate(client);
  client.wake(); // nothing was let go of yet
  await expect.poll(() => ended.length, { timeout: 10_000 }).toBe(1);
  expect(started).toHaveLength(1);

  client.wake();
  client.wake(); // once is enough
  const { stages, options } = follow();
  const second = await client.generate(request, 'wasm', options);
  expect(started).toHaveLength(2);
  expect(stages).not.toContain('compile'); // what it waited for was the load that had begun
  expect(second.pixelHash).toBe(first.pixelHash);
}, 120_000);

test('a worker stays whose memory alone holds the weights', async () => {
  const { ended, startInference } = watched(DeniedInferenceWorker);
  const startDownload = () => new DeniedDownloadWorker();
  const client = start({ startInference, startDownload, idleMs: 300 });
  const install = client.install(request.modelId, follow().options);
  await expect(install).rejects.toMatchObject({ name: 'StorageDenied' });
  await client.prepare(request.modelId, 'wasm', follow().options);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(ended).toHaveLength(0);
}, 120_000);
