import type { DroppedFile } from '../../contract/download';
import type { Preview } from '../../contract/picture';
import type { FinetuneState } from './finetune.svelte';
import { readSource, toRgba } from '../../pictures/source-image';

/** An image of the set at the model's size and shape. Rejects where it cannot be read. */
export async function previewOf({ file }: DroppedFile, finetune: FinetuneState): Promise<Preview> {
  const { entry, settings } = finetune;
  const { rgb } = await readSource(file, entry!, { fit: settings.fit });
  return { ...entry!.image, rgba: toRgba(rgb) };
}
