import { expect, test } from 'vitest';
import { dataCard } from '../../../src/dataset/data-card';
import { describeExport, toRecord } from '../../../src/dataset/export-items';
import { dicomOrigin } from '../../../src/dataset/formats/modality';
import { jsonRow, labelColumns } from '../../../src/dataset/labels';
import { recipePresets } from '../../../src/dataset/presets';
import { createPlan, type RecipeRow } from '../../../src/dataset/recipe';
import { validateRecipe } from '../../../src/dataset/validate-recipe';
import { generatorEntry } from '../diffusion/generators';
import { DESCRIPTION, record } from './toy-dataset';

const CGAN = generatorEntry('tiny-cgan');
const [{ recipe: OF_EACH }] = recipePresets(CGAN);
const withRow = (change: Partial<RecipeRow>) => ({
  ...OF_EACH,
  rows: [{ ...OF_EACH.rows[0], ...change }],
});

test.each(['tiny-cgan', 'tiny-mask-gan'])(
  '%s has one recipe to start from, and can make it',
  (id) => {
    const entry = generatorEntry(id);
    const presets = recipePresets(entry);
    expect(presets.map(({ title }) => title)).toEqual(['Of each label']);
    const [{ recipe }] = presets;
    validateRecipe(recipe, entry);
    const { labels, mask } = entry.generator;
    expect(recipe.rows.map(({ prompt, label }) => [prompt, label])).toEqual(
      labels.map((l) => [l, l]),
    );
    expect(recipe.rows.every((row) => !!row.mask === mask)).toBe(true);
  },
);

test('a prompt that is a list of labels is fine, and one that is none is refused by name', () => {
  const finding = [
    { value: 'normal', share: 1 },
    { value: 'viral', name: 'viral pneumonia', share: 1 },
  ];
  validateRecipe(withRow({ prompt: '{finding}', words: { finding } }), CGAN);
  for (const row of [
    { prompt: 'fracture' },
    { prompt: 'chest, {finding}', words: { finding } },
    { prompt: '{finding}', words: { finding: [{ value: 'fracture', share: 1 }] } },
  ]) {
    const act = () => validateRecipe(withRow(row), CGAN);
    expect(act).toThrow(expect.objectContaining({ name: 'RequestInvalid' }));
    expect(act).toThrow(/^Row 1: Tiny conditional GAN has no label ".*expected one of normal, bac/);
  }
  expect(() => validateRecipe({ ...OF_EACH, scheduler: 'ddim' }, CGAN)).toThrow(
    /no scheduler "ddim" \(expected none\)/,
  );
  const masked = generatorEntry('tiny-mask-gan');
  const [{ recipe }] = recipePresets(masked);
  const rows = recipe.rows.map(({ mask: _, ...row }) => row);
  expect(() => validateRecipe({ ...recipe, rows }, masked)).toThrow(/draws to masks/);
});

test('labels, data card and DICOM say which method and model made a picture', () => {
  const hash = 'cd'.repeat(32);
  const { lora: _lora, moreLoras: _more, ...request } = createPlan(OF_EACH).image(0).request;
  const facts = { ...request, modelHash: hash, createdAt: new Date(0), index: 0, label: 'normal' };
  const made = toRecord(createPlan(OF_EACH), OF_EACH, facts);
  const set = { title: 'Rivals', recipe: OF_EACH };
  const description = describeExport(set, CGAN, [facts], '0.1.0', hash);
  const row = { record: made, split: 'train' as const, file: 'a.png', mask: '' };

  expect(JSON.parse(jsonRow(labelColumns(description), row))).toMatchObject({
    ...{ method: 'Conditional GAN', model: 'tiny-cgan', prompt: 'normal', scheduler: 'none' },
  });
  expect(dataCard(description, [row])).toContain(
    '| Tiny conditional GAN | Conditional GAN | 1.0.0 |',
  );
  expect(dicomOrigin(made, description, 0)).toMatchObject({
    model: 'Tiny conditional GAN 1.0.0',
    comments: expect.stringContaining('made by Conditional GAN, tiny-cgan') as string,
  });

  // Beside pictures of a diffusion model, as in the gallery.
  const both = { ...DESCRIPTION, models: [...DESCRIPTION.models, ...description.models] };
  const other = { ...row, record: record(1) };
  expect(JSON.parse(jsonRow(labelColumns(both), other))).toMatchObject({ method: 'Diffusion' });
  expect(labelColumns(DESCRIPTION).map(({ name }) => name)).not.toContain('method');
});
