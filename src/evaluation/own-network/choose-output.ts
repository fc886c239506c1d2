import { appError } from '../../errors';
import type { DeclaredValue, GraphFacts } from '../../models/runtime/graph-facts';
import type { Take } from './own-network';

/** The one input that a network of pictures has, as transformers names it. */
export const INPUT = 'pixel_values';

/** Outputs that are one vector for each picture, the projected one of CLIP first. */
const POOLED = ['image_embeds', 'pooler_output', 'image_features', 'embeddings'];
const TOKENS = 'last_hidden_state';

/** Kinds of networks whose first token is a patch like the others. */
const NO_CLASS_TOKEN =
  /^(siglip|swin|maxvit|pvt|mobilevit|poolformer|segformer|hiera|levit|mit|ijepa)/;

/**
 * Which output is taken for features: a pooled one where there is one; else of tokens the first, where the kind of network
 * (`model_type` in config.json) has one for the whole picture, or their mean. `ModelUnsupported` where the graph needs more than pictures or gives no features.
 */
export function chooseOutput(
  { inputs, outputs }: GraphFacts,
  modelType: string,
): { output: string; take: Take; dtype: number } {
  const input = inputs.find(({ name }) => name === INPUT);
  const others = inputs.filter(({ name }) => name !== INPUT).map(({ name }) => name);
  if (!input)
    throw unsupported(`it sees no pictures (expected the input ${INPUT}, got ${list(others)})`);
  if (others.length > 0) {
    throw unsupported(
      `it wants more than pictures (expected only ${INPUT}, got ${list(others)} too)`,
    );
  }
  const dtype = input.type;
  const pooled = POOLED.find((name) => outputs.some((one) => one.name === name));
  if (pooled) return { output: pooled, take: 'pooled', dtype };
  const tokens = outputs.find(({ name }) => name === TOKENS);
  if (tokens) return { output: TOKENS, take: takeOf(tokens, modelType), dtype };
  throw unsupported(
    `it gives no features (expected the output ${POOLED[0]}, ${POOLED[1]} or ${TOKENS}, got ` +
      `${list(outputs.map(({ name }) => name))})`,
  );
}

function takeOf({ dims }: DeclaredValue, modelType: string): Take {
  return dims.length === 3 && !NO_CLASS_TOKEN.test(modelType) ? 'class token' : 'mean';
}

function list(names: readonly string[]): string {
  return names.join(', ') || 'none';
}

function unsupported(why: string): Error {
  return appError(
    'ModelUnsupported',
    `Pictures cannot be compared by this network: ${why}. Choose one that was exported for feature extraction, or the ` +
      'picture side of a zero-shot model (vision_model.onnx).',
  );
}
