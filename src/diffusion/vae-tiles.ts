/** The part of neighbouring tiles that is blended, of a tile's side. */
const OVERLAP = 0.25;

/** Where tiles of `size` begin along a side of `length`, spread evenly and overlapping by a quarter at least. */
export function tileStarts(length: number, size: number): number[] {
  if (length <= size) return [0];
  const count = Math.ceil((length - size) / (size * (1 - OVERLAP))) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - size)) / (count - 1)));
}

/**
 * Decodes latents [1, channels, h, w] in overlapping tiles of `size` and blends them into one image [3, h·scale, w·scale].
 * A tile's weight falls linearly to nothing towards edges that lie inside the image, so that no seam is left.
 */
export async function decodeInTiles(
  latents: Float32Array,
  [, channels, h, w]: number[],
  size: number,
  scale: number,
  decodeTile: (tile: Float32Array, tileDims: number[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  const [rows, columns] = [Math.min(size, h), Math.min(size, w)];
  const [height, width] = [h * scale, w * scale];
  const image = new Float32Array(3 * height * width);
  const weights = new Float32Array(height * width);
  for (const top of tileStarts(h, size)) {
    for (const left of tileStarts(w, size)) {
      const tile = cut(latents, [channels, h, w], [top, left, rows, columns]);
      const decoded = await decodeTile(tile, [1, channels, rows, columns]);
      const down = ramp(rows * scale, top === 0, top + rows === h);
      const across = ramp(columns * scale, left === 0, left + columns === w);
      addTile(image, weights, decoded, {
        down,
        across,
        width,
        top: top * scale,
        left: left * scale,
      });
    }
  }
  return image.map((sum, i) => sum / weights[i % weights.length]);
}

function cut(
  latents: Float32Array,
  [channels, h, w]: number[],
  [top, left, rows, columns]: number[],
): Float32Array {
  const tile = new Float32Array(channels * rows * columns);
  for (let line = 0; line < channels * rows; line++) {
    const [c, y] = [Math.floor(line / rows), line % rows];
    const start = (c * h + top + y) * w + left;
    tile.set(latents.subarray(start, start + columns), line * columns);
  }
  return tile;
}

/** Weights along a tile's side: 1 in the middle and at the image's border, falling towards the other edges. */
function ramp(length: number, atStart: boolean, atEnd: boolean): number[] {
  const blended = length * OVERLAP;
  return Array.from({ length }, (_, i) => {
    const fromStart = atStart ? 1 : (i + 0.5) / blended;
    const fromEnd = atEnd ? 1 : (length - i - 0.5) / blended;
    return Math.min(1, fromStart, fromEnd);
  });
}

interface Placement {
  down: number[];
  across: number[];
  width: number;
  top: number;
  left: number;
}

function addTile(
  image: Float32Array,
  weights: Float32Array,
  tile: Float32Array,
  { down, across, width, top, left }: Placement,
) {
  const plane = down.length * across.length;
  for (const [y, weightDown] of down.entries()) {
    for (const [x, weightAcross] of across.entries()) {
      const weight = weightDown * weightAcross;
      const position = (top + y) * width + left + x;
      weights[position] += weight;
      for (let colour = 0; colour < 3; colour++) {
        image[colour * weights.length + position] +=
          weight * tile[colour * plane + y * across.length + x];
      }
    }
  }
}
