import type { ImageFacts, Picture } from '../dataset/dataset-store';
import type { ViewedPicture } from './viewer.svelte';

/** What a viewer shows of an image of a data set. */
export async function viewedPicture(
  { prompt, label }: ImageFacts,
  reading: Promise<Picture | null>,
): Promise<ViewedPicture | null> {
  const picture = await reading;
  if (!picture) return null;
  const { png, mask, original } = picture;
  return { png, mask, original, modality: original ? undefined : `${prompt} ${label}` };
}
