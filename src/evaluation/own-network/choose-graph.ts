import { appError } from '../../errors';
import { NETWORK_GRAPHS } from '../../models/download/network-files';

/** Which of a package's graphs is run. */
export interface PackageGraph {
  /** Below the package's folder. */
  path: string;
  /** Other graphs of it that would have done. */
  passedOver: string[];
}

/**
 * The graph that sees pictures, as exactly as the package has it; below onnx/, or beside config.json. A single graph under
 * another name is taken for it. `PackageRefused` where there is none, or only several of unknown names.
 */
export function chooseGraph(paths: readonly string[]): PackageGraph {
  const graphs = paths.filter((path) => /^(onnx\/)?[^/]+\.onnx$/.test(path));
  for (const names of NETWORK_GRAPHS) {
    const fit = names.filter((path) => graphs.includes(path));
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
