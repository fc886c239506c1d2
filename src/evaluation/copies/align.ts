import {
  correlationWith,
  turned,
  unitSample,
  type Crop,
  type SquareMap,
  type Turn,
} from '../metrics/thumb';

/** How well a picture can be laid over a part of another one. */
export interface Alignment {
  /** Correlation of their fine structure, −1…1. */
  similarity: number;
  turn: Turn;
  /** Of the other picture. */
  crop: Crop;
}

const SAMPLES = 40;
const LEAST_SIDE = 0.7;
const FIRST_STEP = 0.04;
const LAST_STEP = 0.004;
/** Larger or smaller about the centre, then shifts. */
const MOVES = [
  [1, -0.5, -0.5],
  [-1, 0.5, 0.5],
  [0, 1, 0],
  [0, -1, 0],
  [0, 0, 1],
  [0, 0, -1],
];

/** From a first guess uphill to the crop that fits best, by steps that are halved until they are a quarter pixel. */
export function align(picture: SquareMap, other: SquareMap, turn: Turn, guess: Crop): Alignment {
  const sample = unitSample(turned(picture, turn), { side: 1, x: 0, y: 0 }, SAMPLES);
  const scratch = new Float32Array(sample.length);
  const fit = (crop: Crop) => correlationWith(sample, other, crop, scratch);
  let best = { crop: guess, similarity: fit(guess) };
  for (let step = FIRST_STEP; step > LAST_STEP; step /= 2) {
    for (let improved = true; improved;) {
      improved = false;
      for (const [grow, right, down] of MOVES) {
        const { crop } = best;
        const side = Math.min(1, Math.max(LEAST_SIDE, crop.side + grow * step));
        const inside = (at: number) => Math.min(1 - side, Math.max(0, at));
        const moved = { side, x: inside(crop.x + right * step), y: inside(crop.y + down * step) };
        const similarity = fit(moved);
        if (similarity <= best.similarity + 1e-4) continue;
        best = { crop: moved, similarity };
        improved = true;
      }
    }
  }
  return { ...best, turn };
}
