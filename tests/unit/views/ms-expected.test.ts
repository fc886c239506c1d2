import { expect, test } from 'vitest';
import { relativesOf } from '../../../src/models/manifest/relatives';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { msExpected } from '../../../src/views/studio/state/ms-expected';
import type { GalleryState } from '../../../src/views/gallery/gallery.svelte';

function model(id: string, numInferenceSteps: number, guidanceScale: number, sha256 = 'text') {
  return {
    ...{ id, defaults: { numInferenceSteps, guidanceScale } },
    components: { textEncoder: { graph: { shards: [{ sha256 }] } } },
  } as unknown as DiffusionEntry;
}

const fast = model('fast', 4, 1);
const best = model('best', 20, 2);
const other = model('other', 1, 1, 'another text encoder');
const relatives = relativesOf(best, [fast, other, best]);

type Picture = [modelId: string, guidanceScale: number, msPerStep: number];

/** Milliseconds of a picture as the model is set by default, where these have been made, the newest first. */
function expected(model: DiffusionEntry, ...pictures: Picture[]) {
  const entries = pictures.map(([modelId, guidanceScale, msPerStep]) => ({
    request: { modelId, guidanceScale },
    timing: { msEncode: 10, msPerStep, msDecode: 90 },
  })) as unknown as GalleryState['entries'];
  return msExpected({ entries }, model, relatives, model.defaults);
}

test('relatives read prompts with the same network, the fastest first', () => {
  expect(relatives.map(({ id }) => id)).toEqual(['fast', 'best']);
  expect(relativesOf(other, [fast, best]).map(({ id }) => id)).toEqual(['other']);
});

test('before there is a picture nobody knows how long one takes', () => {
  expect(expected(fast)).toBeNull();
  expect(expected(fast, ['other', 1, 100])).toBeNull();
});

test('a model is timed by its own newest picture', () => {
  const pictures: Picture[] = [
    ['other', 1, 7],
    ['fast', 1, 200],
    ['fast', 1, 900],
    ['best', 2, 500],
  ];
  expect(expected(fast, ...pictures)).toBe(10 + 4 * 200 + 90);
});

test('else by a relative: a guided step costs two', () => {
  expect(expected(best, ['fast', 1, 200])).toBe(10 + 20 * 400 + 90);
  expect(expected(fast, ['best', 2, 400])).toBe(10 + 4 * 200 + 90);
});

test('where guidance holds for a part of the noise levels, a step costs less than two', () => {
  const { defaults } = best;
  const partly = {
    ...best,
    defaults: { ...defaults, guidanceInterval: [0.25, 0.75] },
  } as DiffusionEntry;
  expect(expected(partly, ['fast', 1, 200])).toBe(10 + 20 * 300 + 90);
});
