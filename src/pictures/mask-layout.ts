import { maskFromImage, labelInstances, resizeMask, type MaskKind } from '../image/mask';
import {
  drawNuclei,
  MAX_NUCLEI,
  settingsLike,
  STAINS,
  type NucleiSettings,
  type Stain,
} from '../image/nuclei-layout';
import { readImage } from '../image/read-image';
import type { ModelEntry } from '../models/manifest/manifest';
import { texts } from './texts';

export { STAINS, type Stain } from '../image/nuclei-layout';

/** What a layout of nuclei is drawn from. */
export type LayoutSettings = NucleiSettings & { seed: number };

/** What layouts are drawn on: their settings count in pixels of this. */
const LAYOUT_SIDE = 256;

/** Fields of the layout generator: range, step and what each one does. */
export const LAYOUT_FIELDS: {
  name: keyof NucleiSettings;
  title: () => string;
  range: [number, number];
  step: number;
  why: () => string;
}[] = [
  {
    name: 'count',
    title: () => texts.count,
    range: [1, MAX_NUCLEI],
    step: 1,
    why: () => texts.nucleiToPlace,
  },
  {
    name: 'diameter',
    title: () => texts.size,
    range: [4, 96],
    step: 1,
    why: () => texts.medianDiameterInPixels,
  },
  {
    name: 'sizeSpread',
    title: () => texts.spread,
    range: [0, 1],
    step: 0.05,
    why: () => texts.howMuchSizesDiffer,
  },
  {
    name: 'elongation',
    title: () => texts.length,
    range: [1, 4],
    step: 0.05,
    why: () => texts.medianRatioOfLong,
  },
  {
    name: 'clustering',
    title: () => texts.clusters,
    range: [0, 1],
    step: 0.05,
    why: () => texts.howManyLieBeside,
  },
  {
    name: 'overlap',
    title: () => texts.overlap,
    range: [0, 1],
    step: 0.05,
    why: () => texts.howMuchOfNucleus,
  },
];

/** Settings after one real mask of a stain. */
export function layoutLike(stain: Stain, seed: number): LayoutSettings {
  const { count, diameter, sizeSpread, elongation, clustering, overlap } = settingsLike(
    stain,
    seed,
    0,
  );
  const round = (value: number) => Math.round(value * 20) / 20;
  return {
    seed,
    count,
    diameter: Math.round(diameter),
    sizeSpread: Math.min(1, round(sizeSpread)),
    elongation: Math.min(4, Math.max(1, round(elongation))),
    clustering: Math.min(1, round(clustering)),
    overlap: round(overlap),
  };
}

/** Instance ids [height · width]: the same for the same settings and seed. */
export function drawLabels(
  settings: LayoutSettings,
  { width, height }: { width: number; height: number },
): Uint16Array<ArrayBuffer> {
  const values = drawNuclei(settings, settings.seed, 0, LAYOUT_SIDE);
  const drawn = resizeMask({ width: LAYOUT_SIDE, height: LAYOUT_SIDE, values }, width, height);
  return Uint16Array.from(drawn.values);
}

/** Instance ids out of a mask file, at the model's size; a value that is none of the model's classes is named. */
export async function readLabels(
  file: Blob,
  kind: MaskKind,
  { image, conditions }: ModelEntry,
): Promise<Uint16Array<ArrayBuffer>> {
  const decoded = await readImage(file);
  const mask = maskFromImage(decoded, kind, conditions.mask?.classes ?? []);
  const instances = kind === 'classes' ? labelInstances(mask).mask : mask;
  return Uint16Array.from(resizeMask(instances, image.width, image.height).values);
}

/** The same settings for a first look at the generator. */
export const STANDARD_LAYOUT: Readonly<NucleiSettings> = {
  count: 40,
  diameter: 22,
  sizeSpread: 0.25,
  elongation: 1.25,
  clustering: 0.3,
  overlap: 0.15,
};

/** All that were measured. */
export const LAYOUT_STAINS: readonly Stain[] = STAINS;
