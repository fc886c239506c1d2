import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openTokenizer } from '../../../src/diffusion/text/open-tokenizer';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { clipCases, clipTokenizerConfigJson, clipTokenizerJson } from './clip-fixture';
import { entry, tokenizerConfigJson, tokenizerJson } from './fakes';

const SD = new URL('../../fixtures/tiny-sd/models/tiny-sd/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, SD), 'utf8');
const PROMPTS = ['chest x-ray', 'Pediatric, FRONTAL chest-xray!', 'brain MRI: glioma (zebra)', ''];
const vocabulary = { json: tokenizerJson, config: tokenizerConfigJson, prompts: PROMPTS };
const sd = { json: read('tokenizer.json'), config: read('tokenizer_config.json') };
const clip = { json: clipTokenizerJson, config: clipTokenizerConfigJson };

/** The fake model with this tokenizer. */
function sourceOf({ json, config }: typeof clip, tokenizer: Partial<DiffusionEntry['tokenizer']>) {
  const facts = { ...entry.tokenizer, unkTokenId: null, maxLength: 77, ...tokenizer };
  return {
    entry: { ...entry, tokenizer: facts },
    tokenizerJson: json,
    tokenizerConfigJson: config,
  };
}

test.each([
  ['whole words', vocabulary, vocabulary.prompts, {}],
  ['tiny SD', sd, PROMPTS, { kind: 'clip' }],
  ['CLIP', clip, clipCases.slice(0, 100).map(({ text }) => text), { kind: 'clip' }],
] as const)(
  'AutoTokenizer, for models that were brought, reads prompts as the reader of this app does: %s',
  async (_, files, prompts, facts) => {
    const source = sourceOf(files, facts);
    const [own, brought] = await Promise.all([
      openTokenizer(source),
      openTokenizer({ ...source, brought: true }),
    ]);

    for (const prompt of prompts) expect(brought(prompt)).toEqual(own(prompt));
  },
);

test('a tokenizer that AutoTokenizer cannot read is refused as any other', async () => {
  const source = { ...sourceOf(clip, {}), tokenizerJson: '{"model": 1', brought: true };
  await expect(openTokenizer(source)).rejects.toMatchObject({
    name: 'ModelCorrupt',
    message: expect.stringContaining('tokenizer cannot be read') as string,
  });
});
