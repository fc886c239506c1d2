import type { ModelAccess } from './model-access';
import type { Backend } from '../runtime/backend';
import { installNetwork } from '../download/feature-networks';
import type { ModelFile } from '../manifest/manifest';
import type { FeatureNetwork, Learner } from '../manifest/networks';
import { readModelFile, type WeightStore } from '../store/weight-store';

/** Sessions of a network's graphs: from the store, or fetched into memory where nothing may be stored. */
export async function openGraphs(
  access: ModelAccess,
  { network, baseUrl }: { network: FeatureNetwork | Learner; baseUrl: string },
  files: ModelFile[],
  backend: Backend,
) {
  const read = (store: WeightStore) =>
    Promise.all(files.map((file) => readModelFile(store, network.id, file)));
  const stored = await read(await access.openStore()).catch(() => null);
  const graphs = stored ?? (await read(await installInMemory(access, network, baseUrl)));
  const { openSession } = await import('../runtime/session');
  return Promise.all(graphs.map((graph) => openSession({ graph, weights: [] }, backend)));
}

async function installInMemory(
  access: ModelAccess,
  network: FeatureNetwork | Learner,
  baseUrl: string,
) {
  const memory = access.openSession();
  const { signal } = new AbortController();
  await installNetwork(network, baseUrl, memory, { signal, onProgress: () => undefined });
  return memory;
}
