import type { ImageFacts, Picture } from '../dataset/dataset-store';
import type { GeneratedVolume } from '../contract/picture';
import type { StoredOriginal } from '../image/stored-original';
import type { ViewedPicture } from '../controls/viewer/viewer.svelte';

/** What a viewer shows of a generated volume: its voxels and their labels. */
export function viewedVolume({ image, labels }: GeneratedVolume) {
  const original: StoredOriginal = {
    nifti: image,
    unit: null,
    photometric: 'MONOCHROME2',
    windows: [],
    facts: {},
  };
  return { original, labels };
}

/** What a viewer shows of an image of a data set. */
export async function viewedPicture(
  { prompt, label }: ImageFacts,
  reading: Promise<Picture | null>,
): Promise<ViewedPicture | null> {
  const picture = await reading;
  if (!picture) return null;
  const { png, mask, original, made } = picture;
  if (made?.volume) return { png, ...viewedVolume(made.volume), modality: prompt };
  return { png, mask, original, modality: original ? undefined : `${prompt} ${label}` };
}
