/** What the page and the workers agree on. Types only: importing this file runs no code. */

import type {
  EvaluationProgress,
  EvaluationReport,
  EvaluationRequest,
  ImageFeatures,
  ImageSource,
  ReadableSet,
  SetName,
} from '../evaluation/report/report';
import type { VolumeReport, VolumeSets } from '../evaluation/judge-volumes';
import type { LabelCode } from '../models/manifest/manifest';

export type BackendChoice = 'auto' | 'webgpu' | 'wasm';

/** Where the model runs, and why there: `reason` is one plain sentence for the user. */
export interface BackendReport {
  backend: 'webgpu' | 'wasm';
  /** Adapter description ("NVIDIA RTX 3060"), or "2 threads". */
  device: string;
  reason: string;
}

/** The id of one of a model's schedulers in the manifest; their type where they have no id of their own. */
export type SchedulerName = string;

/** Everything that decides the pixels. Plain data; saved inside every PNG and read back from it. */
export interface GenerationRequest {
  modelId: string;
  prompt: string;
  negativePrompt: string;
  /** 0…2³²−1. */
  seed: number;
  /** Position in a batch of one seed; each index has its own noise stream. 0…2³²−1. */
  imageIndex: number;
  numInferenceSteps: number;
  guidanceScale: number;
  /** How much of guidance's added contrast is taken back, 0…1; absent: 0. Lin et al. 2023, section 3.4. */
  guidanceRescale?: number;
  scheduler: SchedulerName;
  /** In the unit the manifest states; an absent key is "not asked for". */
  covariates: Record<string, number>;
  /** Image to image; with `inpaint` only a part of it. */
  init?: InitImage;
  inpaint?: InpaintRegion;
  /** Mask to image, for models that take one. */
  mask?: InstanceLabels;
  /** What the model was taught on the user's own images. */
  lora?: LoraChoice;
  /** Drawn again until a label network sees what the prompt asks for; absent in what is saved. */
  check?: CheckChoice;
  /** In what is saved: that this was done. `seed` is then that of the try that was kept. */
  checked?: CheckResult;
}

/** How often a picture may be drawn until a label network calls it what the prompt asks for. */
export interface CheckChoice {
  /** A network of the manifest's `evaluation` with labels. */
  networkId: string;
  /** 1…16; 1 only says what the network thinks of it. */
  maxTries: number;
  /** After the last try: the likeliest picture, or none (`NotConfirmed`). Absent: 'keep'. */
  unconfirmed?: 'keep' | 'drop';
  /** A prompt that names none of its labels is drawn unchecked, and not refused. */
  optional?: boolean;
}

/** What came of a check. */
export interface CheckResult {
  networkId: string;
  /** Of its graph, hex. */
  networkSha256: string;
  /** The labels that counted as right, and the one it gave, in words. */
  asked: string[];
  called: string;
  /** It gave one of those asked for. */
  confirmed: boolean;
  /** Of those asked for together, 0…1. */
  probability: number;
  /** Pictures drawn, this one included. */
  tries: number;
  maxTries: number;
  /** The seed asked for: src/diffusion/checked.ts derives those of all tries from it. */
  firstSeed: number;
}

/** One low-rank factor by its input of the graph, `lora.MODULE.down` or `lora.MODULE.up`, or a learned word's embeddings; row-major. */
export interface FactorArray {
  name: string;
  dims: number[];
  data: Float32Array<ArrayBuffer>;
}

/** Low-rank factors on top of the model, Hu et al. 2021, https://arxiv.org/abs/2106.09685. */
export interface LoraChoice {
  /** Absent in what is saved. */
  factors?: FactorArray[];
  /** Multiplied into every `up`: 0 is the model itself, 1 what was trained. */
  strength: number;
  /** sha256 of the factors’ numbers, hex (src/models/manifest/hash-factors.ts); in what is saved, and how a worker knows that they are the same. */
  sha256?: string;
  /** What the user calls it. */
  title?: string;
  /** Of which weights they were learnt on top: other ones are refused. Absent: nobody noted it. */
  base?: { modelId: string; version?: string; unetSha256?: string; modelHash?: string };
  /** A word that was learned with the factors; its embeddings are among them (src/diffusion/text/learned-word.ts). */
  word?: string;
}

