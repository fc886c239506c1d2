import { unreadable } from '../../image/decoded-image';
import { maskFromImage, resizeMask, type Mask } from '../../image/mask';
import { readImage } from '../../image/read-image';
import { createRandom } from '../metrics/random';
import type { ReadSet } from '../metrics/read-features';
import { networkInput, readSquare } from '../metrics/read-square';
import type { ImageSource, SetName } from '../report/report';
import { storedExamples } from './learner';
import type { PairSet } from './segmentation-arms';

/** What reading pairs needs from outside. */
export interface PairReader {
  read: (set: SetName, index: number) => Promise<ImageSource>;
  readMask: (set: SetName, index: number) => Promise<Blob>;
}

/** More say little and fill the memory: 64 kB each. */
const MAX_PAIRS: Record<SetName, number> = { real: 1000, synthetic: 500, holdout: 500 };
/** Bytes to −1…1. */
const HALF = 127.5;

/**
 * Images of a set that have masks, both cut to the square in the middle and `size` pixels a side; with more of them than
 * fit, some at random. A pair that cannot be read is named in the set's `skipped` and left out.
 */
export async function readPairs(
  set: SetName,
  known: ReadSet,
  size: number,
  seed: number,
  { read, readMask }: PairReader,
): Promise<PairSet<Mask>> {
  const withMask = known.images.flatMap(({ mask }, i) => (mask === undefined ? [] : [i]));
  const order = createRandom(seed, 30).permutation(withMask.length).slice(0, MAX_PAIRS[set]);
  const [x, targets] = [3 * size * size, size * size].map(
    (length) => new Float32Array(length * order.length),
  );
  const masks: Mask[] = [];
  const groups: string[] = [];
  for (const at of order.sort((a, b) => a - b)) {
    const row = withMask[at];
    const { mask: file, group } = known.images[row];
    try {
      const index = known.indices[row];
      const square = await readSquare((await read(set, index)).blob);
      const mask = await squareMask(await readMask(set, index), square, size);
      const done = masks.length;
      const own = x.subarray(3 * size * size * done, 3 * size * size * (done + 1));
      networkInput(square, { size, mean: HALF, std: HALF }, own);
      mask.values.forEach((value, i) => (targets[size * size * done + i] = value > 0 ? 1 : 0));
      masks.push(mask);
      groups.push(group ?? known.features[row].id);
    } catch (error) {
      if ((error as Error).name === 'Locked') throw error;
      known.skipped.push({ set, name: file!, message: (error as Error).message });
    }
  }
  const examples = storedExamples({ count: masks.length, x, targets, targetDims: [size, size] });
  return { examples, truths: masks, groups };
}

/** The same square that `readSquare` takes out of the image. */
async function squareMask(
  file: Blob,
  image: { width: number; height: number },
  size: number,
): Promise<Mask> {
  const { width, height, values } = maskFromImage(await readImage(file), 'instances', []);
  if (width !== image.width || height !== image.height) {
    throw unreadable(
      `The mask has another size than its image (expected ${image.width} × ${image.height}, got ${width} × ${height}).`,
      'Save it in the size of the image.',
    );
  }
  const side = Math.min(width, height);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const cut = new Uint16Array(side * side);
  for (let y = 0; y < side; y++) {
    const from = (top + y) * width + left;
    cut.set(values.subarray(from, from + side), y * side);
  }
  return resizeMask({ width: side, height: side, values: cut }, size, size);
}
