import { translated } from '../../../languages/language';
import { plural } from '../../../languages/numbers';

/** In English. */
export const english = {
  queue: 'The queue',
  queuePurpose: 'What is drawn next, one after the other, once the picture in the making is there.',
  hints:
    'Cancel ends the picture in the making, and the next one here begins. One that you change waits until you are done. ' +
    'A reload of the page forgets all of them.',
  waiting: (n: number) => plural(n, { one: `${n} entry waits.`, other: `${n} entries wait.` }),
  nothingWaits: 'Nothing waits.',
  images: (n: number) => plural(n, { one: `${n} image`, other: `${n} images` }),
  change: (prompt: string) => `Change ${prompt}`,
  up: (prompt: string) => `Move up: ${prompt}`,
  down: (prompt: string) => `Move down: ${prompt}`,
  remove: (prompt: string) => `Remove ${prompt}`,
  removeAll: 'Remove all',
  save: 'Save the change',
  cancel: 'Leave it as it was',
  failed: 'Not drawn',
  series: 'A grid or a comparison',
  again: 'Put it back',
  dismiss: 'Dismiss',
};

/** The texts of the list of requests that wait, in the language that the page speaks. */
export const texts = translated('queue', english);
