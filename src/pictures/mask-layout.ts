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

export { STAINS, type Stain } from '../image/nuclei-layout';

/** What a layout of nuclei is drawn from. */
export type LayoutSettings = NucleiSettings & { seed: number };

/** What layouts are drawn on: their settings count in pixels of this. */
const LAYOUT_SIDE = 256;

/** Fields of the layout generator: range, step and what each one does. */
export const LAYOUT_FIELDS: {
  name: keyof NucleiSettings;
  title: string;
  range: [number, number];
  step: number;
  why: string;
}[] = [
  { name: 'count', title: 'Count', range: [1, MAX_NUCLEI], step: 1, why: 'Nuclei to place.' },
  {
    name: 'diameter',
    title: 'Size',
    range: [4, 96],
    step: 1,
    why: 'Median diameter, in pixels of a picture of 256.',
  },
  {
    name: 'sizeSpread',
    title: 'Spread',
    range: [0, 1],
    step: 0.05,
    why: 'How much sizes differ: 0 is all alike, 0.4 as in tissue.',
  },
  {
    name: 'elongation',
    title: 'Length',
    range: [1, 4],
    step: 0.05,
    why: 'Median ratio of the long to the short axis; 1 is round.',
  },
  {
    name: 'clustering',
    title: 'Clusters',
    range: [0, 1],
    step: 0.05,
    why: 'How many lie beside another one.',
  },
  {
    name: 'overlap',
    title: 'Overlap',
    range: [0, 1],
    step: 0.05,
    why: 'How much of a nucleus may lie under others.',
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
