import { appError } from '../errors';
import { shuffled } from './random-streams';
import { IMAGE_LIMITS, type FinetuneSettings } from './run';

/** More are not needed to measure on. */
const MAX_HELD_OUT = 50;
/** A set of this size can spare so many, on which learning by heart is seen; a verdict on copies takes more. */
const ENOUGH_HELD_OUT = { count: 5, from: 20 };
/** Latents closer than this are of one and the same picture. */
const SAME = 1e-4;

/** Fails before anything is read where there are too few images, or too many. */
export function checkCount(count: number) {
  const { min, max } = IMAGE_LIMITS;
  if (count >= min && count <= max) return;
  throw appError(
    'RequestInvalid',
    `Fine-tuning takes ${min} to ${max} images, and there are ${count} that can be read. ` +
      (count < min ? 'Add more images.' : 'Choose a folder with fewer.'),
  );
}

/**
 * Deals the images into those to train on and those to measure on. Images that are the same stay on one side. Throws
 * `RequestInvalid` where all of them are the same: the model would learn that one picture by heart.
 */
export function splitItems<T extends { latents: Float32Array }>(
  items: readonly T[],
  { seed, heldOutShare }: Pick<FinetuneSettings, 'seed' | 'heldOutShare'>,
): { training: T[]; heldOut: T[]; duplicates: number } {
  const groups = sameImages(items);
  if (groups.length < 2) {
    throw appError(
      'RequestInvalid',
      `All ${items.length} images are the same picture (expected at least 2 different ones). Fine-tuning would only copy ` +
        'it. Choose other images.',
    );
  }
  const shared = Math.min(MAX_HELD_OUT, Math.round(heldOutShare * groups.length));
  const spared = shared > 0 && groups.length >= ENOUGH_HELD_OUT.from ? ENOUGH_HELD_OUT.count : 0;
  const numHeldOut = Math.max(shared, spared);
  const order = shuffled(seed, 'split', groups.length);
  const heldOut = order.slice(0, numHeldOut).map((i) => groups[i][0]);
  const training = order.slice(numHeldOut).sort((a, b) => a - b);
  return {
    training: training.flatMap((i) => groups[i]),
    heldOut,
    duplicates: items.length - groups.length,
  };
}

/** Root mean square of the difference of two latents. */
function latentDistance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return Math.sqrt(squares / a.length);
}

/** Groups of one and the same picture; what could be the same is found by its first number. */
function sameImages<T extends { latents: Float32Array }>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  const sorted = [...items.entries()].sort(([, a], [, b]) => a.latents[0] - b.latents[0]);
  const groupOf = new Map<T, T[]>();
  let open: T[][] = [];
  for (const [, item] of sorted) {
    open = open.filter(([first]) => Math.abs(first.latents[0] - item.latents[0]) < 100 * SAME);
    const known = open.find(([first]) => latentDistance(first.latents, item.latents) < SAME);
    if (known) known.push(item);
    else open.push([item]);
    groupOf.set(item, known ?? open[open.length - 1]);
  }
  // In the order of the images, so that a file's name does not decide more than it must.
  for (const item of items) {
    const group = groupOf.get(item)!;
    if (!groups.includes(group)) groups.push(group);
  }
  return groups;
}
