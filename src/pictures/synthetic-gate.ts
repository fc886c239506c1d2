import { countSources, hasSource, type SourceCount } from '../image/provenance';
import { readMark } from '../image/read-mark';
import type { Listed } from '../views/evaluate/evaluation-lists';

/** Which images of a set may not count as synthetic. */
export interface FoundSources {
  sources: SourceCount;
  /** Of both kinds. */
  count: number;
  /** The list without them. */
  others: Listed;
}

/**
 * Looks through images that are to be judged as synthetic: what this browser made is known, files of a folder are taken by
 * their word, which is no proof. Reads the first kilobytes of each.
 */
export async function findSources(list: Listed): Promise<FoundSources> {
  const origins = await Promise.all(
    list.map(async ({ provenance, read }) => {
      if (provenance) return provenance;
      const mark = await readMark(await read());
      return { origin: mark === 'composite' ? 'outside' : 'text' } as const;
    }),
  );
  const sources = countSources(origins);
  return {
    sources,
    count: sources.outside + sources.unknown,
    others: list.filter((_, i) => !hasSource(origins[i])),
  };
}
