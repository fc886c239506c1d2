import type { Provenance, Similarity } from '../contract/provenance';
import type { GenerationRequest } from '../contract/request';

/** For pictures of 0.3.0 and older, which recorded nothing of the kind. */
export const UNKNOWN: Provenance = { origin: 'unknown' };

/** Above either a picture repeats its source; a picture of which only a part was painted anew always does. */
export const REPEATS = { equalPixels: 0.5, correlation: 0.95 };

/** The pictures that no one may take for wholly synthetic: of each kind how many. */
export interface SourceCount {
  outside: number;
  unknown: number;
}

/**
 * What a picture was made from, by its request; `rgba` [height · width · 4] are its pixels, `voxels` [x][y][z] in their place those of
 * a volume.
 */
export function provenanceOf(
  request: GenerationRequest,
  { rgba, voxels }: { rgba?: ArrayLike<number>; voxels?: Uint8Array } = {},
): Provenance {
  const { init, inpaint, edit, mask } = request;
  if (!init) return { origin: mask ? 'mask' : 'text' };
  const { origin, before = [], dicom } = init.from ?? { origin: 'outside' };
  const source = init.voxels ? repeated(init.voxels, 3) : init.rgb;
  const made = init.voxels ? voxels && repeated(voxels, 4) : rgba;
  const own =
    source && made ? [similarityTo(source, made, inpaint !== undefined || edit !== undefined)] : [];
  return { origin, similarity: [...own, ...before], ...(dicom && { dicom }) };
}

/** Grey as so many channels. */
function repeated(voxels: Uint8Array, channels: 3 | 4): Uint8Array {
  const values = new Uint8Array(voxels.length * channels);
  for (const [i, value] of voxels.entries()) values.fill(value, i * channels, (i + 1) * channels);
  return values;
}

/** Of a picture [height · width · 4] to its source [height · width · 3]. */
export function similarityTo(
  rgb: ArrayLike<number>,
  rgba: ArrayLike<number>,
  keptPart: boolean,
): Similarity {
  const count = rgb.length / 3;
  const sums = { x: 0, y: 0, xx: 0, yy: 0, xy: 0 };
  let equal = 0;
  for (let i = 0; i < count; i++) {
    const [a, b] = [3 * i, 4 * i];
    if (rgb[a] === rgba[b] && rgb[a + 1] === rgba[b + 1] && rgb[a + 2] === rgba[b + 2]) equal++;
    const x = rgb[a] + rgb[a + 1] + rgb[a + 2];
    const y = rgba[b] + rgba[b + 1] + rgba[b + 2];
    sums.x += x;
    sums.y += y;
    sums.xx += x * x;
    sums.yy += y * y;
    sums.xy += x * y;
  }
  const covariance = sums.xy - (sums.x * sums.y) / count;
  const spread = (sums.xx - sums.x ** 2 / count) * (sums.yy - sums.y ** 2 / count);
  const correlation = spread > 0 ? covariance / Math.sqrt(spread) : 0;
  return { equalPixels: equal / count, correlation, keptPart };
}

/** True: it contains, or may contain, parts of an image from outside this app. */
export function hasSource({ origin }: Provenance = UNKNOWN): boolean {
  return origin === 'outside' || origin === 'unknown';
}

/** True: so much of an image from outside is in it, step by step, that it counts as a copy of that; so does what was not measured. */
export function repeatsSource({ origin, similarity = [] }: Provenance = UNKNOWN): boolean {
  if (origin !== 'outside') return false;
  return similarity.every(
    ({ equalPixels, correlation, keptPart }) =>
      keptPart || equalPixels >= REPEATS.equalPixels || correlation >= REPEATS.correlation,
  );
}

/** "93 % of the pixels are the source's, correlation 0.97"; empty where nothing was measured. */
export function similarityWords({ similarity: [nearest] = [] }: Provenance): string {
  if (!nearest) return '';
  const { equalPixels, correlation } = nearest;
  return `${percent(equalPixels)} of the pixels are the source's, correlation ${correlation.toFixed(2)}`;
}

export function countSources(all: readonly (Provenance | undefined)[]): SourceCount {
  const of = (wanted: string) => all.filter((one) => (one ?? UNKNOWN).origin === wanted).length;
  return { outside: of('outside'), unknown: of('unknown') };
}

/** What several pictures on one sheet are together: as the least known of them. */
export function ofSheet(all: readonly (Provenance | undefined)[]): Provenance {
  const order = ['outside', 'unknown', 'sketch', 'synthetic', 'mask', 'text'];
  const known = all.map((one) => one ?? UNKNOWN);
  return known.toSorted((a, b) => order.indexOf(a.origin) - order.indexOf(b.origin))[0] ?? UNKNOWN;
}

/** At most 79 bytes of ASCII, for headers that have no more room (nifti1.h). */
function originLine({ origin }: Provenance): string {
  if (origin === 'outside')
    return 'contains parts of a source image; rest synthetic; not for diagnosis';
  if (origin === 'unknown')
    return 'synthetic, may contain parts of a source image; not for diagnosis';
  return 'synthetic image, made by a generative model; shows no real patient';
}

/** What the header of a NIfTI file says of it: see `NiftiContent`. */
export function niftiWords(provenance: Provenance) {
  const { origin } = provenance;
  const kind: 'composite' | 'unknown' | 'synthetic' =
    origin === 'outside' ? 'composite' : origin === 'unknown' ? 'unknown' : 'synthetic';
  return { description: originLine(provenance), kind };
}

/** In words, wherever a picture is shown or described: two or three whole sentences. */
export function originSentences(provenance: Provenance): string {
  const { origin } = provenance;
  const measured = similarityWords(provenance);
  switch (origin) {
    case 'outside':
      return (
        'Contains parts of a source image that came from outside, which may show a real patient; a generative model made the rest.' +
        `${measured && ` ${measured}.`} Not for diagnosis.`
      );
    case 'unknown':
      return (
        'Made by a generative model in a version that did not record from what: it may contain parts of a source image. ' +
        'Not for diagnosis.'
      );
    default:
      return 'Synthetic image, made by a generative model. Shows no real patient. Not for diagnosis.';
  }
}

/** What lists and title fields call it. */
export function originTitle({ origin }: Provenance): string {
  if (origin === 'outside') return 'Medical image with synthetic parts';
  return origin === 'unknown'
    ? 'Medical image, synthetic at least in part'
    : 'Synthetic medical image';
}

/**
 * IPTC's digital source type, https://cv.iptc.org/newscodes/digitalsourcetype/. A picture made from an image, whole or in
 * part, is what `compositeWithTrainedAlgorithmicMedia` is for (its own example is inpainting); `compositeSynthetic` is a mix
 * of elements one of which is synthetic, such as a sheet on which real and made images stand side by side.
 */
export function digitalSourceType({ origin }: Provenance): string {
  const whole = origin === 'text' || origin === 'mask' || origin === 'synthetic';
  return whole
    ? 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'
    : 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
}

function percent(share: number): string {
  // Never "100 %" of what is not all, nor "0 %" of what is something.
  const rounded = Math.round(share * 100);
  const shown = share < 1 ? Math.min(99, share > 0 ? Math.max(1, rounded) : 0) : rounded;
  return `${shown} %`;
}
