import { expect, test } from 'vitest';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import { wasmBackend } from '../../../src/models/runtime/backend';
import { openSession } from '../../../src/models/runtime/session';
import ExhaustedWorker from '../workers/exhausted.worker?worker';

/** ONNX: out = ConstantOfShape(shape), as many float32 zeros as it is asked for. */
const ZEROS =
  'CAg6SAodCgVzaGFwZRIDb3V0Ig9Db25zdGFudE9mU2hhcGUSAWdaEwoFc2hhcGUSCgoICAcSBAoCCAFiDwoDb3V0EggKBggBEgIKAEIECgAQEQ==';

async function openZeros() {
  const graph = await (await fetch(`data:application/octet-stream;base64,${ZEROS}`)).blob();
  return openSession({ graph, weights: [] }, wasmBackend({ kind: 'choseCpu' }));
}

const shape = (length: bigint) => ({
  shape: { dtype: 'int64' as const, dims: [1], data: BigInt64Array.of(length) },
});

test.each([
  ['finds no room in', 1_073_500_000n], // 4.294 of 4.295 GB, and the runtime itself is in there too
  ['is larger than all of', 1_500_000_000n],
])('a tensor that %s the memory of wasm is OutOfMemory, with what to do', async (_what, length) => {
  const session = await openZeros();
  expect((await session.run(shape(3n))).out.dims).toEqual([3]);

  await expect(session.run(shape(length))).rejects.toMatchObject({
    name: 'OutOfMemory',
    message: expect.stringMatching(/Close other tabs.*smaller model/s) as string,
  });
});

test('after OutOfMemory the next try has a new worker, for the memory of wasm never shrinks', async () => {
  let numWorkers = 0;
  const client = createWorkerClient({
    startInference: () => {
      numWorkers++;
      return new ExhaustedWorker();
    },
  });
  const options = { signal: new AbortController().signal, onProgress: () => undefined };

  for (const count of [1, 2]) {
    await expect(client.prepare('any', 'wasm', options)).rejects.toMatchObject({
      name: 'OutOfMemory',
    });
    expect(numWorkers).toBe(count);
  }
  client.dispose();
});
