import { expose } from 'comlink';
import { expect, test } from 'vitest';
import { bridgeTo } from '../../../src/bridge/bridge';

type Report = (share: number) => unknown;

interface Api {
  init(): void;
  work(report: Report): Promise<string>;
}

/** A worker of this very thread, which goes on reporting after it has answered. */
function lateWorker() {
  const { port1, port2 } = new MessageChannel();
  let report: Report | null = null;
  const api: Api = {
    init: () => undefined,
    async work(told) {
      report = told;
      await told(0.5);
      return 'done';
    },
  };
  expose(api, port2);
  const worker = Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker;
  return { start: () => worker, reportLate: () => report!(0.75) };
}

test('what a worker reports after its answer is told to nobody', async () => {
  const { start, reportLate } = lateWorker();
  const bridge = bridgeTo<Api>(start, { manifestUrl: '' });
  const told: number[] = [];
  const report = (share: number) => told.push(share);

  await expect(bridge.call('work', report)).resolves.toBe('done');
  await reportLate();

  expect(told).toEqual([0.5]);
  bridge.stop();
});
