import { unreadable, type DecodedImage } from './decoded-image';

/** Whole numbers for each pixel, row by row: classes, or ids of instances with 0 for the background. */
export interface Mask {
  width: number;
  height: number;
  /** [height · width]. */
  values: Uint16Array;
}

/** What the values of a mask file stand for. */
export type MaskKind = 'classes' | 'instances';

/**
 * A mask out of a decoded image (a PNG, say). Of `classes` every value must be an index into the model's list; a wrong one is
 * named with its place. A mask of two classes may have its largest value (255, say) for class 1.
 */
export function maskFromImage(
  image: DecodedImage,
  kind: MaskKind,
  classes: readonly string[],
): Mask {
  const { width, height } = image;
  const values = greyValues(image);
  if (kind === 'instances') return { width, height, values };
  const full = 2 ** image.bits - 1;
  const binary = classes.length === 2 && values.every((value) => value === 0 || value === full);
  if (binary) return { width, height, values: values.map((value) => (value === 0 ? 0 : 1)) };
  const wrong = values.findIndex((value) => value >= classes.length);
  if (wrong < 0) return { width, height, values };
  const named = classes.map((name, i) => `${i} (${name})`).join(', ');
  throw unreadable(
    `This mask has the value ${values[wrong]} in column ${(wrong % width) + 1}, row ` +
      `${Math.floor(wrong / width) + 1} (expected ${named}).`,
    'Paint it in these values, or say that it holds one number for each instance.',
  );
}

/** The one channel there is; of RGB all three must agree. */
function greyValues({ width, channels, samples }: DecodedImage): Uint16Array {
  if (channels === 1) {
    const wrong = samples.findIndex((x) => !(Number.isInteger(x) && x >= 0 && x <= 65_535));
    if (wrong < 0) return Uint16Array.from(samples);
    throw notGrey(wrong, width, `${samples[wrong]}`);
  }
  const values = new Uint16Array(samples.length / 3);
  for (let i = 0; i < values.length; i++) {
    const [red, green, blue] = samples.subarray(i * 3, i * 3 + 3);
    if (red !== green || red !== blue) throw notGrey(i, width, `(${red}, ${green}, ${blue})`);
    values[i] = red;
  }
  return values;
}

function notGrey(at: number, width: number, got: string): Error {
  return unreadable(
    `This mask has a colour in column ${(at % width) + 1}, row ${Math.floor(at / width) + 1} (expected one whole number for ` +
      `each pixel, got ${got}).`,
    'Save it as a grey PNG.',
  );
}

/** How many different ids there are besides the background's. */
export function countInstances(values: ArrayLike<number>): number {
  const ids = new Set(Array.from(values));
  ids.delete(0);
  return ids.size;
}

/** Another size without new values: the nearest pixel's. */
export function resizeMask(
  { width, height, values }: Mask,
  newWidth: number,
  newHeight: number,
): Mask {
  const resized = new Uint16Array(newWidth * newHeight);
  for (let i = 0; i < resized.length; i++) {
    const x = Math.floor((((i % newWidth) + 0.5) * width) / newWidth);
    const y = Math.floor(((Math.floor(i / newWidth) + 0.5) * height) / newHeight);
    resized[i] = values[y * width + x];
  }
  return { width: newWidth, height: newHeight, values: resized };
}

/**
 * Instances of a mask of classes: pixels of one class that touch by an edge belong together. Ids 1…n in reading order.
 * `classOf[id]` is the class; `classOf[0]` is 0.
 */
export function labelInstances({ width, height, values }: Mask): { mask: Mask; classOf: number[] } {
  const ids = new Uint32Array(values.length);
  const classOf = [0];
  const stack: number[] = [];
  for (let start = 0; start < values.length; start++) {
    if (values[start] === 0 || ids[start] !== 0) continue;
    const id = classOf.push(values[start]) - 1;
    ids[start] = id;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop()!;
      for (const next of neighbours(at, width, height)) {
        if (values[next] !== values[start] || ids[next] !== 0) continue;
        ids[next] = id;
        stack.push(next);
      }
    }
  }
  if (classOf.length > 65_536) {
    throw unreadable(
      `This mask falls into ${classOf.length - 1} pieces (expected at most 65,535).`,
      'Remove the specks, then open it again.',
    );
  }
  return { mask: { width, height, values: Uint16Array.from(ids) }, classOf };
}

/** Those that share an edge with a pixel. */
function neighbours(at: number, width: number, height: number): number[] {
  const [x, y] = [at % width, Math.floor(at / width)];
  const found: number[] = [];
  if (x > 0) found.push(at - 1);
  if (x < width - 1) found.push(at + 1);
  if (y > 0) found.push(at - width);
  if (y < height - 1) found.push(at + width);
  return found;
}

/**
 * What the UNet sees of an instance mask: [2, size, size], foreground and boundary as area fractions, 255 = all.
 * training/data/dataset.py, mask_channels. A boundary pixel has a 4-neighbour of another instance or of the background.
 *
 * Width and height must be whole multiples of `size`.
 */
export function maskPlanes({ width, height, values }: Mask, size = 64): Uint8Array<ArrayBuffer> {
  const [stepX, stepY] = [width / size, height / size];
  if (!Number.isInteger(stepX) || !Number.isInteger(stepY)) {
    throw new Error(
      `expected a mask of a multiple of ${size} pixels a side, got ${width} × ${height}`,
    );
  }
  const counts = new Uint32Array(2 * size * size);
  for (let at = 0; at < values.length; at++) {
    if (values[at] === 0) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    const cell = Math.floor(y / stepY) * size + Math.floor(x / stepX);
    counts[cell]++;
    const isBoundary = neighbours(at, width, height).some((next) => values[next] !== values[at]);
    if (isBoundary) counts[size * size + cell]++;
  }
  return Uint8Array.from(counts, (count) => Math.round((count / (stepX * stepY)) * 255));
}

/** The same as the graph takes it: float32 in 0…1. */
export function maskInput(planes: Uint8Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(planes, (area) => area / 255);
}
