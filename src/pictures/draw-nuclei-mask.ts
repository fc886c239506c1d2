import type { StoredMask } from '../dataset/dataset-store';
import { encodeMask } from '../dataset/encode-image';
import type { PlannedImage } from '../dataset/recipe';
import { resizeMask } from '../image/mask';
import { drawNuclei, settingsLike } from '../image/nuclei-layout';
import type { PreparedImage } from '../views/datasets/state/dataset-run';

/** What layouts are drawn on: their settings count in pixels of this. */
const LAYOUT_SIDE = 256;

/**
 * The request of an image with the mask that its recipe asks for, at the model's size; always the same for the same seed and
 * image. The mask comes also as it is stored beside the image.
 */
export function withNucleiMask(
  { mask, request, index }: PlannedImage,
  { width, height }: { width: number; height: number },
): PreparedImage {
  if (!mask) return { request };
  const { labels, stored } = drawNucleiMask(mask, request.seed, index, { width, height });
  return { request: { ...request, mask: { labels } }, mask: stored };
}

function drawNucleiMask(
  mask: NonNullable<PlannedImage['mask']>,
  seed: number,
  index: number,
  { width, height }: { width: number; height: number },
): { labels: Uint16Array<ArrayBuffer>; stored: StoredMask } {
  const settings = 'stain' in mask ? settingsLike(mask.stain, seed, index) : mask;
  const values = drawNuclei(settings, seed, index, LAYOUT_SIDE);
  const drawn = resizeMask({ width: LAYOUT_SIDE, height: LAYOUT_SIDE, values }, width, height);
  const numNuclei = values.reduce((max, id) => Math.max(max, id), 0);
  // Every instance is a nucleus, class 1.
  const classOf = Array.from({ length: numNuclei + 1 }, (_, id) => (id === 0 ? 0 : 1));
  return {
    labels: Uint16Array.from(drawn.values),
    stored: { png: encodeMask(drawn), classOf },
  };
}
