import { expect, test } from 'vitest';
import { copyCandidates } from '../../../src/evaluation/copies/copy-candidates';
import { findCopies, type CopySide } from '../../../src/evaluation/copies/copies';
import { fromRows, multiplyExactly } from '../../../src/evaluation/metrics/feature-matrix';
import { createRandom } from '../../../src/evaluation/metrics/random';
import { THUMB_SIDE, type Thumb } from '../../../src/evaluation/metrics/thumb';

const SIDE = THUMB_SIDE;
const done = async () => undefined;

/** A picture that every member of the family resembles, with blobs of its own. */
function picture(stream: number): (x: number, y: number) => number {
  const random = createRandom(9, stream);
  const blobs = Array.from({ length: 24 }, () => ({
    ...{ x: random.uniform(), y: random.uniform(), size: 0.02 + 0.05 * random.uniform() },
    height: 120 * (random.uniform() - 0.5),
  }));
  return (x, y) => {
    const family = 110 + 70 * Math.cos(5 * (x - 0.5)) * Math.cos(4 * (y - 0.4));
    const own = blobs.reduce(
      (sum, blob) =>
        sum + blob.height * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / 2 / blob.size ** 2),
      0,
    );
    return family + own;
  };
}

/** The picture drawn at 64 × 64 from a part of it, mirrored or not, with noise as of compression. */
function draw(
  value: (x: number, y: number) => number,
  { side = 1, x = 0, y = 0, mirrored = false, noise = 0, stream = 0 } = {},
): Thumb {
  const random = createRandom(4, stream);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [column, row] = [((i % SIDE) + 0.5) / SIDE, (Math.floor(i / SIDE) + 0.5) / SIDE];
    const u = mirrored ? 1 - column : column;
    const shown = value(x + u * side, y + row * side) + noise * (random.uniform() - 0.5);
    return Math.min(255, Math.max(0, Math.round(shown)));
  });
}

/** Features that know nothing: candidates must come from pixels alone. */
function sideOf(thumbs: Thumb[]): CopySide {
  const random = createRandom(2, thumbs.length);
  const features = fromRows(thumbs.map(() => [random.uniform(), random.uniform()]));
  return { thumbs, features, groups: thumbs.map(() => null) };
}

const range = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i);
const real = range(60).map((i) => draw(picture(i)));
const random = createRandom(11);

/** Mirrored, cropped and compressed again. */
const copies = range(20).map((i) => {
  const side = i % 2 === 0 ? 1 : 0.8 + 0.2 * random.uniform();
  const [x, y] = [(1 - side) * random.uniform(), (1 - side) * random.uniform()];
  return draw(picture(i), { side, x, y, mirrored: i % 4 < 2, noise: 16, stream: i });
});
const others = range(60, 1000).map((i) => draw(picture(i), { noise: 16, stream: i }));

test('of 5 % planted copies, mirrored, cropped and compressed, 95 % are found; of the others 1 % are taken for one', async () => {
  const heldOut = range(60, 3000).map((i) => draw(picture(i)));
  const many = range(380, 4000).map((i) => draw(picture(i), { noise: 16, stream: i }));
  const found = await findCopies(
    ...([sideOf([...copies, ...many]), sideOf(real), sideOf(heldOut)] as const),
    ...([multiplyExactly, done] as const),
  );
  const isCopy = found.nearest.map(({ distance }) => distance <= found.threshold);
  expect(isCopy.slice(0, 20).filter(Boolean).length / 20).toBeGreaterThanOrEqual(0.95);
  expect(isCopy.slice(20).filter(Boolean).length / 380).toBeLessThanOrEqual(0.01);
  const rightOne = found.nearest.slice(0, 20).filter(({ real: at }, i) => at === i);
  expect(rightOne.length).toBeGreaterThanOrEqual(19);
  expect(found.rate).toBeCloseTo(20 / 400, 1);
}, 120_000);

test('without a held-out set real images are held out in turn, and duplicates among them do not hide copies', async () => {
  const withTwins = [...real, ...real.slice(0, 6)];
  const synthetic = sideOf([...copies.slice(0, 6), ...others.slice(0, 20)]);
  const found = await findCopies(synthetic, sideOf(withTwins), null, multiplyExactly, done);
  expect(found.holdoutRate).toBeCloseTo(12 / 66, 1);
  const isCopy = found.nearest.map(({ distance }) => distance <= found.threshold);
  expect(isCopy.filter(Boolean)).toHaveLength(6);
}, 60_000);

test('images of one patient are no copies of each other', async () => {
  const twins = { ...sideOf([...real.slice(0, 20), ...real.slice(0, 20)]) };
  const groups = twins.thumbs.map((_, i) => `patient ${i % 20}`);
  const found = await findCopies(
    sideOf(others.slice(0, 5)),
    { ...twins, groups },
    null,
    multiplyExactly,
    done,
  );
  expect(found.holdoutRate).toBeLessThan(0.06);
}, 60_000);

test('an upside-down copy is a candidate with its turn', async () => {
  const flipped = draw((x, y) => picture(3)(x, 1 - y));
  const watch = { mayCompare: () => true, onProgress: done };
  const [{ alike, wanted }] = await copyCandidates([flipped], real, [[7]], multiplyExactly, watch);
  expect(alike[0]).toMatchObject({ real: 3, turn: 2 });
  expect(wanted).toMatchObject([{ real: 7 }]);
  expect(wanted[0].similarity).toBeLessThan(alike[0].similarity);
});
