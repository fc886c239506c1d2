import { findModel } from '../manifest/located-model';
import type { ModelEntry, ModelManifest } from '../manifest/manifest';
import { installRecord, openWeightStore } from './weight-store';

/** The model that was chosen, from the manifest or from the package it came in; the default one where it is gone. */
export async function findWanted(
  manifest: ModelManifest,
  modelId: string | null,
): Promise<ModelEntry> {
  const entry =
    manifest.models.find(({ id }) => id === modelId) ??
    (modelId === null ? undefined : await findStored(modelId));
  return entry ?? findModel(manifest, manifest.defaultModel);
}

async function findStored(modelId: string): Promise<ModelEntry | undefined> {
  try {
    const store = await openWeightStore();
    const model = await installRecord(store, modelId);
    store.close();
    return model?.entry;
  } catch {
    return undefined; // denied: then nothing came in a package either
  }
}
