import type { CopyCheck } from '../dataset/dataset-item';
import { countSources, hasSource, type SourceCount } from '../image/provenance';
import { copyGate, type CopyGate } from './copy-gate';
import type { GalleryEntry } from '../views/gallery/gallery-entry';
import { texts } from './texts';

/** What is done with pictures that may not count as synthetic; null: nobody has said yet. */
export type SourceChoice = 'leave-out' | 'include' | null;

/** What stands between pictures of the gallery and a ZIP of synthetic images. */
export interface GalleryGate {
  sources: SourceCount;
  /** Of both kinds. */
  numSources: number;
  copies: CopyGate | null;
}

/** The copy check of these pictures, put together from their own; undefined: none of them was compared. */
export function galleryCopyCheck(entries: readonly GalleryEntry[]): CopyCheck | undefined {
  const compared = entries.filter(({ copy }) => copy);
  if (compared.length === 0) return undefined;
  const suspects = compared.filter(({ copy }) => copy!.suspected).map(({ id }) => id);
  return {
    copies: suspects.length,
    checked: compared.length,
    suspects,
    limit: Math.min(...compared.map(({ copy }) => copy!.limit)),
    method: [...new Set(compared.map(({ copy }) => copy!.method))].join(' '),
  };
}

/** The gate of these pictures. */
export function galleryGate(entries: readonly GalleryEntry[]): GalleryGate {
  const sources = countSources(entries.map(({ provenance }) => provenance));
  const copies = copyGate(
    galleryCopyCheck(entries),
    entries.map(({ id }) => id),
  );
  return { sources, numSources: sources.outside + sources.unknown, copies };
}

/** What the choices leave. */
export function passing(
  entries: readonly GalleryEntry[],
  { sources, suspects }: { sources: SourceChoice; suspects: 'leave-out' | 'mark' | null },
): GalleryEntry[] {
  return entries.filter(
    ({ provenance, copy }) =>
      !(sources === 'leave-out' && hasSource(provenance)) &&
      !(suspects === 'leave-out' && copy?.suspected),
  );
}

/** "2 contain parts of a source image, and of 1 that is not known"; `words`: English ones for a file. */
export function sourcesInWords({ outside, unknown }: SourceCount, words = texts): string {
  const parts = [
    ...(outside ? [words.containParts(outside)] : []),
    ...(unknown ? [words.nobodyKnows(unknown)] : []),
  ];
  return parts.join(words.and);
}
