import type { DBSchema, IDBPDatabase } from 'idb';
import { openDatabase } from '../../common/open-database';
import { appError } from '../../errors';
import type { ModelEntry, ModelFile, Shard } from '../manifest/manifest';
import { keysWithout, namedBy, sumByShard } from './memory-weight-store';
import { modelFiles, twinGraphs, TWINS, unetOf } from '../manifest/model-files';

/** One verified piece of a model. */
export interface StoredShard {
  /** See `shardKey`. */
  key: string;
  blob: Blob;
  /** The published hash, or the one recorded at first install. */
  sha256: string;
}

/** A stretch of a shard whose download is not finished. Nothing but the download reads these. */
export interface StoredPiece {
  shardKey: string;
  /** Of its first byte, within the shard. Pieces of a shard follow each other without gaps. */
  offset: number;
  blob: Blob;
  /** What the server called this version of the file; null where it did not say. */
  etag: string | null;
}

/** Written last: a model without it is not installed, whatever shards there are. */
export interface InstalledModel {
  modelId: string;
  shardKeys: string[];
  installedAt: Date;
  /** Absent: written by version 1 of this store, whose models are all in the app's manifest. */
  entry?: ModelEntry;
  /** Where missing shards can be had; null for a package that came by hand. */
  baseUrl?: string | null;
  lastUsedAt?: Date;
  /** Browser, runtime and device on which all its graphs passed their self-tests; absent: on none yet. */
  passedOn?: string;
  /** Where a step of its UNet could not be recorded, or was repeated wrongly: as `passedOn`. */
  notRecordedOn?: string;
  /** Where its graphs in float16 gave wrong numbers, or could not be opened: as `passedOn`. */
  notHalfOn?: string;
}

/** Where weights live: IndexedDB, or memory where the browser denies it. */
export interface WeightStore {
  /** False: gone when this worker ends. */
  readonly persistent: boolean;
  /** True once the browser has taken the database away; opening it again may help. */
  readonly closed: boolean;
  shard(key: string): Promise<StoredShard | undefined>;
  /** Stores the shard and drops its pieces, both or neither. */
  putShard(shard: StoredShard): Promise<void>;
  /** Of one shard, by offset. */
  pieces(shardKey: string): Promise<StoredPiece[]>;
  putPiece(piece: StoredPiece): Promise<void>;
  deletePieces(shardKeys: string[]): Promise<void>;
  /** Shard key → bytes it has in pieces. */
  partialBytes(): Promise<Map<string, number>>;
  installed(): Promise<InstalledModel[]>;
  /**
   * Marks a model whose shards are all there. Resolves to the keys of those that another removal took meanwhile: with one
   * of them gone nothing is marked.
   */
  markInstalled(model: InstalledModel): Promise<string[]>;
  /** Changes the record of an installed model as it is now; one that was removed stays removed. */
  updateInstalled(
    modelId: string,
    change: (model: InstalledModel) => InstalledModel,
  ): Promise<void>;
  unmark(modelId: string): Promise<void>;
  /** Every shard's key, those of unfinished installs included. */
  shardKeys(): Promise<string[]>;
  deleteShards(keys: string[]): Promise<void>;
  /** Deletes those of the shards that no installed model names at this moment. */
  deleteUnused(keys: string[]): Promise<void>;
  close(): void;
}

interface WeightsDB extends DBSchema {
  shards: { key: string; value: StoredShard };
  models: { key: string; value: InstalledModel };
  pieces: { key: [string, number]; value: StoredPiece };
}

/** Opens the weights in IndexedDB; rejects with `StorageDenied` where the browser denies it. */
export async function openWeightStore(name = 'weights'): Promise<WeightStore> {
  let closed = false;
  const db = await openWeights(name, () => (closed = true));
  const all = (shardKey: string) => IDBKeyRange.bound([shardKey], [shardKey, []]);
  return {
    persistent: true,
    get closed() {
      return closed;
    },
    shard: (key) => db.get('shards', key).catch(nameFailure),
    putShard: (shard) =>
      named(async () => {
        const transaction = db.transaction(['shards', 'pieces'], 'readwrite');
        const put = transaction.objectStore('shards').put(shard);
        const drop = transaction.objectStore('pieces').delete(all(shard.key));
        await Promise.all([put, drop, transaction.done]);
      }),
    pieces: (shardKey) => db.getAll('pieces', all(shardKey)).catch(nameFailure),
    putPiece: (piece) => named(async () => void (await db.put('pieces', piece))),
    deletePieces: (shardKeys) =>
      named(async () => {
        const { done, store } = db.transaction('pieces', 'readwrite');
        await Promise.all([...shardKeys.map((key) => store.delete(all(key))), done]);
      }),
    partialBytes: async () => sumByShard(await db.getAll('pieces').catch(nameFailure)),
    installed: () => db.getAll('models').catch(nameFailure),
    // Each of these is one transaction: other tabs and workers write here, too.
    markInstalled: (model) =>
      named(async () => {
        const transaction = db.transaction(['models', 'shards'], 'readwrite');
        const present = await transaction.objectStore('shards').getAllKeys();
        const gone = keysWithout(model.shardKeys, present);
        if (gone.length === 0) await transaction.objectStore('models').put(model);
        await transaction.done;
        return gone;
      }),
    updateInstalled: (modelId, change) =>
      named(async () => {
        const { store, done } = db.transaction('models', 'readwrite');
        const model = await store.get(modelId);
        if (model) await store.put(change(model));
        await done;
      }),
    unmark: (modelId) => named(() => db.delete('models', modelId)),
    shardKeys: () => db.getAllKeys('shards').catch(nameFailure),
    deleteShards: (keys) =>
      named(async () => {
        const { done, store } = db.transaction('shards', 'readwrite');
        await Promise.all([...keys.map((key) => store.delete(key)), done]);
      }),
    deleteUnused: (keys) =>
      named(async () => {
        const transaction = db.transaction(['models', 'shards'], 'readwrite');
        const models = await transaction.objectStore('models').getAll();
        const shards = transaction.objectStore('shards');
        const unused = keysWithout(keys, namedBy(models));
        await Promise.all([...unused.map((key) => shards.delete(key)), transaction.done]);
      }),
    close() {
      closed = true;
      db.close();
    },
  };
}

