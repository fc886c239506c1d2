import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TABS_TABLE } from '../e2e/tabs/tabs-table';

test('docs/tabs.md has the rows that are run, and no others', () => {
  const page = readFileSync(new URL('../../docs/tabs.md', import.meta.url), 'utf8');
  const written = page
    .split('\n')
    .filter((line) => /^\| .*\|$/.test(line) && !/^\| (?:-|store)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(written.map((cells) => cells.slice(1, -1))).toEqual(
    TABS_TABLE.map(({ store, tabs, here, there, must }) => [store, `${tabs}`, here, there, must]),
  );
});
