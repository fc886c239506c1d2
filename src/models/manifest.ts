/**
 * model-manifest.json in types. It is the only place that knows facts about a model; adding a model is adding an
 * entry. Arrays of sizes are in elements, `bytes` in bytes, hashes are lower-case hex.
 */

/** At most 32 MiB: what is fetched, checked and stored as one piece. */
export interface Shard {
  /** Relative to the model's `baseUrl`. */
  path: string;
  bytes: number;
  /** `null` where nobody published one: recorded at first install. */
  sha256: string | null;
}

/** One file of the package; its bytes are its shards in order. */
export interface ModelFile {
  /** The name by which an ONNX graph refers to it as external data, or a plain file name. */
  name: string;
  bytes: number;
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
  /** The same graph with LoRA factors as further inputs, on the same weights; fetched where it is needed. */
  loraGraph?: ModelFile;
  /** Keyed by role ("latents", "timestep", "promptEmbeds", …); the value says the graph's own name. */
  inputs: Record<string, GraphValue>;
  outputs: Record<string, GraphValue>;
  /** Answers to the fixed inputs of src/models/self-test.ts; absent: not tested. */
  selfTest?: SelfTest;
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
}

export interface SchedulerConfig {
  type: 'flow-match-euler' | 'ddim';
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
}

export interface ModelEntry {
  id: string;
  title: string;
  version: string;
  summary: string;
  licence: { name: string; url: string };
  /** Link to the model card. */
  card: string;
  /** Relative to the page, or an absolute URL; ends with a slash. */
  baseUrl: string;
  components: {
    textEncoder: Component;
    unet: Component;
    vaeDecoder: Component;
    vaeEncoder?: Component;
  };
  tokenizer: {
    file: ModelFile;
    config: ModelFile;
    maxLength: number;
    padTokenId: number;
    unkTokenId: number | null;
  };
  image: { width: number; height: number };
  /** latents = (encoded − shift) · scalingFactor. */
  latents: { channels: number; downscale: number; scalingFactor: number; shift: number };
  schedulers: SchedulerConfig[];
  defaults: {
    numInferenceSteps: number;
    guidanceScale: number;
    scheduler: 'flow-match-euler' | 'ddim';
  };
  ranges: { numInferenceSteps: [number, number]; guidanceScale: [number, number] };
  conditions: {
    covariates: Covariate[];
    mask?: { channels: number; size: number; classes: string[]; modalities: string[] };
    initImage: boolean;
  };
  /**
   * Linear preview: each latent pixel becomes a patch×patch block of RGB in 0…1. `weights` is row-major
   * [3·patch·patch][channels + 1], rows ordered colour, y, x; the last column is the bias.
   */
  preview: { patch: number; weights: number[][] };
  examples: {
    modality: string;
    title: string;
    prompt: string;
    negativePrompt?: string;
    covariates?: Record<string, number>;
  }[];
  requirements: { features: string[]; maxBufferBytes: number; peakMemoryBytes: number };
}

export interface ModelManifest {
  schemaVersion: 1;
  defaultModel: string;
  models: ModelEntry[];
}
