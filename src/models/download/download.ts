import { appError } from '../../errors';
import { fetchMissing, type Wanted } from './fetch-missing';
import type { InstallProgress } from './install-progress';
import type { ModelEntry } from '../manifest/manifest';
import { measuredEntry, measureFiles } from '../store/measure-files';
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
        await fetchMissing(wanted(entry, baseUrl), store, options);
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

function wanted(entry: ModelEntry, baseUrl: string | null): Wanted {
  return { title: entry.title, shards: shardsByKey(entry), from: baseUrl ?? cameByHand(entry) };
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

function cameByHand({ title }: ModelEntry) {
  return appError(
    'ModelCorrupt',
    `${title} is not stored whole, and it came as a package by hand, so nothing can be fetched. Drop the ` +
      'package on the model list again.',
  );
}
