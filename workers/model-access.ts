import type { WorkerSetup } from './api';
import { findModel, loadManifest, modelBaseUrl } from '../src/models/load-manifest';
import type { ModelEntry, ModelManifest } from '../src/models/manifest';
import { memoryWeightStore, openWeightStore, type WeightStore } from '../src/models/weight-store';

/** A manifest entry, and where its files are. */
export interface LocatedModel {
  entry: ModelEntry;
  baseUrl: string;
}

/** The manifest and the weight store of one worker, each opened once. */
export function createModelAccess() {
  let manifestUrl: string | null = null;
  let manifest: Promise<ModelManifest> | null = null;
  let store: Promise<WeightStore> | null = null;

  function init(setup: WorkerSetup) {
    manifestUrl = setup.manifestUrl;
    manifest = null;
  }

  async function find(modelId: string): Promise<LocatedModel> {
    if (manifestUrl === null) throw new Error('init() must be called first');
    manifest ??= loadManifest(manifestUrl);
    try {
      const entry = findModel(await manifest, modelId);
      return { entry, baseUrl: modelBaseUrl(manifestUrl, entry) };
    } catch (error) {
      manifest = null; // so that "try again" fetches it again
      throw error;
    }
  }

  /** Private windows and strict settings deny IndexedDB: weights then stay in memory. */
  function openStore(): Promise<WeightStore> {
    store ??= openWeightStore().catch(memoryWeightStore);
    return store;
  }

  return { init, find, openStore };
}
