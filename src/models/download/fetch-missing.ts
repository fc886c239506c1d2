import { fetchShard } from './fetch-shard';
import { createInstallProgress } from './install-progress';
import type { InstallOptions } from './download';
import type { Shard } from '../manifest/manifest';
import { checkRoom } from '../store/quota';
import type { WeightStore } from '../store/weight-store';

/** What shall lie in a store: a model, a network of the evaluation, or graphs for tuning. */
export interface Wanted {
  title: string;
  /** By their keys in the store. */
  shards: ReadonlyMap<string, Shard>;
  /** An absolute URL; or, for a package that came by hand, the error where something of it is missing. */
  from: string | Error;
}

const PARALLEL = 3;

/**
 * Fetches the shards that a store lacks, three at a time, and stores each once its sha256 is right. A failure or a
 * cancel keeps what came, unfinished shards too. Rejects with `QuotaExceeded` before anything is fetched that the disk
 * has no room for.
 */
export async function fetchMissing(
  { title, shards, from }: Wanted,
  store: WeightStore,
  { signal, onProgress, retryDelayMs = 500 }: InstallOptions,
): Promise<void> {
  const { missing, bytesTotal, bytesStored, partial } = await findMissing(store, shards);
  if (missing.length > 0 && typeof from !== 'string') throw from;
  if (store.persistent) await checkRoom(title, bytesTotal - bytesStored);
  const progress = createInstallProgress(bytesTotal, bytesStored, onProgress);
  progress.resumed([...partial.values()].reduce((sum, bytes) => sum + bytes, 0));
  await inParallel(PARALLEL, signal, async (signal) => {
    for (let next = missing.shift(); next; next = missing.shift()) {
      const [key, shard] = next;
      const url = new URL(shard.path, from as string).href;
      const { bytes, sha256 } = await fetchShard(
        { url, key, shard, store },
        {
          signal,
          retryDelayMs,
          onBytes: (bytes) => progress.fetched(bytes),
          onResumed: (bytes) => progress.resumed(bytes - (partial.get(key) ?? 0)),
        },
      );
      signal.throwIfAborted();
      await store.putShard({ key, blob: new Blob([bytes]), sha256 });
      progress.verified(shard.bytes);
    }
  });
}

async function findMissing(store: WeightStore, shards: Wanted['shards']) {
  const present = new Set(await store.shardKeys());
  const missing = [...shards].filter(([key]) => !present.has(key));
  const sum = (of: Iterable<Shard>) => [...of].reduce((bytes, shard) => bytes + shard.bytes, 0);
  const bytesTotal = sum(shards.values());
  const bytesStored = bytesTotal - sum(missing.map(([, shard]) => shard));
  const pieces = await store.partialBytes();
  const partial = new Map(missing.map(([key]) => [key, pieces.get(key) ?? 0]));
  return { missing, bytesTotal, bytesStored, partial };
}

/** Runs `lane` `count` times at once; the first failure stops the others, and all have ended when this settles. */
async function inParallel(
  count: number,
  signal: AbortSignal,
  lane: (signal: AbortSignal) => Promise<void>,
) {
  const failed = new AbortController();
  let first: { error: unknown } | null = null;
  const both = AbortSignal.any([signal, failed.signal]);
  const lanes = Array.from({ length: count }, async () => {
    try {
      await lane(both);
    } catch (error) {
      first ??= { error };
      failed.abort();
    }
  });
  await Promise.all(lanes);
  signal.throwIfAborted();
  if (first) throw (first as { error: unknown }).error;
}
