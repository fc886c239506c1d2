import { describe, expect, test } from 'vitest';
import type { Conditions } from '../../../src/diffusion/conditioning';
import { guidanceEmbedding } from '../../../src/diffusion/guidance-embedding';
import { createUnet, embedsGuidance, planRuns } from '../../../src/diffusion/unet';
import type { GraphValue, DiffusionEntry } from '../../../src/models/manifest/manifest';
import { entry, fakeSession, float32, tensor } from './fakes';

const conditions: Conditions = {
  batch: 2,
  promptEmbeds: Float32Array.from({ length: 24 }, (_, i) => i),
  promptEmbedsDims: [2, 6, 2],
  covariates: new Float32Array(4),
  covariatesPresent: new Float32Array(4),
  unknownWords: [],
  ignoredWords: [],
};
const step = { timestep: 999, inputScale: 1 };

/** The tiny entry with another UNet interface, and its answer: the latents and the first embed of each row added. */
function unetWith(inputs: Record<string, GraphValue>, change = {}) {
  const unet = { ...entry.components.unet, inputs, ...change };
  const model: DiffusionEntry = { ...entry, components: { ...entry.components, unet } };
  const session = fakeSession((feeds) => {
    const { dims, data } = feeds.sample;
    const embeds = feeds.prompt.data as Float32Array;
    const perRow = embeds.length / dims[0];
    const numbers = (data as Float32Array).map((x, i) => x + embeds[perRow * Math.floor(i / 8)]);
    return { noise_pred: tensor(dims, numbers) };
  });
  return { predictNoise: createUnet(model, session, null), session, model };
}

const sdInputs = (batch: number | string, timestep: GraphValue): Record<string, GraphValue> => ({
  latents: float32('sample', batch, 2, 2, 2),
  timestep,
  promptEmbeds: float32('prompt', batch, 6, 2),
});

describe('the shapes of graphs in the wild', () => {
  test.each([
    ['int64', [1], BigInt64Array.of(999n), [1]],
    ['int64', [2], BigInt64Array.of(999n, 999n), [2]],
    ['int32', ['batch'], Int32Array.of(999, 999), [2]],
    ['float32', [], Float32Array.of(999), []],
    // 999 = 1.951171875 · 2⁹: exponent 24, fraction 974.
    ['float16', [1], Uint16Array.of((24 << 10) + 974), [1]],
  ] as const)('a timestep of %s %j', async (dtype, shape, expected, dims) => {
    const timestep: GraphValue = { name: 't', dtype, shape: [...shape] };
    const { predictNoise, session } = unetWith(sdInputs('batch', timestep));
    await predictNoise(new Float32Array(8), step, conditions, 7.5);
    expect(session.fed[0].t).toEqual({ dtype, dims: [...dims], data: expected });
  });

  test('the scheduler’s input scale is applied to what the UNet sees', async () => {
    const { predictNoise, session } = unetWith(sdInputs('batch', float32('t', 1)));
    const latents = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    await predictNoise(latents, { timestep: 1, inputScale: 0.5 }, conditions, 1);
    expect(session.fed[0].sample.data.slice(8)).toEqual(latents.map((x) => x / 2));
    expect(latents[1]).toBe(2);
  });

  test.each([
    ['a fixed batch of 1', 1, {}],
    ['an entry that wants one row a run', 'batch', { maxBatch: 1 }],
  ])('guidance takes two runs with %s, unconditional first', async (_what, batch, change) => {
    const { predictNoise, session } = unetWith(sdInputs(batch, float32('t', 1)), change);
    const noisePred = await predictNoise(new Float32Array(8), step, conditions, 7.5);
    expect(session.fed.map(({ prompt }) => prompt.data[0])).toEqual([0, 12]);
    expect(session.fed[0].sample.dims).toEqual([1, 2, 2, 2]);
    expect(noisePred).toEqual(Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : 12)));
  });

  test('a fixed batch of 2 gets its one row twice, and one row comes back', async () => {
    const { predictNoise, session } = unetWith(sdInputs(2, float32('t', 2)));
    const one = {
      ...conditions,
      ...{ batch: 1, promptEmbeds: conditions.promptEmbeds.subarray(0, 12) },
      promptEmbedsDims: [1, 6, 2],
    };
    const noisePred = await predictNoise(new Float32Array(8).fill(1), step, one, 1);
    expect(session.fed[0].sample.dims).toEqual([2, 2, 2, 2]);
    expect(session.fed[0].prompt.data.slice(12)).toEqual(one.promptEmbeds);
    expect(noisePred).toEqual(new Float32Array(8).fill(1));
  });

  test('runs are planned from the fixed batch, the entry’s wish, or all rows at once', () => {
    const { unet } = entry.components;
    expect(planRuns(unet, 2)).toEqual([[0, 1]]);
    expect(planRuns(unet, 1)).toEqual([[0]]);
    expect(planRuns({ ...unet, maxBatch: 1 }, 2)).toEqual([[0], [1]]);
  });
});

