import { appError } from '../../errors';
import { fetchShard } from './fetch-shard';
import { createInstallProgress, type InstallProgress } from './install-progress';
import type { ModelEntry, Shard } from '../manifest/manifest';
import { measuredEntry, measureFiles } from '../store/measure-files';
import { checkRoom } from '../store/quota';
import { modelFiles } from '../manifest/model-files';
import { verifyFile } from '../manifest/verify';
import {
  installRecord,
  isInstalled,
  modelShards,
  readModelFile,
  removeModel,
  shardKey,
  shardsByKey,
  type WeightStore,
} from '../store/weight-store';

export type { InstallProgress };

/** How an install is stopped, how it reports, and how long it waits before it tries a shard again. */
export interface InstallOptions {
  signal: AbortSignal;
  onProgress: (progress: InstallProgress) => void;
  /** Doubled at each further try, with jitter. */
  retryDelayMs?: number;
}

const PARALLEL = 3;

/**
 * Fetches what is missing of a model, stores each shard once its sha256 is right, and marks the model installed at
 * the end. A failure, a cancel or a killed browser keeps what came, and the next install goes on from there; a full
 * disk keeps nothing of an unfinished one. One install per model at a time, over all tabs; the second finds it done.
 * `baseUrl` is null for a package that came by hand: what it lacks can only come by hand again.
 */
export async function installModel(
  entry: ModelEntry,
  baseUrl: string | null,
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  const { signal, onProgress } = options;
  signal.throwIfAborted();
  await withModelLock(entry.id, options, async () => {
    if (await isInstalled(store, await measuredEntry(store, entry))) return;
    try {
      entry = await measureFiles(entry, baseUrl, signal);
      for (let whole = false; !whole;) {
        await fetchMissing(entry, baseUrl, store, options);
        signal.throwIfAborted();
        whole = await finishInstall(entry, baseUrl, store, onProgress);
      }
    } catch (error) {
      if ((error as Error).name === 'QuotaExceeded') await dropUnfinished(store, entry);
      throw error;
    }
  });
}

/**
 * Checks whole-file hashes, marks the model, and drops what an older version of it leaves over. Resolves to false where
 * the removal of another model has taken a shard that both share: it is to be had again first.
 */
export async function finishInstall(
  entry: ModelEntry,
  baseUrl: string | null,
  store: WeightStore,
  onProgress: (progress: InstallProgress) => void,
): Promise<boolean> {
  await verifyWholeFiles(entry, store, onProgress);
  const before = await installRecord(store, entry.id);
  const shardKeys = modelShards(entry).map((shard) => shardKey(entry.id, shard));
  const { lastUsedAt } = before ?? {};
  const installedAt = new Date();
  const record = { modelId: entry.id, shardKeys, installedAt, entry, baseUrl, lastUsedAt };
  if ((await store.markInstalled(record)).length > 0) return false;
  if (before) await store.deleteUnused(before.shardKeys);
  return true;
}

/** Web Locks reach over all tabs of this origin; they are absent on plain http, and denied where storage is. */
export async function withModelLock<T>(
  modelId: string,
  { signal, onProgress }: Pick<InstallOptions, 'signal' | 'onProgress'>,
  work: () => Promise<T>,
): Promise<T> {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  const state = await locks?.query().catch(() => undefined);
  if (!locks || !state) return work();
  const name = `install-${modelId}`;
  if (state.held?.some((lock) => lock.name === name)) onProgress({ stage: 'queued' });
  return await locks.request(name, { signal }, work);
}

async function fetchMissing(
  entry: ModelEntry,
  baseUrl: string | null,
  store: WeightStore,
  { signal, onProgress, retryDelayMs = 500 }: InstallOptions,
) {
  const { missing, bytesTotal, bytesStored, partial } = await findMissing(store, entry);
  if (missing.length > 0 && baseUrl === null) throw cameByHand(entry);
  if (store.persistent) await checkRoom(entry.title, bytesTotal - bytesStored);
  const progress = createInstallProgress(bytesTotal, bytesStored, onProgress);
  progress.resumed([...partial.values()].reduce((sum, bytes) => sum + bytes, 0));
  await inParallel(PARALLEL, signal, async (signal) => {
    for (let next = missing.shift(); next; next = missing.shift()) {
      const [key, shard] = next;
      const url = new URL(shard.path, baseUrl!).href;
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

async function findMissing(store: WeightStore, entry: ModelEntry) {
  const shards = shardsByKey(entry);
  const present = new Set(await store.shardKeys());
  const missing = [...shards].filter(([key]) => !present.has(key));
  const sum = (of: Iterable<Shard>) => [...of].reduce((bytes, shard) => bytes + shard.bytes, 0);
  const bytesTotal = sum(shards.values());
  const bytesStored = bytesTotal - sum(missing.map(([, shard]) => shard));
  const pieces = await store.partialBytes();
  const partial = new Map(missing.map(([key]) => [key, pieces.get(key) ?? 0]));
  return { missing, bytesTotal, bytesStored, partial };
}

/** Only files of several shards: of the others the shard's own hash says as much. */
async function verifyWholeFiles(
  entry: ModelEntry,
  store: WeightStore,
  onProgress: InstallOptions['onProgress'],
) {
  for (const file of modelFiles(entry)) {
    if (!file.sha256 || (file.shards.length === 1 && file.shards[0].sha256)) continue;
    const blob = await readModelFile(store, entry.id, file);
    const report = (bytesDone: number) =>
      onProgress({ stage: 'verify', bytesDone, bytesTotal: file.bytes });
    try {
      await verifyFile(file.name, file.sha256, blob, report);
    } catch (error) {
      // Which of them is wrong nobody can tell.
      const unproven = file.shards.filter(({ sha256 }) => sha256 === null);
      await store.deleteShards(unproven.map((shard) => shardKey(entry.id, shard)));
      throw error;
    }
  }
}

/** A full disk is not to be filled by what cannot be used. */
async function dropUnfinished(store: WeightStore, entry: ModelEntry) {
  if (!(await installRecord(store, entry.id))) return removeModel(store, entry.id, entry);
  const keys = modelShards(entry).map((shard) => shardKey(entry.id, shard));
  await store.deletePieces(keys);
  await store.deleteUnused(keys);
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

function cameByHand({ title }: ModelEntry) {
  return appError(
    'ModelCorrupt',
    `${title} is not stored whole, and it came as a package by hand, so nothing can be fetched. Drop the ` +
      'package on the model list again.',
  );
}
