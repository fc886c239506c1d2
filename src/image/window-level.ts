import type { DecodedImage, Padding, Samples, Window } from './decoded-image';

/** A window radiologists know by name; the viewer's texts have the name of each id. */
export interface WindowPreset extends Window {
  /** Those of the file itself: "file-1", "file-2", … */
  id: string;
}

const preset = (id: string, centre: number, width: number): WindowPreset => ({
  id,
  centre,
  width,
  shape: 'LINEAR',
});

/** For values in Hounsfield units; centre and width as radiology commonly sets them. */
export const HU_PRESETS: readonly WindowPreset[] = [
  preset('soft-tissue', 50, 400),
  preset('lung', -600, 1500),
  preset('mediastinum', 50, 350),
  preset('bone', 400, 1800),
  preset('brain', 40, 80),
  preset('subdural', 75, 215),
  preset('stroke', 40, 40),
  preset('liver', 30, 150),
  preset('angiography', 300, 600),
];

/** Windows for images without units, as parts of the range that occurs: from, to. */
interface PartPreset {
  id: string;
  from: number;
  to: number;
}

/** Which parts of the grey scale show what, by what the image is of. */
const PART_PRESETS: { modality: RegExp; parts: PartPreset[] }[] = [
  {
    modality: /x-?ray|radiograph|\b(CR|DX|MG)\b/i,
    parts: [
      { id: 'lung-fields', from: 0, to: 0.55 },
      { id: 'mediastinum-bones', from: 0.4, to: 1 },
    ],
  },
  {
    modality: /\bMRI?\b/i,
    parts: [
      { id: 'tissue', from: 0.15, to: 0.8 },
      { id: 'dark', from: 0, to: 0.4 },
    ],
  },
  {
    modality: /ultrasound|\b(US|BUSI)\b/i,
    parts: [{ id: 'echo-poor', from: 0, to: 0.5 }],
  },
  {
    modality: /microscop|fluorescen|nuclei|\bSM\b/i,
    parts: [{ id: 'faint', from: 0, to: 0.3 }],
  },
];

/**
 * What can be offered for an image: its own windows, the whole range, one without the extremes, presets where its values
 * are in HU, else those for what it is of (`modality`: DICOM's code, or words).
 */
export function windowPresets(
  image: DecodedImage,
  modality = image.facts.modality ?? '',
): WindowPreset[] {
  const parts = image.rescale.unit === 'HU' ? [] : partPresets(image, modality);
  const stored = { ...defaultWindow(image), id: 'stored' };
  const own = image.windows.map((window, i) => ({ ...window, id: `file-${i + 1}` }));
  const full = { ...fullWindow(image), id: 'full' };
  const robust = { ...robustWindow(image), id: 'auto' };
  const first = own.length > 0 ? own : [stored];
  return [...first, full, robust, ...(image.rescale.unit === 'HU' ? HU_PRESETS : parts)];
}

function partPresets(image: DecodedImage, modality: string): WindowPreset[] {
  const { min, max } = valueRange(image);
  const at = (share: number) => min + share * (max - min);
  const { parts = [] } = PART_PRESETS.find((one) => one.modality.test(modality)) ?? {};
  return parts.map(({ id, from, to }) => ({ id, ...exactWindow(at(from), at(to)) }));
}

