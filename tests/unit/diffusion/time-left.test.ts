import { expect, test, vi } from 'vitest';
import type { GenerationProgress } from '../../../src/contract/picture';
import { createCpuLatents } from '../../../src/diffusion/latents';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { generate } from '../../../src/diffusion/pipeline';
import { entry, request } from './fakes';

test('a machine that slept through one step still says how long the others will take', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  let steps = 0;
  const model = {
    entry,
    encodeConditions: async () => ({ unknownWords: [], ignoredWords: [] }),
    predictNoise: async (latents: Float32Array) => {
      clock.mockReturnValue(performance.now() + (++steps === 3 ? 8 * 3600_000 : 100));
      return latents;
    },
    decode: async () => ({ width: 1, height: 1, rgba: new Uint8ClampedArray(4) }),
    startLatents: (initial: Float32Array) => createCpuLatents(entry, initial),
    msSessions: () => 0,
  } as unknown as DiffusionModel;
  const left: (number | null)[] = [];
  const onProgress = (progress: GenerationProgress) => {
    if (progress.stage === 'denoise') left.push(progress.msLeft);
  };

  await generate(
    model,
    { ...request, numInferenceSteps: 5, guidanceScale: 1 },
    { signal: new AbortController().signal, onProgress },
  );

  expect(left).toEqual([null, 400, 300, 200, 100, 0]);
  clock.mockRestore();
});
