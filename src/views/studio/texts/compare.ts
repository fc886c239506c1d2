import { translated } from '../../../languages/language';
import { plural } from '../../../languages/numbers';

/** In English. */
export const english = {
  // CompareStage.svelte
  compareWith: 'Compare with',
  notHereYet: (title: string) => `${title} (fetched first)`,
  drawWith: (title: string) => `Draw it with ${title}`,
  compareWhy: 'The same prompt and seed; another model with its own standard steps and guidance.',
  noOther:
    'No other model is here. Fetch or drop one under Models, or fine-tune one, and it can be chosen here.',
  startsFromImage:
    'This picture started from an image, of which only a hash is kept: no other model can draw it. Choose another picture.',
  notAskedOf: (title: string, covariates: readonly string[]) =>
    `${title} does not have ${covariates.join(', ')}: not asked for.`,
  unknownTo: (words: string) => `Unknown to it: ${words}`,
  notDrawnYet: 'Not drawn yet.',
  figures: (seed: number, steps: number, time: string) =>
    `seed ${seed} · ${plural(steps, { one: `${steps} step`, other: `${steps} steps` })} · ${time}`,
  figuresOneStep: (seed: number, time: string) => `seed ${seed} · one step · ${time}`,
  pictureOf: (title: string) => `Picture by ${title}`,
  pictureSoFar: 'The picture so far',

  // VolumePairStage.svelte
  volumeBeside: 'Volume beside it',
  black: 'Black',
  white: 'White',
  windowOfBoth: 'The grey value that is black, or white, in both volumes',
  samePlace: 'Both show one place: drag, or arrow keys and Page Up and Down on a volume.',
  volumeInView: 'In view',
  otherVolume: 'Beside it',
  volumeIs: (seed: number, image: number, mm3: string) => `seed ${seed}, image ${image} · ${mm3}`,
  noOtherVolume: 'There is no other volume. Make another one, and it can be chosen here.',
  noVolumeInView: 'The picture in view is no volume. Choose one in the gallery.',
};

/** The texts of two models side by side, in the language that the page speaks. */
export const texts = translated('compare', english);
