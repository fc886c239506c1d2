import { translated } from '../../languages/language';
import { plural } from '../../languages/numbers';

/** In English. */
export const english = {
  // FinetuneDetails.svelte
  details: 'Details',
  model: 'Model',
  nameOfResult: 'Name of the result',
  minutes: 'Minutes',
  stepsEmptyAsMany: 'Steps (empty: as many as fit)',
  rankNumbersEachLayer: 'Rank: numbers that each layer may learn',
  learningRate: 'Learning rate',
  imagesStep: 'Images a step',
  ofThoseBaseModels: 'Of those, the base model’s own samples',
  newWordToLearn: 'A new word to learn (empty: none)',
  exampleWord: 'zq1',
  seed: 'Seed',
  shape: 'Shape',
  cutLongerSide: 'Cut the longer side',
  addBlack: 'Add black',

  // FinetuneForm.svelte
  fineTune: 'Fine-tune',
  images: 'Images',
  imagesOf: (n: number) => `${n} images`,
  chooseFolder: 'Choose a folder …',
  folderOfImages: 'Folder of images to train on',
  captions: 'Captions',
  oneForAllImages: 'One for all images',
  oneForAll: 'One for all, and the sub-folder',
  fromFilesNames: 'From the files’ names',
  fromCsv: 'From a CSV',
  chooseCsv: 'Choose a CSV …',
  csvOfCaptions: 'CSV of captions',
  columnsFileCaption: 'Columns: file, caption, and covariates by their names.',
  caption: 'Caption',
  captionWhereThereNone: 'Caption where there is none',
  kneeMriSagittal: 'knee MRI, sagittal',
  howLong: 'How long',
  neverWhereLeft: 'Never where left and right differ: not for chests, hands, hearts.',
  startTraining: 'Start training',
  mirrorToo: 'Mirror images too',
  imagesHelp: (min: number, max: string) =>
    `${min} to ${max} images; 20 teach a look, 100 a modality. PNG, JPEG, WebP, DICOM or NIfTI, or drop them here.`,
  presets: {
    short: {
      title: '5 minutes',
      help: 'To see whether it works at all: few steps, two samples at a time.',
    },
    medium: { title: '30 minutes', help: 'For a look or a modality that the model half knows.' },
    long: {
      title: 'Overnight',
      help:
        'For something new. Stops by itself once held-out images no longer gain, and keeps the base model’s own ' +
        'samples in mind.',
    },
  },

  // FinetunePairs.svelte
  samplesAndImagesNearest: 'Samples and the images nearest to them',
  samplesOfLeftImage: (title: string) =>
    `Samples of “${title}” left, the image trained on that is nearest right`,
  copies: (copies: string) => `Copies: ${copies}`,
  pairsKept:
    'The pairs are kept with the tuned model, encrypted. If encryption is turned off, they lie readable on this machine, as ' +
    'everything does.',
  pairsForVisit:
    'Images trained on are shown until the page closes and not stored: stored images are not encrypted here. What stays are ' +
    'the samples, and how near each came.',
  pairsWithoutReal:
    'The images trained on were not stored, for stored images were not encrypted: they could be shown only in the visit ' +
    'that trained.',
  notStored: 'not stored',

  // FinetuneRunPane.svelte
  pausingAfterStep: 'Pausing after this step …',
  pause: 'Pause',
  resumeAfterStep: (stepsKept: number) => `Resume after step ${stepsKept}`,
  start: 'Start',
  keepAs: 'Keep as it is',
  deleteRun: 'Delete this run',
  back: 'Back',
  cancel: 'Cancel …',
  timeLeft: (left: string, secondsPerStep: string, energy: string) =>
    `${left} left · ${secondsPerStep} s a step · ${energy}`,
  starting: 'Starting …',
  stoppedAfterStep: (stepsKept: number) => `Stopped after step ${stepsKept}.`,
  notBegun: 'Not begun.',
  imagesCouldNotRead: (n: number) => `${n} images could not be read and were left out`,
  loss: 'Loss',
  heldOutLoss: 'Held-out loss',
  copiesOfTrainingImages: 'Copies of training images',
  lookedForAtEnd: 'looked for at the end',
  samplesAfterStep: (round: number) => `Samples after step ${round}`,
  afterStep: (round: number) => `After step ${round}`,
  sample: (prompt: string) => `Sample: ${prompt}`,

  // FinetuneView.svelte
  storedModelsLocked: 'The stored models are locked.',
  whatToTrainOn: 'What to train on',
  trainingAndResults: 'Training and results',
  teachModelYourOwn: 'Teach the model your own images',
  fineTuningShowsModel:
    'Fine-tuning shows the model 4 to 2,000 images and learns a small file of factors on top of it. It runs ' +
    'on this machine; no image leaves it. What comes of it may repeat what it was shown, so it is kept and ' +
    'treated like patient data.',
  readingWhatTrainedBefore: 'Reading what was trained before …',

  // TunedList.svelte, ResultsPane.svelte
  import: 'Import …',
  fileOfTunedModel: 'File of a tuned model',
  nothingOfSessionStored:
    'Nothing of this session is stored: export a tuned model before the page closes.',
  useInStudio: 'Use in the studio',
  evaluateThis: 'Evaluate this',
  makeMany: (count: number) => `Make ${count} with it`,
  results: 'Results',
  resultsOf: (title: string) => `Results of ${title}`,
  forAnotherModelThan: 'For another model than the studio’s.',
  export: 'Export',
  exportName: (title: string) => `Export ${title}`,
  deleteNamed: (title: string) => `Delete ${title}`,
  noneYet: 'None yet.',
  exportTunedModel: 'Export a tuned model',
  deleteTunedModel: 'Delete a tuned model',
  theseFactorsLearnt:
    'These factors were learnt from your images, and images can be made with them that repeat those. The ' +
    'file is not encrypted: treat it like the images themselves.',
  cannotBroughtBackImages: (title: string) =>
    `“${title}” cannot be brought back. Images made with it stay.`,
  saveFile: 'Save the file',
  cancelTitle: 'Cancel',
  tunedModels: 'Tuned models',
  deleteIt: 'Delete',

  // results/
  allTuned: 'All tuned models',
  noResultsImported: 'It was imported: what its training showed is not in the file.',
  noResultsOlder:
    'It was made before such results were kept: there is nothing more to show of its run.',
  whatLearned: 'What it learned',
  whatForgot: 'What it forgot',
  heldOutFirst: (step: number) => `Held-out loss after step ${step}`,
  heldOutBest: (step: number) => `smallest, after step ${step}`,
  heldOutLast: (step: number) => `at the end, after step ${step}`,
  heldOutCount: 'Images held out',
  imagesTrainedOn: 'Images trained on',
  learnedLess: (percent: string) => `${percent} lower at its best than at the first measurement.`,
  learnedNothing: 'No lower than at the first measurement: held-out images gained nothing.',
  notMeasured: 'No image was held out, or the run was ended before it measured any.',
  forgotPrior: (rows: number, batch: number, samples: number) =>
    `${rows} of ${batch} rows of each batch were the base model’s own ${samples} samples, so that it keeps them in mind.`,
  forgotNotMeasured: 'What it forgot was not measured in that run.',
  forgotMore: (percent: string) =>
    `On pictures that the base model itself draws, the loss rose by ${percent}: the more, the more was forgotten. Left of each ` +
    'pair what the base model draws, right what this one draws from the same noise.',
  forgotNothing:
    'On pictures that the base model itself draws, the loss did not rise: nothing shows that it forgot. Left of each pair ' +
    'what the base model draws, right what this one draws from the same noise.',
  forgotBefore: 'Loss before',
  forgotAfter: 'Loss after',
  byBaseModel: (prompt: string) => `By the base model: ${prompt}`,
  byTunedModel: (prompt: string) => `By the tuned model: ${prompt}`,
  lookingWhatForgot: (n: number, of: number) => `Looking what it forgot, picture ${n} of ${of}`,
  curves: 'Curves',
  samplesOverTime: 'Samples over time, the last first',
  settingsOfRun: 'Settings of that run',
  captionsOfRun: (n: number) =>
    plural(n, { one: `${n} caption`, other: `${n} different captions` }),
  captionTimes: (caption: string, count: number) => `${caption} (${count})`,
  heldOutShare: 'Share held out',
  averageDecay: 'Decay of the moving average',
  weightDecay: 'Weight decay',
  warmUpSteps: 'Warm-up steps',
  maxGradientNorm: 'Largest gradient norm',
  patience: 'Measurements without gain before it stops',
  sampleSteps: 'Steps of a sample',
  evaluateEvery: 'Steps between measurements',
  timeTraining: 'Time in steps',
  mirrored: 'Mirrored images too',
  stepsPlanned: 'Steps planned',
  yes: 'yes',
  no: 'no',
  never: 'never',
  recipeTitle: (title: string, count: number) => `${title}: ${count} images`,

  // TunedPicture.svelte
  sampleOf: (title: string) => `A sample of ${title}`,

  // describe-finetune.ts
  loadingModel: 'Loading the model',
  readingImageOf: (done: number, total: number) => `Reading image ${done} of ${total}`,
  makingBaseModelsOwn: (done: number, total: number) =>
    `Making the base model’s own samples: ${done} of ${total}`,
  measuringHowFastDevice: 'Measuring how fast this device is',
  stepOf: (step: number, numSteps: number) => `Step ${step} of ${numSteps}`,
  makingSampleOf: (done: number, total: number) => `Making sample ${done} of ${total}`,
  comparingSamplesWithImages: 'Comparing samples with the images trained on',
  aboutWhAtW: (amount: string, value: number) => `about ${amount} Wh at ${value} W`,
  makePictures: 'Make pictures with it and compare them with these images under Evaluate.',
  notCompared: (byHand: string) => `not compared. ${byHand}`,
  notComparedOf: (refusal: string, byHand: string) => `not compared: ${refusal} ${byHand}`,
  shownTimesInAll: (imagesSeen: number) => `shown ${imagesSeen} times in all`,
  steps: (steps: number) => `${steps} steps`,
  rank: (rank: number) => `rank ${rank}`,
  newWord: (word: string) => `new word “${word}”`,
  copiesAmongSamples: (copies: string) => `copies among its samples: ${copies}`,
  imported: 'imported',

  // finetune.svelte.ts
  noModelOfSite: 'No model of this site can be fine-tuned.',
  chooseFolderOfImages: 'Choose a folder of images.',
  expectedToImagesGot: (min: number, max: number, count: number) =>
    `Expected ${min} to ${max} images, got ${count}.`,
  imagesNoCaptionWrite: (without: number) =>
    `${without} images have no caption: write one for all.`,
  myImages: 'My images',

  // loss-chart.ts
  trainingMeanOfSteps: (size: number) => `training (mean of ${size} steps)`,
  heldOutImages: 'held-out images',
  lossOverSteps: 'Loss over steps',
  training: 'training',

  // FinetunePreview.svelte
  asSeen: (count: number) => `${count} images, as the model will see them`,
  firstAsSeen: (count: number, first: number) =>
    `${count} images, the first ${first}, as the model will see them`,
  noCaption: '(no caption)',

  // what each dialog is for
  exportPurpose: 'Saves what was learnt as a file, to be opened in another browser.',
  deletePurpose: 'Removes what was learnt from this device.',
};

/** The texts of the view of fine-tuning, in the language that the page speaks. */
export const texts = translated('finetune', english);
