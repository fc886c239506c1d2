import { expect, test } from 'vitest';
import { createPlan, estimate, type Recipe, type RecipeRow } from '../../../src/dataset/recipe';

const SKIN: RecipeRow = {
  count: 6 * 6 * 50,
  prompt: 'clinical skin photo, {skin_tone} skin, {diagnosis}',
  label: '{diagnosis}',
  words: {
    diagnosis: ['nevus', 'melanoma', 'BCC', 'SCC', 'ACK', 'SEK'].map((value) => ({
      value,
      share: 1,
    })),
  },
  covariates: {
    skin_tone: ['dark', 'brown', 'tan', 'intermediate', 'light', 'very light'].map(
      (name, value) => ({ value, share: 1, name }),
    ),
    age: { from: 40, to: 80, step: 1 },
  },
};

function recipe(rows: RecipeRow[], change: Partial<Recipe> = {}): Recipe {
  return {
    version: 1,
    title: 'Test',
    modelId: 'model',
    seed: 7,
    numInferenceSteps: 4,
    guidanceScale: 1,
    scheduler: 'ddim',
    rows,
    ...change,
  };
}

function images(of: Recipe, from = 0, to = createPlan(of).total) {
  const plan = createPlan(of);
  return Array.from({ length: to - from }, (_, i) => plan.image(from + i));
}

function counts(values: (string | number)[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const value of values) found[value] = (found[value] ?? 0) + 1;
  return found;
}

test('6 skin tones × 6 diagnoses × 50 gives every pair exactly 50 times', () => {
  const made = images(recipe([SKIN]));
  const pairs = counts(
    made.map(({ words, request }) => `${words.diagnosis} ${request.covariates.skin_tone}`),
  );
  expect(made).toHaveLength(1800);
  expect(Object.keys(pairs)).toHaveLength(36);
  expect(new Set(Object.values(pairs))).toEqual(new Set([50]));
});

test('a check is asked for every image, as far as its prompt names a label', () => {
  const check = { networkId: 'names', maxTries: 3, unconfirmed: 'drop' } as const;
  const [first] = images(recipe([SKIN], { check }), 0, 1);
  expect(first.request.check).toEqual({ ...check, optional: true });
  expect(images(recipe([SKIN]), 0, 1)[0].request).not.toHaveProperty('check');
});

test('each row has the tuned model that it names, or none', () => {
  const lora = { sha256: 'ab'.repeat(32), title: 'Knees', strength: 0.5 };
  const made = images(
    recipe([
      { ...SKIN, count: 1, lora },
      { ...SKIN, count: 1 },
    ]),
  );
  expect(made.map(({ request }) => request.lora)).toEqual([lora, undefined]);
});

test('the same recipe and seed give the same images, in any order of asking', () => {
  const of = recipe([SKIN, { ...SKIN, count: 10 }]);
  const forwards = images(of);
  const plan = createPlan(of);
  const backwards = forwards.map((_, i) => plan.image(forwards.length - 1 - i)).reverse();
  expect(backwards).toEqual(forwards);
  expect(createPlan({ ...of, seed: 8 }).image(3).request).not.toEqual(forwards[3].request);
});

test('every image has noise of its own', () => {
  const made = images(recipe([SKIN, SKIN]));
  const streams = new Set(made.map(({ request }) => `${request.seed} ${request.imageIndex}`));
  expect(streams.size).toBe(made.length);
});

test('placeholders say the words and the names of values', () => {
  const { request, label, words } = createPlan(recipe([SKIN])).image(0);
  expect(request.prompt).toBe('clinical skin photo, dark skin, nevus');
  expect(label).toBe('nevus');
  expect(words).toEqual({ diagnosis: 'nevus' });
});

test.each([1, 5, 17, 100, 1799])('the first %i images hold each value to within one', (n) => {
  const made = images(recipe([SKIN]), 0, n);
  const perWord = counts(made.map(({ words }) => words.diagnosis));
  const perTone = counts(made.map(({ request }) => request.covariates.skin_tone));
  for (const found of [perWord, perTone]) {
    const all = Array.from({ length: 6 }, (_, i) => Object.values(found)[i] ?? 0);
    expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
  }
});

