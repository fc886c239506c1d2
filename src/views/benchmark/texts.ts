import { translated } from '../../languages/language';

/** In English. */
export const english = {
  // BenchmarkPage.svelte
  copied: 'Copied.',
  browserRefusedSaveFile: 'The browser refused: save the file instead.',
  howFastDevice: 'How fast is this device?',
  backToStudio: 'Back to the studio',
  model: 'Model',
  runsOn: 'Runs on',
  whatBestHere: 'what is best here',
  cpuWasm: 'the CPU (wasm)',
  measure: 'Measure',
  measuring: 'Measuring',
  onStepsGuidance: (
    modelId: string,
    backend: string,
    device: string,
    numInferenceSteps: number,
    guidanceScale: number,
  ) => `${modelId} on ${backend}, ${device}: ${numInferenceSteps} steps, guidance ${guidanceScale}`,
  firstImage: 'first image',
  medianOf: (numImages: number) => `median of ${numImages}`,
  textEncoder: 'text encoder',
  oneStep: 'one step',
  vaeDecoder: 'VAE decoder',
  wholeImage: 'whole image',
  loading: 'loading',
  withLatentsReadBack: (readBackRatio: string) =>
    `With latents read back in each step it would take ${readBackRatio} times as long.`,
  copyJson: 'Copy JSON',
  saveJson: 'Save JSON',
  makesFourImages:
    'Makes four images and times them. The result stays on this page unless you copy or save it; it holds no ' +
    'prompt and no image.',
  wholeTook: (times: string) => `The whole took ${times} times its bare graph runs.`,
};

/** The texts of the page that measures a device, in the language that the page speaks. */
export const texts = translated('benchmark', english);
