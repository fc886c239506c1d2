import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { createDenoiser, noiseLevel } from '../../../src/diffusion/denoiser';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { predictions } from '../../../src/diffusion/schedulers/scheduler';
import type { DiffusionEntry, SchedulerConfig } from '../../../src/models/manifest/manifest';

const TRAINED: SchedulerConfig = {
  ...{ type: 'ddim', predictionType: 'epsilon', numTrainTimesteps: 1000 },
  ...{ betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'scaled_linear' },
};

test.each(['flow', 'epsilon', 'v'] as const)(
  'whoever answers as asked finds the image and the noise again: %s',
  (predictionType) => {
    const { noised, target } = noiseLevel({ ...TRAINED, predictionType }, 0.4);
    const [clean, noise] = [0.7, -1.3];
    const x = noised.clean * clean + noised.noise * noise;
    const y = target.latents * clean + target.noisePred * noise;
    // The samplers' own way back.
    const { predOriginal, predEpsilon } = predictions(predictionType, noised.clean, noised.noise);
    expect(predOriginal.latents * x + predOriginal.noisePred * y).toBeCloseTo(clean, 9);
    expect(predEpsilon.latents * x + predEpsilon.noisePred * y).toBeCloseTo(noise, 9);
  },
);

const ENTRY = {
  ...{ id: 'toy', title: 'Toy', image: { width: 4, height: 4 } },
  latents: { channels: 3, downscale: 1, scalingFactor: 1, shift: 0 },
  schedulers: [{ ...TRAINED, predictionType: 'flow' }],
  defaults: { numInferenceSteps: 4, guidanceScale: 1, scheduler: 'ddim' },
  components: { vaeEncoder: {} },
} as unknown as DiffusionEntry;

/** Takes the pixels for the latents, and answers as if every image were this one. */
function memoriser(known: number): DiffusionModel & { prompts: string[] } {
  const prompts: string[] = [];
  const model = {
    ...{ entry: ENTRY, prompts, gpu: null },
    encodeConditions: async ({ prompt }: { prompt: string }) => void prompts.push(prompt),
    encodeImage: async (image: Float32Array) => image,
    startLatents: (current: Float32Array) => ({ current, release: () => undefined }),
    // x = (1 − σ)·x_0 + σ·ε, so ε − x_0 = (x − x_0) / σ.
    predictNoise: async (x: Float32Array, { timestep }: { timestep: number }) =>
      x.map((value) => (value - known) / (timestep / 1000)),
  };
  return model as unknown as DiffusionModel & { prompts: string[] };
}

function pngOf(grey: number): Blob {
  const data = new Uint8Array(16).fill(grey);
  const png = encode({ width: 4, height: 4, data, channels: 1, depth: 8 });
  return new Blob([new Uint8Array(png)]);
}

test('the loss is 0 for what the model knows, and grows with what it does not', async () => {
  const model = memoriser(-1);
  const denoiser = createDenoiser(model, 5);
  const known = await denoiser.losses(pngOf(0), 'black');
  expect(Math.max(...known)).toBeLessThan(1e-9);
  // White is 2 away from black, so the answer is off by 2 / σ.
  const white = await denoiser.losses(pngOf(255), 'white');
  denoiser.levels.forEach((level, k) => {
    expect(white[k]).toBeCloseTo((2 / level) ** 2, 2);
  });
  expect(model.prompts).toEqual(['black', 'white']);
  expect(await createDenoiser(memoriser(-1), 5).losses(pngOf(255), '')).toEqual(white);
});

test('a model that cannot encode images is refused', () => {
  const entry = { ...ENTRY, components: {} } as DiffusionEntry;
  expect(() => createDenoiser({ ...memoriser(0), entry }, 0)).toThrow(/expected a VAE encoder/);
});
