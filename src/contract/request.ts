/** What a picture is asked by: everything that decides its pixels. Types only. */

import type { SourceOrigin } from './provenance';

export type BackendChoice = 'auto' | 'webgpu' | 'wasm';

/** What a model needs of a GPU and this one lacks: features by name, or room in a buffer. */
export type MissingOfGpu = { features: string[] } | { bufferBytes: number; hasBytes: number };

/** Why a model runs where it does; src/browser/backend-words.ts says it in the language of the page. */
export type BackendReason =
  | { kind: 'choseCpu' | 'choseWebGpu' | 'fastest' }
  /** No WebGPU, no graphics hardware, or a driver that opens no device. */
  | { kind: 'noWebGpu' | 'noAdapter' | 'deviceRefused' }
  | { kind: 'gpuLacks'; missing: MissingOfGpu }
  /** What a GPU did that was to do the work: failed its self-test, could not load the model, stopped in mid-run. */
  | { kind: 'wrongNumbers' | 'cannotRun' | 'stopped' }
  /** Its device was lost in two tries, or was lost and did not come back. */
  | { kind: 'lostTwice' | 'lostForGood' }
  /** A network that looks at pictures: always on the CPU. */
  | { kind: 'smallNetwork' };

export interface BackendReport {
  backend: 'webgpu' | 'wasm';
  /** Adapter description ("NVIDIA RTX 3060"), or "2 threads"; ", float16" behind it where graphs compute in that. */
  device: string;
  reason: BackendReason;
  /** The device refused to record steps (graph capture), so each takes longer than it could. */
  notRecorded?: true;
  /** Graphs in float16 failed on the device, so it computes in float32, which may take longer. */
  notHalf?: true;
}

/** The same with the reason as an English sentence: in records of older versions, and for the terminal. */
export type ToldBackend = Omit<BackendReport, 'reason'> & { reason: string };

/** What a record of a picture holds. */
export type RecordedBackend = BackendReport | ToldBackend;

export type SchedulerName = string;

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
  /** What `init` shows: then only what `prompt` and `covariates` say otherwise is changed in it. */
  edit?: SourceWords;
  /** Mask to image, for models that take one. */
  mask?: InstanceLabels;
  /** What the model was taught on the user's own images. */
  lora?: LoraChoice;
  /** Further ones, which the prompt named: `<lora:NAME:WEIGHT>`. */
  moreLoras?: LoraChoice[];
  /** Drawn again until a label network sees what the prompt asks for; absent in what is saved. */
  check?: CheckChoice;
  /** In what is saved: that this was done. `seed` is then that of the try that was kept. */
  checked?: CheckResult;
  /** In what is saved, of a package of kind "generator": how that was made, in words ("Conditional GAN"). */
  method?: string;
}

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

export interface FactorArray {
  name: string;
  dims: number[];
  data: Float32Array<ArrayBuffer>;
}

export interface LoraChoice {
  /** Absent in what is saved. */
  factors?: readonly FactorArray[];
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

/** An image in words: see src/diffusion/edit/edit-image.ts. */
export interface SourceWords {
  prompt: string;
  covariates: Record<string, number>;
  /** How hard the difference is pushed, 1…12; absent: that of src/common/edit-standard.ts. */
  push?: number;
  /** The sentence that the change was asked by ("make it glioma"), where there was one. */
  sentence?: string;
}

export interface InpaintRegion {
  /** [height · width] at the model's size, 0 is kept; absent in what is saved. */
  region?: Uint8Array<ArrayBuffer>;
  /** Pixels over which the new fades into the old, measured inwards from the region's border. */
  featherPx: number;
  /** sha256 of `region`, hex; in what is saved. */
  sha256?: string;
}

export interface InstanceLabels {
  /** [height · width] at the model's size; absent in what is saved. */
  labels?: Uint16Array<ArrayBuffer>;
  /** sha256 of `labels` as little-endian bytes, hex; in what is saved. */
  sha256?: string;
}