/** The image to start from. What is saved of it is its hash: neither its pixels nor its name. */
export interface InitImage {
  /** [height · width · 3], RGB, at the model's size; absent in what is saved. */
  rgb?: Uint8Array<ArrayBuffer>;
  /** In its place for a model of volumes: [x][y][z], grey, at the model's size; absent in what is saved. */
  voxels?: Uint8Array<ArrayBuffer>;
  /** How much of the way from noise is gone again, 0…1: 0 is the VAE's round trip, 1 forgets the image. */
  strength: number;
  /** sha256 of `rgb` or `voxels`, hex; in what is saved. */
  sha256?: string;
  /** The id of the gallery's image that it is, where it is one. */
  sourceId?: string;
  /** What is known of where it comes from; absent: from outside. Absent in what is saved, where `Provenance` says it. */
  from?: SourceOrigin;
}

/**
 * What a picture was made from. `text`: a prompt alone; `mask`: and an instance mask; `sketch`: and a drawing made here on
 * an empty plane; `synthetic`: and a picture that this app had made, itself from none of the following, as the hash of its
 * pixels in this browser's stores proves; `outside`: and an image from outside, or a picture made from one; `unknown`: a
 * picture that was made before this was recorded, or from such a one.
 */
export type Origin = 'text' | 'mask' | 'sketch' | 'synthetic' | 'outside' | 'unknown';

/** An image to start from, as far as the page could prove where it comes from. */
export interface SourceOrigin {
  origin: 'sketch' | 'synthetic' | 'outside' | 'unknown';
  /** How much it shows itself of what it was made from, and that of its own source; nearest first. */
  before?: Similarity[];
  dicom?: DicomSource;
}

/** What of a DICOM source's header must not get lost or must be said truthfully. */
export interface DicomSource {
  /** Burned In Annotation (0028,0301); absent: the file does not say. */
  burnedIn?: 'YES' | 'NO';
  /** SOP class and instance; only where the user agrees to name them. */
  sopClassUid?: string;
  sopInstanceUid?: string;
}

/** How much a picture shows of its source. */
export interface Similarity {
  /** Share of pixels that are the source's byte for byte, 0…1. */
  equalPixels: number;
  /** Pearson's, of the brightness of all pixels, −1…1; 0 where one of the two is of one brightness. */
  correlation: number;
  /** A part was painted anew: the rest is the source's by intention. */
  keptPart: boolean;
}

/** Where a picture comes from. Recorded with it and in its files; a record that lacks it is `unknown`. */
export interface Provenance {
  origin: Origin;
  /** To the image that it was made from, and of that to its own; nearest first. Absent: there was none. */
  similarity?: Similarity[];
  dicom?: DicomSource;
}

/** Inpainting: the part of the image to start from that changes; all else keeps its very pixels. */
export interface InpaintRegion {
  /** [height · width] at the model's size, 0 is kept; absent in what is saved. */
  region?: Uint8Array<ArrayBuffer>;
  /** Pixels over which the new fades into the old, measured inwards from the region's border. */
  featherPx: number;
  /** sha256 of `region`, hex; in what is saved. */
  sha256?: string;
}

/** An instance mask: 0 is the background, every other number one instance. */
export interface InstanceLabels {
  /** [height · width] at the model's size; absent in what is saved. */
  labels?: Uint16Array<ArrayBuffer>;
  /** sha256 of `labels` as little-endian bytes, hex; in what is saved. */
  sha256?: string;
}

