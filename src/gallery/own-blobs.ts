import type { GalleryItem } from './gallery-store';

/** The item with its files read into memory: a Blob may not survive the record that it came from. */
export async function withOwnBlobs(item: GalleryItem): Promise<GalleryItem> {
  const own = { ...item };
  for (const key of ['png', 'maskPng', 'regionPng'] as const) {
    const blob = item[key];
    if (blob) own[key] = await copied(blob);
  }
  if (item.volume) {
    const { image, labels } = item.volume;
    own.volume = { ...item.volume, image: await copied(image), labels: await copied(labels) };
  }
  return own;
}

async function copied(blob: Blob): Promise<Blob> {
  return new Blob([await blob.arrayBuffer()], { type: blob.type });
}
