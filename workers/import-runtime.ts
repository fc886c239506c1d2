import type { GenerationRequest } from '../src/contract/request';
import type { GeneratedPixels, JobOptions } from '../src/diffusion/pipeline';
import { importPart } from './import-part';
import { isGenerator, type RunnableModel } from './open-model';

/** The pipeline, the tokenizer library and ONNX Runtime: most of this worker's bytes, and none before a model is loaded. */
export function importRuntime() {
  return importPart(async () => {
    const [{ generate }, { openComponent }] = await Promise.all([
      import('../src/diffusion/pipeline'),
      import('../src/models/runtime/open-component'),
      import('../src/diffusion/load-model'), // the parts of the pipeline; open-model.ts takes it
    ]);
    return { generate, openComponent };
  });
}

/** One picture, by whichever pipeline the model is for. */
export async function drawPicture(
  model: RunnableModel,
  request: GenerationRequest,
  job: JobOptions,
): Promise<GeneratedPixels> {
  if (!isGenerator(model)) return (await importRuntime()).generate(model, request, job);
  const { drawInOneStep } = await importPart(
    () => import('../src/diffusion/generator/generator-pipeline'),
  );
  return drawInOneStep(model, request, job);
}
