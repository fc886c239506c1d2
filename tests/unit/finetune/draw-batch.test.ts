import { expect, test } from 'vitest';
import { drawBatch, drawSigmas, type TrainingItem } from '../../../src/finetune/draw-batch';
import { factorLayout, initialFactors } from '../../../src/finetune/factors';
import { latestEnd, planSteps } from '../../../src/finetune/plan';
import { DEFAULT_SETTINGS } from '../../../src/finetune/run';
import { splitItems } from '../../../src/finetune/split-items';

const SETTINGS = { ...DEFAULT_SETTINGS, batch: 4 };

function item(value: number): TrainingItem {
  return {
    latents: new Float32Array(4).fill(value),
    promptEmbeds: Float32Array.of(value, value),
    covariates: Float32Array.of(0.5),
    covariatesPresent: Float32Array.of(1),
  };
}

const shapes = { latents: [1, 2, 2], promptEmbeds: [1, 2], mask: [2, 2, 2] };
const emptyEmbeds = Float32Array.of(-1, -1);
const pool = { items: [1, 2, 3].map(item), prior: [], emptyEmbeds, shapes };

test('a batch follows from seed and step alone', () => {
  expect(drawBatch(pool, SETTINGS, 5)).toEqual(drawBatch(pool, SETTINGS, 5));
  const noise = (step: number, seed = 1) =>
    drawBatch(pool, { ...SETTINGS, seed }, step).inputs.noise.data;
  expect(noise(5)).not.toEqual(noise(6));
  expect(noise(5)).not.toEqual(noise(5, 2));
});

test('a row in ten has no condition at all, and every input has a row for each image', () => {
  let dropped = 0;
  for (let step = 1; step <= 500; step++) {
    const { inputs } = drawBatch(pool, SETTINGS, step);
    for (let row = 0; row < 4; row++) {
      if (inputs.prompt_embeds.data[2 * row] !== -1) continue;
      dropped++;
      expect(inputs.covariates_present.data[row]).toBe(0);
    }
    expect(inputs.mask.dims).toEqual([4, 2, 2, 2]);
  }
  expect(dropped / 2000).toBeGreaterThan(0.08);
  expect(dropped / 2000).toBeLessThan(0.12);
});

test('the last rows show the base model’s own samples where there are any', () => {
  const prior = [item(9)];
  const settings = { ...SETTINGS, priorRows: 2 };
  const { inputs } = drawBatch({ ...pool, prior }, settings, 1);
  const first = [0, 1, 2, 3].map((row) => inputs.latents.data[4 * row]);
  expect(first.slice(2)).toEqual([9, 9]);
  expect(first.slice(0, 2)).not.toContain(9);
});

test('half of the timesteps are uniform, half logit-normal', () => {
  const sigmas = drawSigmas(1, 1, 20_000);
  const share = sigmas.filter((sigma) => sigma > 0.9).length / sigmas.length;
  // P(logit-normal > 0.9) = 1 − Φ(2.197) = 0.0140; the mean with 0.1.
  expect(share).toBeGreaterThan(0.05);
  expect(share).toBeLessThan(0.064);
});

test('factors start as peft has them: up zero, down uniform within 1/√fan-in', () => {
  const session = {
    inputNames: ['latents', 'lora.a.down', 'lora.a.up'],
    inputShapes: { 'lora.a.down': ['rank', 16, 3, 3], 'lora.a.up': [32, 'rank', 1, 1] },
  };
  const layout = factorLayout(session, 4);
  expect(layout.map(({ dims, offset }) => [dims, offset])).toEqual([
    [[4, 16, 3, 3], 0],
    [[32, 4, 1, 1], 576],
  ]);
  const parameters = initialFactors(layout, 1);
  const down = parameters.subarray(0, 576);
  expect(Math.max(...down.map(Math.abs))).toBeLessThanOrEqual(1 / 12);
  // Standard deviation of a uniform distribution of that width.
  const deviation = Math.sqrt(down.reduce((sum, x) => sum + x * x, 0) / down.length);
  expect(deviation).toBeCloseTo(1 / 12 / Math.sqrt(3), 2);
  expect(parameters.subarray(576).every((x) => x === 0)).toBe(true);
});

test('images that are the same stay on one side of the split', () => {
  const latents = (value: number) => ({ latents: new Float32Array(8).fill(value) });
  const items = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 2].map(latents);
  for (let seed = 0; seed < 20; seed++) {
    const { training, heldOut, duplicates } = splitItems(items, { seed, heldOutShare: 0.3 });
    expect(duplicates).toBe(2);
    const seen = new Set(training.map(({ latents: [first] }) => first));
    expect(heldOut.some(({ latents: [first] }) => seen.has(first))).toBe(false);
    expect(heldOut).toHaveLength(3);
  }
  expect(() => splitItems([1, 1, 1].map(latents), { seed: 1, heldOutShare: 0.1 })).toThrow(
    'All 3 images are the same picture',
  );
});

test('minutes become as many steps as fit, with measurements and samples in them', () => {
  const planned = planSteps(
    { ...SETTINGS, minutes: 5, numSamples: 2, sampleSteps: 8 },
    { msPerStep: 2000, numHeldOut: 10 },
  );
  const samples = (4 * 2 + 2 * 2) * 8 * 2 * (500 / 3); // with two examples before and after
  const measurements = 12 * 10 * 500;
  expect(planned.numSteps).toBe(Math.floor((300_000 - samples - measurements) / 2000));
  expect(planned.checkpointEvery).toBe(10); // every 20 seconds
  expect(planSteps({ ...SETTINGS, numSteps: 7 }, { msPerStep: 1, numHeldOut: 0 }).numSteps).toBe(7);
});

test('few steps are not spent on measurements and samples', () => {
  const slow = planSteps({ ...SETTINGS, minutes: 5 }, { msPerStep: 60_000, numHeldOut: 2 });

  expect(slow).toMatchObject({ numSteps: 10, evaluateEvery: 4, sampleEvery: 4 });
});

test('a run of minutes ends by half as much more; one of steps when it has done them', () => {
  expect(latestEnd({ ...SETTINGS, numSteps: null, minutes: 5 })).toBe(450_000);
  expect(latestEnd({ ...SETTINGS, numSteps: 20, minutes: 5 })).toBe(Infinity);
  expect(latestEnd({ ...SETTINGS, numSteps: null, minutes: null })).toBe(Infinity);
});
