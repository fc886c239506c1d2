import type { FeatureNetwork, Learner } from './networks';
import type { SchedulerType } from './scheduler-names';

/**
 * model-manifest.json in types. It is the only place that knows facts about a model; adding a model is adding an
 * entry. Arrays of sizes are in elements, `bytes` in bytes, hashes are lower-case hex.
 */

/** At most 32 MiB: what is fetched, checked and stored as one piece. */
export interface Shard {
  /** Relative to the model's `baseUrl`. */
  path: string;
  /** Where it begins in the file at `path`, in bytes; absent: it is that whole file. */
  offset?: number;
  bytes: number;
  /** `null` where nobody published one: recorded at first install. */
  sha256: string | null;
}

/** One file of the package; its bytes are its shards in order. */
export interface ModelFile {
  /** The name by which an ONNX graph refers to it as external data, or a plain file name. */
  name: string;
  /**
   * In place of shards, for a file that nobody has split: its path below `baseUrl`. `validateManifest` then lists
   * stretches of it as shards.
   */
  path?: string;
  /** In the JSON of a file with a `path` also null: nobody published it, so 0 until `measureFiles` has asked. */
  bytes: number;
  /** Of the whole file, where that is what was published and the shards have none of their own. */
  sha256?: string;
  shards: Shard[];
}

export type DType = 'float32' | 'float16' | 'int32' | 'int64' | 'int8' | 'uint8';

/** A graph input or output. A string in `shape` names a free dimension ("batch"). */
export interface GraphValue {
  name: string;
  dtype: DType;
  shape: (number | string)[];
}

export interface Component {
  graph: ModelFile;
  /** External data of the graph. */
  weights: ModelFile[];
  /** The same graph with fewer multiplications, on the same weights (training/export/winograd.py); fetched for wasm. */
  cpuGraph?: ModelFile;
  /**
   * The same graph in float16 but for its inputs and outputs, on the same weights (training/export/half.py); fetched where
   * a GPU has `shader-f16`.
   */
  halfGraph?: ModelFile;
  /** The same graph with LoRA factors as further inputs, on the same weights; fetched where it is needed. */
  loraGraph?: ModelFile;
  /** UNet: loss and gradients of LoRA factors, on the same weights (training/export/export_training.py); not always fetched. */
  trainingGraph?: ModelFile;
  /** Keyed by role ("latents", "timestep", "promptEmbeds", …); the value says the graph's own name. */
  inputs: Record<string, GraphValue>;
  outputs: Record<string, GraphValue>;
  /** UNet: rows that one run takes, where its free batch should not hold both rows of guidance. */
  maxBatch?: number;
  /** On a GPU tensors stay in the order that the graph is written for (NCHW): training/export/fuse.py's need no other. */
  channelsFirst?: boolean;
  /** VAE decoder: see `VaeTile`. */
  tile?: VaeTile;
  /** Answers to the fixed inputs of src/models/runtime/self-test.ts; absent: not tested. */
  selfTest?: SelfTest;
}

/** How a VAE decoder is run on images larger than `size` latent pixels a side, on devices with too small buffers. */
export interface VaeTile {
  /** Latent pixels. */
  size: number;
  /** The largest buffer that decoding at once takes; absent: such images are always decoded in tiles. */
  wholeNeedsBytes?: number;
}

/**
 * The first `values.length` elements of the first output for inputs made by `selfTestInputs`, made by Python in
 * float32 on the CPU, and how far a backend may be off them (absolute, on the largest deviation).
 */
export interface SelfTest {
  values: number[];
  tolerance: { float32: number; float16: number };
}

export interface Covariate {
  name: string;
  title: string;
  unit: string;
  min: number;
  max: number;
  step: number;
  /** Named values, for a choice instead of a slider. */
  choices?: { value: number; title: string }[];
  help: string;
  /** Modality chips for which it means something. */
  appliesTo: string[];
  /** What an evaluation of this model found of it; absent: nobody has measured. */
  measured?: MeasuredEffect;
}

/** How far a model obeys a covariate: what was asked for against what was measured in the pictures. */
export interface MeasuredEffect {
  /** Values seen in training, in the covariate's unit. */
  range: [min: number, max: number];
  /** Spearman's correlation, −1…1, and its interval. */
  effect: number;
  interval: [low: number, high: number];
  /** Pictures measured. */
  n: number;
  /** Of what was measured. */
  unit: string;
  /** What was measured in the pictures, in words. */
  measure: string;
}

/** Settings under diffusers' names, in camel case; what is absent has diffusers' default. */
export interface SchedulerConfig {
  type: SchedulerType;
  /** What requests name it by; absent: its type. Two of one type need it. */
  id?: string;
  /** What the form calls it; absent: a title by its type. */
  title?: string;
  predictionType: 'flow' | 'epsilon' | 'v';
  numTrainTimesteps: number;
  /** flow-match-euler: σ' = shift·σ / (1 + (shift − 1)·σ). */
  shift?: number;
  betaStart?: number;
  betaEnd?: number;
  betaSchedule?: 'linear' | 'scaled_linear';
  timestepSpacing?: 'leading' | 'trailing' | 'linspace';
  setAlphaToOne?: boolean;
  stepsOffset?: number;
  clipSample?: boolean;
  rescaleBetasZeroSnr?: boolean;
  /** pndm: only `true`. */
  skipPrkSteps?: boolean;
  /** euler, dpm-solver-multistep. */
  useKarrasSigmas?: boolean;
  finalSigmasType?: 'zero' | 'sigma_min';
  /** dpm-solver-multistep: the last of fewer than 15 steps is of first order. */
  lowerOrderFinal?: boolean;
  /** lcm, tcd: the steps it was distilled on. */
  originalInferenceSteps?: number;
  /** lcm. */
  timestepScaling?: number;
  /** tcd: how much of each step is fresh noise, 0…1. */
  eta?: number;
}

