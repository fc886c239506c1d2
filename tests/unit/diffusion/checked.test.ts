import { expect, test } from 'vitest';
import { drawChecked, trySeed, validateCheck } from '../../../src/diffusion/checked';
import type { GenerationProgress } from '../../../src/contract/picture';
import type { CheckChoice } from '../../../src/contract/request';

const ASKED = { seed: 7 };
const CHOICE: CheckChoice = { networkId: 'label-network', maxTries: 4 };

/** Draws pictures that the judge gives these probabilities; above a half is confirmed. The picture is its seed. */
function parts(probabilities: number[], controller = new AbortController()) {
  const seeds: number[] = [];
  const progress: GenerationProgress[] = [];
  return {
    ...{ seeds, progress, controller },
    draw: (seed: number) => Promise.resolve(seeds.push(seed)).then(() => seed),
    judge: () => {
      const probability = probabilities[seeds.length - 1];
      const confirmed = probability > 0.5;
      return Promise.resolve({ probability, confirmed, called: confirmed ? 'glioma' : 'no tumor' });
    },
    signal: controller.signal,
    onProgress: (one: GenerationProgress) => void progress.push(one),
  };
}

test('the first picture that is confirmed is kept, with its own seed', async () => {
  const used = parts([0.1, 0.2, 0.9, 0.95]);
  const kept = await drawChecked(ASKED, CHOICE, used);
  const third = trySeed(7, 2);
  expect(kept).toEqual({
    ...{ picture: third, seed: third, tries: 3 },
    ...{ probability: 0.9, confirmed: true, called: 'glioma' },
  });
  expect(used.seeds).toEqual([7, trySeed(7, 1), third]);
  expect(used.progress).toEqual(
    [1, 2, 3].map((attempt) => ({ stage: 'check', attempt, maxTries: 4 })),
  );
});

test('drawing with the seed that was kept gives that picture in one try', async () => {
  const { seed } = await drawChecked(ASKED, CHOICE, parts([0.1, 0.9]));
  const again = await drawChecked({ seed }, CHOICE, parts([0.9]));
  expect(again).toMatchObject({ picture: seed, tries: 1 });
});

test('after the last try the likeliest is kept, and is not confirmed', async () => {
  const kept = await drawChecked(ASKED, CHOICE, parts([0.1, 0.4, 0.3, 0.2]));
  expect(kept).toMatchObject({ seed: trySeed(7, 1), probability: 0.4, confirmed: false, tries: 4 });
});

test('or none is, where the choice says so', async () => {
  const dropping = { ...CHOICE, unconfirmed: 'drop' } as const;
  await expect(drawChecked(ASKED, dropping, parts([0.1, 0.4, 0.3, 0.2]))).rejects.toMatchObject({
    name: 'NotConfirmed',
    message: expect.stringMatching(/in 4 tries: the likeliest has 40 % .*"no tumor"/) as string,
  });
});

test('a cancel between two tries ends them', async () => {
  const used = parts([0.1, 0.1, 0.1, 0.1]);
  const judge = () => {
    if (used.seeds.length === 2) used.controller.abort();
    return used.judge();
  };
  await expect(drawChecked(ASKED, CHOICE, { ...used, judge })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(used.seeds).toHaveLength(2);
});

test('the seeds of tries differ, are 32-bit words and stay what they are', () => {
  const seeds = Array.from({ length: 16 }, (_, attempt) => trySeed(7, attempt));
  expect(new Set(seeds).size).toBe(16);
  for (const seed of seeds) expect(seed).toBe(seed >>> 0);
  // Philox4x32-10 by training/common/philox.py: philox4x32([1, 0, 0, 0], [7, 1])[0], and of 2.
  expect(seeds.slice(0, 3)).toEqual([7, 232970672, 4210063330]);
});

test.each([
  [{ ...CHOICE, maxTries: 0 }, /from 1 to 16, got 0/],
  [{ ...CHOICE, maxTries: 17 }, /from 1 to 16, got 17/],
  [{ ...CHOICE, maxTries: 1.5 }, /from 1 to 16, got 1\.5/],
  [{ ...CHOICE, unconfirmed: 'burn' as 'keep' }, /expected "keep" or "drop", got "burn"/],
])('%j is refused', (choice, message) => {
  expect(() => validateCheck(choice)).toThrow(message);
});
