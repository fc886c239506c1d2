import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGpuLatents, type GpuMath } from '../../../src/diffusion/gpu-latents';
import { LatentKernels } from '../../../src/diffusion/latent-kernels';
import { createCpuLatents, type Guidance, type LatentState } from '../../../src/diffusion/latents';
import type { SchedulerStep } from '../../../src/diffusion/schedulers/scheduler';
import { toFloat16 } from '../../../src/models/runtime/float16';
import { openGpuDevice } from '../../../src/models/runtime/gpu-device';
import { readFloat32, uploadTensor } from '../../../src/models/runtime/gpu-tensor';
import type { GpuTensor } from '../../../src/models/runtime/session-types';
import type { Preview } from '../../../src/contract/picture';
import { entry as tiny } from '../../unit/diffusion/fakes';

// Latents of 3 channels, 5×7: no multiple of a workgroup, and an odd count.
const entry = {
  ...tiny,
  image: { width: 14, height: 10 },
  latents: { ...tiny.latents, channels: 3 },
  preview: {
    patch: 2,
    weights: Array.from({ length: 12 }, (_, i) => [0.1 * i, 0.2, -0.05 * i, 0.5]),
  },
};
const COUNT = 3 * 5 * 7;
const numbers = (seed: number, count = COUNT) =>
  Float32Array.from({ length: count }, (_, i) => Math.fround(Math.sin(seed * 100 + i * 1.7)));

let math: GpuMath;
beforeAll(async () => {
  const gpu = await openGpuDevice(navigator.gpu, { allowFallback: true });
  math = { gpu, kernels: new LatentKernels(gpu.device) };
});
afterAll(() => math.gpu.destroy());

const step = (change: Partial<SchedulerStep> = {}): SchedulerStep => ({
  timestep: 1,
  inputScale: 1,
  next: { latents: 0.9, noisePred: -0.3, history: [], noise: 0 },
  predOriginal: { latents: 1.1, noisePred: -0.5 },
  keep: null,
  noised: { clean: 1, noise: 0 },
  ...change,
});

/** A noisePred of one or two rows, on the GPU. */
function upload(values: Float32Array, half = false): GpuTensor {
  const dims = [values.length / COUNT, 3, 5, 7];
  return uploadTensor(
    math.gpu.device,
    half
      ? { dtype: 'float16', dims, data: Uint16Array.from(values, toFloat16) }
      : { dtype: 'float32', dims, data: values },
  );
}

/** Takes the same steps on the CPU and on the GPU; resolves to the largest difference after them. */
async function compare(
  steps: SchedulerStep[],
  guidance: Guidance,
  { rows = 2, half = false } = {},
): Promise<number> {
  const initial = numbers(1);
  const cpu = createCpuLatents(entry, initial);
  const gpu = createGpuLatents(math, entry, initial);
  for (const [i, step] of steps.entries()) {
    const noisePred = numbers(i + 2, rows * COUNT);
    const fresh = step.next.noise ? numbers(i + 50) : null;
    cpu.advance(noisePred, step, guidance, fresh);
    gpu.advance(upload(noisePred, half), step, guidance, fresh);
    await gpu.settle();
  }
  const actual = await readFloat32(math.gpu, gpu.current as GpuTensor);
  gpu.release();
  expect(actual).toHaveLength(COUNT);
  const expected = cpu.current as Float32Array;
  return Math.max(...expected.map((x, i) => Math.abs(x - actual[i])));
}

describe('a step on the GPU is the step on the CPU', () => {
  const plain = { scale: 1, rescale: 0 };
  const strong = { scale: 7.5, rescale: 0 };
  // float32 on both sides, with products added in another order; guidance makes numbers of about ten.
  const TOLERANCE = 5e-6;

  test('without guidance', async () => {
    expect(await compare([step(), step()], plain, { rows: 1 })).toBeLessThan(TOLERANCE);
  });

  test('with guidance, and with its spread given back', async () => {
    expect(await compare([step()], strong)).toBeLessThan(TOLERANCE);
    expect(await compare([step()], { scale: 7.5, rescale: 0.7 })).toBeLessThan(TOLERANCE);
  });

  test('with a history of three steps, newest first', async () => {
    const keep = { latents: 0.2, noisePred: 1 };
    const history = [0.5, -0.25, 0.125];
    const steps = [0, 1, 2, 3, 3].map((known) =>
      step({
        keep,
        next: { latents: 0.9, noisePred: 0.1, history: history.slice(0, known), noise: 0 },
      }),
    );
    expect(await compare(steps, strong)).toBeLessThan(TOLERANCE);
  });

  test('with fresh noise in each step', async () => {
    const next = { latents: 0.9, noisePred: 0.1, history: [], noise: 0.7 };
    expect(await compare([step({ next }), step({ next })], strong)).toBeLessThan(TOLERANCE);
  });

  test('with what inpainting protects put back after it', async () => {
    const known = {
      encoded: numbers(60),
      noise: numbers(61),
      changes: Float32Array.from({ length: 35 }, (_, i) => [0, 1, 0.25][i % 3]),
    };
    const initial = numbers(1);
    const states = [createCpuLatents(entry, initial), createGpuLatents(math, entry, initial)];
    for (const [i, state] of states.entries()) {
      for (const level of [
        { clean: 0.4, noise: 0.6 },
        { clean: 1, noise: 0 },
      ]) {
        const noisePred = numbers(2);
        state.advance(i === 0 ? noisePred : upload(noisePred), step(), plain, null);
        state.keepKnown(known, level);
      }
    }
    const [expected, onGpu] = states.map(({ current }) => current);
    const actual = await readFloat32(math.gpu, onGpu as GpuTensor);
    states[1].release();
    const differences = (expected as Float32Array).map((x, i) => Math.abs(x - actual[i]));
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
    expect(actual[0]).toBeCloseTo(known.encoded[0], 6); // protected, and no noise is left
  });

  test('from a prediction in float16', async () => {
    // Each number is off by 2⁻¹¹ of itself at most, times guidance of 7.5 − 6.5 and the coefficient.
    const deviation = await compare([step()], strong, { half: true });
    expect(deviation).toBeLessThan(0.3 * 14 * 2 ** -11);
    expect(deviation).toBeGreaterThan(0);
  });
});

function preview(state: LatentState, noisePred: Parameters<LatentState['preview']>[0]) {
  return new Promise<Preview>((resolve) =>
    state.preview(noisePred, step(), { scale: 3, rescale: 0 }, resolve),
  );
}

test('the preview drawn on the GPU is the one drawn on the CPU', async () => {
  const [initial, noisePred] = [numbers(1), numbers(2, 2 * COUNT)];
  const expected = await preview(createCpuLatents(entry, initial), noisePred);
  const gpu = createGpuLatents(math, entry, initial);
  const actual = await preview(gpu, upload(noisePred));
  gpu.release();
  expect([actual.width, actual.height]).toEqual([14, 10]);
  const differences = expected.rgba.map((x, i) => Math.abs(x - actual.rgba[i]));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1); // halves round differently
  expect(new Set(actual.rgba).size).toBeGreaterThan(20);
});
