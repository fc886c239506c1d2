import type { ModelAccess } from './model-access';
import { appError } from '../../errors';
import { installModel, type InstallOptions } from '../download/download';
import {
  installTwins,
  storeWithGraphs,
  tuningGraph,
  type TuningGraph,
} from '../download/tuning-graphs';
import { isBrought, modelHash, type LocatedModel } from '../manifest/located-model';
import type { ModelEntry, ModelFile } from '../manifest/manifest';
import { twinGraphs, type Twin } from '../manifest/model-files';
import { measuredEntry } from '../store/measure-files';
import { installRecord, isInstalled, readModelFile, type WeightStore } from '../store/weight-store';

/** A model whose every file is at hand. */
export interface InstalledModel {
  /** With the length of each file. */
  entry: ModelEntry;
  /** Any file of the model, and of the graphs that were asked for. */
  readFile: (file: ModelFile) => Promise<Blob>;
  hash: string;
  /** It is not one of this app's own; see `isBrought`. */
  brought: boolean;
  /**
   * Fetches its graphs of a kind to where its other files lie, and says whether they are there. False for one without
   * such graphs, for a brought one, and where they cannot be had now, for nothing depends on them.
   */
  fetchTwins: (twin: Twin) => Promise<boolean>;
  /** Of the install that the files are of; undefined where no record says. */
  installedAt: Date | undefined;
}

/** What of a model is needed, and from where it may come. */
export interface Needs {
  /** Graphs beyond the install. Where the store has none, they are fetched into memory. */
  graphs?: (entry: ModelEntry) => readonly TuningGraph[];
  /** What is not stored is fetched into memory, for this worker only; else it is `ModelCorrupt`. */
  intoMemory: boolean;
}

/**
 * Finds a model's files: in the browser's store, or in memory where nothing may be stored. Rejects with `ModelCorrupt`
 * for one that is not stored whole, `ModelUnsupported` for one that has no such graph.
 */
export async function findInstalled(
  access: ModelAccess,
  modelId: string,
  { graphs: graphsOf = () => [], intoMemory }: Needs,
  options: InstallOptions,
): Promise<InstalledModel> {
  const found = await access.find(modelId);
  const graphs = graphsOf(found.entry);
  for (const graph of graphs) tuningGraph(found.entry, graph);
  const kept = await access.openStore();
  const stays = !intoMemory || (await isInstalled(kept, found.entry).catch(() => false));
  const store = stays ? kept : access.openSession();
  if (!store.persistent) await installModel(found.entry, found.baseUrl, store, options);
  const entry = await measuredEntry(store, found.entry);
  if (!(await isInstalled(store, entry))) throw notInstalled(entry);
  const further = await storeWithGraphs(found, graphs, store, access.openSession, options);
  const files = graphs.map((graph) => tuningGraph(entry, graph));
  return {
    entry,
    readFile: (file) => readModelFile(files.includes(file) ? further : store, modelId, file),
    hash: await modelHash(entry),
    brought: isBrought(found.baseUrl),
    fetchTwins: (twin) => fetchTwins({ ...found, entry }, twin, store, options),
    installedAt: (await installRecord(store, modelId))?.installedAt,
  };
}

async function fetchTwins(
  { entry, baseUrl }: LocatedModel,
  twin: Twin,
  store: WeightStore,
  options: InstallOptions,
): Promise<boolean> {
  if (twinGraphs(entry, twin).length === 0 || isBrought(baseUrl)) return false;
  try {
    await installTwins(entry, twin, baseUrl, store, { ...options, retryDelayMs: 0 });
    return true;
  } catch {
    options.signal.throwIfAborted();
    return false; // offline, say: the plain graphs are there
  }
}

function notInstalled({ title }: ModelEntry) {
  return appError(
    'ModelCorrupt',
    `${title} is not stored on this machine, or not whole. Download it, then try again.`,
  );
}
