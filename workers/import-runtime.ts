import { appError } from '../src/errors';

/** The pipeline, the tokenizer library and ONNX Runtime: most of this worker's bytes, and none before a model is loaded. */
export function importRuntime() {
  return importPart(async () => {
    const [{ generate }, { loadModel }, { openComponent }] = await Promise.all([
      import('../src/diffusion/pipeline'),
      import('../src/diffusion/load-model'),
      import('../src/models/open-component'),
    ]);
    return { generate, loadModel, openComponent };
  });
}

/** A part of a worker that is fetched when it is first needed; rejects with `NetworkFailed` where it does not come. */
export async function importPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw appError(
      'NetworkFailed',
      'The part of this app that runs models could not be fetched from its server ' +
        `(${(cause as Error).message}). Check the connection and try again, or reload the page.`,
      cause,
    );
  }
}
