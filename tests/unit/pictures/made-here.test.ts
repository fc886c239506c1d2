import { expect, test } from 'vitest';
import { asSource, findMade } from '../../../src/pictures/made-here';
import type { GalleryEntry } from '../../../src/views/gallery/gallery-entry';
import { hasSource, provenanceOf } from '../../../src/image/provenance';
import type { Provenance } from '../../../src/contract/provenance';
import type { GenerationRequest } from '../../../src/contract/request';

const entry = (pixelHash: string, provenance?: Provenance) =>
  ({ pixelHash, provenance }) as GalleryEntry;

/** What a picture made of a source would be. */
function madeOf(from: Awaited<ReturnType<typeof findMade>>): Provenance {
  const init = { rgb: new Uint8Array(3), strength: 0.5, ...(from ? { from } : {}) };
  return provenanceOf({ init } as GenerationRequest, { rgba: new Uint8Array(4) });
}

test('a source that was deleted meanwhile is from outside, and what was made of it before stays what it was', async () => {
  const source = entry('source', { origin: 'text' });
  const picture = entry('picture', madeOf(await findMade('source', [source], null)));
  expect(picture.provenance?.origin).toBe('synthetic');

  const afterwards = [picture];
  expect(await findMade('source', afterwards, null)).toBeNull();
  expect(madeOf(await findMade('source', afterwards, null)).origin).toBe('outside');
  // The picture's own record does not lean on its source's.
  expect(await findMade('picture', afterwards, null)).toEqual({ origin: 'synthetic' });
  expect(hasSource(picture.provenance)).toBe(false);
});

test('a picture of 0.3.0, without a record, is unknown as a source, and so is all that is made of it', async () => {
  const from = await findMade('old', [entry('old')], null);
  expect(from).toEqual({ origin: 'unknown' });
  const made = madeOf(from);
  expect([made.origin, asSource(made).origin]).toEqual(['unknown', 'unknown']);
});
