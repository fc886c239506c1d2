import { appError } from '../../errors';
import { align, type Alignment } from './align';
import { copyCandidates, type PairWatch } from './copy-candidates';
import { forEachDistanceRow, type FeatureMatrix, type Multiply } from '../metrics/feature-matrix';
import { percentile } from '../metrics/percentile';
import { highPass, type SquareMap, type Thumb } from '../metrics/thumb';

/** Images as the copy check sees them: thumbs, generic features, and what may not be compared with what. */
export interface CopySide {
  thumbs: readonly Thumb[];
  features: FeatureMatrix;
  /** Patients, or anything else that makes images alike; null: unknown. */
  groups: readonly (string | null)[];
}

/** One image and the real one that it resembles most. */
export interface NearestReal extends Alignment {
  index: number;
  real: number;
  /** 1 − similarity: 0 is the same picture. */
  distance: number;
}

/** What the copy check found. */
export interface CopyResult {
  /** One for each synthetic image. */
  nearest: NearestReal[];
  /** The same of each held-out image. */
  heldNearest: NearestReal[];
  /** Distances at or below it count as a copy. */
  threshold: number;
  /** Share of synthetic images, and of real held-out ones, at or below it. */
  rate: number;
  holdoutRate: number;
  /** The same by distances of features, without pixels: threshold at the nearest 1 % of held-out images. */
  features: { rate: number; holdoutRate: number; threshold: number };
}

const FINE_SIGMA = 2;
/** Pairs that are aligned exactly for their features, beside those that look most alike coarsely. */
const BY_FEATURES = 3;
/** Held-out images that set the threshold, at most. */
const MAX_HOLDOUT = 1000;
/** From this correlation of fine structure on two real pictures are taken for one that is there twice. */
const DUPLICATE = 0.9;

/**
 * The nearest real image of each synthetic one, and whether it is nearer than real held-out images are. Dar et al. 2025,
 * Nature Biomedical Engineering: synthetic → training against held-out → training. Candidates come from all
 * pairs at 16 × 16 pixels and from the features; the best are aligned at 64 × 64 over mirroring and crops, and compared by
 * the correlation of what a Gaussian of 2 pixels leaves.
 *
 * The threshold lies a quarter of the way from the most similar 1 % of held-out images to identity; duplicates among the
 * real images do not count for it. Without held-out images, each real one is held out in turn. Throws `RequestInvalid` where
 * none can be, because all are of one patient.
 */
export async function findCopies(
  synthetic: CopySide,
  real: CopySide,
  holdout: CopySide | null,
  multiply: Multiply,
  onProgress: (share: number) => Promise<void>,
): Promise<CopyResult> {
  const outside = firstOf(holdout ?? real, MAX_HOLDOUT);
  const maps = real.thumbs.map((thumb) => highPass(thumb, FINE_SIGMA));
  const apart = (i: number, j: number) => {
    if (!holdout && i === j) return false;
    return outside.groups[i] === null || outside.groups[i] !== real.groups[j];
  };
  const share = synthetic.thumbs.length / (synthetic.thumbs.length + outside.thumbs.length);
  const nearest = await nearestReal(synthetic, real, maps, multiply, {
    mayCompare: () => true,
    onProgress: (done) => onProgress(done * share),
  });
  const held = await nearestReal(outside, real, maps, multiply, {
    mayCompare: apart,
    onProgress: (done) => onProgress(share + done * (1 - share)),
  });
  if (held.nearest.length === 0) {
    throw appError(
      'RequestInvalid',
      'No real image can be held out to look for copies (expected images of at least two patients, got those of one). ' +
        'Add real images of others, or choose held-out ones.',
    );
  }
  const usual = usualSimilarity(held.nearest);
  const threshold = 1 - (usual + (1 - usual) / 4);
  const rateOf = (found: NearestReal[]) =>
    found.filter(({ distance }) => distance <= threshold).length / found.length;
  const limit = percentile(held.distances, 1);
  const below = (all: Float64Array) =>
    all.filter((distance) => distance < limit).length / all.length;
  return {
    nearest: nearest.nearest,
    heldNearest: held.nearest,
    threshold,
    rate: rateOf(nearest.nearest),
    holdoutRate: rateOf(held.nearest),
    features: {
      rate: below(nearest.distances),
      holdoutRate: below(held.distances),
      threshold: limit,
    },
  };
}

/** Of the most similar 1 % of held-out images; duplicates do not count unless most are as alike as that. */
function usualSimilarity(held: readonly NearestReal[]): number {
  const all = held.map(({ similarity }) => similarity);
  const single = all.filter((similarity) => similarity < DUPLICATE);
  return percentile(single.length >= all.length / 2 ? single : all, 99);
}

/** Of each picture its best alignment with a real image, and its distance to the nearest one by features. */
async function nearestReal(
  side: CopySide,
  real: CopySide,
  maps: readonly SquareMap[],
  multiply: Multiply,
  { mayCompare, onProgress }: PairWatch,
): Promise<{ nearest: NearestReal[]; distances: Float64Array }> {
  const byFeatures = await nearestByFeatures(side, real, multiply, mayCompare);
  const candidates = await copyCandidates(side.thumbs, real.thumbs, byFeatures.indices, multiply, {
    mayCompare,
    onProgress: (done) => onProgress(done / 2),
  });
  const nearest: NearestReal[] = [];
  for (const [index, thumb] of side.thumbs.entries()) {
    const map = highPass(thumb, FINE_SIGMA);
    const { alike, wanted } = candidates[index];
    let best: NearestReal | null = null;
    // What is in both is the same object, and aligned once.
    for (const { real: at, turn, crop } of new Set([...alike, ...wanted])) {
      const fit = align(map, maps[at], turn, crop);
      if (best && fit.similarity <= best.similarity) continue;
      best = { index, real: at, distance: 1 - fit.similarity, ...fit };
    }
    if (best) nearest.push(best);
    if (index % 32 === 31) await onProgress(0.5 + index / side.thumbs.length / 2);
  }
  return { nearest, distances: byFeatures.distances };
}

/** The nearest real images by features, which crops of 16 × 16 pixels may have missed, and the distance to the first. */
async function nearestByFeatures(
  side: CopySide,
  real: CopySide,
  multiply: Multiply,
  mayCompare: PairWatch['mayCompare'],
): Promise<{ indices: number[][]; distances: Float64Array }> {
  const indices: number[][] = [];
  const distances = new Float64Array(side.features.rows).fill(Infinity);
  await forEachDistanceRow(side.features, real.features, multiply, (i, squared) => {
    const nearest: number[] = [];
    for (let j = 0; j < squared.length; j++) {
      const last = nearest.at(-1);
      const full = nearest.length === BY_FEATURES;
      if ((full && squared[j] >= squared[last!]) || !mayCompare(i, j)) continue;
      const at = nearest.findIndex((other) => squared[other] > squared[j]);
      nearest.splice(at < 0 ? nearest.length : at, 0, j);
      if (full) nearest.pop();
    }
    indices.push(nearest);
    if (nearest.length > 0) distances[i] = Math.sqrt(squared[nearest[0]]);
  });
  return { indices, distances };
}

function firstOf({ thumbs, features, groups }: CopySide, count: number): CopySide {
  const rows = Math.min(count, thumbs.length);
  const values = features.values.subarray(0, rows * features.size);
  return {
    thumbs: thumbs.slice(0, rows),
    features: { ...features, rows, values },
    groups: groups.slice(0, rows),
  };
}
