import type { Provenance, SourceOrigin } from '../contract/provenance';
import { UNKNOWN } from '../image/provenance';
import type { DatasetsState } from '../views/datasets/state/datasets.svelte';
import type { GalleryEntry } from '../views/gallery/gallery-entry';

/** Looks for a picture by the sha256 of its pixels; null: it does not stand in this browser. */
export type FindMade = (pixelHash: string) => Promise<SourceOrigin | null>;

/** What a picture of this app is as a source: one with parts of an outside image stays that. */
export function asSource(provenance: Provenance = UNKNOWN): SourceOrigin {
  const { origin, similarity, dicom } = provenance;
  if (origin !== 'outside' && origin !== 'unknown') return { origin: 'synthetic' };
  return { origin, ...(similarity && { before: similarity }), ...(dicom && { dicom }) };
}

/**
 * Whether an image was made here: its pixels stand in the gallery, or among the images of a recipe. A mark in the file proves
 * nothing, for it can be forged or copied; nor do imported images, whoever made them.
 */
export async function findMade(
  pixelHash: string,
  gallery: readonly GalleryEntry[],
  datasets: DatasetsState | null,
): Promise<SourceOrigin | null> {
  const entry = gallery.find((one) => one.pixelHash === pixelHash);
  if (entry) return asSource(entry.provenance);
  return (await datasets?.hasMade(pixelHash)) ? { origin: 'synthetic' } : null;
}
