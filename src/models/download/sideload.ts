import type { DroppedFile, FromPackage } from '../../contract/download';
import { appError } from '../../errors';
import { finishInstall, withModelLock, type InstallOptions } from './download';
import type { LocatedModel } from '../manifest/located-model';
import type { ModelEntry, ModelFile, Shard } from '../manifest/manifest';
import { openPackage, type PackageFile } from './package-files';
import { checkRoom } from '../store/quota';
import { modelFiles } from '../manifest/model-files';
import { validateManifest } from '../manifest/validate-manifest';
import { verifyShard } from '../manifest/verify';
import {
  installRecord,
  isInstalled,
  shardsByKey,
  type StoredShard,
  type WeightStore,
} from '../store/weight-store';

const MANIFEST = 'model-manifest.json';
const MAX_MANIFEST_BYTES = 16 * 2 ** 20;

/**
 * Stores the models of a package: a folder, files, or a ZIP. What this app's own manifest says of a model of the same id
 * counts, not what the package says; other models are taken as their package describes them, and take the place of what
 * an earlier package left under their id. Same checks as a download: every shard's sha256, the model marked last. A
 * failure leaves nothing of it behind.
 */
export async function sideloadModels(
  dropped: DroppedFile[],
  own: LocatedModel[],
  store: WeightStore,
  options: InstallOptions,
): Promise<FromPackage[]> {
  const files = await openPackage(dropped);
  const installed: FromPackage[] = [];
  for (const model of await findModels(files, own, store)) {
    const { id } = model.entry;
    installed.push(await withModelLock(id, options, () => storeModel(model, store, options)));
  }
  return installed;
}

interface FoundModel extends LocatedModel {
  fileOf: Map<Shard, PackageFile>;
}

async function findModels(
  files: PackageFile[],
  own: LocatedModel[],
  store: WeightStore,
): Promise<FoundModel[]> {
  const { root, entries } = await readManifest(files);
  const candidates = entries?.map((entry) => {
    const ours = own.find((model) => model.entry.id === entry.id);
    if (ours) refuseOtherVersion(entry, ours.entry);
    return ours ?? { entry, baseUrl: null };
  });
  const tried = (candidates ?? (await everKnown(own, store))).map((model) =>
    locate(files, root, model),
  );
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

/** Of bare files without a manifest: the app's own models, and what earlier packages brought. */
async function everKnown(own: LocatedModel[], store: WeightStore): Promise<LocatedModel[]> {
  const ids = new Set(own.map(({ entry }) => entry.id));
  const brought = (await store.installed()).flatMap(({ entry, baseUrl = null }) =>
    entry && !ids.has(entry.id) ? [{ entry, baseUrl }] : [],
  );
  return [...own, ...brought];
}

function refuseOtherVersion(theirs: ModelEntry, ours: ModelEntry) {
  if (theirs.version === ours.version) return;
  const [keys, wanted] = [theirs, ours].map((entry) => [...shardsByKey(entry).keys()].join());
  if (keys === wanted) return;
  throw unfit(
    `it has version ${theirs.version} of ${ours.title}, and this app works with version ${ours.version} only`,
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

async function storeModel(
  model: FoundModel,
  store: WeightStore,
  options: InstallOptions,
): Promise<FromPackage> {
  const { entry, baseUrl } = model;
  const { id: modelId, version } = entry;
  const before = await installRecord(store, modelId);
  const whole = await isInstalled(store, entry);
  const versionBefore = before?.entry?.version ?? version;
  const added: string[] = [];
  try {
    do {
      await storeShards(model, whole, added, store, options);
      const same = whole && added.length === 0 && versionBefore === version;
      if (same) return { modelId, version, replaced: null };
    } while (!(await finishInstall(entry, baseUrl, store, options.onProgress)));
  } catch (error) {
    await store.deleteUnused(added);
    throw error;
  }
  return { modelId, version, replaced: before ? { version: versionBefore } : null };
}

/** Stores what is not there yet, and notes the keys of it. */
async function storeShards(
  { entry, fileOf }: FoundModel,
  isWhole: boolean,
  added: string[],
  store: WeightStore,
  options: InstallOptions,
): Promise<void> {
  const present = new Set(await store.shardKeys());
  // A key without a hash does not say whose bytes these are: they are compared.
  const asked = [...shardsByKey(entry)].filter(
    ([key, { sha256 }]) => !present.has(key) || sha256 === null,
  );
  const bytesTotal = asked.reduce((sum, [, shard]) => sum + shard.bytes, 0);
  if (!isWhole) await checkRoom(entry.title, bytesTotal);
  const readShard = createShardReader();
  const unproven: StoredShard[] = [];
  let bytesDone = 0;
  for (const [key, shard] of asked) {
    options.signal.throwIfAborted();
    options.onProgress({ stage: 'verify', bytesDone, bytesTotal });
    const blob = await readShard(fileOf.get(shard)!, shard);
    const sha256 = await verifyShard(shard, new Uint8Array(await blob.arrayBuffer()));
    bytesDone += shard.bytes;
    if (shard.sha256 === null) unproven.push({ key, blob, sha256 });
    else {
      await store.putShard({ key, blob, sha256 });
      added.push(key);
    }
  }
  // Last and together: they lie where those of the model before lie.
  for (const shard of unproven) {
    if ((await store.shard(shard.key))?.sha256 === shard.sha256) continue;
    await store.putShard(shard);
    added.push(shard.key);
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
