import type { GeneratedImage } from '../../../contract/picture';
import { modelHash } from '../../../models/manifest/located-model';
import type { ModelEntry } from '../../../models/manifest/manifest';
import { texts } from '../texts/studio';

/**
 * What the settings of a picture come to with this model where another one, or another version of it, made the picture; empty
 * where it was this very one.
 */
export async function settingsNote(
  { request, modelHash: made }: Pick<GeneratedImage, 'request' | 'modelHash'>,
  model: ModelEntry,
): Promise<string> {
  const { title, version } = model;
  const what = texts.sameSettingsMakeAnother;
  if (request.modelId !== model.id) {
    return texts.pictureMade(request.modelId, title, what);
  }
  if (made === (await modelHash(model))) return '';
  return texts.pictureMadeByAnother(title, version, what);
}