test('SDXL is told the size of the picture and each text in one vector, row by row', async () => {
  const inputs = {
    ...sdInputs(1, float32('t', 1)),
    pooledEmbeds: float32('text_embeds', 1, 3),
    timeIds: float32('time_ids', 1, 6),
  };
  const { predictNoise, session } = unetWith(inputs);
  const added = {
    pooledEmbeds: Float32Array.of(8, 8, 8, 1, 1, 1),
    timeIds: Float32Array.of(64, 32, 0, 0, 64, 32),
  };
  await predictNoise(new Float32Array(8), step, { ...conditions, ...added }, 7.5);
  expect(session.fed.map(({ text_embeds }) => text_embeds.data[0])).toEqual([8, 1]);
  for (const { time_ids } of session.fed) expect(time_ids.data).toEqual(added.timeIds);
});

describe('guidance as an input', () => {
  test('an LCM gets its scale as timestep_cond, and needs no second row', async () => {
    const inputs = {
      ...sdInputs('batch', float32('t', 'batch')),
      timestepCond: float32('w', 'batch', 256),
    };
    const { predictNoise, session, model } = unetWith(inputs);
    expect([embedsGuidance(model), embedsGuidance(entry)]).toEqual([true, false]);
    await predictNoise(
      new Float32Array(8),
      step,
      { ...conditions, batch: 1, promptEmbedsDims: [1, 6, 2], promptEmbeds: new Float32Array(12) },
      8,
    );
    expect(session.fed[0].w).toEqual(tensor([1, 256], guidanceEmbedding(8, 256)));
  });

  test('the embedding is the one of diffusers', () => {
    // diffusers 0.42.1: LatentConsistencyModelPipeline.get_guidance_scale_embedding(None, tensor([7.0]), 8), in float32,
    // which keeps four decimals of angles of 7000.
    const expected = [
      ...[0.506885, -0.97048, 0.586653, 0.644218],
      ...[0.862013, -0.241183, -0.809838, 0.764842],
    ];
    for (const [i, x] of guidanceEmbedding(8, 8).entries()) expect(x).toBeCloseTo(expected[i], 3);
    expect(guidanceEmbedding(8, 9)[8]).toBe(0);
  });
});

describe('what the pipeline has no answer for', () => {
  test('a role that it does not know is named', () => {
    const inputs = { ...sdInputs(1, float32('t', 1)), depthMap: float32('depth', 1, 1, 4, 4) };
    expect(() => unetWith(inputs)).toThrow(/role "depthMap".*expected any of latents, timestep/);
  });

  test('an input of the graph that no role names is named', () => {
    const { unet } = entry.components;
    const session = { ...fakeSession(() => ({})), inputNames: ['latents', 'added_cond_time_ids'] };
    const make = () =>
      createUnet({ ...entry, components: { ...entry.components, unet } }, session, null);
    expect(make).toThrow(expect.objectContaining({ name: 'ModelUnsupported' }) as Error);
    expect(make).toThrow(/asks for an input "added_cond_time_ids"/);
  });
});
