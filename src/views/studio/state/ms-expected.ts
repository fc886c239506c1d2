import type { ModelEntry } from '../../../models/manifest/manifest';
import type { GalleryState } from '../../gallery/gallery.svelte';

/** What decides how long a picture takes. */
type Sampling = Pick<ModelEntry['defaults'], 'numInferenceSteps' | 'guidanceScale'>;

/**
 * How long one picture takes, milliseconds: by the newest one of this model, else of a relative, whose UNet does the
 * same work. A guided step runs it twice. null before there is any. `relatives`: with the model itself.
 */
export function msExpected(
  { entries }: Pick<GalleryState, 'entries'>,
  model: ModelEntry,
  relatives: readonly ModelEntry[],
  { numInferenceSteps, guidanceScale }: Sampling,
): number | null {
  const known = [model, ...relatives.filter(({ id }) => id !== model.id)];
  const maker = known.find(({ id }) => entries.some(({ request }) => request.modelId === id));
  const found = entries.find(({ request }) => request.modelId === maker?.id);
  if (!maker || !found) return null;
  const { msEncode, msPerStep, msDecode } = found.timing;
  const factor =
    runsPerStep(model, guidanceScale) / runsPerStep(maker, found.request.guidanceScale);
  return msEncode + msPerStep * factor * numInferenceSteps + msDecode;
}

/** How often the UNet runs in a step, on average: guidance may hold for a part of the noise levels only. */
function runsPerStep(
  { defaults: { guidanceInterval: [from, to] = [0, 1] } }: ModelEntry,
  scale: number,
) {
  return scale > 1 ? 1 + (to - from) : 1;
}
