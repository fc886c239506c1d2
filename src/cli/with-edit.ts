import { EDIT_STANDARD } from '../common/edit-standard';
import type { GenerationRequest } from '../contract/request';
import { changed, startingFrom } from '../controls/edit/pair';
import type { ModelEntry } from '../models/manifest/manifest';
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
  const edited = changed(request, { sentence: edit, push }, { entry, labels: await host.labels() });
  if (init) return { request: edited, drawn: null };
  const drawn = await host.make({ ...request, ...shownBy(edited) });
  return { request: await startingFrom(edited, drawn, entry, strength), drawn: drawn.png };
}

/** What the image shows, with the covariates that its words say. */
function shownBy({ edit }: GenerationRequest) {
  return { prompt: edit!.prompt, covariates: edit!.covariates };
}
