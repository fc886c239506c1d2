import { openDB, type DBSchema } from 'idb';
import { appError } from '../errors';
import type { ModelEntry, ModelFile, Shard } from './manifest';
import { modelFiles } from './validate-manifest';

/** One verified piece of a model. */
export interface StoredShard {
  /** See `shardKey`. */
  key: string;
  blob: Blob;
  /** The published hash, or the one recorded at first install. */
  sha256: string;
}

/** Written last: a model without it is not installed, whatever shards there are. */
export interface InstalledModel {
  modelId: string;
  shardKeys: string[];
  installedAt: Date;
}

/** Where weights live: IndexedDB, or memory where the browser denies it. */
export interface WeightStore {
  /** False: gone when this worker ends. */
  readonly persistent: boolean;
  shard(key: string): Promise<StoredShard | undefined>;
  putShard(shard: StoredShard): Promise<void>;
  installed(): Promise<InstalledModel[]>;
  markInstalled(model: InstalledModel): Promise<void>;
  unmark(modelId: string): Promise<void>;
  /** Every shard's key, those of unfinished installs included. */
  shardKeys(): Promise<string[]>;
  deleteShards(keys: string[]): Promise<void>;
  close(): void;
}

interface WeightsDB extends DBSchema {
  shards: { key: string; value: StoredShard };
  models: { key: string; value: InstalledModel };
}

/** Opens the weights in IndexedDB; rejects with the platform's error where the browser denies it. */
export async function openWeightStore(name = 'weights'): Promise<WeightStore> {
  const db = await openDB<WeightsDB>(name, 1, {
    upgrade(db) {
      db.createObjectStore('shards', { keyPath: 'key' });
      db.createObjectStore('models', { keyPath: 'modelId' });
    },
  });
  return {
    persistent: true,
    shard: (key) => db.get('shards', key),
    putShard: async (shard) => {
      await db.put('shards', shard).catch(nameQuota);
    },
    installed: () => db.getAll('models'),
    markInstalled: async (model) => {
      await db.put('models', model).catch(nameQuota);
    },
    unmark: (modelId) => db.delete('models', modelId),
    shardKeys: () => db.getAllKeys('shards'),
    deleteShards: async (keys) => {
      const transaction = db.transaction('shards', 'readwrite');
      await Promise.all([...keys.map((key) => transaction.store.delete(key)), transaction.done]);
    },
    close: () => db.close(),
  };
}

/** The same in memory, for this session only. */
export function memoryWeightStore(): WeightStore {
  const shards = new Map<string, StoredShard>();
  const models = new Map<string, InstalledModel>();
  return {
    persistent: false,
    shard: (key) => Promise.resolve(shards.get(key)),
    putShard: (shard) => Promise.resolve(void shards.set(shard.key, shard)),
    installed: () => Promise.resolve([...models.values()]),
    markInstalled: (model) => Promise.resolve(void models.set(model.modelId, model)),
    unmark: (modelId) => Promise.resolve(void models.delete(modelId)),
    shardKeys: () => Promise.resolve([...shards.keys()]),
    deleteShards: (keys) => Promise.resolve(keys.forEach((key) => shards.delete(key))),
    close: () => undefined,
  };
}

/** A shard's name in the store: its hash, so that models share equal shards; its place where nobody published one. */
export function shardKey(modelId: string, shard: Shard): string {
  return shard.sha256 ?? `${modelId}/${shard.path}`;
}

/** Whether every shard that the manifest names now is there and the install was finished. */
export async function isInstalled(store: WeightStore, entry: ModelEntry): Promise<boolean> {
  const model = (await store.installed()).find(({ modelId }) => modelId === entry.id);
  if (!model) return false;
  const keys = new Set(model.shardKeys);
  return modelShards(entry).every((shard) => keys.has(shardKey(entry.id, shard)));
}

/** Deletes a model, and those of its shards that no other installed model names. */
export async function removeModel(store: WeightStore, modelId: string) {
  const model = (await store.installed()).find((installed) => installed.modelId === modelId);
  await store.unmark(modelId);
  if (model) await deleteUnused(store, model.shardKeys);
}

/** Deletes those of the shards that no installed model names. */
export async function deleteUnused(store: WeightStore, keys: string[]) {
  const used = new Set((await store.installed()).flatMap(({ shardKeys }) => shardKeys));
  await store.deleteShards(keys.filter((key) => !used.has(key)));
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

/** All shards of a model in the order they are fetched. */
export function modelShards(entry: ModelEntry): Shard[] {
  return modelFiles(entry).flatMap((file) => file.shards);
}

function nameQuota(error: unknown): never {
  if ((error as Error).name !== 'QuotaExceededError') throw error;
  throw appError(
    'QuotaExceeded',
    'The browser has no room left for this model. Free some disk space or delete another model, then ' +
      'install it again.',
    error,
  );
}
