import type { GenerationRequest } from '../../../src/contract/request';
import type { GraphValue, DiffusionEntry } from '../../../src/models/manifest/manifest';
import type { ModelSession, TensorData } from '../../../src/models/runtime/session-types';

/** A graph input or output of float32. */
export function float32(name: string, ...shape: GraphValue['shape']): GraphValue {
  return { name, dtype: 'float32', shape };
}

const noFile = { name: 'model.onnx', bytes: 0, shards: [] };

/** A manifest entry with the shipped model's interface and 2×2 latents of 2 channels. */
export const entry: DiffusionEntry = {
  id: 'tiny',
  title: 'Tiny',
  version: '1',
  summary: '',
  licence: { name: 'MIT', url: 'https://example.org' },
  card: '',
  baseUrl: 'models/tiny/',
  components: {
    textEncoder: {
      graph: noFile,
      weights: [],
      inputs: { inputIds: { name: 'input_ids', dtype: 'int64', shape: ['batch', 6] } },
      outputs: { promptEmbeds: float32('prompt_embeds', 'batch', 6, 2) },
    },
    unet: {
      graph: noFile,
      weights: [],
      inputs: {
        latents: float32('latents', 'batch', 2, 2, 2),
        timestep: float32('timestep', 'batch'),
        promptEmbeds: float32('prompt_embeds', 'batch', 6, 2),
        covariates: float32('covariates', 'batch', 2),
        covariatesPresent: float32('covariates_present', 'batch', 2),
        mask: float32('mask', 'batch', 2, 4, 4),
        maskPresent: float32('mask_present', 'batch', 1),
      },
      outputs: { noisePred: float32('noise_pred', 'batch', 2, 2, 2) },
    },
    vaeDecoder: {
      graph: noFile,
      weights: [],
      inputs: { latents: float32('latents', 'batch', 2, 2, 2) },
      outputs: { image: float32('image', 'batch', 3, 4, 4) },
    },
  },
  tokenizer: { file: noFile, config: noFile, maxLength: 6, padTokenId: 0, unkTokenId: 1 },
  image: { width: 4, height: 4 },
  latents: { channels: 2, downscale: 2, scalingFactor: 0.5, shift: 0.25 },
  schedulers: [
    { type: 'flow-match-euler', predictionType: 'flow', numTrainTimesteps: 1000, shift: 1 },
  ],
  defaults: { numInferenceSteps: 4, guidanceScale: 3, scheduler: 'flow-match-euler' },
  ranges: { numInferenceSteps: [1, 50], guidanceScale: [1, 12] },
  conditions: {
    covariates: [
      {
        name: 'age',
        title: 'Age',
        unit: 'years',
        min: 0,
        max: 100,
        step: 1,
        help: '',
        appliesTo: [],
      },
      { name: 'grade', title: 'Grade', unit: '', min: 0, max: 4, step: 1, help: '', appliesTo: [] },
    ],
    initImage: false,
  },
  preview: {
    patch: 1,
    weights: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0.5],
    ],
  },
  examples: [],
  requirements: { features: [], maxBufferBytes: 0, peakMemoryBytes: 0 },
};

/** A request that the tiny model can do. */
export const request: GenerationRequest = {
  modelId: 'tiny',
  prompt: 'chest x-ray',
  negativePrompt: '',
  seed: 7,
  imageIndex: 0,
  numInferenceSteps: 4,
  guidanceScale: 3,
  scheduler: 'flow-match-euler',
  covariates: { age: 75 },
};

/** A session that answers with `run` and keeps what it was fed. */
export function fakeSession(
  run: (feeds: Record<string, TensorData>) => Record<string, TensorData>,
) {
  const fed: Record<string, TensorData>[] = [];
  const session: ModelSession & { fed: typeof fed; released: boolean } = {
    fed,
    released: false,
    inputNames: [],
    run: async (feeds) => {
      const tensors = feeds as Record<string, TensorData>;
      fed.push(tensors);
      return run(tensors);
    },
    release: async () => void (session.released = true),
  };
  return session;
}

/** A float32 tensor of these numbers. */
export function tensor(dims: number[], numbers: ArrayLike<number>): TensorData {
  return { dtype: 'float32', dims, data: Float32Array.from(numbers) };
}

const vocab = ['[PAD]', '[UNK]', '[BOS]', '[EOS]', 'chest', 'x', '-', 'ray', ',', 'normal'];

/** A lower-casing whole-word tokenizer in the shipped model's format. */
export const tokenizerJson = JSON.stringify({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: vocab.slice(0, 4).map((content, id) => ({
    ...{ id, content, single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  })),
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[BOS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[EOS]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[BOS]': { id: '[BOS]', ids: [2], tokens: ['[BOS]'] },
      '[EOS]': { id: '[EOS]', ids: [3], tokens: ['[EOS]'] },
    },
  },
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocab.map((word, id) => [word, id])),
  },
});

/** The tokenizer_config.json beside it. */
export const tokenizerConfigJson = JSON.stringify({
  tokenizer_class: 'PreTrainedTokenizerFast',
  pad_token: '[PAD]',
  unk_token: '[UNK]',
  bos_token: '[BOS]',
  eos_token: '[EOS]',
});