test('shares of 7 and 3 are 70 % and 30 %, and evenly mixed', () => {
  const sex = [
    { value: 0, share: 70 },
    { value: 1, share: 30 },
  ];
  const made = images(recipe([{ count: 1000, prompt: 'x', words: {}, covariates: { sex } }]));
  const values = made.map(({ request }) => request.covariates.sex);
  expect(counts(values)).toEqual({ 0: 700, 1: 300 });
  for (let i = 0; i + 10 <= values.length; i += 10) {
    expect(counts(values.slice(i, i + 10))).toEqual({ 0: 7, 1: 3 });
  }
});

test('lists of 2, 3 and 4 values meet in all 24 combinations equally often', () => {
  const list = (n: number) => Array.from({ length: n }, (_, i) => ({ value: String(i), share: 1 }));
  const words = { a: list(2), b: list(3), c: list(4) };
  const made = images(recipe([{ count: 48, prompt: '{a}{b}{c}', words, covariates: {} }]));
  const combinations = counts(made.map(({ request }) => request.prompt));
  expect(Object.keys(combinations)).toHaveLength(24);
  expect(new Set(Object.values(combinations))).toEqual(new Set([2]));
});

test('a range is filled evenly, on its steps and within its ends', () => {
  const made = images(recipe([SKIN]));
  const ages = made.map(({ request }) => request.covariates.age);
  const perDecade = counts(ages.map((age) => Math.min(3, Math.floor((age - 40) / 10))));
  expect(Math.min(...ages)).toBe(40);
  expect(Math.max(...ages)).toBe(80);
  expect(ages.every(Number.isInteger)).toBe(true);
  // 1800 images: 450 a decade; the last has 11 ages.
  for (const n of Object.values(perDecade)) expect(Math.abs(n - 450)).toBeLessThan(35);
});

test('a range is filled evenly for each value of a list, too', () => {
  const made = images(recipe([SKIN]));
  for (let tone = 0; tone < 6; tone++) {
    const ages = made
      .filter(({ request }) => request.covariates.skin_tone === tone)
      .map(({ request }) => request.covariates.age);
    const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
    // Drawn at random, the mean of 300 ages from 40 to 80 is off by more than 1.3 years one time in twenty.
    expect(Math.abs(mean - 60)).toBeLessThan(1.3);
  }
});

test('two ranges of one row do not go together', () => {
  const covariates = { a: { from: 0, to: 1 }, b: { from: 0, to: 1 } };
  const made = images(recipe([{ count: 1000, prompt: 'x', words: {}, covariates }]));
  const product = made.reduce((sum, { request }) => {
    const { a, b } = request.covariates;
    return sum + (a - 0.5) * (b - 0.5);
  }, 0);
  // Correlation: the covariance over the variance of a uniform number, 1/12.
  expect(Math.abs((product / 1000) * 12)).toBeLessThan(0.05);
});

test('rows follow one another, and image k is found without the ones before', () => {
  const rows = [3, 1, 100_000].map((count, i) => ({ ...SKIN, count, prompt: `row ${i}` }));
  const plan = createPlan(recipe(rows));
  const at = [0, 2, 3, 4, 100_003].map((k) => plan.image(k).row);
  expect(plan.total).toBe(100_004);
  expect(at).toEqual([0, 0, 1, 2, 2]);
});

test('any image of a million is planned at once', () => {
  const plan = createPlan(recipe([{ ...SKIN, count: 1_000_000 }]));
  const startMs = performance.now();
  for (let k = 0; k < 1000; k++) plan.image(999_999 - k);
  // 20 ms on an idle core; a plan that counted up to k would take minutes.
  expect(performance.now() - startMs).toBeLessThan(1000);
});

test('an image says with what settings its mask is drawn', () => {
  const mask = { stain: 'fluorescence' as never };
  expect(createPlan(recipe([{ ...SKIN, mask }])).image(5).mask).toEqual(mask);
  expect(createPlan(recipe([SKIN])).image(5).mask).toBeNull();
});

test('an estimate is what the images so far have taken, times what is left', () => {
  expect(estimate(1800, { msPerImage: 2000, bytesPerImage: 60_000 })).toEqual({
    ms: 3_600_000,
    bytes: 108_000_000,
  });
});
