import type { DroppedFile } from '../../workers/api';
import { appError } from '../errors';
import { finishInstall, withModelLock, type InstallOptions } from './download';
import type { LocatedModel } from './load-manifest';
import type { ModelFile, Shard } from './manifest';
import { openPackage, type PackageFile } from './package-files';
import { checkRoom } from './quota';
import { modelFiles, validateManifest } from './validate-manifest';
import { verifyShard } from './verify';
import { deleteUnused, isInstalled, shardsByKey, type WeightStore } from './weight-store';

const MANIFEST = 'model-manifest.json';
const MAX_MANIFEST_BYTES = 16 * 2 ** 20;

/**
 * Stores the models of a package: a folder, files, or a ZIP. What this app's own manifest says of a model of the same id
 * counts, not what the package says; other models are taken as their package describes them. Same checks as a
 * download: every shard's sha256, the model marked last. Resolves to the ids. A failure leaves nothing of it behind.
 */
export async function sideloadModels(
  dropped: DroppedFile[],
  known: LocatedModel[],
  store: WeightStore,
  options: InstallOptions,
): Promise<string[]> {
  const files = await openPackage(dropped);
  const found = await findModels(files, known);
  for (const model of found) {
    await withModelLock(model.entry.id, options, () => storeModel(model, store, options));
  }
  return found.map(({ entry }) => entry.id);
}

interface FoundModel extends LocatedModel {
  fileOf: Map<Shard, PackageFile>;
}

async function findModels(files: PackageFile[], known: LocatedModel[]): Promise<FoundModel[]> {
  const { root, entries } = await readManifest(files);
  const candidates: LocatedModel[] =
    entries?.map(
      (entry) => known.find((model) => model.entry.id === entry.id) ?? { entry, baseUrl: null },
    ) ?? known;
  const tried = candidates.map((model) => locate(files, root, model));
  const whole = tried.filter(({ missing }) => missing.length === 0);
  if (whole.length > 0) return whole;
  const nearest = tried.sort((a, b) => b.fileOf.size - a.fileOf.size).at(0);
  if (!nearest || nearest.fileOf.size === 0) {
    throw unfit(
      `no model was found in it (expected a ${MANIFEST} and the files it names, got ${files.length} ` +
        'files)',
    );
  }
  const { entry, fileOf, missing } = nearest;
  throw unfit(
    `${missing[0]} of ${entry.title} is missing or has another size (expected ` +
      `${fileOf.size + missing.length} shards, got ${fileOf.size})`,
  );
}

/** The manifest nearest to the top; where there is none, the files must be of a model that this app knows. */
async function readManifest(files: PackageFile[]) {
  const [manifest] = files
    .filter(({ path }) => path === MANIFEST || path.endsWith(`/${MANIFEST}`))
    .sort((a, b) => a.path.split('/').length - b.path.split('/').length);
  if (!manifest) return { root: '', entries: null };
  if (manifest.bytes > MAX_MANIFEST_BYTES) {
    throw unfit(`${manifest.path} has ${manifest.bytes} bytes, more than any manifest`);
  }
  const text = await (await manifest.read()).text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unfit(`${manifest.path} is not JSON`, cause);
  }
  return {
    root: manifest.path.slice(0, -MANIFEST.length),
    entries: validateManifest(value).models,
  };
}

/** A shard's file lies where the manifest says, seen from the manifest; or, without one, anywhere under its own path. */
function locate(files: PackageFile[], root: string, { entry, baseUrl }: LocatedModel) {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const folders = [
    `${root}${entry.baseUrl.replace(/^\.\//, '')}`,
    root,
    `${root}models/${entry.id}/`,
  ];
  const fileOf = new Map<Shard, PackageFile>();
  const missing: string[] = [];
  for (const file of modelFiles(entry)) {
    for (const shard of file.shards) {
      const found =
        folders.map((folder) => byPath.get(folder + shard.path)).find(Boolean) ??
        files.find(({ path }) => path.endsWith(`/${shard.path}`));
      if (found?.bytes === fileBytes(file, shard)) fileOf.set(shard, found);
      else missing.push(shard.path);
    }
  }
  return { entry, baseUrl, fileOf, missing };
}

/** A shard with an offset is a part of the file that has all of them. */
function fileBytes(file: ModelFile, shard: Shard): number {
  return shard.offset === undefined ? shard.bytes : file.bytes;
}

async function storeModel(model: FoundModel, store: WeightStore, options: InstallOptions) {
  const { entry, baseUrl, fileOf } = model;
  if (await isInstalled(store, entry)) return;
  const present = new Set(await store.shardKeys());
  const missing = [...shardsByKey(entry)].filter(([key]) => !present.has(key));
  const bytesTotal = missing.reduce((sum, [, shard]) => sum + shard.bytes, 0);
  await checkRoom(entry.title, bytesTotal);
  const readShard = createShardReader();
  let bytesDone = 0;
  try {
    for (const [key, shard] of missing) {
      options.signal.throwIfAborted();
      options.onProgress({ stage: 'verify', bytesDone, bytesTotal });
      const blob = await readShard(fileOf.get(shard)!, shard);
      const sha256 = await verifyShard(shard, new Uint8Array(await blob.arrayBuffer()));
      await store.putShard({ key, blob, sha256 });
      bytesDone += shard.bytes;
    }
    await finishInstall(entry, baseUrl, store, options.onProgress);
  } catch (error) {
    await deleteUnused(
      store,
      missing.map(([key]) => key),
    );
    throw error;
  }
}

/**
 * Reads copies of the bytes, for a File changes or goes when its stick is pulled out. A file of several shards, which
 * come one after the other, is unpacked once.
 */
function createShardReader() {
  let last: { file: PackageFile; blob: Blob } | null = null;
  return async (file: PackageFile, { path, offset = 0, bytes }: Shard): Promise<Blob> => {
    if (last?.file !== file) last = { file, blob: await file.read() };
    const part = last.blob.slice(offset, offset + bytes);
    const copy = await part.arrayBuffer().catch((cause: unknown) => {
      throw unfit(`${path} could not be read (${(cause as Error).message})`, cause);
    });
    return new Blob([copy]);
  };
}

function unfit(why: string, cause?: unknown) {
  return appError(
    'PackageRefused',
    `This is not a whole model package: ${why}. Drop the folder, the ZIP or all files of one package.`,
    cause,
  );
}
