import { translated } from '../../../languages/language';
import { plural } from '../../../languages/numbers';

/** In English. */
export const english = {
  // EvaluateView.svelte
  storedImagesLocked: 'The stored images are locked.',
  whatToCompare: 'What to compare',
  results: 'Results',
  realisticVariedAndNobodys: "Realistic, varied, and nobody's copy?",
  chooseSyntheticImages:
    'Choose synthetic images and real ones of the same kind. They are compared on this machine; no image leaves it.',
  howAlikeBothSets: 'how alike both sets are to a network: 0 is no difference',
  densityAndCoverage: 'Density and coverage',
  whetherImagesLieWhere: 'whether images lie where real ones do, and reach all kinds of them',
  copies: 'Copies',
  whichSyntheticImagesRepeat: 'which synthetic images repeat a real one, also mirrored or cropped',
  membership: 'Membership',
  whetherModelTellsImages: 'whether a model tells the images it was trained on from others',
  usefulness: 'Usefulness',
  whetherClassifierOrSegmenter:
    'whether a classifier or a segmenter of real images gains from the synthetic ones',
  readingWhatThere: 'Reading what there is to compare …',

  // EvaluationForm.svelte
  compare: 'Compare',
  syntheticImages: 'Synthetic images',
  whatToJudged: 'What is to be judged.',
  realImages: 'Real images',
  ofSameKindBest:
    'Of the same kind, best those that the model learned from; sub-folders or a CSV name the labels.',
  realImagesHeldOut: 'Real images, held out (optional)',
  realImagesNoModel:
    'Real images no model has seen: they set the threshold for copies and test the classifiers.',
  labelsFromCsvOptional: 'Labels from a CSV (optional)',
  chooseCsv: 'Choose a CSV …',
  remove: 'Remove',
  csvOfLabels: 'CSV of labels',
  chooseAgain: (what: string[]) =>
    `The page was loaded anew. Choose again: ${what.join(' · ')}. Images for this visit and files of yours are ` +
    'never kept.',
  columnsFileLabel:
    'Columns: file, label and, where known, patient, sex, age, view, skin_tone, prompt.',
  ofSyntheticImagesThey: (sources: string) =>
    `Of the synthetic images, ${sources}. They are not synthetic, and figures that count them would flatter ` +
    'the model.',
  imagesWithSource: 'Images with a source',
  chooseWhatBecomes: 'Choose what becomes of them',
  leaveTheseOut: (count: number) => `leave these ${count} out`,
  countTheseAsSynthetic: (count: number) => `count these ${count} as synthetic; the report says so`,
  chooseTrainedOn: (title: string) =>
    `The images that “${title}” was trained on are not stored. Choose their folder once more, as the real images.`,
  chooseSyntheticAndReal: 'Choose synthetic and real images first.',
  cancel: 'Cancel',
  readerTestCanYou: 'Reader test: can you tell?',

  // EvaluationParts.svelte
  whatToLook: 'What to look at besides',
  lookForCopies: 'Look for copies',
  trainClassifiersTakesLabels: 'Train classifiers (takes labels on both sides)',
  alsoSmallNetwork: 'Also a small network from nothing (minutes)',
  trainSegmentersTakesMasks: 'Train segmenters (takes masks on both sides)',
  maskNameMaskPng:
    'A mask is NAME.mask.png or masks/NAME.png beside its image, or masks/NAME.png for images/NAME.png, as ' +
    'data sets are exported.',
  stepsOfEachTraining: 'Steps of each training',
  membershipDoesModelKnow: 'Membership: does a model know its training images?',
  notTested: 'Not tested',
  whetherDenoisingLossLower:
    'Whether its denoising loss is lower on images it was trained on than on held-out ones. It runs the ' +
    'model 8 times for each pair, up to 100 pairs.',
  imagesModelTrained: 'Images the model was trained on',
  heldOutImagesAbove: 'The held-out images above are what they are compared with.',

  // network/OwnNetworkField.svelte
  ownNetwork: 'Feature network of your own (optional)',
  chooseOrDropFolder: 'Choose or drop a folder …',
  folderOfNetwork: 'Folder of a feature network',
  fetchedNetworks: 'Or one that was fetched …',
  fetchNetworkElsewhere: 'Fetch one from an address, on a page of its own',
  readingNetwork: 'Reading its files …',
  networkRead: (path: string, output: string, take: string, hash: string) =>
    `${path}, output ${output} (${take}), SHA-256 ${hash}…`,
  takePooled: 'pooled',
  takeClassToken: 'class token',
  takeMean: 'mean',
  networkLeads: 'Head the report with it; copies and classifiers go by it, too',
  ownNetworkWhy:
    'A model of pictures for transformers.js (DINOv2, CLIP, ViT …), beside the networks of this app. It is read on ' +
    'this machine; a folder is not stored: choose it again at your next visit. What it said of an image is kept.',

  // EvaluationProgress.svelte
  comparing: 'Comparing',
  starting: 'Starting',

  // EvaluationSource.svelte
  none: 'None',
  folderFiles: (title: string, n: number) => `Folder: ${title} (${n} files)`,
  chooseFolder: (title: string) => `Choose a folder: ${title}`,
  folder: (title: string) => `Folder: ${title}`,
  titleReal: (title: string, count: number) => `${title} (${count} real images)`,

  // KeptEvaluationList.svelte
  earlierComparisons: 'Earlier comparisons',
  deleteForGood: 'Delete it for good?',
  keep: 'Keep',
  deleteNamed: (title: string) => `Delete ${title}`,
  deleteIt: 'Delete',

  // LabelMatches.svelte
  labelsNoRealImage: 'Labels that no real image has',
  sayWhichLabel:
    'Say which label of the real images each of them means, then compare. Those that are left stay labels of ' +
    'their own.',
  meansNoneOfThem: 'means none of them',
  means: (real: string) => `means ${real}`,

  // VolumeJudgingForm.svelte
  compareVolumes: 'Compare volumes',
  chooseRealVolumes: 'Choose real volumes …',
  stop: 'Stop',
  filesOfRealVolumes: 'Files of real volumes',
  comparingVolumes: 'Comparing volumes',
  realVolumesWithLabel: (n: number, withLabels: number) =>
    `${n} real volumes, ${withLabels} with a label map.`,
  theyMarkedInGallery: 'They are marked in the gallery, and an export asks about them.',
  synthetic: 'synthetic',
  real: 'real',
  msSsimOfPairs: 'MS-SSIM of pairs',
  askedAgainstDrawnVolumes: (part: string, count: number, spearman: string, meanError: string) =>
    `${part}, asked against drawn, ${count} volumes: rank correlation ${spearman}, mean error ${meanError}.`,
  volumesAgainstReal: (count: number, least: number) =>
    `${plural(count, { one: `${count} volume`, other: `${count} volumes` })} of the gallery against real ones of yours, NIfTI ` +
    `files, at least ${least}; NAME_label.nii.gz is the label map of NAME.nii.gz. None is stored.`,

  // VolumeTrainingForm.svelte
  doVolumesHelp: 'Do they help a segmenter?',
  volumesForSegmenters:
    'Trains a small 3D U-Net on real volumes, on synthetic ones, and on both; 40 % of the real ones with a label map are kept ' +
    'for the test. Takes many minutes; the page can be used meanwhile.',
  trainOnVolumes: 'Train segmenters',
  saveFigures: 'Save figures (JSON)',

  // evaluation-sources.ts
  gallery: 'The gallery',

  // evaluation.svelte.ts
  membershipTestNeedsImages:
    'The membership test needs images the model was trained on, and held-out ones.',

  // open-evaluation.svelte.ts
  tuned: (title: string) => `Tuned: ${title}`,
};

/** The texts of the view that compares images, in the language that the page speaks. */
export const texts = translated('evaluate', english);