/** Small RGBA picture of the state so far; a `Uint8ClampedArray` of width·height·4. */
export interface Preview {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type GenerationProgress =
  | { stage: 'queued' }
  | {
      stage: 'download';
      bytesDone: number;
      bytesTotal: number;
      msLeft: number | null;
      bytesPerSecond?: number | null;
    }
  | { stage: 'verify'; bytesDone: number; bytesTotal: number }
  | { stage: 'copy'; bytesDone: number; bytesTotal: number }
  | { stage: 'compile'; component: string; done: number; total: number }
  | { stage: 'self-test' }
  | { stage: 'encode' }
  | { stage: 'denoise'; step: number; numSteps: number; msLeft: number | null; preview?: Preview }
  | { stage: 'decode' }
  | { stage: 'check'; attempt: number; maxTries: number }
  | { stage: 'save' };

export interface Timing {
  msTotal: number;
  /** Mean of the denoising steps. */
  msPerStep: number;
  msEncode: number;
  msDecode: number;
  /** Sum of the bare ONNX session runs inside this image; msTotal over it is the overhead ratio. */
  msSessions: number;
}

/** A volume and its label map as NIfTI files (.nii.gz). */
export interface GeneratedVolume {
  image: Blob;
  labels: Blob;
  /** Voxels along x, y and z. */
  size: [number, number, number];
  /** What the label map holds of each label but the background, by its name, in mm³. */
  labelMm3: Record<string, number>;
  /** The same labels as coded terms; absent: the model says none. */
  labelCodes?: LabelCode[];
}

export interface GeneratedImage {
  /** Of a volume: three planes of it. */
  png: Blob;
  /** Where the model makes volumes. */
  volume?: GeneratedVolume;
  width: number;
  height: number;
  /** As it is saved: with hashes in place of source image and masks. */
  request: GenerationRequest;
  /** The instance mask that it was made from, as a grey PNG of ids. */
  maskPng?: Blob;
  /** The region that was painted anew, as a grey PNG: 255 changed. */
  regionPng?: Blob;
  backend: BackendReport;
  timing: Timing;
  /** Words of the prompt outside the model's vocabulary, in order. */
  unknownWords: string[];
  /** Words at the end of the prompt that the text encoder has no room for, in order; nothing of them is drawn. */
  ignoredWords: string[];
  /** sha256 of the model's manifest entry, hex: names exactly these weights. */
  modelHash: string;
  /** Absent in pictures of 0.3.0 and older. */
  provenance?: Provenance;
  /** sha256 of its pixels as RGB bytes, of a volume of its voxels [x][y][z], hex: what proves later that an image was made here. Absent as above. */
  pixelHash?: string;
}

/** What a model makes of one text, before anything is drawn. Words are as they were written, each once, in order. */
export interface TextReading {
  /** Those in its vocabulary that say what a picture shows; none where a vocabulary is of pieces of words. */
  knownWords: string[];
  unknownWords: string[];
  /** Parts with weights that this model does not weigh: `(word:1.2)`, `[word]`. */
  unreadWeights: string[];
  /** At the end: what finds no room. */
  ignoredWords: string[];
  /** There is text, and not one word in it that the model knows. */
  nothingKnown: boolean;
}

/** What a worker is told once, before anything else. */
export interface WorkerSetup {
  /** Absolute URL of model-manifest.json; a model's `baseUrl` is seen from there. */
  manifestUrl: string;
  /** Given: run on the CPU whatever is chosen, and say this (the graphics device was lost too often, say). */
  cpuReason?: string;
  /** The inference worker fetches what is not stored into its own memory, for this session. */
  sessionWeights?: boolean;
}

/** inference.worker.ts. One job at a time; a second call waits its turn. */
export interface InferenceApi {
  init(setup: WorkerSetup): void;
  /** Rejects with `RequestInvalid` where the model cannot do this; needs no weights, and answers beside a running job. */
  check(request: GenerationRequest): Promise<void>;
  /**
   * What a model makes of these texts; null where it is not stored yet. Answers beside a running job. `learnedWord`: of a
   * tuned model, which then is known too.
   */
  readTexts(modelId: string, texts: string[], learnedWord?: string): Promise<TextReading[] | null>;
  /**
   * Loads a model so that the next `generate` starts at once. Weights must be installed already, except where the
   * browser denies IndexedDB: then they are fetched into this worker's memory, for this session only.
   * Rejects with a named error (see src/errors.ts); `AbortError` once cancelled.
   */
  prepare(
    jobId: string,
    modelId: string,
    choice: BackendChoice,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<BackendReport>;
  generate(
    jobId: string,
    request: GenerationRequest,
    choice: BackendChoice,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<GeneratedImage>;
  /** Makes images of an installed model and times them. */
  benchmark(
    jobId: string,
    request: BenchmarkRequest,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<BenchmarkResult>;
  cancel(jobId: string): void;
  /** For tests and for "what if": destroys the GPU device under the running job. */
  loseDevice(): void;
}

/** A model that this app knows or holds, and what is stored of it. */
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

/** A model of a package that is installed now. */
export interface FromPackage {
  modelId: string;
  version: string;
  /** What it took the place of: another version, or other weights under the same one; null where there was nothing. */
  replaced: { version: string } | null;
}

/** A file as it was dropped on the page; `path` is below what was dropped. */
export interface DroppedFile {
  path: string;
  file: File;
}

/** download.worker.ts and remote-download.worker.ts: the only writers of weights. Jobs run one at a time. */
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
  /** As `install`, for further graphs of a stored model, which go with it: those with low-rank factors. */
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

/** compare-backends.worker.ts: two runs of one graph on the same inputs. */
export interface BackendComparison {
  /** Largest |webgpu − wasm|, absolute. */
  maxDeviation: number;
  /** Largest |wasm|: what the deviation is to be seen against. */
  maxAbs: number;
  numValues: number;
  msWasm: number;
  msWebgpu: number;
  webgpuDevice: string;
}

/** What a page may ask of a service worker: a newer version to take over; its own to list, to a port, what it keeps on demand. */
export type ShellMessage = 'activate' | 'list';

/** What a benchmark is asked: so many images of so many steps after a first one, without previews. */
export interface BenchmarkRequest {
  modelId: string;
  choice: BackendChoice;
  numInferenceSteps: number;
  numImages: number;
}

/** Milliseconds of one image: text encoder, one denoising step, VAE decoder, and all of it. */
export interface StageTimes {
  msEncode: number;
  msStep: number;
  msDecode: number;
  msTotal: number;
}

/** Plain numbers, safe to share; no prompt and no image. */
export interface BenchmarkResult {
  modelId: string;
  backend: BackendReport;
  numInferenceSteps: number;
  guidanceScale: number;
  numImages: number;
  /** Stored weights to sessions that passed their self-tests. */
  msLoad: number;
  /** The first image, which also compiles what is compiled late, and the medians of those after it. */
  cold: StageTimes;
  warm: StageTimes;
  /** generate() over the bare session runs in it. */
  overheadRatio: number;
  /** The same loop with latents read back to the CPU in each step, over the one that leaves them on the GPU; null on wasm. */
  readBackRatio: number | null;
}

/** evaluation.worker.ts: one run in each; ended by whoever started it, which is how a run is cancelled. */
export interface EvaluationApi {
  /**
   * Compares sets of images. `read` is asked for one image at a time, `keep` is given what was computed for a later run.
   * Networks that are not installed are fetched into memory. `readMask` is asked where segmenters are trained;
   * `learnerIds` names the networks that are.
   */
  evaluate(
    request: EvaluationRequest,
    manifestUrl: string,
    onProgress: (progress: EvaluationProgress) => void,
    read: (set: ReadableSet, index: number) => Promise<ImageSource>,
    keep: (computed: ImageFeatures[]) => Promise<void>,
    readMask?: (set: SetName, index: number) => Promise<Blob>,
    learnerIds?: { segmenter?: string; classifier?: string },
  ): Promise<EvaluationReport>;
  /** Compares volumes; `onProgress` is told a share, 0…1. */
  judgeVolumes(sets: VolumeSets, onProgress: (share: number) => void): Promise<VolumeReport>;
}
