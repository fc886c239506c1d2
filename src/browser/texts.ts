import { translated } from '../languages/language';

/** In English. */
export const english = {
  // shortcuts.ts
  generate: 'Generate',
  cancelOrCloseSheet: 'Cancel, or close a sheet',
  nextPictureOlder: 'Next picture (older)',
  previousPictureNewer: 'Previous picture (newer)',
  useSettingsOfPicture: 'Use the settings of this picture',
  savePictureAsPng: 'Save this picture as PNG',
  deletePicture: 'Delete this picture',
  undoDeletion: 'Undo a deletion',
  fitPictureToLight: 'Fit the picture to the light box',
  oneScreenPixel: 'One screen pixel for each pixel',
  twoByTwoScreen: 'Two by two screen pixels',
  threeByThreeScreen: 'Three by three screen pixels',
  smoothOrHardPixels: 'Smooth or hard pixels',
  list: 'This list',

  // backend-words.ts
  reasons: {
    choseCpu: 'You chose the CPU.',
    choseWebGpu: 'You chose WebGPU.',
    fastest: 'WebGPU is the fastest way to run here.',
    noWebGpu:
      'This browser has no WebGPU, so the CPU does the work; a current Chrome, Edge or Safari would be faster.',
    noAdapter:
      'WebGPU found no graphics hardware, so the CPU does the work; hardware acceleration in the browser ' +
      'settings may help.',
    deviceRefused:
      'The graphics driver refused to open a device, so the CPU does the work; a newer driver may help.',
    gpuLacks: (missing: string) =>
      `This GPU lacks ${missing}, which the model needs, so the CPU does the work.`,
    wrongNumbers:
      'The graphics device computed wrong numbers in its self-test, so the CPU does the work.',
    cannotRun: 'The GPU cannot run this model, so the CPU does the work.',
    stopped: 'The GPU stopped in mid-run, so the CPU does the work this time.',
    lostTwice: 'The graphics device was lost twice, so the CPU does the work.',
    lostForGood: 'The graphics device was lost and did not come back, so the CPU does the work.',
    smallNetwork: 'Networks that look at pictures are small; they run on the CPU.',
  },
  notRecorded: 'It does not repeat recorded steps, so each step takes longer than it could.',
  notHalf:
    'Its float16 arithmetic failed the self-test, so it computes in float32, which may take longer; a newer ' +
    'browser or driver may help.',
  buffersOf: (bytes: string, has: string) => `buffers of ${bytes} bytes (it has ${has})`,
};

/** What the keys of the studio do and why a model runs where it does, in the language that the page speaks. */
export const texts = translated('browser', english);
