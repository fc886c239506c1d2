import type { GenerationRequest } from '../../../contract/request';
import type { PlannedImage } from '../../../dataset/recipe';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { NetworkLabels } from '../../../models/manifest/networks';
import type { GalleryState } from '../../gallery/gallery.svelte';
import type { FirstImage, PreparedImage } from './dataset-run';

/**
 * What puts a drawn mask, the factors of a tuned model and the first image of a pair into what a recipe plans; `fillIn` finds
 * the factors, `labels` are those that a sentence may name, `gallery` has the pictures that a pair may begin with.
 */
export function preparing(
  entry: ModelEntry,
  fillIn: (request: GenerationRequest) => Promise<GenerationRequest>,
  labels?: NetworkLabels,
  gallery?: GalleryState,
): (planned: PlannedImage, first?: FirstImage) => Promise<PreparedImage> {
  return async (planned, first) => {
    const { source } = planned.pair ?? {};
    if (source) {
      const { findSource } = await import('../pairs/gallery-pairs');
      return { request: planned.request, found: await findSource(source, gallery) };
    }
    const request = await fillIn(planned.request);
    if (first) {
      const { secondImage, startingFrom } = await import('../../../controls/edit/pair');
      const { request: second, label } = secondImage({ ...planned, request }, { entry, labels })!;
      const { strength } = planned.pair!.change!;
      return { request: await startingFrom(second, first, entry, strength), label };
    }
    if (!planned.mask) return { request };
    const { withNucleiMask } = await import('../../../pictures/draw-nuclei-mask');
    return withNucleiMask({ ...planned, request }, entry.image);
  };
}
