import { expect, test } from 'vitest';
import { fromRows } from '../../../src/evaluation/metrics/feature-matrix';
import { createRandom } from '../../../src/evaluation/metrics/random';
import { usefulness, type LabelledSet } from '../../../src/evaluation/usefulness/usefulness';

const CLASSES = ['bacterial', 'normal', 'viral'];
const done = async () => undefined;

/** Clouds around one corner for each class; of `wrong` of the images the label is that of another class. */
function images(count: number, stream: number, { wrong = 0, perPatient = 1 } = {}): LabelledSet {
  const random = createRandom(17, stream);
  const normal = () =>
    Array.from({ length: 6 }, () => random.uniform()).reduce((a, b) => a + b) - 3;
  const kinds = Array.from({ length: count }, (_, i) => i % 3);
  const rows = kinds.map((kind) =>
    Array.from({ length: 8 }, (_, k) => (k % 3 === kind ? 1.1 : 0) + normal()),
  );
  const labels = kinds.map((kind) =>
    random.uniform() < wrong ? CLASSES[(kind + 1 + random.integer(2)) % 3] : CLASSES[kind],
  );
  return {
    ...{ features: fromRows(rows), labels },
    groups: labels.map((_, i) => (perPatient > 1 ? `patient ${Math.floor(i / perPatient)}` : null)),
    attributes: labels.map((_, i) => ({ sex: i % 4 === 0 ? 'F' : 'M' })),
  };
}

const real = images(48, 1);
const test150 = images(150, 2);

test('wrong labels among the synthetic images make them less useful', async () => {
  const asked = (synthetic: LabelledSet) =>
    usefulness({ real, synthetic, test: test150 }, 'toy', 1, done);
  const good = (await asked(images(200, 3))).sizes[0].balancedAccuracy;
  const noisy = (await asked(images(200, 3, { wrong: 0.6 }))).sizes[0].balancedAccuracy;
  expect(good.synthetic.value - noisy.synthetic.value).toBeGreaterThan(0.1);
  expect(good.mixed.value).toBeGreaterThan(noisy.mixed.value);
  // Real images are the same in both: so is what is learnt from them.
  expect(noisy.real.value).toBe(good.real.value);
  expect(good.mixed.gain!.low).toBeLessThanOrEqual(good.mixed.gain!.value);
}, 60_000);

test('subgroups of fewer than 50 test images are called insufficient, and larger ones judged', async () => {
  const { subgroups } = await usefulness(
    { real, synthetic: images(60, 3), test: test150 },
    'toy',
    1,
    done,
  );
  expect(
    subgroups.map(({ attribute, value, numTest, insufficient }) => [
      attribute,
      value,
      numTest,
      insufficient,
    ]),
  ).toEqual([
    ['sex', 'F', 38, true],
    ['sex', 'M', 112, false],
  ]);
  expect(subgroups[0].accuracy).toBeNull();
  expect(Object.keys(subgroups[1].accuracy!)).toEqual([
    ...['real', 'synthetic', 'mixed', 'synthetic then real'],
  ]);
}, 60_000);

test('without a test set whole patients are held out, so that none is on both sides', async () => {
  const patients = images(60, 1, { perPatient: 3 });
  const found = await usefulness(
    { real: patients, synthetic: images(60, 3), test: null },
    'toy',
    1,
    done,
  );
  expect(found.test).toBe('split');
  // 40 % of 20 patients with three images each; the head never learns from a multiple of three less.
  expect(found.numTest % 3).toBe(0);
  expect(found.numTest + found.sizes.at(-1)!.numReal).toBe(60);
}, 60_000);

test('nothing is learnt from real images of a patient who is held out', async () => {
  const patients = images(60, 1, { perPatient: 3 });
  const held = images(150, 2, { perPatient: 3 });
  // Of 20 real patients the last ten are among those tested on.
  const groups = held.groups.map((_, i) => `patient ${10 + Math.floor(i / 3)}`);
  const sets = { real: patients, synthetic: images(60, 3), test: { ...held, groups } };
  const found = await usefulness(sets, 'toy', 1, done);
  expect(found.numTest).toBe(150);
  expect(found.sizes.map(({ numReal }) => numReal)).toEqual([30]);
}, 60_000);
