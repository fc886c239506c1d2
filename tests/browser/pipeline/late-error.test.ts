import { expect, test } from 'vitest';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import ExhaustedWorker from '../workers/exhausted.worker?worker';

test('a second error event of a dead worker does not orphan the one that took its place', async () => {
  const started: Worker[] = [];
  const client = createWorkerClient({
    startInference: () => {
      const worker = new ExhaustedWorker();
      started.push(worker);
      return worker;
    },
  });
  const check = () => client.check({} as never).catch((error: Error) => error.message);
  const first = check();
  await expect.poll(() => started.length).toBe(1);
  started[0].dispatchEvent(new ErrorEvent('error', { message: 'crashed' }));
  expect(await first).toContain('crashed');

  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  const second = client.loseDevice().catch((error: Error) => error.message);
  await expect.poll(() => started.length).toBe(2);
  started[0].dispatchEvent(new ErrorEvent('error', { message: 'crashed again' }));
  void second;
  await expect(client.benchmark({} as never, options)).rejects.toThrow(/is not a function|apply/);
  expect(started).toHaveLength(2); // the second one still does the work
  client.dispose();
});
