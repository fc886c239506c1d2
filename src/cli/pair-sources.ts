import type { GeneratedImage } from '../contract/picture';
import type { Provenance } from '../contract/provenance';
import { numImages, type Recipe, type SourceChoice } from '../dataset/recipe';
import { appError } from '../errors';
import { encodeSamples } from '../image/png';
import { relabel } from '../image/synthetic-texts';
import type { ModelEntry } from '../models/manifest/manifest';
import { readSource } from '../pictures/source-image';
import { toBlob, type CliHost } from './conditions';

/** How many images of a recipe are files of the user's, or are made of one. */
export function numFromSources({ rows }: Recipe): number {
  return rows.filter(({ pair }) => pair?.sources).reduce((sum, row) => sum + numImages(row), 0);
}

/** Throws `RequestInvalid` unless somebody has said that so many images may show pictures of another source. */
export function refuseUnaskedSources(recipe: Recipe, acceptCopies: number) {
  const count = numFromSources(recipe);
  if (count <= acceptCopies) return;
  throw appError(
    'RequestInvalid',
    `${count} images of the recipe are pictures of yours or show what these show (expected at most ${acceptCopies} such images). ` +
      `Leave the sources out, or say how many may be written: --accept-copies ${count}`,
  );
}

/** It is the source itself, pixel by pixel. */
const ITSELF: Provenance = {
  origin: 'outside',
  similarity: [{ equalPixels: 1, correlation: 1, keptPart: true }],
};

/**
 * A picture of the folder of sources at the model's size. Rejects with `SourceMissing` where there is none of that name, and with
 * `RequestInvalid` where it is another than the recipe names.
 */
export async function readPairSource(
  host: Pick<CliHost, 'readSource'>,
  { title, sha256: expected }: SourceChoice,
  entry: ModelEntry,
): Promise<Pick<GeneratedImage, 'png' | 'provenance'>> {
  const file = await host.readSource(title);
  if (file === null) {
    throw appError(
      'SourceMissing',
      `The picture "${title}" that a pair begins with is not there (expected a file of that name in the folder of --sources). ` +
        'Put it there, or take it out of the recipe.',
    );
  }
  const { rgb, sha256 } = await readSource(toBlob(file), entry, { fit: 'crop' });
  if (expected && expected !== sha256) {
    throw appError(
      'RequestInvalid',
      `"${title}" is another picture than the recipe names (expected pixels of sha256 ${expected.slice(0, 12)}…, got ` +
        `${sha256?.slice(0, 12)}…). Name the right file, or leave the hash out.`,
    );
  }
  const { width, height } = entry.image;
  const png = encodeSamples({ width, height, samples: rgb }, {});
  return { png: await relabel(png, ITSELF), provenance: ITSELF };
}
