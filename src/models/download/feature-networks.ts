import { withModelLock, type InstallOptions } from './download';
import { fetchShard } from './fetch-shard';
import { createInstallProgress } from './install-progress';
import type { ModelFile } from '../manifest/manifest';
import type { FeatureNetwork, Learner } from '../manifest/networks';
import { checkRoom } from '../store/quota';
import { installRecord, shardKey, type WeightStore } from '../store/weight-store';

/** The files of what an evaluation runs. */
function filesOf(network: FeatureNetwork | Learner): ModelFile[] {
  return 'graph' in network ? [network.graph] : [network.step, network.answer];
}

/**
 * Fetches what is missing of a feature network or a learner and stores each shard once its sha256 is right, as `installModel` does
 * for a model. `baseUrl` is absolute.
 */
export async function installNetwork(
  network: FeatureNetwork | Learner,
  baseUrl: string,
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  const { signal, onProgress, retryDelayMs = 500 } = options;
  const { id, title } = network;
  const files = filesOf(network);
  const shards = files.flatMap((file) => file.shards);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  await withModelLock(id, options, async () => {
    const keys = shards.map((shard) => shardKey(id, shard));
    const present = new Set(await store.shardKeys());
    const missing = shards.filter((shard) => !present.has(shardKey(id, shard)));
    if (missing.length === 0 && (await installRecord(store, id))) return;
    const bytesMissing = missing.reduce((sum, { bytes }) => sum + bytes, 0);
    if (store.persistent) await checkRoom(title, bytesMissing);
    const progress = createInstallProgress(bytes, bytes - bytesMissing, onProgress);
    for (const shard of missing) {
      signal.throwIfAborted();
      const key = shardKey(id, shard);
      const source = { url: new URL(shard.path, baseUrl).href, key, shard, store };
      const fetched = await fetchShard(source, {
        signal,
        retryDelayMs,
        onBytes: (count) => progress.fetched(count),
        onResumed: (count) => progress.resumed(count),
      });
      await store.putShard({ key, blob: new Blob([fetched.bytes]), sha256: fetched.sha256 });
      progress.verified(shard.bytes);
    }
    await store.markInstalled({ modelId: id, shardKeys: keys, installedAt: new Date() });
  });
}
