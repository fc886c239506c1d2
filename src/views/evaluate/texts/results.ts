import { translated } from '../../../languages/language';

/** What was found of copies, each figure written out. */
interface CopyWords {
  count: string;
  rate: string;
  low: string;
  high: string;
  threshold: string;
  /** In English. */
  heldOut: string;
  numHeldOut: string;
  /** Each real image in its turn, for none was given that is held out. */
  heldInTurn: boolean;
  heldOutRate: string;
  featureRate: string;
  featureHeldOutRate: string;
  limit: string;
}

/** In English. */
export const english = {
  // EvaluateView.svelte
  copies: 'Copies',
  usefulness: 'Usefulness',

  // EvaluationResults.svelte
  allComparisons: 'All comparisons',
  whatComparisonSays: 'What the comparison says',
  reportHtml: 'Report (HTML)',
  figuresJson: 'Figures (JSON)',
  name: 'Name',
  beside: 'Beside',
  noOtherComparison: 'no other comparison',
  table: 'Table',
  nearestPairs: 'The nearest pairs',
  nearestPairsSyntheticLeft: 'The nearest pairs: synthetic left, real right',
  filesLeftOut: (n: number) => `${n} files were left out`,

  // ReaderTest.svelte
  readerTest: 'Reader test',
  realOrSynthetic: 'Real or synthetic?',
  close: 'Close',
  ofRightExact95: (
    right: number,
    n: number,
    score: string,
    low: string,
    high: string,
    verdict: string,
  ) => `${right} of ${n} right: ${score} % (exact 95 %: ${low} to ${high} %). ${verdict}`,
  sForEachPicture: (msEach: string) => `${msEach} s for each picture.`,
  noPictureJudged: 'No picture was judged.',
  realOrSyntheticTitle: 'Real or synthetic',
  pictureOf: (answers: number, n: number) => `Picture ${answers} of ${n}`,
  realR: 'Real (R, ←)',
  syntheticS: 'Synthetic (S, →)',
  stopHere: 'Stop here',
  power: (trials: string) =>
    `How many pictures it takes to tell guessing from seeing (power 80 %, level 5 %): ${trials}.`,
  trialsAt: (trials: number, percent: number) =>
    `${trials} for a reader who is right ${percent} % of the time`,

  // SideBySideTable.svelte
  sideBySide: 'Side by side',
  tableCsv: 'Table (CSV)',
  tableAndPlotHtml: 'Table and plot (HTML)',
  measure: 'measure',
  byTheirIntervals: 'by their intervals',
  oneCalledBetterOnly:
    'One is called better only where the two 95 % intervals do not overlap. No correction for looking at ' +
    'several measures.',

  // VolumeJudgingForm.svelte
  synthetic: 'synthetic',
  real: 'real',

  // describe-evaluation.ts
  loadingFeatureNetworks: 'Loading the feature networks',
  lookingAtImages: 'Looking at the images',
  comparingFeatures: 'Comparing features',
  comparingImagesOfLabel: 'Comparing images of a label',
  lookingForCopies: 'Looking for copies',
  askingModelForTraining: 'Asking the model for its training images',
  trainingClassifiers: 'Training classifiers',
  of: (done: string, total: string) => `${done} of ${total}`,
  ofImages: (done: number, total: number) => `${done} of ${total} images`,
  leftInPart: (msLeft: string) => `${msLeft} left in this part`,
  syntheticRealHeldOut: (
    synthetic: number,
    real: number,
    holdout: number,
    names: string,
    seed: number,
    seconds: string,
  ) =>
    `${synthetic} synthetic, ${real} real, ${holdout} held out · ${names} · seed ${seed} · ${seconds}`,
  fidelityAndCoverage: (title: string) => `Fidelity and coverage: ${title}`,
  densityAndCoverageOnEqual:
    'Density and coverage on equal numbers, k = 5; real against real is what chance alone gives.',
  syntheticReal: 'synthetic, real',
  kid95: 'KID (95 %)',
  realAgainstReal: 'real against real',
  ofReal: 'of real',
  allImages: 'all images',
  tooFew: 'too few',
  floor: (floor: string) => `, floor ${floor}`,
  varietyWithinLabel: 'Variety within a label',
  msSsimOfPairsNearer:
    'MS-SSIM of pairs: nearer 1 where images are more alike. FID is shown from 1,000 images a side.',
  distanceFrom: 'distance from',
  realHeldOut: 'real, held out',
  membershipDoesModelKnowHint: 'Membership: does the model know its training images?',
  shareOfNoise: 'share of noise',
  auc95: 'AUC (95 %)',
  labelColumn: 'label',
  density: 'density',
  coverageColumn: 'coverage',
  copiesNote: (found: CopyWords) =>
    `${found.count} synthetic images (${found.rate}, 95 %: ${found.low} to ${found.high}) are nearer to a real ` +
    `image than ${found.threshold}; of ${found.heldOut} ${found.heldOutRate} are. By features ` +
    `alone: ${found.featureRate} against ${found.featureHeldOutRate}. ${found.limit}`,

  // describe-kept.ts
  syntheticRealOf: (synthetic: number, real: number) => `${synthetic} synthetic, ${real} real`,
  kid: (kid: string) => `KID ${kid}`,
  coverage: (coverage: string) => `coverage ${coverage}`,
  nearRealOne: (copies: number) => `${copies} near a real one`,

  // describe-usefulness.ts
  linearHeadOnFrozen: 'A linear head on frozen features',
  smallNetworkTrained: 'A small network, trained from nothing',
  smallNetwork: ' (small network)',
  heldOutSet: 'the held-out set',
  n40OfRealPatients: '40 % of the real patients',
  usefulnessDoesClassifierGain: (which: string) => `Usefulness: does a classifier gain?${which}`,
  testedOnRealImages: (
    classes: string,
    learner: string,
    numTest: number,
    from: string,
    seeds: number,
    numSynthetic: number,
  ) =>
    `${classes}. ${learner}, tested on ${numTest} real images (${from}), ${seeds} seeds, with ` +
    `${numSynthetic} synthetic images.`,
  realImagesWord: 'real images',
  balancedAccuracy: 'balanced accuracy',
  againstRealOnly: 'against real only',
  calibrationError: 'calibration error',
  usefulnessInSubgroups: (which: string) => `Usefulness in subgroups${which}`,
  balancedAccuracyWithMost:
    'Balanced accuracy with the most real training images; below 50 test images nothing is said.',
  testImages: 'test images',
  usefulnessDoesSegmenterGain: 'Usefulness: does a segmenter gain?',
  smallUNetTrained: (
    side: number,
    steps: number,
    numTest: number,
    from: string,
    seeds: number,
    numSynthetic: number,
  ) =>
    `A small U-Net, trained from nothing at ${side} × ${side} pixels, ${steps} steps for each arm, tested on ` +
    `${numTest} real images with masks (${from}), ${seeds} seeds, with ${numSynthetic} synthetic images. ` +
    'Instances match from an overlap of 0.5 on.',
  smallVolumeUNetTrained: (
    voxels: string,
    steps: number,
    numTest: number,
    seeds: number,
    numSynthetic: number,
  ) =>
    `A small 3D U-Net, trained from nothing on volumes of ${voxels} voxels, ${steps} steps for each arm, tested on ` +
    `${numTest} real volumes, ${seeds} seeds, with ${numSynthetic} synthetic volumes. Dice is the mean of both parts.`,
  realVolumesWord: 'real volumes',
  dice: 'Dice',
  f1OfInstances: 'F1 of instances',
  againstRealOnlyF1: 'against real only (F1)',
  subgroup: 'subgroup',
  insufficient: 'insufficient',
  arm: 'arm',
  reference: 'reference',
  arms: {
    real: 'real',
    synthetic: 'synthetic',
    mixed: 'mixed',
    'synthetic then real': 'synthetic then real',
  },
  verdicts: {
    higher: 'higher',
    lower: 'lower',
    'not distinguishable': 'not distinguishable',
  },

  // describe-volumes.ts
  inCubicMm: (first: string) => `${first}, mm³`,
  surface: 'surface, mm²',
  shareOf: (first: string) => `share of ${first}`,
  ofNearerToReal: (sides: string, count: number, n: number) =>
    `${sides} ${count} of ${n} are nearer to a real volume than those usually are to each other.`,
  ofSuspectedOfBeing: (count: number, n: number, low: string, high: string, realShare: string) =>
    `${count} of ${n} suspected of being copies (${low} to ${high}); of the real ones ${realShare} are as ` +
    'near to another.',

  // reader-test.svelte.ts
  youCanTellThem: 'You can tell them apart.',
  youTookRealOnes: 'You took real ones for synthetic and the other way round.',
  notDistinguishableFromGuessing: 'Not distinguishable from guessing with this many trials.',

  // figures.ts
  interval: (value: string, low: string, high: string) => `${value} (${low} to ${high})`,
};

/** The texts of what a comparison found, in the language that the page speaks. */
export const texts = translated('results', english);
