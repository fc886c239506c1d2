import { webStorage } from '../browser/web-storage';
import type { DatasetRecords } from '../dataset/dataset-store';
import type { DatasetsState } from '../views/datasets/state/datasets.svelte';
import type { StudioParts } from './studio-parts';
import type { StudioState } from './studio.svelte';

/** The state of data sets, with all that it takes of the studio; its part of the app is fetched for it. */
export async function createDatasets(
  studio: StudioState,
  client: StudioParts['client'],
  records: DatasetRecords | null,
): Promise<DatasetsState> {
  const [{ DatasetsState }, { rememberRecipe }] = await Promise.all([
    import('../views/datasets/state/datasets.svelte'),
    import('../views/datasets/state/recipe-memory'),
  ]);
  const { entry, settings, model, generation, gallery } = studio;
  const datasets = new DatasetsState({
    entry,
    checker: studio.form.check.network,
    maker: client,
    readTexts: client.readTexts,
    records,
    choice: () => settings.backend,
    keepsPlain: () => studio.keeping.keepsPlain,
    ready: async () => {
      if (!(await model.ready(settings.backend))) throw model.error ?? new Error('No model.');
    },
    turn: () => generation.idle(),
    fillIn: (request) => studio.finetuning.fill(request),
    tuned: () => studio.finetuning.tuned,
    gallery: {
      state: gallery,
      show: (id) => {
        gallery.selectedId = id;
        studio.following = false;
        studio.show('studio');
      },
    },
    kind: () => studio.form.kind,
    lastImage: () => {
      const [newest] = gallery.entries;
      return newest ? { timing: newest.timing, bytes: newest.png.size } : null;
    },
  });
  rememberRecipe(datasets, webStorage('sessionStorage'));
  return datasets;
}
