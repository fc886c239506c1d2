import { appError } from '../../errors';

/** Which of a package's graphs is run. */
export interface PackageGraph {
  /** Below the package's folder. */
  path: string;
  /** Other graphs of it that would have done. */
  passedOver: string[];
}

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

/**
 * The graph that sees pictures, as exactly as the package has it; below onnx/, or beside config.json. A single graph under
 * another name is taken for it. `PackageRefused` where there is none, or only several of unknown names.
 */
export function chooseGraph(paths: readonly string[]): PackageGraph {
  const graphs = paths.filter((path) => /^(onnx\/)?[^/]+\.onnx$/.test(path));
  for (const name of NAMES) {
    const fit = ENDINGS.flatMap((ending) =>
      ['onnx/', ''].map((folder) => `${folder}${name}${ending}.onnx`),
    ).filter((path) => graphs.includes(path));
    if (fit.length > 0) return { path: fit[0], passedOver: fit.slice(1) };
  }
  if (graphs.length === 1) return { path: graphs[0], passedOver: [] };
  throw appError(
    'PackageRefused',
    graphs.length === 0
      ? 'This folder has no ONNX file (expected onnx/model.onnx or onnx/vision_model.onnx beside config.json). ' +
          'Weights of PyTorch or JAX do not run here: choose the folder of an export for transformers.js.'
      : `This folder has several ONNX files, and none is named as one that sees pictures (expected model.onnx or ` +
          `vision_model.onnx, got ${graphs.slice(0, 5).join(', ')}). Leave in it only the one that is meant.`,
  );
}