/** Version 1 had no pieces; what it holds stays as it is. */
async function openWeights(name: string, onClosed: () => void): Promise<IDBPDatabase<WeightsDB>> {
  try {
    return await openDatabase<WeightsDB>(name, 2, 'The stored models', {
      upgrade(db, oldVersion) {
        if (oldVersion < 1) {
          db.createObjectStore('shards', { keyPath: 'key' });
          db.createObjectStore('models', { keyPath: 'modelId' });
        }
        if (oldVersion < 2) db.createObjectStore('pieces', { keyPath: ['shardKey', 'offset'] });
      },
      onClosed,
    });
  } catch (error) {
    if ((error as Error).name === 'StorageDenied') throw error;
    throw denied((error as Error).message, error);
  }
}

/**
 * A shard's name in the store: its hash, so that models share equal shards; its place where nobody published one.
 */
export function shardKey(modelId: string, { path, offset, sha256 }: Shard): string {
  return sha256 ?? `${modelId}/${path}${offset === undefined ? '' : `@${offset}`}`;
}

/** What was noted at a model's install; undefined where it is not installed. */
export async function installRecord(
  store: WeightStore,
  id: string,
): Promise<InstalledModel | undefined> {
  return (await store.installed()).find(({ modelId }) => modelId === id);
}

/** Whether every shard that the manifest names now is there and the install was finished. */
export async function isInstalled(store: WeightStore, entry: ModelEntry): Promise<boolean> {
  const model = (await store.installed()).find(({ modelId }) => modelId === entry.id);
  if (!model) return false;
  const stored = new Set(await store.shardKeys());
  const keys = new Set(model.shardKeys.filter((key) => stored.has(key)));
  return modelShards(entry).every((shard) => keys.has(shardKey(entry.id, shard)));
}

/** Deletes a model, what was fetched of it, and those of its shards that no other installed model names. */
export async function removeModel(store: WeightStore, modelId: string, entry?: ModelEntry) {
  const model = await installRecord(store, modelId);
  await store.unmark(modelId);
  const keys = new Set(model?.shardKeys);
  for (const shard of entry ? everyShard(entry) : []) keys.add(shardKey(modelId, shard));
  await store.deletePieces([...keys]);
  await store.deleteUnused([...keys]);
}

/** Those of the install, and those of graphs that are fetched later. */
function everyShard(entry: ModelEntry): Shard[] {
  const { loraGraph, trainingGraph } = unetOf(entry) ?? {};
  const twins = TWINS.flatMap((twin) => twinGraphs(entry, twin));
  const further = [loraGraph, trainingGraph, ...twins].flatMap((file) => file?.shards ?? []);
  return [...modelShards(entry), ...further];
}

/** A file of a model as one Blob: its shards in order, no copy made. */
export async function readModelFile(
  store: WeightStore,
  modelId: string,
  file: ModelFile,
): Promise<Blob> {
  const shards = await Promise.all(
    file.shards.map((shard) => store.shard(shardKey(modelId, shard))),
  );
  for (const [i, shard] of file.shards.entries()) {
    const bytes = shards[i]?.blob.size ?? 0;
    if (bytes === shard.bytes) continue;
    throw appError(
      'ModelCorrupt',
      `${shard.path} of ${modelId} is not stored whole (expected ${shard.bytes} bytes, got ${bytes}). ` +
        'Delete the model and download it again.',
    );
  }
  return new Blob(shards.map((shard) => shard!.blob));
}

/** Every shard that a model needs under its key, each once, however often the model names it. */
export function shardsByKey(entry: ModelEntry): Map<string, Shard> {
  return new Map(modelShards(entry).map((shard) => [shardKey(entry.id, shard), shard]));
}

/** All shards of a model in the order they are fetched. */
export function modelShards(entry: ModelEntry): Shard[] {
  return modelFiles(entry).flatMap((file) => file.shards);
}

/** `work` may also throw before it returns a promise, as a connection that was closed does. */
function named<T>(work: () => Promise<T>): Promise<T> {
  return Promise.resolve().then(work).catch(nameFailure);
}

function nameFailure(error: unknown): never {
  const { name, message } = error as Error;
  if (name === 'QuotaExceededError') {
    throw appError(
      'QuotaExceeded',
      'The browser has no room left for this model. Free some disk space or delete another model, then ' +
        'install it again.',
      error,
    );
  }
  throw error instanceof DOMException ? denied(message || name, error) : error;
}

function denied(why: string, cause?: unknown) {
  return appError(
    'StorageDenied',
    `The browser does not let this app keep weights (expected a database, got: ${why}). They last until ` +
      'this page closes. Leave private browsing, allow storage for this site or close its other tabs, then try again.',
    cause,
  );
}
