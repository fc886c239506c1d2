import { translated } from '../../../languages/language';
import { plural } from '../../../languages/numbers';

/** In English. */
export const english = {
  // ActionBar.svelte
  whatToMake: 'What to make',
  generate: 'Generate',
  addToQueue: 'Add to the queue',
  thereProblem: 'There is a problem in the',
  galleryOf: (count: number) => `Gallery ${count}`,

  // BackendMenu.svelte
  automatic: 'Automatic',
  automaticWhy: 'WebGPU where it works and passes its self-test',
  webgpuWhy: 'the graphics processor: fastest',
  wasmWhy: 'the CPU: slower, works everywhere',
  whereAndWhy: 'Where the model runs, and why',
  loading: 'Loading',
  noBackend: 'No backend',
  whereHidden: ': where the model runs',
  whereModelRuns: 'Where the model runs',
  modelStillLoadingWhere: 'The model is still loading; where it runs is decided after that.',
  modelNotLoaded: 'The model is not loaded.',

  // ConditionsSection.svelte
  modelDrawsToMask: 'This model draws to a mask: draw, open or generate one.',
  startFromImagePaint: 'Start from an image, paint a part of it anew, sketch, or draw a mask.',
  mask: 'Mask …',
  imageOrMask: 'Image or mask …',
  sweepHint: 'A grid along covariates, seeds, steps, guidance or models.',
  sweep: 'Sweep …',
  prompts: 'Prompts …',
  checkConnectionAndTry: (message: string) => `${message} Check the connection and try again.`,

  // CovariateField.svelte
  noEffectMeasured: ' (no effect was measured)',
  notAsked: 'not asked',
  slider: (title: string) => `${title} (slider)`,

  // CovariateFields.svelte
  patientAndAcquisition: 'Patient and acquisition',
  alsoThoseNeverSeen: 'Also those that were never seen with this kind of image.',
  showAll: (n: number) => `Show all ${n}`,
  nothingToSetFor: (kind: string) => `Nothing to set for ${kind}.`,
  nothingToSet: 'Nothing to set for this kind of image.',

  // ImageCaption.svelte
  seedOf: (seed: number) => `seed ${seed}`,
  imageOfSeed: (imageIndex: number) => `image ${imageIndex} of the seed`,
  stepsOf: (numInferenceSteps: number) => `${numInferenceSteps} steps`,
  guidanceOf: (guidanceScale: number) => `guidance ${guidanceScale}`,
  timeOnDevice: (msTotal: string, backend: string, device: string) =>
    `${msTotal} on ${backend}, ${device}`,
  fillFormSoNext: 'Fill the form so that the next press repeats this picture (u)',
  useTheseSettings: 'Use these settings',
  makeAnotherPicture: 'Make another picture from this one, or of a part of it',
  startFrom: 'Start from this',
  beforeAfter: 'Before / after',
  compareHint: 'The same prompt and seed by another model, side by side',
  compare: 'Compare …',
  compareVolumesHint: 'This volume and another one, side by side at the same place',
  gridPicturePart: 'The grid that this picture is a part of',
  itsSweep: 'Its sweep',
  saveS: 'Save (s)',
  savePng: 'Save PNG',
  saveTwice:
    'Save PNG at twice the size: interpolated (Lanczos), no detail is added, and the file says so',
  volumeAndLabelMap: 'The volume and its label map, two NIfTI files on one grid',
  saveNiftiPair: 'Save NIfTI pair',
  volumeAsDicomSeries:
    'The volume as a DICOM series, its label map as a segmentation (SEG), in a ZIP',
  saveDicom: 'Save DICOM',
  deleteHint: 'Delete (Del); can be undone',
  deletePicture: 'Delete this picture',
  syntheticMadeOnDevice: 'Synthetic · made on this device · nothing is uploaded',
  sampleMade: (title: string) => `A sample that ${title} made.`,
  pressGenerateForOwn:
    'Press Generate to make your own: it is made on this device, and neither your words nor your images leave it.',

  // ImagePane.svelte
  synthetic: 'Synthetic',
  image: 'Image',
  notForDiagnosis: (said: string) => `<strong>${said}</strong> · not for diagnosis`,

  // LabelField.svelte
  whatPictureShowsModel:
    'What the picture shows. This model draws one of these and reads no other words.',
  label: 'Label',
  drawnInOneStep: (method: string) => `${method} · drawn in one step`,

  // LightBox.svelte
  pictureSoFar: 'The picture so far',
  sampleShippedModelMade: 'A sample that the shipped model made',
  pressGenerateToMake: 'Press Generate to make an image.',

  // MaskFields.svelte
  seed: 'Seed',

  // PromptFields.svelte
  examplesByModality: 'Examples by modality',
  examplePromptToStart: (prompt: string) => `An example prompt to start from: ${prompt}`,
  moreExamples: (modality: string) => `More ${modality} examples`,
  whatPictureShowsModality:
    "What the picture shows: modality, view, findings. The field's own words work best.",
  prompt: 'Prompt',
  negativePromptWhy: 'What the picture must not show. Empty is fine; needs guidance above 1.',
  negativePrompt: 'Negative prompt',
  nothing: 'nothing',

  // QualitySwitch.svelte
  fast: 'Fast',
  best: 'Best',
  about: (steps: string, ms: string) => `${steps}, about ${ms}`,
  qualityWhy:
    'Few steps, or many with guidance. The other model is fetched when it is first used; your entries stay.',
  qualityWhyReloads:
    'Few steps, or many with guidance. The page loads anew for it and forgets what is typed.',
  quality: 'Quality',
  numSteps: (count: number) => plural(count, { one: `${count} step`, other: `${count} steps` }),

  // RequestForm.svelte
  pointAtControl: 'Point at a control to read what it does.',
  aboutOnDevice: (ms: string) => `About ${ms} on this device.`,
  generateImages: (count: number) => `Generate ${count} images`,

  // SamplingFields.svelte
  whereNoiseStartsSame:
    'Where the noise starts. The same seed and settings make the same picture again.',
  keepSeed: 'Keep this seed',
  newSeedForEach: 'A new seed for each press',
  sampling: 'Sampling',
  rollDiceAnotherSeed: 'Roll the dice: another seed',
  startsAtImage: (imageIndex: number) => `Starts at image ${imageIndex} of this seed`,
  startAtImage1: 'Start at image 1',
  startAtImage1Name: 'Start at image 1 of this seed',
  steps: 'Steps',
  stepsWhy: 'How often the picture is refined. More is slower, and soon no better.',
  guidance: 'Guidance',
  guidanceWhy:
    '1 = the prompt alone, no extra push; the negative prompt needs more than 1. Too high looks harsh.',
  rescale: 'Rescale',
  rescaleWhy:
    'Takes back the contrast that guidance adds. 0 = none; 0.7 is usual for models that predict v.',
  count: 'Count',
  countWhy: 'How many pictures one press makes, each from its own noise of the same seed.',
  schedulerWhy: 'The rule that takes one step from noise to picture.',
  scheduler: 'Scheduler',

  // SaveDialog.svelte
  saveAllSame: 'Save it all the same?',
  fileSaysSoToo:
    'The file says so too. Whoever gets it may see a real patient in it: save it only where you may pass the ' +
    'source on.',
  doNotSave: 'Do not save',
  save: (many: string) => `Save ${many}`,
  thesePictures: (count: number) =>
    plural(count, { one: `this ${count} picture`, other: `these ${count} pictures` }),

  // SourceFields.svelte
  strength: 'Strength',

  // TunedFields.svelte
  whatModelLearnt: 'What the model learnt on your own images; none is the model as it is.',
  fineTuning: 'Fine-tuning',
  tunedModel: 'Tuned model',
  none: 'None',
  howMuchOfWhat: 'How much of what was learnt is used: 0 is none of it, 1 all, more exaggerates.',
  learntOnRelative:
    'Learnt on a relative of this model; how well it carries over, only a look tells.',
  learnedWord: (word: string) =>
    `It has learned a word: write <strong>${word}</strong> in the prompt.`,

  // generated-volume.ts
  drawn: (labelMm3: string) => `drawn: ${labelMm3}`,

  // measured-effect.ts
  modelSeen: (what: string, figures: string) =>
    `The model obeys this: correlation of asked and measured ${figures}. Measured by: ${what}.`,
  modelNotSeen: (what: string, figures: string) =>
    `The model was not seen to obey this: correlation of asked and measured ${figures}. Measured by: ${what}.`,
  effectFigures: (effect: string, low: string, high: string, n: number) =>
    `${effect} (${low} to ${high}), ${n} pictures`,
  outsideSeen: (what: string, min: number, max: string) =>
    `${what} is outside what the model has seen (${min} to ${max}): what it draws there means nothing.`,

  // other-model.ts
  sameSettingsMakeAnother: 'The same settings make another picture now.',
  pictureMade: (modelId: string, title: string, what: string) =>
    `This picture was made by ${modelId}, and the studio uses ${title}. ${what}`,
  pictureMadeByAnother: (title: string, version: string, what: string) =>
    `This picture was made by another version of ${title} than ${version}. ${what}`,

  // picture-save.svelte.ts
  howMuchNotMeasured: 'how much was not measured',
  repeatsImageFromOutside: (repeats: string) =>
    `This repeats the image from outside that it was made from: ${repeats}.`,
  suspectedToCopy: (method: string) => `It is suspected to be a copy of a real image. ${method}`,

  // what each dialog is for
  savePurpose: 'Asks before a picture is saved that may not be what it seems.',
};

/** The texts of the studio, in the language that the page speaks. */
export const texts = translated('studio', english);
