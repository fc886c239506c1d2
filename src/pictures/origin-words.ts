import type { Provenance } from '../contract/provenance';
import { UNKNOWN } from '../image/provenance';
import { texts } from './texts';

export { hasSource, similarityWords } from '../image/provenance';

/** What a caption says of a picture, in few words; `words`: English ones for a file. */
export function originWords({ origin }: Provenance = UNKNOWN, words = texts): string {
  if (origin === 'outside') return words.containsPartsOfSource;
  return origin === 'unknown' ? words.mayContainParts : words.synthetic;
}

/** What a picture is called where it is shown. */
export function imageWords(provenance: Provenance = UNKNOWN): string {
  if (provenance.origin === 'outside') return texts.imageWithSource;
  return provenance.origin === 'unknown' ? texts.imageOfUnknownSource : texts.syntheticImage;
}
