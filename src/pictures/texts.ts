import { translated } from '../languages/language';
import { plural } from '../languages/numbers';

/** In English. */
export const english = {
  // mask-layout.ts
  count: 'Count',
  nucleiToPlace: 'Nuclei to place.',
  size: 'Size',
  medianDiameterInPixels: 'Median diameter, in pixels of a picture of 256.',
  spread: 'Spread',
  howMuchSizesDiffer: 'How much sizes differ: 0 is all alike, 0.4 as in tissue.',
  length: 'Length',
  medianRatioOfLong: 'Median ratio of the long to the short axis; 1 is round.',
  clusters: 'Clusters',
  howManyLieBeside: 'How many lie beside another one.',
  overlap: 'Overlap',
  howMuchOfNucleus: 'How much of a nucleus may lie under others.',

  // origin-words.ts
  containsPartsOfSource: 'Contains parts of a source image',
  mayContainParts: 'May contain parts of a source image',
  synthetic: 'Synthetic',
  syntheticImage: 'Synthetic image',
  imageWithSource: 'Image, contains parts of a source image',
  imageOfUnknownSource: 'Image, may contain parts of a source image',

  // gallery-gate.ts
  containParts: (count: number) =>
    `${count} ${plural(count, { one: 'contains', other: 'contain' })} parts of a source image`,
  nobodyKnows: (count: number) =>
    `of ${count} nobody knows whether ${plural(count, { one: 'it does', other: 'they do' })} (made by an ` +
    'older version)',
  and: ', and ',
};

/** The texts of how pictures are called, and of layouts of nuclei, in the language that the page speaks. */
export const texts = translated('pictures', english);