/** From the 1st to the 99th hundredth of the values that occur; of large images, of every n-th pixel. */
export function robustWindow({ samples, rescale, padding }: DecodedImage): Window {
  const step = Math.ceil(samples.length / 2 ** 16);
  const values: number[] = [];
  for (let i = 0; i < samples.length; i += step) {
    if (hasMeaning(samples[i], padding))
      values.push(rescale.slope * samples[i] + rescale.intercept);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  return exactWindow(at(0.01), at(0.99));
}

/** The window an image is first shown with: colours as they are; the file's first; of 8 bits all, of others what occurs. */
export function defaultWindow(image: DecodedImage): Window {
  if (image.channels === 3) return exactWindow(0, 2 ** image.bits - 1);
  if (image.windows.length > 0) return image.windows[0];
  if (image.bits > 8 || image.rescale.unit) return fullWindow(image);
  const { slope, intercept } = image.rescale;
  const top = 2 ** image.bits - 1;
  return exactWindow(intercept, slope * top + intercept);
}

/** From the lowest to the highest value that occurs. */
export function fullWindow(image: DecodedImage): Window {
  const { min, max } = valueRange(image);
  return exactWindow(min, max);
}

function exactWindow(a: number, b: number): Window {
  const width = Math.abs(b - a);
  return { centre: (a + b) / 2, width: width > 0 ? width : 1, shape: 'LINEAR_EXACT' };
}

/** False of what fills up an image, and of what is no number. */
function hasMeaning(sample: number, padding: Padding | undefined): boolean {
  return Number.isFinite(sample) && !(padding && sample >= padding.low && sample <= padding.high);
}

/** Lowest and highest rescaled value; padding, NaN and infinite ones do not count. Both 0 where there is no other. */
export function valueRange({ samples, rescale, padding }: DecodedImage): {
  min: number;
  max: number;
} {
  let [low, high] = [Infinity, -Infinity];
  for (const sample of samples) {
    if (!hasMeaning(sample, padding)) continue;
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  if (low > high) return { min: 0, max: 0 };
  const ends = [low, high].map((sample) => rescale.slope * sample + rescale.intercept);
  return { min: Math.min(...ends), max: Math.max(...ends) };
}

/** A rescaled value to 0…1; NaN is 0. DICOM PS3.3 C.11.2.1.1 (TABLE), C.11.2.1.2 (LINEAR) and C.11.2.1.3. */
export function applyWindow(value: number, { centre, width, shape, table }: Window): number {
  if (Number.isNaN(value)) return 0;
  if (shape === 'TABLE' && table) {
    const { first, shades } = table;
    return shades[Math.min(Math.max(Math.round(value) - first, 0), shades.length - 1)];
  }
  if (shape === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - centre)) / width));
  if (shape === 'LINEAR_EXACT') return clamp01((value - centre) / width + 0.5);
  const [middle, range] = [centre - 0.5, width - 1];
  if (value <= middle - range / 2) return 0;
  if (value > middle + range / 2) return 1;
  return (value - middle) / range + 0.5;
}

function clamp01(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/** How an image is to be shown. */
export interface View {
  window: Window;
  invert: boolean;
}

/**
 * Every sample in 0…1 as shown, each colour by itself; MONOCHROME1 has white for the lowest value, and padding is black
 * in both. Same order as `samples`.
 */
export function shownSamples(image: DecodedImage, { window, invert }: View): Float32Array {
  const { samples, rescale, photometric, padding } = image;
  const flip = invert !== (photometric === 'MONOCHROME1');
  const shown = (sample: number) => {
    if (!hasMeaning(sample, padding) && !isInfinite(sample)) return 0;
    const x = applyWindow(rescale.slope * sample + rescale.intercept, window);
    return flip ? 1 - x : x;
  };
  return mapSamples(samples, shown);
}

function isInfinite(sample: number): boolean {
  return sample === Infinity || sample === -Infinity;
}

/** Integers of few bits are looked up: dragging a window over a large image stays fluid. */
function mapSamples(samples: Samples, map: (sample: number) => number): Float32Array {
  if (samples instanceof Float32Array || samples.length < 2 ** 16) {
    return Float32Array.from(samples, map);
  }
  const lowest = samples instanceof Int16Array ? -32_768 : 0;
  const table = new Float32Array(2 ** (samples.BYTES_PER_ELEMENT * 8));
  for (let i = 0; i < table.length; i++) table[i] = map(i + lowest);
  const mapped = new Float32Array(samples.length);
  for (let i = 0; i < mapped.length; i++) mapped[i] = table[samples[i] - lowest];
  return mapped;
}

/** Opaque RGBA for a canvas, [height · width · 4]. */
export function toRgba(image: DecodedImage, view: View): Uint8ClampedArray<ArrayBuffer> {
  const shown = shownSamples(image, view);
  const pixels = image.width * image.height;
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      rgba[i * 4 + c] = 255 * (image.channels === 3 ? shown[i * 3 + c] : shown[i]);
    }
  }
  return rgba;
}

/** What the pixel under the pointer holds: one rescaled value, or red, green and blue; null outside the image. */
export function valueAt(
  { width, height, channels, samples, rescale }: DecodedImage,
  x: number,
  y: number,
): { values: number[]; unit: string | null } | null {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (!(column >= 0 && column < width && row >= 0 && row < height)) return null;
  const at = (row * width + column) * channels;
  const values = Array.from(samples.subarray(at, at + channels), (sample) =>
    channels === 3 ? sample : rescale.slope * sample + rescale.intercept,
  );
  return { values, unit: rescale.unit };
}
