import { expect, test } from 'vitest';
import { openTokenizer } from '../../../src/diffusion/text/open-tokenizer';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import manifest from '../../fixtures/tiny-sd/model-manifest.json';

test("a brought package's tokenizer loads in a browser, from its texts alone", async () => {
  const text = async (file: string) =>
    (await fetch(`/tests/fixtures/tiny-sd/models/tiny-sd/${file}`)).text();
  const source = {
    entry: manifest.models[0] as unknown as DiffusionEntry,
    tokenizerJson: await text('tokenizer.json'),
    tokenizerConfigJson: await text('tokenizer_config.json'),
  };
  const [own, brought] = await Promise.all([
    openTokenizer(source),
    openTokenizer({ ...source, brought: true }),
  ]);

  for (const prompt of ['chest x-ray', '(normal:1.2) brain MRI', '']) {
    expect(brought(prompt)).toEqual(own(prompt));
  }
  const elsewhere = performance
    .getEntriesByType('resource')
    .filter(({ name }) => !name.startsWith('blob:') && new URL(name).origin !== location.origin);
  expect(elsewhere).toEqual([]);
});
