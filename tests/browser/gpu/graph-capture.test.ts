import { expect, test } from 'vitest';
import { openGpuDevice } from '../../../src/models/runtime/gpu-device';
import {
  createGpuTensor,
  readFloat32,
  readGpuBuffer,
} from '../../../src/models/runtime/gpu-tensor';
import {
  replayed,
  type FixedTensors,
  type RecordingSession,
} from '../../../src/models/runtime/graph-capture';

const gpu = await openGpuDevice(navigator.gpu, { allowFallback: true });
const dims = [3];
const fixed: FixedTensors = {
  inputs: [{ name: 'x', dtype: 'float32', dims }],
  outputs: [{ name: 'y', dtype: 'float32', dims }],
};

/** A runtime whose graph doubles x; its replays multiply by `replayFactor` instead, and know the first buffers only. */
function doubling(replayFactor: number) {
  const bound: GPUBuffer[] = [];
  const session: RecordingSession = {
    inputNames: ['x'],
    async run({ x }, { y }) {
      const factor = bound.length ? replayFactor : 2;
      bound.push(x.buffer, y.buffer);
      const numbers = new Float32Array(await readGpuBuffer(gpu, bound[0], 12));
      gpu.device.queue.writeBuffer(
        bound[1],
        0,
        numbers.map((n) => factor * n),
      );
    },
    release: () => Promise.resolve(),
  };
  return { session, bound };
}

test('every run goes through the buffers of the recording', async () => {
  const { session, bound } = doubling(2);
  const replaying = (await replayed(session, fixed, gpu))!;
  const x = { dtype: 'float32' as const, dims, data: Float32Array.of(1, 2, 3) };
  const results = await replaying.run({ x });
  expect([...(results.y.data as Float32Array)]).toEqual([2, 4, 6]);
  const y = createGpuTensor(gpu.device, 'float32', dims);
  await replaying.runInto!({ x: { ...x, data: Float32Array.of(4, 5, 6) } }, { y });
  expect([...(await readFloat32(gpu, y))]).toEqual([8, 10, 12]);
  expect(new Set(bound).size).toBe(2);
  await replaying.release();
});

test.each([2.01, 0, NaN])('replays that multiply by %d are found out', async (factor) => {
  expect(await replayed(doubling(factor).session, fixed, gpu)).toBeNull();
});
