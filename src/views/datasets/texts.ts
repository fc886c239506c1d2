import { translated } from '../../languages/language';
import { plural } from '../../languages/numbers';
import { pairTexts } from './pairs/texts';

/** In English. */
export const english = {
  // CovariateRuleField.svelte
  howChosen: (title: string) => `How ${title} is chosen`,
  always: 'always',
  evenlyFromTo: 'evenly from … to',
  inShares: 'in shares',
  from: (title: string) => `${title} from`,
  to: (title: string) => `${title} to`,
  shareOf: (title: string) => `Share of ${title}`,
  valuesAndShares: (title: string) => `${title}: values and shares`,
  doNotAsk: 'Do not ask for it',
  remove: (title: string) => `Remove ${title}`,

  // WayBack.svelte
  backToProject: (title: string) => `Back to the project “${title}”`,

  // RowPreview.svelte, RecipeEditor.svelte
  previewOfRow: (number: number) => `Preview of row ${number}`,
  previewPicture: (prompt: string, seed: number) => `${prompt}, seed ${seed}`,
  previewThisRow: 'Show three pictures of this row',
  previewRows: 'Draw three pictures of the row at hand',

  // DatasetActions.svelte
  ofWhatSelected: 'Of what is selected',
  ofWholeSet: 'Of the whole set',
  review: 'Review',
  selectAll: 'Select all',
  keep: 'Keep',
  reject: 'Reject',
  rateWhatSelected: 'Rate what is selected',
  rate: 'Rate',
  none: 'none',
  compare: 'Compare',
  bringBack: 'Bring back',
  deleteForGood: (n: number) => `Delete ${n} for good`,
  discard: 'Discard',
  discardRejected: (numRejected: number) => `Discard ${numRejected} rejected`,
  export: 'Export …',
  recipe: 'Recipe',
  delete: 'Delete …',
  kKeepXReject: 'K keep · X reject · 1–5 rate · R review',
  undo: 'Undo',

  // DatasetExportDialog.svelte
  exportAsZip: 'Export as a ZIP',
  imagesAs: 'Images as',
  laidOutFor: 'Laid out for',
  which: 'Which',
  allButRejected: 'all but rejected and discarded',
  onlyThoseKept: 'only those kept in review',
  allButDiscarded: 'all but discarded',
  validation: 'Validation, %',
  test: 'Test, %',
  imagesOfThem: (count: number, test: number) =>
    `${count} images, ${test} % of them for training. With labels (CSV and JSONL) and their codebook, masks ` +
    'where there are any (in the format of the images, and as COCO), Croissant metadata, a data card and the ' +
    'SHA-256 of every file.',
  aboveLimit: (limit: string) =>
    `That is above the limit of ${limit}, which real held-out images show by chance.`,
  suspectedCopies: 'Suspected copies',
  chooseWhatBecomes: 'Choose what becomes of them',
  exportThemMarked: 'export them, marked',
  leaveTheseOut: (count: number) => `leave these ${count} out`,
  exportThemAllSame: 'export them all the same, marked in files, labels and card',
  notComparedWithReal: 'Not compared with real images yet: see Evaluate.',
  exportName: 'Export',
  files: (files: number, bytes: string) => `${files} files, ${bytes}`,
  savedImages: (numImages: number, bytes: string) => `Saved: ${numImages} images, ${bytes}.`,
  stop: 'Stop',
  sizeOf: (size: string) => ` · about ${size}`,
  aboutSize: (size: string) => `The ZIP will be about ${size}, as far as a few of its images tell.`,
  saveZip: 'Save the ZIP',
  copyCheck: (count: number, total: number) =>
    `Copy check: ${count} of ${total} images are suspiciously near to a real one. The data card says so.`,

  // DatasetList.svelte
  newRecipe: 'New recipe',
  openFolder: 'Open a folder',
  folderOfImages: 'Folder of images',
  readingImageOf: (done: number, total: number) => `Reading image ${done} of ${total} …`,
  filesLeftOut: (n: number) => `${n} files were left out`,
  nothingOfSessionStored:
    'Nothing of this session is stored: export a data set before the page closes.',

  // DatasetPane.svelte
  backToStudio: 'Back to the studio',
  backToList: 'Back to the list',
  realImages: 'real images',
  reading: 'Reading …',
  shownSelected: (n: number, size: number) => `${n} shown · ${size} selected`,

  // DatasetRow.svelte
  waitsForModel: (modelId: string) => `waits for the model ${modelId}`,
  waitingTurn: 'waiting its turn',
  left: (msLeft: string) => `${msLeft} left`,
  imagesOf: (title: string) => `Images of ${title}`,
  failed: (n: number) => `${n} failed`,
  pause: 'Pause',
  pauseName: (title: string) => `Pause ${title}`,
  stopHereWhatMade: 'Stop here; what is made is kept',
  stopName: (title: string) => `Stop ${title}`,
  tryFailedOnesAgain: 'Try the failed ones again',
  goOn: 'Go on',
  resume: (title: string) => `Resume ${title}`,
  realForVisit: 'real images, for this visit only',
  realFromFolder: 'real images, from a folder',
  statuses: { queued: 'queued', paused: 'paused', stopped: 'stopped', done: 'done' },
  inQueue: 'in the queue',
  making: 'making',

  // DatasetSteps.svelte
  wayOfDataSet: 'The way of this data set',
  done: 'done',

  // DatasetsView.svelte
  storedDataSetsLocked: 'The stored data sets are locked.',
  dataSets: 'Data sets',
  content: 'Content',
  recipeSaysWhatImages:
    'A recipe says what images a data set has. They are made one after the other while this page is open, ' +
    'also while you use the studio, and go on after a reload.',
  readingStoredDataSets: 'Reading the stored data sets …',

  // DeleteDatasetDialog.svelte
  deleteDataSet: 'Delete this data set?',
  andImagesDeleted: (title: string, count: number) =>
    `“${title}” and its ${count} images are deleted for good, reviews and ratings too. This cannot be ` +
    'undone. What you exported stays where you saved it.',
  cancel: 'Cancel',
  deleteImages: (count: number) => `Delete ${count} images`,

  // GridFilters.svelte
  all: 'all',
  undecided: 'undecided',
  kept: 'kept',
  rejected: 'rejected',
  text: 'Text',
  label: 'Label',
  ratingFrom: 'Rating from',
  covariate: 'Covariate',
  any: 'any',
  fromWord: 'from',
  toWord: 'to',
  model: 'Model',
  madeFrom: 'Made from',
  discardedOnes: 'Discarded ones',
  clear: 'Clear',
  filters: 'Filters',
  filtersInUse: (count: number) => `Filters: ${count} in use`,

  // ImageGrid.svelte
  noneYet: 'No image is here yet. Each appears as soon as it is made.',
  noneShown: 'No image is shown: all are discarded, or the filters leave them out.',
  images: 'Images',

  // ImageTile.svelte
  image: (index: number) => `Image ${index}`,
  rated: (rating: number) => `rated ${rating}`,

  // ImportDialog.svelte
  openFilesAsReal: (numFiles: number) => `Open ${numFiles} files as real images?`,
  keepThemOnDevice: 'Keep them on this device',
  useThemForVisit: 'Use them for this visit',
  folderIsReal:
    'Whatever comes from a folder counts as <strong>real images</strong>, perhaps of patients: they are marked so ' +
    'everywhere, never count as synthetic, and are not exported. They are copied from the folder; nothing is ' +
    'uploaded.',
  visitOrKept: (unencrypted: boolean) =>
    "For this visit: they live in this page's memory and are gone when it is closed or locked. Kept: they are written into " +
    `this browser's storage${unencrypted ? ', unencrypted' : ''}.`,

  // RecipeEditor.svelte
  startFrom: 'Start from',
  openRecipe: 'Open a recipe …',
  save: 'Save it …',
  recipeFile: 'Recipe file',
  title: 'Title',
  seed: 'Seed',
  steps: 'Steps',
  guidance: 'Guidance',
  scheduler: 'Scheduler',
  addRow: 'Add a row',
  aboutAndOnDevice: (ms: string, bytes: string) => `· about ${ms} and ${bytes} on this device`,
  howLongTakesKnown: '· how long that takes is known after the first image',
  close: 'Close',
  makeTheseImages: 'Make these images',
  totalImages: (count: number) => `<strong>${count}</strong> images`,

  // RecipeRowFields.svelte
  row: (number: number) => `Row ${number}`,
  prompt: 'Prompt',
  duplicateRow: 'Duplicate this row',
  duplicateRowName: (number: number) => `Duplicate row ${number}`,
  removeRow: 'Remove this row',
  removeRowName: (number: number) => `Remove row ${number}`,
  nameOfList: 'Name of the list',
  wordsOf: (name: string) => `Words of ${name}`,
  nevus2Melanoma: 'nevus ×2, melanoma',
  removeList: 'Remove this list',
  removeListName: (name: string) => `Remove the list ${name}`,
  words: 'Words',
  addCovariateToRow: (number: number) => `Add a covariate to row ${number}`,
  masksOfRow: (number: number) => `Masks of row ${number}`,
  noMasks: 'no masks',
  masks: (stain: string) => `masks: ${stain}`,
  masksOfRecipe: 'masks of the recipe',
  tunedModelOfRow: (number: number) => `Tuned model of row ${number}`,
  notTuned: 'not tuned',
  tuned: (title: string) => `tuned: ${title}`,
  tunedNotHere: (title: string) => `tuned: ${title}, not here`,
  strength: 'Strength',
  theWords: 'the words',
  not: 'Negative prompt',
  placeholders: (names: string) => `Placeholders: ${names}`,
  noPlaceholders: 'Placeholders: none yet; add a list of words or a covariate',
  alsoNeverSeen: (kinds: string) => `Also covariates and masks that were never seen with ${kinds}.`,
  showAllFor: (count: number) => `Show ${count} more`,
  addCovariate: '+ Covariate',

  ...pairTexts,

  // ReviewPane.svelte
  ofJudged: (numJudged: number, n: number) => `${numJudged} of ${n} judged`,
  backToGridR: 'Back to the grid (R)',
  imageTitle: 'Image',
  rejectX: 'Reject (X)',
  keepK: 'Keep (K)',

  // describe-steps.ts
  notYet: 'not yet',
  ofLookedAt: (numJudged: number, n: number) => `${numJudged} of ${n} looked at`,
  make: 'Make',
  doneOf: (numDone: number, total: number) => `${numDone} of ${total}`,
  lookThrough: 'Look through',
  compareWithRealImages: 'Compare with real images',
  ofNearRealOne: (copies: number, checked: number) => `${copies} of ${checked} near a real one`,

  // dataset-export.svelte.ts
  theseImagesCame:
    'These images came from a folder. An export says of every image that it is synthetic, and nobody knows ' +
    'that of these, so they stay here.',

  // dataset-grid.svelte.ts
  ratedOf: (rating: number) => `Rated ${rating}`,
  ratingTakenAway: 'Rating taken away',
  discarded: 'Discarded',
  broughtBack: 'Brought back',
  changed: (what: string, count: number) =>
    `${what}: ${plural(count, { one: `${count} image`, other: `${count} images` })}`,

  // dataset-import.svelte.ts
  folder: 'Folder',

  // facts-list.ts
  keptTitle: 'Kept',
  rejectedTitle: 'Rejected',
  undecidedTitle: 'Undecided',

  // grid-keys.ts
  undecidedAgain: 'Undecided again',
  rateAs: (rating: number) => `Rate ${rating}`,
  noRating: 'No rating',
  reviewOneByOne: 'Review one by one, or back',
  compareTwoSelected: 'Compare the two that are selected',
  back: 'Back',

  // recipe-form.svelte.ts
  newDataSet: 'New data set',
  dataSet: 'Data set',
  drawsEachImageUntil: 'Draws each image until the checker sees what its prompt names.',
  thereNothingToCheck: 'There is nothing to check: no prompt names a label that the checker knows.',
  thereNothingToCheckIn: (unnamed: string) =>
    `There is nothing to check in row ${unnamed}: it is drawn as it is.`,

  // what each dialog is for
  deletePurpose: 'Removes a data set from this device.',
  exportPurpose:
    'Saves the data set as one file, in the format and layout that your tool for training reads.',
  importPurpose: 'Takes images of yours to compare with, to learn from or to look at.',
};

/** The texts of the view of data sets, in the language that the page speaks. */
export const texts = translated('datasets', english);
