import { appError } from '../../errors';
import type { InstallProgress } from './install-progress';
import { statedEntry } from '../manifest/generator';
import type { ModelEntry, Shard } from '../manifest/manifest';
import { modelShards, shardKey, type WeightStore } from '../store/weight-store';

/** How an export is stopped and how it reports. */
export interface ExportOptions {
  signal: AbortSignal;
  onProgress: (progress: InstallProgress) => void;
}

/** Writes an installed model into a folder, as a package that any copy of this app takes by drop. */
export async function exportToFolder(
  entry: ModelEntry,
  store: WeightStore,
  folder: FileSystemDirectoryHandle,
  options: ExportOptions,
) {
  await eachFile(entry, store, options, async (path, blob) => {
    const names = path.split('/');
    let parent = folder;
    for (const name of names.slice(0, -1)) {
      parent = await parent.getDirectoryHandle(name, { create: true });
    }
    const file = await parent.getFileHandle(names.at(-1)!, { create: true });
    const writable = await file.createWritable();
    await writable.write(blob);
    await writable.close(); // only now it replaces what was there
  }).catch(nameFailure);
}

/** The same as one ZIP, for browsers that give no access to folders. Weights do not pack: they are stored as they are. */
export async function exportToZip(
  entry: ModelEntry,
  store: WeightStore,
  options: ExportOptions,
): Promise<Blob> {
  const { BlobReader, BlobWriter, ZipWriter } =
    await import('@zip.js/zip.js/lib/zip-core-native.js');
  const writer = new ZipWriter(new BlobWriter('application/zip'), {
    useWebWorkers: false, // they would come from blob: addresses, which the page's policy forbids
    level: 0,
  });
  await eachFile(entry, store, options, async (path, blob) => {
    await writer.add(path, new BlobReader(blob));
  });
  return writer.close();
}

/** The manifest last: a folder without it is visibly not finished. */
async function eachFile(
  entry: ModelEntry,
  store: WeightStore,
  { signal, onProgress }: ExportOptions,
  write: (path: string, blob: Blob) => Promise<void>,
) {
  const baseUrl = `models/${entry.id}/`;
  const byPath = groupByPath(modelShards(entry));
  const bytesTotal = modelShards(entry).reduce((sum, { bytes }) => sum + bytes, 0);
  let bytesDone = 0;
  for (const [path, shards] of byPath) {
    signal.throwIfAborted();
    onProgress({ stage: 'copy', bytesDone, bytesTotal });
    await write(baseUrl + path, await readPath(entry, store, shards));
    bytesDone += shards.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  const manifest = {
    schemaVersion: 1,
    defaultModel: entry.id,
    models: [{ ...statedEntry(entry), baseUrl }],
  };
  await write('model-manifest.json', new Blob([JSON.stringify(manifest, null, 2)]));
  onProgress({ stage: 'copy', bytesDone: bytesTotal, bytesTotal });
}

function groupByPath(shards: Shard[]): Map<string, Shard[]> {
  const byPath = new Map<string, Shard[]>();
  for (const shard of shards) {
    byPath.set(shard.path, [...(byPath.get(shard.path) ?? []), shard]);
  }
  return byPath;
}

/** The file at one path: one shard, or several that begin at their offsets. */
async function readPath(entry: ModelEntry, store: WeightStore, shards: Shard[]): Promise<Blob> {
  const parts = shards.toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  // Two files of a model may be one and the same.
  const distinct = parts.filter((shard, i) => i === 0 || shard.offset !== parts[i - 1].offset);
  const blobs = await Promise.all(
    distinct.map(async (shard) => {
      const stored = await store.shard(shardKey(entry.id, shard));
      if (stored) return stored.blob;
      throw appError(
        'ModelCorrupt',
        `${shard.path} of ${entry.title} is not stored. Download the model, then export it again.`,
      );
    }),
  );
  return new Blob(blobs);
}

function nameFailure(error: unknown): never {
  if (!(error instanceof DOMException) || error.name === 'AbortError') throw error;
  throw appError(
    'StorageDenied',
    `The model could not be written into that folder: ${error.message} Choose a folder that can be written ` +
      'to and has room for it, then export again.',
    error,
  );
}
