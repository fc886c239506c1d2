import type { Provenance } from '../../workers/api';
import { UNKNOWN } from '../image/provenance';

/** What a caption says of a picture, in few words. */
export function originWords({ origin }: Provenance = UNKNOWN): string {
  if (origin === 'outside') return 'Contains parts of a source image';
  return origin === 'unknown' ? 'May contain parts of a source image' : 'Synthetic';
}
