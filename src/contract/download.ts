/** The workers that fetch, check and store weights. Types only. */

import type { WorkerSetup } from './inference';
import type { GenerationProgress } from './picture';

export interface StoredModel {
  modelId: string;
  title: string;
  version: string;
  summary: string;
  /** Newest first; empty where its manifest lists none. */
  changes: { version: string; date: string; text: string }[];
  licence: { name: string; url: string };
  state: 'installed' | 'partial' | 'absent';
  /** Of all its files. */
  bytes: number;
  /** Of those, what is stored, pieces of unfinished shards included. */
  storedBytes: number;
  /** sha256 of its manifest entry, hex. */
  hash: string;
  /** Files whose hash nobody published; the one met at first install is kept as right. */
  unverifiedFiles: string[];
  installedAt: Date | null;
  lastUsedAt: Date | null;
  /** Of its files, seen from the page: here, on another host (only models.html may fetch), or given by hand. */
  source: 'own' | 'package' | { host: string };
  requirements: { features: string[]; maxBufferBytes: number; peakMemoryBytes: number };
}

export interface FromPackage {
  modelId: string;
  version: string;
  /** What it took the place of: another version, or other weights under the same one; null where there was nothing. */
  replaced: { version: string } | null;
}

export interface DroppedFile {
  path: string;
  file: File;
}

export interface DownloadApi {
  init(setup: WorkerSetup): void;
  /**
   * Fetches what is missing, checks each shard's sha256, stores it; resolves once the model is marked installed. What
   * came before a failure or a cancel stays, and the next install goes on from there; `remove` drops it. Rejects with
   * `StorageDenied` or `QuotaExceeded` where the weights cannot be kept.
   */
  install(jobId: string, modelId: string, onProgress: OnProgress): Promise<void>;
  /** As `install`, for a feature network or a learner of the manifest's `evaluation`. */
  installNetwork(jobId: string, networkId: string, onProgress: OnProgress): Promise<void>;
  /** As `install`, for graphs of a stored model that are for tuning, which go with it: those with low-rank factors. */
  installGraphs(
    jobId: string,
    modelId: string,
    graphs: ('loraGraph' | 'trainingGraph')[],
    onProgress: OnProgress,
  ): Promise<void>;
  /** Whether `installGraphs` has nothing to do, as the store is now. */
  hasGraphs(modelId: string, graphs: ('loraGraph' | 'trainingGraph')[]): Promise<boolean>;
  isInstalled(modelId: string): Promise<boolean>;
  /** Deletes the model and what there is of an unfinished download of it. */
  remove(modelId: string): Promise<void>;
  /** The models of the manifest, then those that came as packages. */
  list(): Promise<StoredModel[]>;
  /** Compares every stored shard with its hash and deletes the damaged ones; resolves to their paths. */
  dropDamaged(jobId: string, modelId: string, onProgress: OnProgress): Promise<string[]>;
  /** Takes the models of a package from a folder, files or a ZIP. */
  sideload(jobId: string, files: DroppedFile[], onProgress: OnProgress): Promise<FromPackage[]>;
  exportToFolder(
    jobId: string,
    modelId: string,
    folder: FileSystemDirectoryHandle,
    onProgress: OnProgress,
  ): Promise<void>;
  exportToZip(jobId: string, modelId: string, onProgress: OnProgress): Promise<Blob>;
  /** Notes that the model was loaded just now. */
  noteUse(modelId: string): Promise<void>;
  cancel(jobId: string): void;
}

type OnProgress = (progress: GenerationProgress) => void;
