import { expect, test } from 'vitest';
import type { VolumeReport } from '../../../src/evaluation/judge-volumes';
import { toCopyCheck } from '../../../src/views/evaluate/evaluation-lists';
import { describeVolumeCopies } from '../../../src/views/evaluate/describe-volumes';
import { copyVerdict } from '../../../src/evaluation/copies/copy-limit';
import { copyWords, heldOutWords } from '../../../src/evaluation/report/evaluation-words';
import type { CopyReport } from '../../../src/evaluation/report/report';
import { describeCopies } from '../../../src/views/finetune/describe-finetune';

test('what was held out in turn is not called a held-out set', () => {
  const copies = (heldInTurn?: boolean) => ({ numHoldout: 30, heldInTurn }) as CopyReport;
  expect(heldOutWords(copies(false))).toBe('30 held-out real images');
  expect(heldOutWords(copies(true))).toMatch(/^30 real images, each held out in turn because no/);
  expect(heldOutWords(copies())).toBe('30 held-out real images');
});

test('the data card says of the limit for copies what it was measured on', () => {
  const copies = {
    heldInTurn: true,
    numHoldout: 30,
    numReal: 30,
    holdoutRate: 0.05,
    threshold: 0.2,
  };
  const report = { copies, coverage: null, networks: [], samples: {}, fidelity: {}, msSsim: {} };
  const { method } = toCopyCheck(report as never, copies as never);
  expect(method).toMatch(
    /as 5\.0 % of 30 real images, each held out in turn because no held-out set was given, are\.$/,
  );
});

test('no verdict says from how many on there is one, and the other words are the same everywhere', () => {
  const copies = { count: 1, numSynthetic: 2, numHoldout: 5, rate: 0.5, aboveLimit: null };
  expect(describeCopies(copies)).toMatch(
    /^No verdict: that takes at least 20 held-out images and 20 synthetic ones, and there are 5 and 2\. 1 of 2 /,
  );
  expect(describeCopies({ refusal: 'The files are gone.' })).toMatch(
    /^not compared: The files are gone\. /,
  );
  expect(describeCopies()).toMatch(/^not compared\. Make pictures/);
  const judged = { ...copies, numSynthetic: 20, numHoldout: 20, rate: 0.05, aboveLimit: false };
  expect(describeCopies(judged)).toBe(copyWords(judged));
  expect(copyWords(judged)).toBe(
    '1 (5.0 %), no more than chance allows: within the limit for an export.',
  );
  expect(copyWords({ ...judged, aboveLimit: true })).toMatch(/above the limit for an export\.$/);
  expect(copyWords({ ...judged, count: 0 })).toBe('None found.');
});

test('a verdict takes 20 pictures and 20 held-out images', () => {
  const sides = { numSynthetic: 20, numHoldout: 20, limit: 0.05 };
  expect(copyVerdict(20, sides)).toBe(true);
  expect(copyVerdict(1, sides)).toBe(false);
  expect(copyVerdict(19, { ...sides, numSynthetic: 19 })).toBeNull();
  expect(copyVerdict(20, { ...sides, numHoldout: 19 })).toBeNull();
});

test('of fewer than 20 volumes no verdict is said either', () => {
  const volumes = (numSynthetic: number, numReal: number) =>
    ({
      copies: { count: 1, of: Array(numSynthetic).fill(0), share: { low: 0.001, high: 0.25 } },
      ...{ realShare: 0.05, numReal },
    }) as unknown as VolumeReport;
  expect(describeVolumeCopies(volumes(3, 30))).toMatch(
    /^No verdict: .* there are 30 and 3\. 1 of 3 /,
  );
  expect(describeVolumeCopies(volumes(20, 20))).toBe(
    '1 of 20 suspected of being copies (0.1 % to 25.0 %); of the real ones 5.0 % are as near to another.',
  );
});
