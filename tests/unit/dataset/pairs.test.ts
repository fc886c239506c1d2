import { expect, test } from 'vitest';
import { toRecord } from '../../../src/dataset/export-items';
import type { DatasetItem } from '../../../src/dataset/dataset-item';
import { parseRecipe } from '../../../src/dataset/parse-recipe';
import { createPlan, numImages, type Recipe, type RecipeRow } from '../../../src/dataset/recipe';
import { validateRecipe } from '../../../src/dataset/validate-recipe';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { collect } from './collect-export';
import { toyPng } from './toy-dataset';

const ROW: RecipeRow = {
  count: 10,
  prompt: 'brain, {side}',
  label: 'healthy',
  words: { side: ['left', 'right'].map((value) => ({ value, share: 1 })) },
  covariates: { age: { from: 40, to: 80, step: 1 } },
  pair: { sentence: 'glioma on the {side}', label: 'glioma', push: 3, strength: 0.5 },
};
const PLAIN: RecipeRow = { ...ROW, count: 3, pair: undefined };
const recipe = (...rows: RecipeRow[]): Recipe => ({
  ...{ version: 1, title: 'Pairs', modelId: 'toy', seed: 7, numInferenceSteps: 4 },
  ...{ guidanceScale: 1, scheduler: 'flow', rows },
});
const ENTRY = {
  ...{ id: 'toy', title: 'The model', components: { vaeEncoder: {} } },
  schedulers: [{ id: 'flow', type: 'flow-match-euler', predictionType: 'flow' }],
  ranges: { numInferenceSteps: [1, 50], guidanceScale: [1, 10] },
  conditions: {
    covariates: [{ name: 'age', title: 'Age', unit: 'years', min: 0, max: 100, step: 1 }],
    initImage: true,
    mask: { classes: ['background', 'nucleus'] },
  },
} as unknown as DiffusionEntry;

test('each pair is two images of one place: the same words, values and noise, and the change in the second', () => {
  const plan = createPlan(recipe(PLAIN, ROW, PLAIN));
  expect([numImages(ROW), plan.total]).toEqual([20, 26]);
  const images = Array.from({ length: plan.total }, (_, k) => plan.image(k));
  expect(images.map(({ row }) => row).join('')).toBe(`000${'1'.repeat(20)}222`);
  for (let k = 3; k < 23; k += 2) {
    const [first, second] = [images[k], images[k + 1]];
    expect(second.request).toEqual(first.request);
    expect(first.request.imageIndex).toBe(k);
    expect(first.pair).toEqual({ first: k });
    const { side } = first.words;
    const change = { sentence: `glioma on the ${side}`, label: 'glioma', push: 3, strength: 0.5 };
    expect(second.pair).toEqual({ first: k, change });
  }
  expect(images[23]).toMatchObject({ request: { imageIndex: 23 } });
  expect(images[23]).not.toHaveProperty('pair');
  expect(images.slice(3, 23).filter(({ words }) => words.side === 'left')).toHaveLength(10);
});

test('a recipe of pairs comes back from its JSON as it was, and can be made', () => {
  const again = parseRecipe(JSON.stringify(recipe(ROW)));
  expect(again).toEqual(recipe(ROW));
  expect(() => validateRecipe(again, ENTRY)).not.toThrow();
});

