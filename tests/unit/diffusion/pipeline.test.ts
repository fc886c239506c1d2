import { describe, expect, test } from 'vitest';
import { loadModel } from '../../../src/diffusion/load-model';
import { generate } from '../../../src/diffusion/pipeline';
import { standardNormals } from '../../../src/diffusion/random';
import type { GenerationProgress } from '../../../src/contract/picture';
import { entry, fakeSession, request, tensor, tokenizerConfigJson, tokenizerJson } from './fakes';

/** A tiny model: embeds are the ids twice, the flow is a tenth of the latents, the picture the first channel. */
async function tinyModel(given = entry) {
  const textEncoder = fakeSession(({ input_ids: { data } }) => {
    const ids = Array.from(data as BigInt64Array, Number);
    return { prompt_embeds: tensor([1, 6, 2], [...ids, ...ids]) };
  });
  const unet = fakeSession(({ latents: { dims, data } }) => {
    return {
      noise_pred: tensor(
        dims,
        (data as Float32Array).map((x) => x / 10),
      ),
    };
  });
  const vaeDecoder = fakeSession(({ latents: { data } }) => {
    const pixels = Array.from({ length: 48 }, (_, i) => Number(data[i % 4]));
    return { image: tensor([1, 3, 4, 4], pixels) };
  });
  const sessions = { textEncoder, unet, vaeDecoder };
  const createSession = async (name: string) => sessions[name as keyof typeof sessions];
  const source = { entry: given, tokenizerJson, tokenizerConfigJson, createSession };
  return { ...sessions, model: await loadModel(source) };
}

const never = new AbortController().signal;
const ignore = () => undefined;

