import { expect, test } from 'vitest';
import { loadGenerator } from '../../../src/diffusion/generator/generator-model';
import { drawInOneStep } from '../../../src/diffusion/generator/generator-pipeline';
import { validateRequest } from '../../../src/diffusion/request';
import type { ModelSession, TensorData } from '../../../src/models/runtime/session-types';
import { loadFixtureGenerator, readFixture } from './fixture-package';
import { GENERATORS, generatorEntry, generatorRequest } from './generators';

const options = { signal: new AbortController().signal, onProgress: () => undefined };

interface Golden {
  label: string;
  seed: number;
  imageIndex: number;
  /** 0…255, [32 · 32 · channels]. */
  pixels: number[];
}

test.each(['tiny-cgan', 'tiny-cvae', 'tiny-mask-gan'])('%s draws what Python drew', async (id) => {
  const { label, pixels, ...drawn } = (
    readFixture(GENERATORS, 'golden.json') as Record<string, Golden>
  )[id];
  const entry = generatorEntry(id);
  const { mask: takesMask, channels } = entry.generator;
  const model = await loadFixtureGenerator(GENERATORS, entry);
  // Two objects in the left half; the graph is told where any is.
  const labels = Uint16Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 16 ? 1 + (i >> 9) : 0));
  const { rgba } = await drawInOneStep(
    model,
    generatorRequest(id, { prompt: label, ...drawn, ...(takesMask && { mask: { labels } }) }),
    options,
  );
  await model.release();
  const made = Array.from(rgba).filter((_, i) => i % 4 < channels);
  expect(made).toHaveLength(pixels.length);
  // A tanh of another library may fall on the other side of a half.
  expect(Math.max(...made.map((value, i) => Math.abs(value - pixels[i])))).toBeLessThanOrEqual(1);
  expect(new Set(made).size).toBeGreaterThan(50);
});

test('seed, image and label decide the picture, and nothing else does', async () => {
  const model = await loadFixtureGenerator(GENERATORS, generatorEntry('tiny-cgan'));
  const draw = async (change = {}) =>
    (await drawInOneStep(model, generatorRequest('tiny-cgan', change), options)).rgba.join();
  const first = await draw();
  expect(await draw()).toBe(first);
  expect(await draw({ prompt: ' Normal ' })).toBe(first);
  const others = await Promise.all([
    draw({ seed: 8 }),
    draw({ imageIndex: 3 }),
    draw({ prompt: 'viral pneumonia' }),
  ]);
  expect(new Set([first, ...others]).size).toBe(4);
});

test.each([
  ['a label that it has not', { prompt: 'fracture' }, /no label "fracture".*normal, bacterial/],
  ['a scheduler', { scheduler: 'ddim' }, /no scheduler \(expected "none", got "ddim"\)/],
  ['steps', { numInferenceSteps: 4 }, /number of steps.*from 1 to 1, got 4/],
  ['guidance', { guidanceScale: 3 }, /guidance built in/],
  ['a negative prompt', { negativePrompt: 'blur' }, /takes no negative prompt/],
  ['a covariate', { covariates: { age: 3 } }, /does not know the covariate/],
  ['an image', { init: { strength: 0.5 } }, /cannot start from an image/],
  ['a mask', { mask: { labels: new Uint16Array(1024) } }, /takes no mask/],
  ['fine-tuning', { lora: { strength: 1 } }, /takes no fine-tuning/],
])('%s is refused by name', (_, change, message) => {
  const act = () =>
    validateRequest(generatorRequest('tiny-cgan', change), generatorEntry('tiny-cgan'));
  expect(act).toThrow(expect.objectContaining({ name: 'RequestInvalid' }));
  expect(act).toThrow(message);
});

test('what draws to a mask draws nothing without one', () => {
  const request = generatorRequest('tiny-mask-gan', { prompt: 'histology' });
  expect(() => validateRequest(request, generatorEntry('tiny-mask-gan'))).toThrow(
    /draws to a mask \(expected one, got none\)/,
  );
});

/** A session that says what it takes and gives `sample`. */
function session(
  inputShapes: Record<string, (number | string)[]>,
  sample?: { dims: number[]; fill?: number },
): ModelSession & { released: boolean } {
  return {
    ...{ inputNames: Object.keys(inputShapes), inputShapes, released: false },
    run() {
      const { dims = [], fill = 0 } = sample ?? {};
      const data = new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(fill);
      const answer: TensorData = { dtype: 'float32', dims, data };
      return Promise.resolve<Record<string, TensorData>>(sample ? { sample: answer } : {});
    },
    release() {
      this.released = true;
      return Promise.resolve();
    },
  };
}

const RIGHT = { noise: ['n', 8], labels: ['n', 3] };

test.each([
  ['without an input', { noise: ['n', 8] }, /no input "labels" \(expected noise \[n, 8\], labels/],
  ['with one more', { ...RIGHT, z: ['n', 2] }, /asks for an input "z"/],
  ['with noise of another length', { ...RIGHT, noise: ['n', 9] }, /takes noise \[n, 9\]/],
  ['for pairs of pictures', { ...RIGHT, noise: [2, 8] }, /takes noise \[2, 8\]/],
  ['with noise of another rank', { ...RIGHT, noise: ['n', 8, 1, 1] }, /takes noise \[n, 8, 1, 1\]/],
])('a graph %s is refused, and let go', async (_, shapes, message) => {
  const opened = session(shapes);
  const loading = loadGenerator({
    entry: generatorEntry('tiny-cgan'),
    createSession: () => Promise.resolve(opened),
  });
  await expect(loading).rejects.toMatchObject({
    name: 'ModelUnsupported',
    message: expect.stringMatching(message) as string,
  });
  expect(opened.released).toBe(true);
});

test.each([
  [
    'of another size',
    { dims: [1, 1, 64, 64] },
    'ModelUnsupported',
    /gives sample \[1, 1, 64, 64\]/,
  ],
  ['of another name', undefined, 'ModelUnsupported', /gives no output of that name/],
  ['that is no number', { dims: [1, 1, 32, 32], fill: NaN }, 'SelfTestFailed', /wrong number/],
])('a picture %s is refused by name', async (_, sample, name, message) => {
  const model = await loadGenerator({
    entry: generatorEntry('tiny-cgan'),
    createSession: () => Promise.resolve(session(RIGHT, sample)),
  });
  await expect(drawInOneStep(model, generatorRequest('tiny-cgan'), options)).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message) as string,
  });
});