/**
 * What a model with three spatial axes makes: an image and a label map of two parts. Its arrays are row-major [x][y][z]; x runs
 * to the patient's right, y to the front, z upwards. Its VAE decoder gives [3, x, y, z]: the image in −1…1, then the signed
 * distance to the labels' surface (positive inside) and which part is nearer (positive: the first).
 */
export interface VolumeFacts {
  /** Voxels along x, y and z. */
  size: [number, number, number];
  spacingMm: [number, number, number];
  /** What the numbers 0, 1 and 2 of a label map stand for. */
  labels: [string, string, string];
  /** The labels 1 and 2 as coded terms, for DICOM; absent: "anatomical structure", and the label in words. */
  labelCodes?: [LabelCode, LabelCode];
}

/** A coded term. DICOM PS3.3 8.8. */
export interface DicomCode {
  value: string;
  /** SCT: SNOMED CT; DCM: DICOM's own. */
  scheme: string;
  meaning: string;
}

/** What a label stands for, and which part of it. PS3.3 C.8.20.2. */
export interface LabelCode {
  type: DicomCode;
  modifier?: DicomCode;
}

/** What every entry says, of whichever kind; `src/models/manifest/generator.ts` fills in most of it for a generator. */
interface EntryFacts {
  id: string;
  title: string;
  version: string;
  summary: string;
  /** What each version brought, newest first; `date` as in "2026-11-27". */
  changes?: { version: string; date: string; text: string }[];
  licence: { name: string; url: string };
  /** Why nobody may rely on this entry yet; shown with the model. */
  unverified?: string;
  /** Link to the model card. */
  card: string;
  /** Relative to the page, or an absolute URL; ends with a slash. */
  baseUrl: string;
  /** Of a model of volumes: its three-plane picture, as src/diffusion/volume.ts lays it out. */
  image: { width: number; height: number };
  volume?: VolumeFacts;
  /** Of a generator none. */
  schedulers: SchedulerConfig[];
  defaults: {
    numInferenceSteps: number;
    guidanceScale: number;
    /** An id of `schedulers`. */
    scheduler: string;
    /**
     * Guidance pushes only while timestep / numTrainTimesteps lies in it, 0…1, both ends included; everywhere where it
     * is absent. Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724.
     */
    guidanceInterval?: [number, number];
  };
  ranges: {
    numInferenceSteps: [number, number];
    guidanceScale: [number, number];
    /** Offered only where it is named. */
    guidanceRescale?: [number, number];
  };
  conditions: {
    covariates: Covariate[];
    mask?: { channels: number; size: number; classes: string[]; modalities: string[] };
    initImage: boolean;
  };
  examples: {
    modality: string;
    title: string;
    prompt: string;
    negativePrompt?: string;
    covariates?: Record<string, number>;
  }[];
  requirements: { features: string[]; maxBufferBytes: number; peakMemoryBytes: number };
}

/** A latent diffusion model: a prompt, and as many steps as are asked for. */
export interface DiffusionEntry extends EntryFacts {
  kind?: undefined;
  components: {
    textEncoder: Component;
    /** As SDXL has it: `inputIds` → `promptEmbeds`, which follow those of the first in each token, and `pooledEmbeds`. */
    textEncoder2?: Component;
    unet: Component;
    vaeDecoder: Component;
    vaeEncoder?: Component;
  };
  tokenizer: {
    file: ModelFile;
    config: ModelFile;
    /** With BOS and EOS. */
    maxLength: number;
    /** CLIP: weights as in "(word:1.3)", and further chunks of `maxLength` where the UNet's tokens are free. */
    kind?: 'clip';
    padTokenId: number;
    unkTokenId: number | null;
    /** What the second text encoder's ids are filled up with; absent: `padTokenId`. */
    secondPadTokenId?: number;
  };
  /** An empty negative prompt is zeros in place of the embeds of an empty text, as SDXL was trained; absent: false. */
  zeroEmptyNegative?: boolean;
  /** latents = (encoded − shift) · scalingFactor. */
  latents: { channels: number; downscale: number; scalingFactor: number; shift: number };
  /**
   * Linear preview: each latent pixel becomes a patch×patch block of RGB in 0…1. `weights` is row-major
   * [3·patch·patch][channels + 1], rows ordered colour, y, x; the last column is the bias.
   */
  preview: { patch: number; weights: number[][] };
}

/** One graph that draws in one step, from noise and a label: a GAN's generator, a VAE's decoder. */
export interface GeneratorEntry extends EntryFacts {
  kind: 'generator';
  generator: GeneratorFacts;
  components: { generator: Component };
}

export interface GeneratorFacts {
  /** How it was made, in words: "Conditional GAN". What is saved says it. */
  method: string;
  /** Numbers of the noise that a picture starts from. */
  noise: number;
  /** Pixels a side. */
  size: number;
  channels: 1 | 3;
  /** What it can be asked for, in the order of its one-hot input. */
  labels: string[];
  /** It draws to a mask, and not without one. */
  mask: boolean;
}

export type ModelEntry = DiffusionEntry | GeneratorEntry;

export interface ModelManifest {
  schemaVersion: 1;
  defaultModel: string;
  models: ModelEntry[];
  /** What the evaluation of images runs on; absent: it is not offered. */
  evaluation?: { networks: FeatureNetwork[]; learners?: Learner[] };
}
