import { withModelLock, type InstallOptions } from './download';
import { fetchMissing } from './fetch-missing';
import type { ModelFile } from '../manifest/manifest';
import type { FeatureNetwork, Learner } from '../manifest/networks';
import { installRecord, shardKey, type WeightStore } from '../store/weight-store';

/** The files of what an evaluation runs. */
function filesOf(network: FeatureNetwork | Learner): ModelFile[] {
  return 'graph' in network ? [network.graph] : [network.step, network.answer];
}

/**
 * Fetches what is missing of a feature network or a learner and notes that it is whole, as `installModel` does for a
 * model. `baseUrl` is absolute.
 */
export async function installNetwork(
  network: FeatureNetwork | Learner,
  baseUrl: string,
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  const { id, title } = network;
  const files = filesOf(network);
  const shards = new Map(
    files.flatMap((file) => file.shards).map((one) => [shardKey(id, one), one]),
  );
  const shardKeys = [...shards.keys()];
  await withModelLock(id, options, async () => {
    const present = new Set(await store.shardKeys());
    const whole = shardKeys.every((key) => present.has(key));
    if (whole && (await installRecord(store, id))) return;
    await fetchMissing({ title, shards, from: baseUrl }, store, options);
    await store.markInstalled({ modelId: id, shardKeys, installedAt: new Date() });
  });
}
