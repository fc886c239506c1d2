import { translated } from '../../languages/language';
import { plural } from '../../languages/numbers';

/** In English. */
export const english = {
  // Gallery.svelte
  nothingOfSessionStored: 'Nothing of this session is stored: save what you want to keep.',
  browserDeniesStorageSave: 'This browser denies storage: save what you want to keep.',
  sessionOnly: 'This session only',
  pictureInMaking: 'The picture in the making',
  seed: (seed: number) => `seed ${seed}`,
  filterRateCompare: 'Filter, rate, compare and look through all of them',
  allPictures: (n: number) => `All ${n} pictures`,
  lookThrough: 'Look through',
  storedImagesLocked: 'The stored images are locked.',
  everyImageYouMake: 'Every image you make is shown here until this page closes, newest first.',
  everyImageYouMakeKept: 'Every image you make is kept here, on this device, newest first.',
  gallery: 'Gallery',

  // GalleryExportDialog.svelte
  exportAsZip: 'Export as a ZIP',
  whatSelected: (many: string) => `${many}: what is selected.`,
  allShown: (many: string) => `${many}: all that are shown.`,
  picturesAs: 'Pictures as',
  notComparedWithReal: 'Not compared with real images: the data card says so.',
  ofTheseThey: (sources: string) => `Of these, ${sources}. They are no synthetic images.`,
  picturesWithSource: 'Pictures with a source',
  chooseWhatBecomes: 'Choose what becomes of them',
  leaveTheseOut: (numSources: number) => `leave these ${numSources} out`,
  exportTheseAllSame: (numSources: number) =>
    `export these ${numSources} all the same, marked in files, folder, labels and card`,
  copyCheckOfCompared: (count: number, total: number) =>
    `Copy check: ${count} of ${total} compared pictures are suspiciously near to a real one.`,
  suspectedCopies: 'Suspected copies',
  exportThemMarked: 'export them, marked',
  exportTheseAllSameMarked: (count: number) => `export these ${count} all the same, marked`,
  export: 'Export',
  files: (files: number, bytes: string) => `${files} files, ${bytes}`,
  savedPictures: (numImages: number, bytes: string) => `Saved: ${numImages} pictures, ${bytes}.`,
  stop: 'Stop',
  saveZip: 'Save the ZIP',
  whatIsInIt:
    'With labels (CSV and JSONL), masks where there are any (PNG and COCO), Croissant metadata, a data card and the SHA-256 ' +
    'of every file.',
  pictures: (count: number) =>
    plural(count, { one: `${count} picture`, other: `${count} pictures` }),

  // what each dialog is for
  exportPurpose: 'Saves pictures of the gallery as one file.',
};

/** The texts of the gallery, in the language that the page speaks. */
export const texts = translated('gallery', english);
