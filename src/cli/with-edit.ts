import { EDIT_STANDARD } from '../common/edit-standard';
import type { InitImage, GenerationRequest } from '../contract/request';
import { editBySentence, inWords } from '../controls/edit/edit-sentence';
import { encodeSamples } from '../image/png';
import type { ModelEntry } from '../models/manifest/manifest';
import { asSource } from '../pictures/made-here';
import { readSource } from '../pictures/source-image';
import type { CliHost, CliSources } from './conditions';

/** What the sentence makes of a request, and where nobody gave an image the one that was drawn for it. */
export interface EditedRequest {
  request: GenerationRequest;
  /** As it was drawn; null: it came from a file. */
  drawn: Blob | null;
}

/**
 * The request for an image of which one thing is changed: `request.prompt` and its covariates say what the image shows, the
 * sentence what is to change. Without a file of it, it is drawn first, of the same seed: a counterfactual pair. Rejects with
 * `RequestInvalid` for a sentence that names no change.
 */
export async function withEdit(
  host: Pick<CliHost, 'labels' | 'make'>,
  request: GenerationRequest,
  entry: ModelEntry,
  { init, edit = '', push, strength = EDIT_STANDARD.strength }: CliSources,
): Promise<EditedRequest> {
  const shown = inWords(request.prompt, request.covariates, entry);
  const after = editBySentence(edit, shown, { entry, labels: await host.labels() });
  const words = { ...shown, sentence: edit.trim(), ...(push !== undefined && { push }) };
  const edited = { ...request, ...after, edit: words };
  if (init) return { request: edited, drawn: null };
  const { png, provenance } = await host.make({ ...request, ...shown });
  const { rgb } = await readSource(png, entry, { fit: 'crop' });
  const source: InitImage = { rgb, strength, from: asSource(provenance) };
  return { request: { ...edited, init: source }, drawn: png };
}

/** How far apart two pictures of one size are: a grey PNG, the mean absolute difference of the colours of each pixel. */
export async function differencePng(a: Blob, b: Blob, entry: ModelEntry): Promise<Blob> {
  const read = async (png: Blob) => (await readSource(png, entry, { fit: 'crop' })).rgb;
  const [before, after] = [await read(a), await read(b)];
  const { width, height } = entry.image;
  const samples = Uint8Array.from({ length: width * height }, (_, i) => {
    const apart = [0, 1, 2].map((c) => Math.abs(after[3 * i + c] - before[3 * i + c]));
    return Math.round((apart[0] + apart[1] + apart[2]) / 3);
  });
  return encodeSamples({ width, height, samples }, { Description: 'Difference of two pictures' });
}
