import type { GeneratedImage } from '../../../contract/picture';
import { modelHash } from '../../../models/manifest/located-model';
import type { ModelEntry } from '../../../models/manifest/manifest';

/**
 * What the settings of a picture come to with this model where another one, or another version of it, made the picture; empty
 * where it was this very one.
 */
export async function settingsNote(
  { request, modelHash: made }: Pick<GeneratedImage, 'request' | 'modelHash'>,
  model: ModelEntry,
): Promise<string> {
  const { title, version } = model;
  const what = 'The same settings make another picture now.';
  if (request.modelId !== model.id) {
    return `This picture was made by ${request.modelId}, and the studio uses ${title}. ${what}`;
  }
  if (made === (await modelHash(model))) return '';
  return `This picture was made by another version of ${title} than ${version}. ${what}`;
}
