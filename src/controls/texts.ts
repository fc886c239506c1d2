import { translated } from '../languages/language';
import type { NumberRange } from './number-range';
import { plural } from '../languages/numbers';

/** How two pictures of one size differ. */
interface Difference {
  numDifferent: number;
  numPixels: number;
  largest: number;
  at: { x: number; y: number } | null;
}

/** Where a picture was computed. */
interface Device {
  backend: string;
  device: string;
}

/** In English. */
export const english = {
  // CheckFields.svelte
  drawsPictureAgainUntil:
    'Draws a picture again until the label network calls it what the prompt asks for. It takes longer, and ' +
    'such pictures must not be judged by the same network.',
  checkWhileDrawing: 'Check while drawing',
  tries: 'Tries',
  howOftenPictureDrawn:
    'How often a picture is drawn at most. 1 = drawn once, and told what the network thinks of it.',
  afterLastTry: 'After the last try',
  keepLikeliestMarked: 'keep the likeliest, marked “not confirmed”',
  keepNone: 'keep none',

  // Dialog.svelte
  closeEsc: 'Close (Esc)',
  close: 'Close',

  // ImageDetails.svelte
  noLabel: 'no label',
  seedIndex: (modelId: string, seed: number, index: number, createdAt: string) =>
    `${modelId} · seed ${seed}, index ${index} · ${createdAt}`,
  image: (index: number) => `image ${index}`,
  showInStudio: 'Show in the studio',
  makeAgainAndCompare: 'Make it again and compare',
  makingAgain: 'Making it again …',
  pixelsIdentical: 'The pixels are identical.',
  labelImageSize: (label: string, number: number, width: number, height: number) =>
    `<strong>${label}</strong> · image ${number} · ${width} × ${height} pixels`,
  realImageFrom: (source: string) => `<strong>real image</strong> · ${source}`,
  madeFromAnother: 'Made from <link>another image</link>',
  fromItWasMade: 'From it <list></list> was made',
  thenAndNow: (then: Device, now: Device, sameModel: boolean) =>
    `Then on ${then.backend} (${then.device}), now on ${now.backend} ` +
    `(${now.device})${sameModel ? '' : ', with other weights'}.`,
  pixelsDiffer: ({ numDifferent, numPixels, largest, at }: Difference) =>
    `${numDifferent} of ${numPixels} pixels differ, by up to ${largest} of 255; most at column ${at?.x}, row ` +
    `${at?.y}.`,

  // PairGrid.svelte
  distance: (distance: string) => `distance ${distance}`,
  allPairs: (count: number) => `Show all ${count} pairs`,

  // ImageDrop.svelte
  dropToStart: 'Drop it to start from this image',

  // NumberField.svelte
  slider: (title: string) => `${title} (slider)`,
  backTo: (standard: number) => `Back to ${standard}`,
  backToName: (title: string, standard: number) => `${title}: back to ${standard}`,

  // PairGrid.svelte
  synthetic: (synthetic: string) => `Synthetic: ${synthetic}`,
  real: (real: string) => `Real: ${real}`,
  copy: 'copy',

  // PartMissing.svelte
  whatTypedInForm:
    'What is typed in the form is written nowhere, so a reload forgets it: copy it first.',
  reloadPage: 'Reload the page',

  // ProgressLine.svelte
  storingPageForUse: 'Storing this page for use without a network',
  thenYourImage: (title: string) => `${title}, then your image`,
  imageOf: (numDone: number, count: number, title: string) =>
    `Image ${numDone} of ${count} · ${title}`,
  cancelEsc: 'Cancel (Esc)',
  cancelNext: 'Cancel (Esc): the next one in the queue begins',
  waiting: (n: number) => `${n} waiting …`,
  notDrawn: (n: number) => `${n} not drawn …`,
  cancel: 'Cancel',

  // StorageBar.svelte
  weights: (weights: string) => `weights ${weights}`,
  imagesAndApp: (other: string) => `images and the app ${other}`,
  upToFree: (free: string) => `up to ${free} free`,
  storage: (words: string) => `Storage: ${words}`,

  // UndoNotice.svelte
  undo: 'Undo',
  hideUndoStays: 'Hide this; undo stays on Ctrl/⌘-Z',
  hide: 'Hide this',
  imagesDeleted: (count: number) =>
    plural(count, { one: 'Image deleted', other: `${count} images deleted` }),

  // WordsNotice.svelte
  andMoreWords: (shown: string, numMore: number) => `${shown} … and ${numMore} more words`,
  modelDoesNotKnow: (unknownWords: string) =>
    `The model does not know: ${unknownWords}. It draws the picture without.`,
  known: (knownWords: string) => `Known: ${knownWords}`,
  modelKnowsNoWord:
    'The model knows no word of this prompt: the picture would show anything at all.',
  doesNotWeigh: (words: string, count: number) =>
    `This model does not weigh words: ${words} ${plural(count, { one: 'counts', other: 'count' })} as ` +
    'written without brackets.',
  tooLong: {
    prompt: (ignored: string) => `The prompt is too long; ignored: ${ignored}.`,
    negativePrompt: (ignored: string) => `The negative prompt is too long; ignored: ${ignored}.`,
  },

  // check-form.svelte.ts
  checkedTryOf: (called: string, share: string, tries: number, maxTries: number) =>
    `checked: ${called} ${share}, try ${tries} of ${maxTries}`,
  notConfirmed: (tries: number, asked: string[], share: string, called: string) =>
    `not confirmed in ${tries} tries: ${asked.join(' or ')} ${share}, called ${called}`,

  // describe-progress.ts
  waitingTurn: 'Waiting its turn',
  downloadingModel: 'Downloading the model',
  checkingDownload: 'Checking the download',
  copyingModel: 'Copying the model',
  gettingReady: (component: string) => `Getting the ${component} ready`,
  ofParts: (done: number, total: number) => `${done} of ${total} parts`,
  testingDeviceWithKnown: 'Testing this device with a known answer',
  readingPrompt: 'Reading the prompt',
  stepOf: (step: number, numSteps: number) => `Step ${step} of ${numSteps}`,
  startingFromNoise: 'Starting from noise',
  decodingPicture: 'Decoding the picture',
  tryOfAtMost: (attempt: number, maxTries: number) => `Try ${attempt} of at most ${maxTries}`,
  writingPng: 'Writing the PNG',
  textEncoder: 'text encoder',
  textEncoder2: 'second text encoder',
  denoisingNetwork: 'denoising network',
  imageDecoder: 'image decoder',
  imageEncoder: 'image encoder',
  of: (bytesDone: string, bytesTotal: string) => `${bytesDone} of ${bytesTotal}`,
  left: (msLeft: string) => `${msLeft} left`,

  // error-actions.ts
  tryAgain: 'Try again',
  useCpuWasm: 'Use the CPU (wasm)',
  deleteModelAndDownload: 'Delete the model and download again',
  freeSpace: 'Free space',
  drawAnyway: 'Draw it anyway',

  // form.svelte.ts
  meansNothing: (kind: string, appliesTo: string) =>
    `Means nothing for ${kind}: it is for ${appliesTo}.`,
  modelLearntMasks: (modalities: string, kind: string) =>
    `The model has learnt masks for ${modalities} only, and the prompt asks for ${kind}.`,
  seed: 'Seed',
  steps: 'Steps',
  guidance: 'Guidance',
  rescale: 'Rescale',
  count: 'Count',
  thereNothingToCheck:
    'There is nothing to check: the prompt names none of the labels that the checker knows.',
  drawsUntil: (asked: string[]) => `Draws until it sees ${asked.join(' or ')}.`,

  // number-range.ts
  to: (min: number, max: number) => `${min} to ${max}`,
  /** `got`: null where the field is empty. */
  outOfRange: (title: string, { min, max, step }: NumberRange, got: number | null) =>
    `${title}: expected ${step === 1 ? 'a whole number' : 'a number'} from ${min} to ${max}` +
    `${step === 1 ? '' : ` in steps of ${step}`}, ${got === null ? 'it is empty' : `got ${got}`}. ` +
    'Enter one in this range.',

  // ComparePane.svelte
  imageTitle: 'Image',
  backToGridEsc: 'Back to the grid (Esc)',

  // ImageViewer.svelte
  volume: (label: string) => `Volume: ${label}`,
  viewer: 'Viewer',
  dragChangesWindowRight: 'Drag changes the window: right wider, down brighter',
  dragChangesWindow: 'Drag changes the window',
  dragMovesPicture: 'Drag moves the picture (or hold Shift)',
  dragMovesPictureName: 'Drag moves the picture',
  windowPreset: 'Window preset',
  windowPresetW: 'Window preset (W)',
  myWindow: 'My window',
  centreAndWidth: 'Centre and width of the window',
  invertI: 'Invert (I)',
  invert: 'Invert',
  fitFOrDouble: 'Fit (F, or double click)',
  fitPicture: 'Fit the picture',
  asCame: 'As it came',
  resetWindowAndZoom: 'Reset window and zoom',
  maskOverPictureM: 'Mask over the picture (M)',
  mask: 'Mask',
  volumeTitle: 'Volume',
  pixelUnderPointer: 'Pixel under the pointer',

  // ViewerSlices.svelte
  plane: 'Plane',
  sliceBN: 'Slice (B, N)',
  sliceOf: (slice: number, count: number) => `Slice ${slice} of ${count}`,
  /** Of the viewer's windows, by their ids. */
  windows: {
    stored: 'As it is',
    full: 'Full range',
    auto: 'Without extremes',
    'soft-tissue': 'Soft tissue',
    lung: 'Lung',
    mediastinum: 'Mediastinum',
    bone: 'Bone',
    brain: 'Brain',
    subdural: 'Subdural',
    stroke: 'Stroke',
    liver: 'Liver',
    angiography: 'Vessels',
    'lung-fields': 'Lung fields',
    'mediastinum-bones': 'Mediastinum, bones',
    tissue: 'Tissue',
    dark: 'Fluid, dark parts',
    'echo-poor': 'Echo-poor parts',
    faint: 'Faint signal',
  },
  asInFile: 'As in the file',
  asInFileNo: (n: number) => `As in the file (${n})`,
  planes: { axial: 'axial', coronal: 'coronal', sagittal: 'sagittal' },

  // VolumeViewer.svelte
  threePlanes: 'Three planes',
  rendering: 'Rendering',
  howMuchLabelMap: 'How much the label map covers the picture; 0 hides it',
  labels: 'Labels',
  dragMovesCrossWheel:
    'Drag moves the cross, wheel goes through slices, right drag changes the window',
  dragTurnsWheelZooms: 'Drag turns, wheel zooms',
  reading: 'Reading …',

  // ZoomBar.svelte
  fit: 'Fit',
  asLargeAsLight: 'As large as the light box (0)',
  oneScreenPixel: 'One screen pixel for each pixel (1)',
  twoByTwoScreen: 'Two by two screen pixels for each pixel (2)',
  threeByThreeScreen: 'Three by three screen pixels for each pixel (3)',
  zoom: 'Zoom',
  hardPixelsInstead: 'Hard pixels instead of smooth ones (p)',
  hardPixels: 'Hard pixels',
  windowAndLevelFree:
    'Window and level, free zoom, values, mask: drag in the picture or turn the wheel',
  inspect: 'Inspect',

  // viewer-key-titles.ts
  zoomInZoomOut: 'Zoom in, zoom out',
  nextWindowPreset: 'Next window preset',
  levelDarkerBrighter: 'Level: darker, brighter',
  windowNarrowerWider: 'Window: narrower, wider',
  maskOnOrOff: 'Mask on or off',
  sliceBeforeSliceAfter: 'Slice before, slice after',

  // viewer.svelte.ts
  maskAt: (id: number) => ` · mask ${id || 'none'}`,
  tunedAs: (title: string, strength: string) => `tuned: ${title} × ${strength}`,

  // Dialog.svelte: the link to the help
  moreInHelp: 'More in the help',
};

/** The texts of what several views share, in the language that the page speaks. */
export const texts = translated('controls', english);
