import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../../src/contract/request';
import { validateRequest } from '../../../../src/diffusion/request';
import { generate } from '../../../../src/diffusion/pipeline';
import { recordedRequest } from '../../../../src/diffusion/recorded-request';
import { provenanceOf, repeatsSource } from '../../../../src/image/provenance';
import { entry as tinyEntry } from '../fakes';
import { compareWithGolden, type Golden } from '../../../golden';
import { loadFixturePackage, readFixture } from '../fixture-package';

const golden = readFixture('tiny-model', 'golden-edit.json') as Golden;
const model = await loadFixturePackage('tiny-model');
const { width, height } = model.entry.image;
/** A ramp: as training/goldens/edit_golden.py has it. */
const rgb = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
  const [pixel, colour] = [Math.floor(i / 3), i % 3];
  return (4 * (pixel % width) + 2 * Math.floor(pixel / width) + 40 * colour) % 256;
});
const request: GenerationRequest = {
  ...golden.request,
  init: { ...golden.request.init!, rgb },
};
const job = { signal: new AbortController().signal, onProgress: () => undefined };

test('an edit has the latents and the pixels of the Python run', async () => {
  const { latentsError, pixelDifferences } = await compareWithGolden(model, { ...golden, request });
  expect(latentsError).toBeLessThanOrEqual(2e-3);
  expect(Math.max(...pixelDifferences)).toBeLessThanOrEqual(1);
});

test('the same seed changes the same, another one something else', async () => {
  const first = await generate(model, request, job);
  const again = await generate(model, request, job);
  const other = await generate(model, { ...request, seed: request.seed + 1 }, job);
  expect(again.rgba).toEqual(first.rgba);
  expect(other.rgba).not.toEqual(first.rgba);
});

test('outside a region every byte is the source’s', async () => {
  const region = Uint8Array.from({ length: width * height }, (_, i) => (i % width < 32 ? 1 : 0));
  const inpaint = { region, featherPx: 0 };
  const { rgba } = await generate(model, { ...request, inpaint }, job);
  const changed = Array.from(region, (_, i) =>
    [0, 1, 2].some((c) => rgba[4 * i + c] !== rgb[3 * i + c]),
  );
  expect(changed.some((one, i) => one && region[i] === 0)).toBe(false);
  expect(changed.some((one, i) => one && region[i] === 1)).toBe(true);
});

test('what is saved says what the image showed, and it counts as repeating one from outside', async () => {
  const { edit, init } = await recordedRequest(request);
  expect(edit).toEqual(request.edit);
  expect(init).not.toHaveProperty('rgb');
  const { rgba } = await generate(model, request, job);
  expect(repeatsSource(provenanceOf(request, { rgba }))).toBe(true);
});

const refused: [string, Partial<GenerationRequest>, RegExp][] = [
  ['without an image', { init: undefined }, /no image that it belongs to/],
  [
    'that changes nothing',
    { prompt: request.edit!.prompt, covariates: request.edit!.covariates },
    /shows already/,
  ],
  [
    'of nothing said',
    { edit: { prompt: ' ', covariates: {} } },
    /What the image shows is not said/,
  ],
  ['at strength 0', { init: { rgb, strength: 0 } }, /leaves nothing to change/],
  ['with too much push', { edit: { ...request.edit!, push: 13 } }, /push is out of range/],
  [
    'with a covariate that the model does not know',
    { edit: { ...request.edit!, covariates: { shoe: 1 } } },
    /does not know the covariate "shoe"/,
  ],
];
test.each(refused)('an edit %s is refused', (_, change, message) => {
  const asked = { ...request, ...change };
  expect(() => validateRequest(asked, model.entry)).toThrow(message);
});

test('a model that is no rectified flow refuses edits by name', () => {
  const [flow] = tinyEntry.schedulers;
  const schedulers = [{ ...flow, predictionType: 'epsilon' as const, type: 'ddim' as const }];
  const entry = { ...model.entry, schedulers };
  const asked = { ...request, scheduler: 'ddim' };
  expect(() => validateRequest(asked, entry)).toThrow(/changes no image by a sentence/);
});
