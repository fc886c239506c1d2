import { appError } from '../../errors';
import type { Shard } from '../manifest/manifest';
import { openPartialShard, type PartialShard } from './partial-shard';
import { verifyShard } from '../manifest/verify';
import type { WeightStore } from '../store/weight-store';

/** One shard, where it comes from, and where it goes. */
export interface ShardSource {
  url: string;
  key: string;
  shard: Shard;
  store: WeightStore;
}

/** How a fetch is stopped, what it reports, and how patient it is. */
export interface FetchOptions {
  signal: AbortSignal;
  /** Bytes that an earlier try left; told once, before any others. */
  onResumed: (bytes: number) => void;
  /** Bytes from the network; a negative number where some had to be given up. */
  onBytes: (bytes: number) => void;
  /** Doubled at each further try, with jitter. */
  retryDelayMs: number;
}

/** In a row without a single byte between them. */
const TRIES = 5;
/** A connection that is silent for this long is given up. */
const STALL_MS = 30_000;
const CHUNK_BYTES = 256 * 2 ** 10;
const MAX_RETRY_AFTER_MS = 60_000;
/** Too early, too many, timed out: the only refusals that may pass by themselves. */
const PASSING = [408, 425, 429];

/** A failure of one request; `permanent` where asking again is of no use. */
class RequestFailure extends Error {
  permanent = false;
  /** The server's file ends before the shard does. */
  shorter = false;
  retryAfterMs = 0;
}

/**
 * Fetches a shard, going on behind the bytes that earlier tries left in the store; resolves once its sha256 is right.
 * A wrong hash gets one more fetch, in case it was the wire. Rejects with `NetworkFailed`, `ModelCorrupt`, an error of
 * the store, or the signal's reason; the bytes that came stay in the store, those of a wrong hash excepted.
 */
export async function fetchShard(source: ShardSource, options: FetchOptions) {
  const { shard, key, store } = source;
  const partial = await openPartialShard(store, key, shard, options.onBytes);
  options.onResumed(partial.received);
  for (let last = false; ; last = true) {
    await fetchWithRetries(source, partial, options);
    try {
      return { bytes: partial.bytes, sha256: await verifyShard(shard, partial.bytes) };
    } catch (error) {
      await partial.restart(null);
      if (last) throw error;
    }
  }
}

async function fetchWithRetries(
  { url, shard }: ShardSource,
  partial: PartialShard,
  { signal, retryDelayMs }: FetchOptions,
) {
  let timesShorter = 0;
  for (let tries = 1; partial.received < shard.bytes; tries++) {
    const before = partial.received;
    try {
      await fetchRest(url, shard, partial, signal);
    } catch (error) {
      signal.throwIfAborted();
      const failure = asRequestFailure(error);
      if (partial.received > before) tries = 1; // it is slow going, but going
      // Once it may have been replaced in mid-download; a file that is short again stays so.
      if (failure.shorter) timesShorter++;
      if (failure.permanent || timesShorter > 1 || tries >= TRIES) throw notFetched(shard, failure);
      const backOffMs = retryDelayMs * 2 ** (tries - 1) * (0.5 + Math.random());
      await wait(Math.max(failure.retryAfterMs, backOffMs), signal);
    }
  }
}

/** One request for all that is missing. Whatever ends it, what came is in the store afterwards. */
async function fetchRest(url: string, shard: Shard, partial: PartialShard, signal: AbortSignal) {
  const stop = new AbortController();
  const response = await watched(
    // The HTTP cache would hold a second copy of what IndexedDB keeps.
    fetch(url, {
      signal: AbortSignal.any([signal, stop.signal]),
      cache: 'no-store',
      headers: rangeHeaders(url, shard, partial),
    }),
    stop,
  );
  const body = await takeUp(response, shard, partial).catch(async (error: unknown) => {
    await response.body?.cancel().catch(() => undefined);
    throw error;
  });
  try {
    await readInto(partial, createChunkReader(body), shard, stop);
  } finally {
    await partial.flush();
  }
}

/** Asks for the rest only, and, where that is allowed without a preflight, only of the same version. */
function rangeHeaders(url: string, { offset, bytes }: Shard, { received, etag }: PartialShard) {
  const headers: Record<string, string> = {};
  const start = offset ?? 0;
  if (received > 0 || offset !== undefined) {
    headers.Range = `bytes=${start + received}-${start + bytes - 1}`;
  }
  const here = globalThis.location as { origin: string } | undefined;
  const sameOrigin = !here || new URL(url).origin === here.origin;
  const strong = etag !== null && !etag.startsWith('W/');
  if (received > 0 && strong && sameOrigin) headers['If-Range'] = etag;
  return headers;
}

