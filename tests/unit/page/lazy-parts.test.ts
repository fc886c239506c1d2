/** A part of the page that is fetched late can fail to come; nothing may then stay empty without a word. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../../src');
const components = readdirSync(SRC, { recursive: true, encoding: 'utf8' });

test('every component that is fetched late says so where it cannot be', () => {
  const silent: string[] = [];
  let found = 0;
  for (const name of components.filter((one) => one.endsWith('.svelte'))) {
    const text = readFileSync(join(SRC, name), 'utf8');
    for (const [, block] of text.matchAll(/\{#await (?:import\(|[A-Z]+\[)([\s\S]*?)\{\/await\}/g)) {
      found++;
      const [, shown = ''] = /\{:catch error\}([\s\S]*)/.exec(block) ?? [];
      if (!/PartMissing|StoreProblems/.test(shown)) silent.push(`${name}: ${block.slice(0, 40)}`);
    }
  }
  expect(silent).toEqual([]);
  expect(found).toBeGreaterThan(8);
});
