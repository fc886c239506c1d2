import { translated } from '../../../languages/language';

/** In English. */
export const english = {
  // BeforeAfter.svelte
  after: 'After',
  before: 'Before',
  beforeWord: 'before',
  afterWord: 'after',
  beforeAndAfterHow: 'Before and after: how much of the picture before is shown, percent',

  // ConditionsFields.svelte
  noImageEncoder: (title: string) =>
    `${title} has no image encoder, so it cannot start from an image. Choose a model that has one.`,
  imageToStartFrom: 'Image to start from',
  imageToStart: 'The image to start from',
  another: 'Another',
  chooseFile: 'Choose a file',
  useImage: 'Use this image',
  paintOn: 'Paint on it',
  sketch: 'Sketch',
  remove: 'Remove',
  fileOfImage: 'File of the image to start from',
  readingFile: 'Reading the file …',
  instanceMaskNotFor: (kind: string) => `Instance mask: not for ${kind}`,
  whatYouPainted: 'What you painted was not used.',
  goOnWith: 'Go on with it',
  startFromVolume: 'Start from a volume',
  startFromImage: 'Start from an image',
  dropVolume:
    'Or drop one anywhere here: a volume as NIfTI, brought to the model’s spacing and size.',
  dropImage: 'Or drop one anywhere here, or paste it. PNG, JPEG, WebP, DICOM, NIfTI.',

  // LabelMapFields.svelte
  labelMap: 'Label map',
  labelMapIs: (labelMapWords: string) => `Label map: ${labelMapWords}`,
  openNifti: 'Open a NIfTI',
  fileOfLabelMap: 'File of the label map',
  drawsToLabelMap: (labels: string) =>
    `Draws the image to a label map of yours, a NIfTI: ${labels}. In place of a volume to start from.`,

  // MaskFields.svelte
  instanceMask: 'Instance mask',
  takesNoMaskChoose: (title: string) => `${title} takes no mask. Choose a model that does.`,
  instances: (numInstances: number) => `${numInstances} instances`,
  changeByHand: 'Change by hand',
  draw: 'Draw …',
  openPng: 'Open a PNG',
  maskFileHolds: 'A mask file holds',
  numberForEachInstance: 'a number for each instance',
  fileOfInstanceMask: 'File of the instance mask',
  generateLayout: 'Generate a layout',
  seed: 'Seed',
  sameSeedAndSettings: 'The same seed and settings draw the same layout.',
  makeMask: 'Make the mask',
  anotherSeed: 'Another seed',
  like: (stain: string) => `Like ${stain}`,
  whereEachLies: (classes: readonly string[], kinds: string) =>
    `Where each ${classes.join(' or ')} lies; for ${kinds}.`,
  classes: (names: string) => `classes: ${names}`,

  // MaskPreview.svelte
  theInstanceMask: 'The instance mask',

  // PromptFields.svelte
  nothing: 'nothing',

  // SourceFields.svelte
  strength: 'Strength',
  howMuchOfVolume:
    'How much of the volume is forgotten: 0 keeps it and draws its label map only, 1 keeps nothing.',
  howMuchOfImage:
    'How much of the image is forgotten: 0 keeps it (a round trip through the encoder), 1 keeps nothing.',
  mayChangeInLabel: (numInferenceSteps: string) =>
    `It may change in ${numInferenceSteps}; its label map is drawn in all of them.`,
  runsMoreStepsMake: (numInferenceSteps: string) =>
    `Runs ${numInferenceSteps}. More steps make strength finer.`,
  howVolumeCutAcross: 'How the volume is cut: across the body, front to back, or side to side.',
  plane: 'Plane',
  volume: 'Volume',
  slice: 'Slice',
  whichOneOfFile: 'Which one of the file is used, from 0.',
  howImageOfAnother: "How an image of another shape is brought to the model's.",
  fit: 'Fit',
  fillCutRest: 'fill, cut the rest',
  wholeBlackAround: 'whole, black around',
  onlyWhatYouPaint: 'Only what you paint over changes; all else keeps its very pixels.',
  changeRegion: 'Change the region',
  paintPartAnew: 'Paint a part anew …',
  wholeImage: 'Whole image',
  feather: 'Feather',
  pixelsOverWhichNew: 'Pixels over which new fades into old, inside the region.',
  pictureMadeHereWhat: 'A picture that was made here: what is made from it counts as synthetic.',
  drawnHereWhatMade: 'Drawn here: what is made from it contains no image from outside.',
  madeByVersionDid:
    'Made by a version that did not record from what: pictures made from it say that they may contain parts ' +
    'of a source image.',
  fromOutsidePicturesMade:
    'From outside: pictures made from it say that they contain parts of a source image, and never count as ' +
    'synthetic.',
  thenDicomFileMade:
    'Then a DICOM file made from it refers to the source by its UID, which may lead to the patient.',
  nameSourcesUid: "Name the source's UID in DICOM files",
  sourceStays:
    "The source itself stays in this page's memory; <strong>what is made from it is stored</strong> in the gallery, with all " +
    'of the source that it still shows, and keeps a hash of the source.',
  planes: { axial: 'axial', coronal: 'coronal', sagittal: 'sagittal' },

  // StageView.svelte
  pictureNoBefore: 'This picture has no "before" on this page.',
  backToPicture: 'Back to the picture',

  // SweepFields.svelte
  from: (title: string) => `${title} from`,
  to: 'to',
  toName: (title: string) => `${title} to`,
  numberOfValues: (title: string) => `${title}: number of values`,
  values: 'values',
  sweepTitle: 'Sweep',
  sweepWhy:
    'A grid along one or two of covariates, seeds, steps, guidance and models; each picture goes to the gallery.',
  seedAxis: 'Seed',
  stepsAxis: 'Steps',
  guidanceAxis: 'Guidance',
  modelAxis: 'Model',
  modelsOf: (title: string) => `${title}: models`,
  offerAll: (count: number) => `Offer all ${count} covariates`,
  across: 'Across',
  down: 'Down',
  makeImages: (numImages: number) => `Make ${numImages} images`,
  showGrid: 'Show the grid',

  // SweepGrid.svelte
  makeMissing: (numDone: number) => `Make the missing ${numDone}`,
  saveGrid: 'Save the grid',
  notMade: 'not made',
  sweepState: (seed: number | null, axes: string, done: number, total: number) =>
    `${seed === null ? '' : `Seed ${seed} · `}${axes} · ${done} of ${total}`,
  deleted: 'deleted',

  // conditions.svelte.ts
  ofSteps: (numRun: number, numInferenceSteps: number) => `${numRun} of ${numInferenceSteps} steps`,
  pictureStartedFromImage: 'This picture started from an image that is not kept. Choose it again.',

  // sweep.svelte.ts
  chooseCovariate: 'Choose what the grid runs along.',
  chooseTwoDifferentCovariates: 'Across and down are the same. Choose two different ones.',
  expectedRangeWithin: (title: string, min: number, max: number, from: number, to: number) =>
    `${title}: expected a range within ${min} to ${max}, got ${from} to ${to}.`,
  expected2ToValues: (title: string, value: number, count: number) =>
    `${title}: expected 2 to ${value} values, got ${count}.`,
  expectedModels: (most: number, count: number) =>
    `Pick 2 to ${most} models to run along (now ${count}).`,
  modelCannot: (model: string, title: string) =>
    `${model} cannot run along ${title}. Leave it out, or choose something else.`,
};

/** The texts of images, masks and sweeps in the studio, in the language that the page speaks. */
export const texts = translated('conditions', english);
