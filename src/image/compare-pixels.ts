/** How two images of one size differ. */
export interface PixelDifference {
  identical: boolean;
  /** Pixels of which any channel differs. */
  numDifferent: number;
  numPixels: number;
  /** Largest difference of a channel, 0…255. */
  largest: number;
  /** Where that is: column and row, from 0; null where nothing differs. */
  at: { x: number; y: number } | null;
}

interface Rgba {
  width: number;
  height: number;
  /** [height · width · 4]. */
  data: Uint8ClampedArray;
}

/** Compares every channel of every pixel; images of different sizes differ everywhere. */
export function comparePixels(one: Rgba, other: Rgba): PixelDifference {
  const numPixels = one.width * one.height;
  if (one.width !== other.width || one.height !== other.height) {
    return {
      identical: false,
      numDifferent: numPixels,
      numPixels,
      largest: 255,
      at: { x: 0, y: 0 },
    };
  }
  let [numDifferent, largest, worst] = [0, 0, -1];
  for (let pixel = 0; pixel < numPixels; pixel++) {
    let difference = 0;
    for (let i = 4 * pixel; i < 4 * pixel + 4; i++) {
      difference = Math.max(difference, Math.abs(one.data[i] - other.data[i]));
    }
    if (difference > 0) numDifferent++;
    if (difference > largest) [largest, worst] = [difference, pixel];
  }
  const at = worst < 0 ? null : { x: worst % one.width, y: Math.floor(worst / one.width) };
  return { identical: numDifferent === 0, numDifferent, numPixels, largest, at };
}
