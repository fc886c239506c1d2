import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';

const SIDE = 256;

/** Grey pictures of two kinds, each with spots of its own, drawn from whole numbers alone. */
function pixel(kind: number, seed: number, x: number, y: number): number {
  let value = 100 + (kind === 0 ? 60 * Math.cos(x / 40) : 60 * Math.cos((x + y) / 28));
  for (let k = 1; k <= 12; k++) {
    const [cx, cy] = [(seed * 97 * k + 31 * k * k) % SIDE, (seed * 57 * k + 13 * k * k) % SIDE];
    const size = 6 + ((seed + k * 5) % 9);
    const height = (k + seed) % 2 === 0 ? 70 : -70;
    value += height * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 2 / size ** 2);
  }
  return Math.min(255, Math.max(0, Math.round(value)));
}

/** Writes FOLDER/KIND/SEED.png for each seed; `mirrored` left to right. */
export async function writePictures(folder: string, seeds: number[], { mirrored = false } = {}) {
  for (const seed of seeds) {
    const kind = seed % 2;
    const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
      const x = mirrored ? SIDE - 1 - (i % SIDE) : i % SIDE;
      return pixel(kind, seed, x, Math.floor(i / SIDE));
    });
    const label = join(folder, kind === 0 ? 'bands' : 'stripes');
    await mkdir(label, { recursive: true });
    const png = encode({ width: SIDE, height: SIDE, data, channels: 1, depth: 8 });
    await writeFile(join(label, `${mirrored ? 'mirrored-' : ''}${seed}.png`), png);
  }
}

/** n whole numbers. */
export function range(n: number, from = 0): number[] {
  return Array.from({ length: n }, (_, i) => from + i);
}
