import { importPart } from './import-part';

/**
 * Both pipelines, the tokenizer library and ONNX Runtime: most of this worker's bytes, and none before a model is loaded. All at
 * once, so that a package that comes by hand runs without the server.
 */
export function importRuntime() {
  return importPart(async () => {
    const [{ generate }, { loadModel }, { drawInOneStep }, { loadGenerator }, { openComponent }] =
      await Promise.all([
        import('../src/diffusion/pipeline'),
        import('../src/diffusion/load-model'),
        import('../src/diffusion/generator/generator-pipeline'),
        import('../src/diffusion/generator/generator-model'),
        import('../src/models/runtime/open-component'),
      ]);
    return { generate, loadModel, drawInOneStep, loadGenerator, openComponent };
  });
}
