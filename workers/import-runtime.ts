import { importPart } from './import-part';

/** The pipeline, the tokenizer library and ONNX Runtime: most of this worker's bytes, and none before a model is loaded. */
export function importRuntime() {
  return importPart(async () => {
    const [{ generate }, { loadModel }, { openComponent }] = await Promise.all([
      import('../src/diffusion/pipeline'),
      import('../src/diffusion/load-model'),
      import('../src/models/runtime/open-component'),
    ]);
    return { generate, loadModel, openComponent };
  });
}
