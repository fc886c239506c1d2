import type { FormState } from '../../../controls/form.svelte';
import type { GalleryState } from '../../gallery/gallery.svelte';

/** How long one press will take, judging by the newest picture; null before there is one. */
export function msExpected({ entries }: GalleryState, { count, numInferenceSteps }: FormState) {
  const timing = entries.at(0)?.timing;
  if (!timing) return null;
  return count * (timing.msEncode + timing.msPerStep * numInferenceSteps + timing.msDecode);
}