const withPair = (change: object) => ({ ...ROW, pair: { ...ROW.pair!, ...change } });
test.each<[string, RecipeRow, RegExp]>([
  ['no sentence', withPair({ sentence: ' ' }), /Row 1: pairs: nothing is to change/],
  [
    'a push too hard',
    withPair({ push: 13 }),
    /pairs, push is out of range \(expected 1 to 12, got 13/,
  ],
  ['no strength', withPair({ strength: 0 }), /pairs, strength is out of range/],
  ['a placeholder', withPair({ sentence: '{x}' }), /the change has a placeholder \{x\}/],
  ['one in the label', withPair({ label: '{y}' }), /the changed label has a placeholder \{y\}/],
  ['masks', { ...ROW, mask: { stain: 'histology' } }, /drawn to a mask is not changed/],
  ['too many', { ...ROW, count: 500_001 }, /Number of images.*got 1000002/],
])('%s is refused by name', (_what, row, message) => {
  expect(() => validateRecipe(recipe(row), ENTRY)).toThrow(message);
});

test('a model that changes no picture makes no pairs', () => {
  const schedulers = [{ id: 'flow', type: 'ddim' }];
  const other = { ...ENTRY, schedulers } as unknown as DiffusionEntry;
  expect(() => validateRecipe(recipe(ROW), other)).toThrow(/The model changes no picture/);
});

async function exported(layout: 'plain' | 'imagefolder') {
  const whole = recipe(ROW);
  const plan = createPlan(whole);
  const items = Array.from({ length: plan.total }, (_, k): DatasetItem => {
    const { request, label, pair } = plan.image(k);
    const { lora: _lora, moreLoras: _more, ...asked } = request;
    const facts = { ...asked, index: k, modelHash: 'ab'.repeat(32), createdAt: new Date(0) };
    const record = toRecord(plan, whole, { ...facts, label: pair?.change?.label ?? label });
    const difference = pair?.change ? toyPng(0) : undefined;
    return { record, load: async () => ({ png: toyPng(k), difference }) };
  });
  return collect(items, { layout, shares: { train: 0.7, validation: 0.1, test: 0.2 } });
}

test('labels link the two by one id, name the change, and a split keeps them together', async () => {
  const files = await exported('plain');
  const lines = (await files.get('labels.jsonl')!.text()).trim().split('\n');
  const rows = lines.map((text) => JSON.parse(text) as Record<string, string | null>);
  expect(rows[2]).toMatchObject({ pair: 'pair-00000002', change: null, difference: null });
  expect(rows[2]).toMatchObject({ label: 'healthy', parent: null });
  expect(rows[3]).toMatchObject({
    ...{ pair: 'pair-00000002', change: 'glioma on the right', label: 'glioma' },
    ...{ parent: 'image-00000002', difference: 'differences/image-00000003.png' },
  });
  for (let k = 0; k < rows.length; k += 2) expect(rows[k + 1].split).toBe(rows[k].split);
  expect([...files.keys()].filter((path) => path.startsWith('differences/'))).toHaveLength(10);
  expect(await files.get('SHA256SUMS')!.text()).toMatch(/differences\/image-00000001\.png/);
  const card = await files.get('README.md')!.text();
  expect(card).toMatch(/10 images were made of another one by a sentence.*of 10 both/);
});

test('in a layout of classes each image lies with its own class, the differences beside them', async () => {
  const paths = [...(await exported('imagefolder')).keys()];
  expect(paths.filter((path) => /^(train|validation|test)\/healthy\//.test(path))).toHaveLength(10);
  expect(paths.filter((path) => /^(train|validation|test)\/glioma\//.test(path))).toHaveLength(10);
  expect(paths.filter((path) => path.startsWith('differences/'))).toHaveLength(10);
});

const SOURCES = [
  { title: 'a.png', prompt: 'brain, as it is', covariates: { age: 61 } },
  { title: 'b.png', sha256: 'ab'.repeat(32) },
];

test('pairs may begin with pictures that are there: what these show goes before what the row says', () => {
  const whole = recipe({ ...ROW, count: 2, pair: { ...ROW.pair!, sources: SOURCES } });
  expect(parseRecipe(JSON.stringify(whole))).toEqual(whole);
  expect(() => validateRecipe(whole, ENTRY)).not.toThrow();
  const plan = createPlan(whole);
  const images = [0, 1, 2, 3].map((k) => plan.image(k));
  expect(images.map(({ pair }) => pair?.source)).toEqual([
    SOURCES[0],
    undefined,
    SOURCES[1],
    undefined,
  ]);
  expect(images.map(({ request }) => request.prompt)).toEqual([
    'brain, as it is',
    'brain, as it is',
    'brain, right',
    'brain, right',
  ]);
  expect(images[1].request.covariates).toEqual({ age: 61 });
  const three = recipe({ ...whole.rows[0], count: 3 });
  expect(() => validateRecipe(three, ENTRY)).toThrow(/pairs, count .*from 1 to 2, got 3/);
});
