import { appError } from '../errors';
import { readMark } from '../image/read-mark';

/**
 * `RequestInvalid` where more images than were accepted say that they are not synthetic throughout. A mark is no proof that a
 * file without one is synthetic: see read-mark.ts.
 */
export async function checkComposites(
  images: readonly { name: string }[],
  blobOf: (set: 'synthetic', name: string) => Promise<Blob>,
  accepted: number,
) {
  const found: string[] = [];
  for (const { name } of images) {
    if ((await readMark(await blobOf('synthetic', name))) === 'composite') found.push(name);
  }
  if (found.length <= accepted) return;
  throw appError(
    'RequestInvalid',
    `${found.length} of ${images.length} images of --synthetic say that they contain parts of a source image (expected at ` +
      `most ${accepted}; the first is ${found[0]}). Take them out, or count them on purpose: --accept-composites ${found.length}`,
  );
}
