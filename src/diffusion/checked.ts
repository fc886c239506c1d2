import type { GenerationProgress } from '../contract/picture';
import type { CheckChoice, GenerationRequest } from '../contract/request';
import { appError } from '../errors';
import { nextTask } from '../common/next-task';
import { philox4x32 } from '../common/philox';

/** More tries than this, and the model cannot draw what is asked for. */
export const MAX_TRIES = 16;

/** Throws `RequestInvalid` where the numbers of a check are not usable. */
export function validateCheck({ maxTries, unconfirmed = 'keep' }: CheckChoice) {
  if (!Number.isInteger(maxTries) || maxTries < 1 || maxTries > MAX_TRIES) {
    throw appError(
      'RequestInvalid',
      `The number of tries is not usable (expected a whole number from 1 to ${MAX_TRIES}, got ${maxTries}). ` +
        'Enter one in this range.',
    );
  }
  if (unconfirmed === 'keep' || unconfirmed === 'drop') return;
  throw appError(
    'RequestInvalid',
    `What becomes of unconfirmed pictures is not usable (expected "keep" or "drop", got ${JSON.stringify(unconfirmed)}). ` +
      'Choose one of these.',
  );
}

/**
 * The seed of a try, 0…2³²−1: the first has the seed itself, the others a word of Philox with key (seed, 1), which no noise
 * uses. The same in every browser.
 */
export function trySeed(seed: number, attempt: number): number {
  return attempt === 0 ? seed : philox4x32([attempt, 0, 0, 0], [seed, 1])[0];
}

/** What a label network says of a picture: see src/evaluation/judge-picture.ts. */
interface Judgement {
  probability: number;
  confirmed: boolean;
  called: string;
}

/** The picture that was kept, the seed that drew it, and how it came to that. */
export interface CheckedPicture<Picture> extends Judgement {
  picture: Picture;
  seed: number;
  tries: number;
}

/** Who draws, who judges, and how they are stopped. */
interface CheckParts<Picture> {
  draw: (seed: number) => Promise<Picture>;
  judge: (picture: Picture) => Promise<Judgement>;
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/**
 * Draws with one seed after the other until a picture is confirmed. After the last try it keeps the likeliest one, or rejects
 * with `NotConfirmed` where the choice says so. A cancel is heard between two tries.
 */
export async function drawChecked<Picture>(
  { seed }: Pick<GenerationRequest, 'seed'>,
  { maxTries, unconfirmed = 'keep' }: CheckChoice,
  { draw, judge, signal, onProgress }: CheckParts<Picture>,
): Promise<CheckedPicture<Picture>> {
  let best: CheckedPicture<Picture> | null = null;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    await nextTask(); // lets the worker receive `cancel`
    signal.throwIfAborted();
    onProgress({ stage: 'check', attempt: attempt + 1, maxTries });
    const own = trySeed(seed, attempt);
    const picture = await draw(own);
    const judgement = await judge(picture);
    const tries = attempt + 1;
    if (judgement.confirmed) return { picture, seed: own, tries, ...judgement };
    if (!best || judgement.probability > best.probability) {
      best = { picture, seed: own, tries, ...judgement };
    }
  }
  if (unconfirmed === 'drop') throw notConfirmed(maxTries, best!);
  return { ...best!, tries: maxTries };
}

function notConfirmed(maxTries: number, { called, probability }: Judgement) {
  const share = `${Math.round(100 * probability)} %`;
  return appError(
    'NotConfirmed',
    `No picture was confirmed in ${maxTries} ${maxTries === 1 ? 'try' : 'tries'}: the likeliest has ${share} of what was asked ` +
      `for and is called "${called}". Allow more tries, change the prompt, or keep unconfirmed pictures.`,
  );
}
