import type { InstalledModel, StoredPiece, StoredShard, WeightStore } from './weight-store';

/** A weight store in memory, for this session only. */
export function memoryWeightStore(): WeightStore {
  const shards = new Map<string, StoredShard>();
  const models = new Map<string, InstalledModel>();
  const pieces = new Map<string, StoredPiece[]>();
  const drop = (map: Map<string, unknown>, keys: string[]) =>
    Promise.resolve(keys.forEach((key) => map.delete(key)));
  return {
    persistent: false,
    closed: false,
    shard: (key) => Promise.resolve(shards.get(key)),
    putShard: (shard) => {
      shards.set(shard.key, shard);
      return drop(pieces, [shard.key]);
    },
    pieces: (shardKey) => Promise.resolve([...(pieces.get(shardKey) ?? [])]),
    putPiece: (piece) => {
      const before = pieces.get(piece.shardKey) ?? [];
      return Promise.resolve(void pieces.set(piece.shardKey, [...before, piece]));
    },
    deletePieces: (shardKeys) => drop(pieces, shardKeys),
    partialBytes: () => Promise.resolve(sumByShard([...pieces.values()].flat())),
    installed: () => Promise.resolve([...models.values()]),
    markInstalled: (model) => {
      const gone = keysWithout(model.shardKeys, shards.keys());
      if (gone.length === 0) models.set(model.modelId, model);
      return Promise.resolve(gone);
    },
    updateInstalled: (modelId, change) => {
      const model = models.get(modelId);
      return Promise.resolve(model && void models.set(modelId, change(model)));
    },
    unmark: (modelId) => drop(models, [modelId]),
    shardKeys: () => Promise.resolve([...shards.keys()]),
    deleteShards: (keys) => drop(shards, keys),
    deleteUnused: (keys) => drop(shards, keysWithout(keys, namedBy(models.values()))),
    close: () => undefined,
  };
}

/** Shard key → bytes of its pieces. */
export function sumByShard(pieces: StoredPiece[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { shardKey, blob } of pieces) {
    sums.set(shardKey, (sums.get(shardKey) ?? 0) + blob.size);
  }
  return sums;
}

/** Those of the keys that are not among the others. */
export function keysWithout(keys: string[], without: Iterable<string>): string[] {
  const known = new Set(without);
  return keys.filter((key) => !known.has(key));
}

/** The keys that any of these models names. */
export function namedBy(models: Iterable<InstalledModel>): string[] {
  return [...models].flatMap(({ shardKeys }) => shardKeys);
}
