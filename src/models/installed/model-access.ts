import type { WorkerSetup } from '../../contract/inference';
import { findModel, modelBaseUrl, type LocatedModel } from '../manifest/located-model';
import { fetchCheckedManifest } from '../manifest/fetch-manifest';
import { measuredEntry } from '../store/measure-files';
import { appError } from '../../errors';
import type { ModelManifest } from '../manifest/manifest';
import type { FeatureNetwork, Learner } from '../manifest/networks';
import { memoryWeightStore } from '../store/memory-weight-store';
import { openWeightStore, type WeightStore } from '../store/weight-store';

/** What a worker knows of models and where it keeps them. */
export type ModelAccess = ReturnType<typeof createModelAccess>;

/** The manifest and the weight store of one worker, each opened once. */
export function createModelAccess() {
  let manifestUrl: string | null = null;
  let manifest: Promise<ModelManifest> | null = null;
  let store: WeightStore | null = null;
  let sessionStore: WeightStore | null = null;

  function init(setup: WorkerSetup) {
    if (manifestUrl !== setup.manifestUrl) manifest = null;
    manifestUrl = setup.manifestUrl;
  }

  async function readManifest(): Promise<{ manifest: ModelManifest; url: string }> {
    if (manifestUrl === null) throw new Error('init() must be called first');
    manifest ??= fetchCheckedManifest(manifestUrl);
    try {
      return { manifest: await manifest, url: manifestUrl };
    } catch (error) {
      manifest = null; // so that "try again" fetches it again
      throw error;
    }
  }

  /** The models of the manifest. */
  async function own(): Promise<LocatedModel[]> {
    const { manifest, url } = await readManifest();
    return manifest.models.map((entry) => ({ entry, baseUrl: modelBaseUrl(url, entry) }));
  }

  /** The models of the manifest, then those that came as packages. */
  async function all(): Promise<LocatedModel[]> {
    const known = await own();
    const ids = new Set(known.map(({ entry }) => entry.id));
    const others = (await (await openStore()).installed()).flatMap(({ entry, baseUrl = null }) =>
      entry && !ids.has(entry.id) ? [{ entry, baseUrl }] : [],
    );
    return [...known, ...others];
  }

  async function find(modelId: string): Promise<LocatedModel> {
    const { manifest, url } = await readManifest();
    const entry = manifest.models.find(({ id }) => id === modelId);
    if (entry) {
      const known = await openStore().then((store) => measuredEntry(store, entry));
      return { entry: known, baseUrl: modelBaseUrl(url, entry) };
    }
    const other = (await all()).find(({ entry }) => entry.id === modelId);
    return other ?? { entry: findModel(manifest, modelId), baseUrl: null };
  }

  /** A network of the evaluation, and where its files are. */
  async function findNetwork(id: string): Promise<{ network: FeatureNetwork; baseUrl: string }> {
    const { manifest, url } = await readManifest();
    const network = manifest.evaluation?.networks.find((one) => one.id === id);
    if (network) return { network, baseUrl: modelBaseUrl(url, network) };
    throw notInManifest(
      id,
      manifest.evaluation?.networks.map((one) => one.id),
    );
  }

  /** A network that an evaluation trains, by its id, and where its files are. */
  async function findLearner(id: string): Promise<{ network: Learner; baseUrl: string }> {
    const { manifest, url } = await readManifest();
    const network = manifest.evaluation?.learners?.find((one) => one.id === id);
    if (network) return { network, baseUrl: modelBaseUrl(url, network) };
    throw notInManifest(
      id,
      manifest.evaluation?.learners?.map((one) => one.id),
    );
  }

  /** IndexedDB; rejects with `StorageDenied` in private windows and under strict settings. */
  async function openKept(): Promise<WeightStore> {
    if (!store || store.closed) store = await openWeightStore();
    return store;
  }

  /** The same, or memory where IndexedDB is denied. */
  function openStore(): Promise<WeightStore> {
    return openKept().catch(openSession);
  }

  /** Memory: gone with this worker. */
  function openSession(): WeightStore {
    return (sessionStore ??= memoryWeightStore());
  }

  return { init, own, all, find, findNetwork, findLearner, openKept, openStore, openSession };
}

function notInManifest(id: string, known: string[] = []): Error {
  return appError(
    'ModelUnsupported',
    `There is no network "${id}" for evaluations (expected one of ${known.join(', ') || 'none: the manifest names none'}). ` +
      'Reload the page.',
  );
}
