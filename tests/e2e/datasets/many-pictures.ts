import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';

const SIDE = 256;
const SPOTS = 14;

/**
 * A colour picture [256 · 256 · 3] of spots on a slope with a little noise, from whole numbers alone; `mirrored` left to
 * right. Each seed has another one; `coarse` ones have larger spots.
 */
export function drawPicture(
  seed: number,
  { mirrored = false, coarse = false } = {},
): Uint8Array<ArrayBuffer> {
  const next = lcg(seed);
  const slope = [next() % 3, next() % 3, next() % 3];
  const values = new Int16Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = 3 * (y * SIDE + x);
      for (let c = 0; c < 3; c++) values[at + c] = 70 + ((x + slope[c] * y) >> 3);
    }
  }
  for (let k = 0; k < SPOTS; k++) addSpot(values, next, coarse ? 14 : 6);
  const picture = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const noise = next() % 5;
      const to = 3 * (y * SIDE + (mirrored ? SIDE - 1 - x : x));
      for (let c = 0; c < 3; c++) {
        picture[to + c] = Math.min(255, Math.max(0, values[3 * (y * SIDE + x) + c] + noise));
      }
    }
  }
  return picture;
}

/** A bell of one colour, `least` pixels wide or more. */
function addSpot(values: Int16Array, next: () => number, least: number) {
  const [cx, cy, reach] = [next() % SIDE, next() % SIDE, 2 * (least + (next() % 14))];
  const colour = [0, 1, 2].map(() => (next() % 161) - 80);
  for (let y = Math.max(0, cy - reach); y < Math.min(SIDE, cy + reach); y++) {
    for (let x = Math.max(0, cx - reach); x < Math.min(SIDE, cx + reach); x++) {
      const away = ((x - cx) ** 2 + (y - cy) ** 2) / reach ** 2;
      if (away >= 1) continue;
      const height = (1 - away) ** 2;
      for (let c = 0; c < 3; c++) values[3 * (y * SIDE + x) + c] += Math.round(colour[c] * height);
    }
  }
}

/** Numerical Recipes' linear congruential generator; its upper 16 bits. */
function lcg(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 16;
  };
}

/** Writes FOLDER/NAME.png, lossless and hardly compressed, for it is ten thousand of them. */
export async function writePicture(folder: string, name: string, picture: Uint8Array) {
  await mkdir(folder, { recursive: true });
  const png = encode(
    { width: SIDE, height: SIDE, data: picture, channels: 3, depth: 8 },
    { zlib: { level: 1 } },
  );
  await writeFile(join(folder, `${name}.png`), png);
}
