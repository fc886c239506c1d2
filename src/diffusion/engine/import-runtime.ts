import { importPart } from '../../common/import-part';

/**
 * Both pipelines, the tokenizer library and ONNX Runtime: most of this worker's bytes, and none before a model is loaded. All at
 * once, so that a package that comes by hand runs without the server.
 */
export function importRuntime() {
  return importPart(async () => {
    const [
      { generate },
      { loadModel },
      { drawInOneStep },
      { loadGenerator },
      { createAdaptation },
      { warmRuntime },
    ] = await Promise.all([
      import('../pipeline'),
      import('../load-model'),
      import('../generator/generator-pipeline'),
      import('../generator/generator-model'),
      import('./adaptation'),
      import('../../models/runtime/session'),
    ]);
    return {
      generate,
      loadModel,
      drawInOneStep,
      loadGenerator,
      createAdaptation,
      warmRuntime,
    };
  });
}
