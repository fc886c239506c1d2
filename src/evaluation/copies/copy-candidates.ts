import { forEachProductRow, type FeatureMatrix, type Multiply } from '../metrics/feature-matrix';
import {
  highPass,
  shrink,
  THUMB_SIDE,
  turned,
  unitSample,
  type Crop,
  type SquareMap,
  type Thumb,
  type Turn,
} from '../metrics/thumb';

/** A real image that a picture may be a copy of, and how it would have to be turned and cut. */
export interface Candidate {
  real: number;
  turn: Turn;
  crop: Crop;
  /** Correlation at 16 × 16. */
  similarity: number;
}

const SIDE = 16;
const COARSE_SIGMA = 4;
/** Of each picture, beside those asked for. */
const CANDIDATES = 2;
/** Real images whose crops are held at once. */
const CHUNK = 64;
const WHOLE: Crop = { side: 1, x: 0, y: 0 };

/** Crops of 80 % and more of a side, so close together that a copy is never far from one. */
export const CROPS: readonly Crop[] = [
  WHOLE,
  ...[
    { side: 0.95, steps: 2 },
    { side: 0.9, steps: 3 },
    { side: 0.85, steps: 3 },
    { side: 0.79, steps: 4 },
  ].flatMap(({ side, steps }) =>
    Array.from({ length: steps * steps }, (_, i) => ({
      side,
      x: ((i % steps) / (steps - 1)) * (1 - side),
      y: (Math.floor(i / steps) / (steps - 1)) * (1 - side),
    })),
  ),
];

/** What may be compared, and how far it is. */
export interface PairWatch {
  mayCompare: (picture: number, real: number) => boolean;
  onProgress: (share: number) => Promise<void>;
}

/** Of one picture: the real images that it resembles most coarsely, best first, and those that were asked for. */
export interface Candidates {
  alike: Candidate[];
  wanted: Candidate[];
}

/**
 * For each picture the real images that it resembles most at 16 × 16 pixels, over all mirrorings and crops (upside down
 * only uncut): found by products of unit vectors, so that every pair is looked at. `mayCompare` leaves pairs out; `wanted`
 * names real images, of each picture, whose best crop is told too.
 */
export async function copyCandidates(
  pictures: readonly Thumb[],
  real: readonly Thumb[],
  wanted: readonly (readonly number[])[],
  multiply: Multiply,
  { mayCompare, onProgress }: PairWatch,
): Promise<Candidates[]> {
  const found: Candidates[] = pictures.map(() => ({ alike: [], wanted: [] }));
  const maps = pictures.map((thumb) => shrink(highPass(thumb, COARSE_SIGMA), SIDE));
  const passes = [
    { crops: CROPS, query: queries(maps, [0, 1]), turns: [0, 1] as const },
    { crops: [WHOLE], query: queries(maps, [2, 3]), turns: [2, 3] as const },
  ];
  for (let start = 0; start < real.length; start += CHUNK) {
    const chunk = real
      .slice(start, start + CHUNK)
      .map((thumb) => shrink(highPass(thumb, COARSE_SIGMA), THUMB_SIDE / 2));
    for (const { crops, query, turns } of passes) {
      const vectors = cropVectors(chunk, crops);
      await forEachProductRow(query, vectors, multiply, (row, products) => {
        const picture = row >> 1;
        const { alike, wanted: fits } = found[picture];
        for (let j = 0; j < chunk.length; j++) {
          if (!mayCompare(picture, start + j)) continue;
          const at = bestOf(products, j * crops.length, crops.length);
          const turn = turns[row & 1];
          const similarity = products[j * crops.length + at];
          const candidate = { real: start + j, turn, crop: crops[at], similarity };
          insert(alike, candidate, CANDIDATES);
          if (wanted[picture].includes(start + j)) insert(fits, candidate, Infinity);
        }
      });
    }
    await onProgress(Math.min(1, (start + CHUNK) / real.length));
  }
  return found;
}

/** Two rows for each picture, one for each of two turns. */
function queries(maps: readonly SquareMap[], turns: readonly Turn[]): FeatureMatrix {
  const size = SIDE * SIDE;
  const values = new Float32Array(maps.length * turns.length * size);
  maps.forEach((map, i) =>
    turns.forEach((turn, t) =>
      values.set(unitSample(turned(map, turn), WHOLE, SIDE), (i * turns.length + t) * size),
    ),
  );
  return { rows: maps.length * turns.length, size, values };
}

function cropVectors(maps: readonly SquareMap[], crops: readonly Crop[]): FeatureMatrix {
  const size = SIDE * SIDE;
  const values = new Float32Array(maps.length * crops.length * size);
  maps.forEach((map, i) => {
    const whole = shrink(map, SIDE);
    crops.forEach((crop, c) =>
      values.set(
        unitSample(crop.side === 1 ? whole : map, crop, SIDE),
        (i * crops.length + c) * size,
      ),
    );
  });
  return { rows: maps.length * crops.length, size, values };
}

function bestOf(products: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (products[start + c] > products[start + best]) best = c;
  return best;
}

/** Keeps the best `most`, each real image once. */
function insert(found: Candidate[], candidate: Candidate, most: number) {
  const before = found.findIndex(({ real }) => real === candidate.real);
  if (before >= 0) {
    if (found[before].similarity >= candidate.similarity) return;
    found.splice(before, 1);
  } else if (found.length === most && found[most - 1].similarity >= candidate.similarity) {
    return;
  }
  const at = found.findIndex(({ similarity }) => similarity < candidate.similarity);
  found.splice(at < 0 ? found.length : at, 0, candidate);
  if (found.length > most) found.pop();
}
