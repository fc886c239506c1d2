import type { Provenance } from '../contract/provenance';
import { UNKNOWN } from '../image/provenance';

export { hasSource, similarityWords } from '../image/provenance';

/** What a caption says of a picture, in few words. */
export function originWords({ origin }: Provenance = UNKNOWN): string {
  if (origin === 'outside') return 'Contains parts of a source image';
  return origin === 'unknown' ? 'May contain parts of a source image' : 'Synthetic';
}

/** What a picture is called where it is shown. */
export function imageWords(provenance: Provenance = UNKNOWN): string {
  return provenance.origin === 'outside' || provenance.origin === 'unknown'
    ? `Image, ${originWords(provenance).toLowerCase()}`
    : 'Synthetic image';
}
