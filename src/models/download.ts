import { appError } from '../errors';
import type { ModelEntry, Shard } from './manifest';
import { verifyShard } from './verify';
import { deleteUnused, isInstalled, modelShards, shardKey, type WeightStore } from './weight-store';

/** How an install reports: bytes fetched, then bytes checked. */
export type InstallProgress =
  | { stage: 'download'; bytesDone: number; bytesTotal: number; msLeft: number | null }
  | { stage: 'verify'; bytesDone: number; bytesTotal: number };

/** How an install is stopped, how it reports, and how long it waits before it tries a shard again. */
export interface InstallOptions {
  signal: AbortSignal;
  onProgress: (progress: InstallProgress) => void;
  /** Doubled at each further try, with jitter. */
  retryDelayMs?: number;
}

const PARALLEL = 3;
const TRIES = 3;
const REPORT_EVERY_MS = 100;

/**
 * Fetches what is missing of a model, stores each shard once its sha256 is right, and marks the model installed at
 * the end. A failure or a cancel leaves nothing of this install behind. One install per model at a time, over all
 * tabs; the second finds it done.
 */
export async function installModel(
  entry: ModelEntry,
  baseUrl: string,
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  await withLock(`install-${entry.id}`, options.signal, async () => {
    if (await isInstalled(store, entry)) return;
    const added: string[] = [];
    try {
      await fetchMissing(entry, baseUrl, store, options, added);
      await markInstalled(store, entry);
    } catch (error) {
      await deleteUnused(store, added);
      throw error;
    }
  });
}

/** Marks the model, and drops what an older version of it leaves over. */
async function markInstalled(store: WeightStore, entry: ModelEntry) {
  const before = (await store.installed()).find(({ modelId }) => modelId === entry.id);
  const shardKeys = modelShards(entry).map((shard) => shardKey(entry.id, shard));
  await store.markInstalled({ modelId: entry.id, shardKeys, installedAt: new Date() });
  if (before) await deleteUnused(store, before.shardKeys);
}

async function fetchMissing(
  entry: ModelEntry,
  baseUrl: string,
  store: WeightStore,
  { signal, onProgress, retryDelayMs = 500 }: InstallOptions,
  added: string[],
) {
  const present = new Set(await store.shardKeys());
  const missing = new Map<string, Shard>(); // equal shards are fetched once
  for (const shard of modelShards(entry)) {
    const key = shardKey(entry.id, shard);
    if (!present.has(key)) missing.set(key, shard);
  }
  const { onFetched, onVerified } = progressReporter([...missing.values()], onProgress);
  const queue = [...missing];
  await inParallel(PARALLEL, signal, async (signal) => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [key, shard] = next;
      const url = new URL(shard.path, baseUrl).href;
      const { bytes, sha256 } = await fetchVerified(url, shard, signal, retryDelayMs, onFetched);
      signal.throwIfAborted();
      added.push(key);
      await store.putShard({ key, blob: new Blob([bytes]), sha256 });
      onVerified(shard.bytes);
    }
  });
}

/** Fetches one shard; a wrong hash gets one more fetch, in case it was the wire. */
async function fetchVerified(
  url: string,
  shard: Shard,
  signal: AbortSignal,
  retryDelayMs: number,
  onBytes: (bytes: number) => void,
) {
  for (let last = false; ; last = true) {
    const bytes = await fetchWithRetries(url, shard, signal, retryDelayMs, onBytes);
    try {
      return { bytes, sha256: await verifyShard(shard, bytes) };
    } catch (error) {
      onBytes(-bytes.length);
      if (last) throw error;
    }
  }
}

async function fetchWithRetries(
  url: string,
  shard: Shard,
  signal: AbortSignal,
  retryDelayMs: number,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchShard(url, shard, signal, onBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === TRIES) throw error;
      await wait(retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random()), signal);
    }
  }
}

/** One request; resolves to exactly `shard.bytes` bytes. What it counted is taken back when it fails. */
async function fetchShard(
  url: string,
  shard: Shard,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(shard.bytes);
  let done = 0;
  try {
    // The HTTP cache would hold a second copy of what IndexedDB keeps.
    const response = await fetch(url, { signal, cache: 'no-store' });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    const reader = response.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (done + read.value.length > shard.bytes) {
        await reader.cancel();
        throw new Error(`expected ${shard.bytes} bytes, got more`);
      }
      bytes.set(read.value, done);
      done += read.value.length;
      onBytes(read.value.length);
    }
    if (done < shard.bytes) throw new Error(`expected ${shard.bytes} bytes, got ${done}`);
    return bytes;
  } catch (cause) {
    onBytes(-done);
    throw appError(
      'NetworkFailed',
      `${shard.path} could not be fetched: ${(cause as Error).message}. Check the connection and try again.`,
      cause,
    );
  }
}

/** Adds up bytes; "verify" is reported once all are fetched and the last are still being checked. */
function progressReporter(shards: Shard[], onProgress: (progress: InstallProgress) => void) {
  const bytesTotal = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const start = performance.now();
  let fetched = 0;
  let verified = 0;
  let reportedAt = -Infinity;

  function report(force: boolean) {
    const now = performance.now();
    if (!force && now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    if (fetched === bytesTotal) {
      onProgress({ stage: 'verify', bytesDone: verified, bytesTotal });
      return;
    }
    const ms = now - start;
    const msLeft = ms < 500 || fetched === 0 ? null : (ms / fetched) * (bytesTotal - fetched);
    onProgress({ stage: 'download', bytesDone: fetched, bytesTotal, msLeft });
  }

  if (bytesTotal > 0) report(true);
  const onFetched = (bytes: number) => {
    fetched += bytes;
    report(fetched === bytesTotal);
  };
  const onVerified = (bytes: number) => {
    verified += bytes;
    report(fetched === bytesTotal);
  };
  return { onFetched, onVerified };
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

/** Web Locks reach over all tabs of this origin; they are absent on plain http. */
async function withLock(name: string, signal: AbortSignal, work: () => Promise<void>) {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (!locks) return work();
  await locks.request(name, { signal }, work);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
