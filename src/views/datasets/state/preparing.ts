import type { GenerationRequest } from '../../../contract/request';
import type { PlannedImage } from '../../../dataset/recipe';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { PreparedImage } from './dataset-run';

/** What puts a drawn mask and the factors of a tuned model into what a recipe plans; `fillIn` finds the factors. */
export function preparing(
  { image }: ModelEntry,
  fillIn: (request: GenerationRequest) => Promise<GenerationRequest>,
): (planned: PlannedImage) => Promise<PreparedImage> {
  return async (planned) => {
    const request = await fillIn(planned.request);
    if (!planned.mask) return { request };
    const { withNucleiMask } = await import('../../../pictures/draw-nuclei-mask');
    return withNucleiMask({ ...planned, request }, image);
  };
}
