import { withModelLock, type InstallOptions } from './download';
import type { ModelEntry, Shard } from '../manifest/manifest';
import { sha256Hex } from '../manifest/verify';
import { shardsByKey, type StoredShard, type WeightStore } from '../store/weight-store';

/**
 * Reads every stored shard of a model and compares it with its hash, the published one or else the one recorded at first
 * install. Damaged shards are deleted, so that the next install fetches these and no other; resolves to their paths.
 */
export async function dropDamagedShards(
  entry: ModelEntry,
  store: WeightStore,
  options: Pick<InstallOptions, 'signal' | 'onProgress'>,
): Promise<string[]> {
  return withModelLock(entry.id, options, async () => {
    const shards = shardsByKey(entry);
    const bytesTotal = [...shards.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const damaged = new Map<string, Shard>();
    let bytesDone = 0;
    for (const [key, shard] of shards) {
      options.signal.throwIfAborted();
      options.onProgress({ stage: 'verify', bytesDone, bytesTotal });
      const stored = await store.shard(key);
      if (stored && !(await isSound(shard, stored))) damaged.set(key, shard);
      bytesDone += shard.bytes;
    }
    options.onProgress({ stage: 'verify', bytesDone, bytesTotal });
    await store.deleteShards([...damaged.keys()]);
    return [...damaged.values()].map(({ path }) => path);
  });
}

async function isSound(shard: Shard, stored: StoredShard): Promise<boolean> {
  try {
    const bytes = new Uint8Array(await stored.blob.arrayBuffer());
    return (await sha256Hex(bytes)) === (shard.sha256 ?? stored.sha256);
  } catch (error) {
    // The file behind the Blob is gone or cannot be read.
    if (error instanceof DOMException) return false;
    throw error;
  }
}
