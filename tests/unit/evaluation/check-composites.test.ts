import { expect, test } from 'vitest';
import { checkComposites } from '../../../src/evaluation/check-composites';
import { encodePng } from '../../../src/image/png';
import { syntheticTexts } from '../../../src/image/synthetic-texts';
import type { Provenance } from '../../../src/contract/provenance';
import type { GenerationRequest } from '../../../src/contract/request';

const request = { modelId: 'toy', prompt: 'chest' } as GenerationRequest;
const pixels = { width: 2, height: 2, rgba: new Uint8ClampedArray(16) };
const png = (provenance: Provenance) =>
  encodePng(pixels, syntheticTexts(request, 'ab', [], provenance));

const FILES: Record<string, Blob> = {
  'text.png': png({ origin: 'text' }),
  'composite.png': png({ origin: 'outside', similarity: [] }),
  'old.png': png({ origin: 'unknown' }),
  'stripped.png': encodePng(pixels, {}),
};
const images = Object.keys(FILES).map((name) => ({ name }));
const check = (accepted: number) =>
  checkComposites(images, (_, name) => Promise.resolve(FILES[name]), accepted);

test.each([0, 1])('with --accept-composites %i two of them are refused by number', async (n) => {
  await expect(check(n)).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringMatching(
      `^2 of 4 .*at most ${n}; the first is composite.png.*--accept-composites 2$`,
    ) as string,
  });
});

test.each([2, 3])('with --accept-composites %i they are counted on purpose', async (n) => {
  await check(n);
});
