import { createRandom } from '../metrics/random';
import type { EvaluationTools } from '../evaluate';
import { groupsOf, type ReadSet } from '../metrics/read-features';
import { sideOf } from './learner';
import { networkArms } from './network-arms';
import { readPairs } from './read-pairs';
import { networkInput, readSquare } from '../metrics/read-square';
import type { Segmentation, SetName, Usefulness } from '../report/report';
import { segmentation } from './segmentation';
import type { createStages } from '../stages';
import { usefulness, type LabelledSet } from './usefulness';

/** Reads the pairs of all sets, then trains on them. Where no held-out image has a mask, real ones are held out. */
export async function segmentationOf(
  sets: Record<SetName, ReadSet>,
  steps: number,
  seed: number,
  { read, readMask, segmenter }: EvaluationTools,
  stages: ReturnType<typeof createStages>,
): Promise<Segmentation> {
  if (!readMask || !segmenter) throw new Error('segmentation needs readMask and a segmenter');
  const onProgress = stages.start('usefulness', segmenter.learner.title);
  const size = sideOf(segmenter);
  const pairs = (set: SetName) => readPairs(set, sets[set], size, seed, { read, readMask });
  const [real, synthetic] = [await pairs('real'), await pairs('synthetic')];
  const held = await pairs('holdout');
  const test = held.truths.length > 0 ? held : null;
  return segmentation({ real, synthetic, test }, segmenter, { seed, steps }, onProgress);
}

/** More fill the memory: 48 kB each. */
const MAX_IMAGES: Record<SetName, number> = { real: 1000, synthetic: 500, holdout: 500 };
/** Bytes to −1…1. */
const HALF = 127.5;

/** The classification experiment with a small network on pixels; with more images than fit, some at random. */
export async function trainedOf(
  sets: Record<SetName, ReadSet>,
  steps: number,
  seed: number,
  { read, classifier }: EvaluationTools,
  stages: ReturnType<typeof createStages>,
): Promise<Usefulness> {
  if (!classifier) throw new Error('training needs a classifier');
  const { id, title } = classifier.learner;
  const size = sideOf(classifier);
  const onProgress = stages.start('usefulness', title);
  const labelled = async (set: SetName): Promise<LabelledSet> => {
    const { images, indices } = sets[set];
    const groups = groupsOf(sets[set]);
    const known = images.flatMap(({ label }, i) => (label === '' ? [] : [i]));
    const order = createRandom(seed, 31).permutation(known.length).slice(0, MAX_IMAGES[set]);
    const rows = order.map((i) => known[i]).sort((a, b) => a - b);
    const length = 3 * size * size;
    const values = new Float32Array(rows.length * length);
    for (const [k, row] of rows.entries()) {
      const square = await readSquare((await read(set, indices[row])).blob);
      const own = values.subarray(k * length, (k + 1) * length);
      networkInput(square, { size, mean: HALF, std: HALF }, own);
    }
    return {
      features: { rows: rows.length, size: length, values },
      labels: rows.map((row) => images[row].label),
      groups: rows.map((row) => groups[row]),
      attributes: rows.map((row) => images[row].attributes ?? {}),
    };
  };
  const [real, synthetic] = [await labelled('real'), await labelled('synthetic')];
  const held = await labelled('holdout');
  const all = { real, synthetic, test: held.labels.length > 0 ? held : null };
  return usefulness(all, id, seed, onProgress, networkArms(classifier, steps));
}
