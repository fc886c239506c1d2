import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ImageFacts } from '../../../src/dataset/dataset-store';
import { createPlan } from '../../../src/dataset/recipe';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import type { GalleryState } from '../../../src/views/gallery/gallery.svelte';
import { findSource, pairsOf } from '../../../src/views/datasets/pairs/gallery-pairs';

const { models } = JSON.parse(
  readFileSync(new URL('../../../model-manifest.json', import.meta.url), 'utf8'),
) as ModelManifest;
const [entry] = models;
const SHA = 'ab'.repeat(32);

function facts(change: Partial<ImageFacts> = {}): ImageFacts {
  const { prompt } = entry.examples[2];
  const known = { prompt, covariates: { age: 60 }, modelId: entry.id, pixelHash: SHA };
  return { ...known, provenance: { origin: 'text' }, ...change } as ImageFacts;
}

test('pairs of pictures of the gallery begin with those that were made here by this model', () => {
  const outside = facts({ provenance: { origin: 'outside' } });
  const other = facts({ modelId: 'another' });
  const recipe = pairsOf([facts(), outside, other, facts({ pixelHash: undefined })], entry)!;
  expect(recipe.rows[0].pair?.sources).toHaveLength(1);
  const first = createPlan(recipe).image(0);
  expect(first).toMatchObject({
    pair: { source: { sha256: SHA } },
    request: { prompt: entry.examples[2].prompt, covariates: { age: 60 } },
  });
  expect(pairsOf([outside, other], entry)).toBeNull();
  expect(pairsOf([], entry)).toBeNull();
});

test('a picture that was drawn with what was learnt is changed with the same', () => {
  const lora = { sha256: 'ef'.repeat(32), title: 'mine', strength: 0.5 };
  const moreLoras = [{ ...lora, title: 'other', strength: 1 }];
  const all = [facts(), facts({ lora }), facts(), facts({ lora, moreLoras })];
  const recipe = pairsOf(all, entry)!;
  expect(recipe.rows.map(({ count, lora: used }) => [count, used])).toEqual([
    [2, undefined],
    [2, lora],
  ]);
  const { request } = createPlan(recipe).image(7);
  expect(request.lora).toEqual(lora);
  expect(request.prompt).toBe(`${entry.examples[2].prompt} <lora:other:1>`);
});

test('a picture is found by its pixels, and one that is gone is named', async () => {
  const png = new Blob(['picture']);
  const request = { prompt: 'chest x-ray', covariates: {} };
  const gallery = { entries: [{ id: 'a', pixelHash: SHA, png, request, width: 8, height: 8 }] };
  const state = gallery as unknown as GalleryState;
  const found = await findSource({ title: 'x', sha256: SHA }, state);
  expect(found).toMatchObject({ png, request, width: 8 });
  const gone = findSource({ title: 'chest', sha256: 'cd'.repeat(32) }, state);
  await expect(gone).rejects.toMatchObject({
    name: 'SourceMissing',
    message: expect.stringContaining('The picture "chest" that a pair begins with') as string,
  });
  await expect(findSource({ title: 'a.png' }, undefined)).rejects.toThrow(/--sources DIR/);
});