describe('generate', () => {
  test('runs Euler from the seed’s noise to the decoder', async () => {
    const { model, unet, vaeDecoder } = await tinyModel();
    const image = await generate(model, request, { signal: never, onProgress: ignore });

    // dx/dσ = x/10 in steps of σ: 1 → 0.667 → 0.334 → 0.001 → 0.
    const factor = [0.333, 0.333, 0.333, 0.001].reduce((f, step) => f * (1 - step / 10), 1);
    const noise = standardNormals(7, 0, 8);
    const decoded = vaeDecoder.fed[0].latents.data;
    for (const [i, z] of noise.entries()) {
      expect(decoded[i]).toBeCloseTo((z * factor) / 0.5 + 0.25, 5);
    }
    expect(unet.fed.map(({ timestep }) => timestep.data[0])).toEqual([1000, 667, 334, 1]);
    expect(image).toMatchObject({ width: 4, height: 4, unknownWords: [] });
    expect(image.rgba).toHaveLength(64);
  });

  test('feeds conditional and unconditional as one batch under the graph’s own names', async () => {
    const { model, unet } = await tinyModel();
    await generate(model, request, { signal: never, onProgress: ignore });
    const feeds = unet.fed[0];
    expect(feeds.latents.dims).toEqual([2, 2, 2, 2]);
    expect(feeds.latents.data.slice(0, 8)).toEqual(feeds.latents.data.slice(8));
    expect(feeds.timestep.dims).toEqual([2]);
    const [negative, positive] = [
      [2, 3, 0, 0, 0, 0],
      [2, 4, 5, 6, 7, 3],
    ];
    expect(Array.from(feeds.prompt_embeds.data, Number)).toEqual([
      ...[...negative, ...negative],
      ...[...positive, ...positive],
    ]);
    expect(feeds.covariates.data).toEqual(Float32Array.of(0, 0, 0.5, 0));
    expect(feeds.covariates_present.data).toEqual(Float32Array.of(0, 0, 1, 0));
    expect(feeds.mask).toMatchObject({ dims: [2, 2, 4, 4], data: new Float32Array(64) });
    expect(feeds.mask_present).toMatchObject({ dims: [2, 1], data: new Float32Array(2) });
  });

  test('runs one row when the guidance scale is 1', async () => {
    const { model, unet, textEncoder } = await tinyModel();
    const plain = { ...request, guidanceScale: 1 };
    await generate(model, plain, { signal: never, onProgress: ignore });
    expect(unet.fed[0].latents.dims).toEqual([1, 2, 2, 2]);
    expect(textEncoder.fed).toHaveLength(1);
  });

  test('guides only inside the model’s interval, both ends included, and runs one row elsewhere', async () => {
    const defaults = { ...entry.defaults, guidanceInterval: [0.334, 0.667] as [number, number] };
    const { model, unet } = await tinyModel({ ...entry, defaults });
    await generate(model, request, { signal: never, onProgress: ignore });
    const rowsAt = unet.fed.map(({ latents, timestep }) => [timestep.data[0], latents.dims[0]]);
    expect(rowsAt).toEqual([
      [1000, 1],
      [667, 2],
      [334, 2],
      [1, 1],
    ]);
    expect(unet.fed[0].prompt_embeds.data).toEqual(unet.fed[1].prompt_embeds.data.slice(12));
  });

  test('gives the same picture for the same request, another for another image index', async () => {
    const { model } = await tinyModel();
    const job = { signal: never, onProgress: ignore };
    const first = await generate(model, request, job);
    const again = await generate(model, request, job);
    const other = await generate(model, { ...request, imageIndex: 1 }, job);
    expect(again.rgba).toEqual(first.rgba);
    expect(other.rgba).not.toEqual(first.rgba);
  });

  test('encodes each text once, however many images are made of it', async () => {
    const { model, textEncoder } = await tinyModel();
    for (const seed of [1, 2, 3]) {
      await generate(model, { ...request, seed }, { signal: never, onProgress: ignore });
    }
    expect(textEncoder.fed).toHaveLength(2); // the prompt and the empty negative prompt
  });

  test('tells encode, each step and decode, with a preview and the time left', async () => {
    const { model } = await tinyModel();
    const told: GenerationProgress[] = [];
    const onProgress = (progress: GenerationProgress) => void told.push(progress);
    await generate(model, request, { signal: never, onProgress });

    expect(told.map(({ stage }) => stage)).toEqual([
      'encode',
      ...Array<string>(5).fill('denoise'),
      'decode',
    ]);
    const steps = told.filter((progress) => progress.stage === 'denoise');
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(steps[0].msLeft).toBeNull();
    expect(steps[1].msLeft).toBeGreaterThan(0);
    expect(steps[4].msLeft).toBe(0);
    expect(steps[1].preview).toMatchObject({ width: 2, height: 2 });
    // The toy model takes far less than 200 ms for all steps: one preview is all there may be.
    expect(steps.filter(({ preview }) => preview)).toHaveLength(1);
  });

  test('stops within the step in which it is cancelled', async () => {
    const { model, unet, vaeDecoder } = await tinyModel();
    const controller = new AbortController();
    const onProgress = (progress: GenerationProgress) => {
      if (progress.stage === 'denoise' && progress.step === 2) controller.abort();
    };
    const run = generate(model, request, { signal: controller.signal, onProgress });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(unet.fed).toHaveLength(2);
    expect(vaeDecoder.fed).toHaveLength(0);
  });

  test('hears a cancel message that arrives between two steps', async () => {
    const { model, unet } = await tinyModel();
    const controller = new AbortController();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => controller.abort();
    const onProgress = (progress: GenerationProgress) => {
      if (progress.stage === 'denoise' && progress.step === 1) port2.postMessage('cancel');
    };
    const long = { ...request, numInferenceSteps: 50 };
    const run = generate(model, long, { signal: controller.signal, onProgress });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    // Node may take one more task to deliver; the browser test holds the bound of one step.
    expect(unet.fed.length).toBeLessThanOrEqual(3);
    port1.close();
  });

  test('refuses a bad request before anything runs', async () => {
    const { model, textEncoder } = await tinyModel();
    const run = generate(model, { ...request, seed: -1 }, { signal: never, onProgress: ignore });
    await expect(run).rejects.toMatchObject({ name: 'RequestInvalid' });
    expect(textEncoder.fed).toHaveLength(0);
  });

  test('makes no picture of numbers that are none', async () => {
    const { model, unet } = await tinyModel();
    unet.run = async ({ latents: { dims } }) => {
      return { noise_pred: tensor(dims, new Float32Array(16).fill(NaN)) };
    };
    const run = generate(model, request, { signal: never, onProgress: ignore });
    await expect(run).rejects.toMatchObject({ name: 'SelfTestFailed' });
  });

  test('measures the bare session runs apart from the whole', async () => {
    const { model, unet } = await tinyModel();
    const run = unet.run.bind(unet);
    unet.run = (feeds) => new Promise((done) => setTimeout(() => done(run(feeds)), 20));
    const { timing } = await generate(model, request, { signal: never, onProgress: ignore });
    // Timers may fire a millisecond early.
    expect(timing.msSessions).toBeGreaterThanOrEqual(4 * 19);
    expect(timing.msTotal).toBeGreaterThanOrEqual(timing.msSessions);
    expect(timing.msPerStep).toBeGreaterThanOrEqual(19);
    expect(timing.msEncode + 4 * timing.msPerStep + timing.msDecode).toBeCloseTo(timing.msTotal, 6);
  });

  test('names the words the model does not know', async () => {
    const { model } = await tinyModel();
    const strange = { ...request, prompt: 'chest of a Zebra' };
    const { unknownWords, ignoredWords } = await generate(model, strange, {
      signal: never,
      onProgress: ignore,
    });
    expect(unknownWords).toEqual(['of', 'a', 'Zebra']);
    expect(ignoredWords).toEqual([]);
  });

  test('names the words that a prompt has too many', async () => {
    const { model } = await tinyModel();
    const long = { ...request, prompt: 'normal chest x-ray, normal Zebra' };
    const { unknownWords, ignoredWords } = await generate(model, long, {
      signal: never,
      onProgress: ignore,
    });
    // Room for four tokens: "normal chest x -"; of "x-ray," only a piece would fit.
    expect(ignoredWords).toEqual(['x-ray,', 'normal', 'Zebra']);
    expect(unknownWords).toEqual([]);
  });
});

