import type { ModelEntry } from '../manifest/manifest';
import { isInstalled, openWeightStore } from './weight-store';

/**
 * The models that are stored whole: those of the manifest, then those that came as packages. None where the browser denies
 * storage, for then nothing is kept.
 */
export async function installedEntries(models: readonly ModelEntry[]): Promise<ModelEntry[]> {
  let store;
  try {
    store = await openWeightStore();
  } catch {
    return [];
  }
  try {
    const listed = new Set(models.map(({ id }) => id));
    const packages = (await store.installed()).flatMap(({ modelId, entry }) =>
      entry && !listed.has(modelId) ? [entry] : [],
    );
    const found: ModelEntry[] = [];
    for (const entry of [...models, ...packages]) {
      if (await isInstalled(store, entry)) found.push(entry);
    }
    return found;
  } finally {
    store.close();
  }
}