/** Decides whether the answer goes on where the bytes end; where it starts anew, they are dropped. */
async function takeUp(response: Response, shard: Shard, partial: PartialShard) {
  const { status, headers, body } = response;
  const etag = headers.get('ETag');
  if (status === 416) {
    await partial.restart(null);
    const failure = new RequestFailure(
      `the file on the server is too short (expected ${shard.bytes} bytes)`,
    );
    failure.shorter = true;
    throw failure;
  }
  if (!response.ok || !body) throw refused(response);
  if (status !== 206) {
    if (shard.offset) {
      const failure = new RequestFailure('the server ignores byte ranges, which this file needs');
      failure.permanent = true;
      throw failure;
    }
    // It ignored Range, or the file is a new version.
    if (partial.received > 0 || partial.etag !== etag) await partial.restart(etag);
    return body;
  }
  if (partial.received === 0) await partial.restart(etag);
  else if (!goesOn(headers, shard, partial)) {
    await partial.restart(null);
    throw new RequestFailure('the file on the server has changed');
  }
  return body;
}

/** Compares what can be seen of a partial answer; from another origin that may be its length only. */
function goesOn(headers: Headers, { offset = 0, bytes }: Shard, partial: PartialShard): boolean {
  const etag = headers.get('ETag');
  if (etag !== null && partial.etag !== null && etag !== partial.etag) return false;
  if (headers.has('Content-Encoding')) return false; // ranges of packed bytes
  const range = /^bytes (\d+)-/.exec(headers.get('Content-Range') ?? '');
  if (range && Number(range[1]) !== offset + partial.received) return false;
  const length = headers.get('Content-Length');
  return length === null || Number(length) === bytes - partial.received;
}

async function readInto(
  partial: PartialShard,
  reader: ChunkReader,
  shard: Shard,
  stop: AbortController,
) {
  for (;;) {
    const value = await watched(reader.read(), stop);
    if (!value) break;
    if (partial.received + value.length > shard.bytes) {
      await reader.cancel();
      if (shard.offset === 0) {
        return partial.append(value.subarray(0, shard.bytes - partial.received));
      }
      await partial.restart(null);
      throw new RequestFailure(`expected ${shard.bytes} bytes, got more`);
    }
    await partial.append(value);
  }
  if (partial.received < shard.bytes) {
    throw new RequestFailure(`expected ${shard.bytes} bytes, got ${partial.received}`);
  }
}

interface ChunkReader {
  /** Null at the end. The chunk is good until the next read. */
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

/** Left to itself a browser hands over as much as it has, 2 MiB for one; what is read and not stored yet must be less. */
function createChunkReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ChunkReader {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = body.getReader({ mode: 'byob' });
  } catch {
    const reader = body.getReader(); // not a stream of bytes in this browser
    return {
      read: async () => (await reader.read()).value ?? null,
      cancel: () => reader.cancel().catch(() => undefined),
    };
  }
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  return {
    async read() {
      const { done, value } = await byob.read(new Uint8Array(buffer));
      if (value) buffer = value.buffer;
      return done ? null : value;
    },
    cancel: () => byob.cancel().catch(() => undefined),
  };
}

/** Ends the request when nothing comes for too long. */
async function watched<T>(step: Promise<T>, stop: AbortController): Promise<T> {
  const stalled = new RequestFailure(`the server was silent for ${STALL_MS / 1000} s`);
  const timer = setTimeout(() => stop.abort(stalled), STALL_MS);
  try {
    return await step;
  } finally {
    clearTimeout(timer);
  }
}

function refused({ status, headers }: Response): RequestFailure {
  const failure = new RequestFailure(`the server answered ${status}`);
  failure.permanent = status >= 400 && status < 500 && !PASSING.includes(status);
  const seconds = Number(headers.get('Retry-After') ?? 0);
  if (seconds > 0) failure.retryAfterMs = Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
  return failure;
}

/** What fetch and its streams throw is the network's; anything with a name of ours, or of the store, is passed on. */
function asRequestFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (!(error instanceof TypeError) && (error as Error).name !== 'NetworkError') throw error;
  return new RequestFailure((error as Error).message, { cause: error });
}

function notFetched(shard: Shard, failure: RequestFailure) {
  return appError(
    'NetworkFailed',
    `${shard.path} could not be fetched: ${failure.message}. Check the connection and try again.`,
    failure,
  );
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
