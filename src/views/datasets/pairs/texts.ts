/** What is said of pairs, in English; a part of the texts of the view. */
export const pairTexts = {
  pairsOfRow: (number: number) => `Pairs of row ${number}`,
  inPairs: 'In pairs: each image, and the same with one thing changed',
  inPairsWhy:
    'A counterfactual pair. Both are saved, with their labels and a picture of the difference.',
  change: 'Change',
  changeWhy:
    'One change in a sentence: a label, or more or less of a covariate; placeholders of the row are filled in.',
  makeItGlioma: 'make it glioma',
  changePush: 'Push',
  changePushWhy: 'More shows more of the change, and keeps less of the rest.',
  changedLabel: 'Label of the changed one',
  changedLabelWhy: 'The class that the changed image is to be of.',
  whatChangeNames: 'what the change names',
  pairsOfThese: 'Pairs of these …',
  pairsOfGallery: 'Pairs of pictures of the gallery',
  beginsWith: (count: number) => `First images: ${count} of the gallery.`,
  drawThemInstead: 'Draw them instead',
};
