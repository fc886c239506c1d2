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
  notRecorded: 'It does not repeat recorded steps, so each step takes longer than it could.',
};

/** What the keys of the studio do and why a model runs where it does, in the language that the page speaks. */
export const texts = translated('browser', english);
