/** The picture side of a model of two sides comes first: `model` takes a text, too. */
const NAMES = ['vision_model', 'model'];

/**
 * Endings that transformers.js gives numbers of less than 32 bits, the most exact first
 * (https://huggingface.co/docs/transformers.js/guides/dtypes).
 */
const ENDINGS = [
  '',
  '_fp16',
  '_int8',
  '_uint8',
  '_quantized',
  '_q4',
  '_bnb4',
  '_q4f16',
  '_q2',
  '_q1',
];

/** Where a package of transformers.js may have a graph that sees pictures, by its name; the most exact first. */
export const NETWORK_GRAPHS: string[][] = NAMES.map((name) =>
  ENDINGS.flatMap((ending) => ['onnx/', ''].map((folder) => `${folder}${name}${ending}.onnx`)),
);