describe('loadModel', () => {
  const empty = () => fakeSession(() => ({}));
  const source = { entry, tokenizerJson, tokenizerConfigJson };

  test('compiles one graph after the other and says so', async () => {
    const told: [string, number, number][] = [];
    await loadModel({
      ...source,
      createSession: async () => empty(),
      onCompile: (...progress) => void told.push(progress),
    });
    expect(told).toEqual([
      ['textEncoder', 0, 3],
      ['unet', 1, 3],
      ['vaeDecoder', 2, 3],
      ['vaeDecoder', 3, 3],
    ]);
  });

  test('frees what it made when a later graph fails', async () => {
    const first = empty();
    const createSession = async (name: string) => {
      if (name === 'unet') throw new Error('no memory');
      return first;
    };
    await expect(loadModel({ ...source, createSession })).rejects.toThrow('no memory');
    expect(first.released).toBe(true);
  });

  test('refuses a graph that asks for what the pipeline has not, and frees it', async () => {
    const { unet } = entry.components;
    const inputs = { ...unet.inputs, depthMap: unet.inputs.latents };
    const strange = { ...entry, components: { ...entry.components, unet: { ...unet, inputs } } };
    const made = empty();
    const load = loadModel({ ...source, entry: strange, createSession: async () => made });
    await expect(load).rejects.toMatchObject({ name: 'ModelUnsupported' });
    expect(made.released).toBe(true);
  });

  test('a Stable Diffusion UNet gets only the three inputs it has', async () => {
    const { latents, timestep, promptEmbeds } = entry.components.unet.inputs;
    const inputs = {
      latents: { ...latents, name: 'sample' },
      timestep: { ...timestep, dtype: 'int64' as const, shape: [1] },
      promptEmbeds: { ...promptEmbeds, name: 'encoder_hidden_states' },
    };
    const unet = { ...entry.components.unet, inputs };
    const plain = { ...entry, components: { ...entry.components, unet } };
    const session = fakeSession(({ sample: { dims, data } }) => {
      return {
        noise_pred: tensor(dims, data as Float32Array),
        prompt_embeds: tensor([1, 6, 2], []),
      };
    });
    const model = await loadModel({ ...source, entry: plain, createSession: async () => session });
    const conditions = {
      ...{ batch: 1, promptEmbeds: new Float32Array(12), promptEmbedsDims: [1, 6, 2] },
      ...{ covariates: new Float32Array(2), covariatesPresent: new Float32Array(2) },
      ...{ unknownWords: [], ignoredWords: [] },
    };
    await model.predictNoise(new Float32Array(8), { timestep: 999, inputScale: 1 }, conditions, 1);
    expect(Object.keys(session.fed[0])).toEqual(['sample', 'timestep', 'encoder_hidden_states']);
    expect(session.fed[0].timestep.data).toEqual(BigInt64Array.of(999n));
  });
});
