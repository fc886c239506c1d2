import type { StudioState } from './studio.svelte';
import { ModelShelfState, type ModelKeeper } from '../views/models/model-shelf.svelte';

/** The list of models, beside the one that the studio has loaded; another one is loaded with a fresh page. */
export function createShelf(
  keeper: ModelKeeper,
  { model, settings }: StudioState,
  load: () => Promise<void>,
): ModelShelfState {
  return new ModelShelfState(
    keeper,
    {
      modelId: model.modelId,
      get progress() {
        return model.progress;
      },
      stop: () => model.stop(),
      resume: load,
      change: (modelId) => {
        settings.change({ modelId });
        location.reload();
      },
    },
    'models changes',
  );
}
