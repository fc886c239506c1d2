import { expect, test } from 'vitest';
import {
  numFromSources,
  readPairSource,
  refuseUnaskedSources,
} from '../../../src/cli/pair-sources';
import type { Recipe } from '../../../src/dataset/recipe';
import { encodeSamples } from '../../../src/image/png';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';

const ROW = { count: 2, prompt: 'x', words: {}, covariates: {} };
const sources = [{ title: 'a.png' }, { title: 'b.png' }];
const recipe = {
  rows: [
    ROW,
    { ...ROW, pair: { sentence: 'older' } },
    { ...ROW, pair: { sentence: 'older', sources } },
  ],
} as unknown as Recipe;
const ENTRY = { image: { width: 8, height: 6 } } as unknown as DiffusionEntry;

test('pictures of the user are written only where somebody has said how many', () => {
  expect(numFromSources(recipe)).toBe(4);
  expect(() => refuseUnaskedSources(recipe, 3)).toThrow(/at most 3 such.*--accept-copies 4$/);
  expect(() => refuseUnaskedSources(recipe, 4)).not.toThrow();
});

test('a picture that is not in the folder is named', async () => {
  const host = { readSource: () => Promise.resolve(null) };
  await expect(readPairSource(host, sources[0], ENTRY)).rejects.toMatchObject({
    name: 'SourceMissing',
    message: expect.stringContaining('The picture "a.png"') as string,
  });
});

test('a picture is taken with the mark of where it is from, and not where it is another than named', async () => {
  const samples = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => (5 * Math.floor(i / 3)) % 256);
  const png = encodeSamples({ width: 8, height: 6, samples }, {});
  const base64 = Buffer.from(await png.arrayBuffer()).toString('base64');
  const host = { readSource: () => Promise.resolve(base64) };
  const { provenance } = await readPairSource(host, sources[0], ENTRY);
  expect(provenance?.origin).toBe('outside');
  const named = { ...sources[0], sha256: 'ab'.repeat(32) };
  await expect(readPairSource(host, named, ENTRY)).rejects.toThrow(
    /another picture than the recipe/,
  );
});
