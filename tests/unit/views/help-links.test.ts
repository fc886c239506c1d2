/** The help is docs/: what leads into it, and from page to page, has to arrive. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { helpHtml } from '../../../cli/bundling/help-html';
import { HELP_PAGES, readHelpPage } from '../../../cli/bundling/help-pages';

const ROOT = resolve(import.meta.dirname, '../../..');
const SRC = join(ROOT, 'src');
const pages = HELP_PAGES.map((name) => ({ name, ...readHelpPage(join(ROOT, 'docs'), name) }));

/** PAGE and PAGE/HEADING of all that can be gone to. */
const places = new Set(
  pages.flatMap(({ name, headings }) => [name, ...headings.map((one) => `${name}/${one}`)]),
);

/** Path → the links into the help that a component has. */
function dialogLinks(): [string, string[]][] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.svelte') && !path.endsWith('controls/Dialog.svelte'))
    .map((path) => [path, readFileSync(join(SRC, path), 'utf8')] as const)
    .filter(([, text]) => text.includes('<Dialog'))
    .map(([path, text]) => [path, [...text.matchAll(/\bhelp="([^"]*)"/g)].map(([, to]) => to)]);
}

test('every dialog leads to a page and a heading that the help has', () => {
  const dialogs = dialogLinks();

  expect(dialogs.length).toBeGreaterThan(15);
  for (const [path, links] of dialogs) expect(links, path).toHaveLength(1);
  const lost = dialogs.flatMap(([path, links]) =>
    links.filter((to) => !places.has(to)).map((to) => `${path}: ${to}`),
  );
  expect(lost).toEqual([]);
});

test('what a view is for leads to a page and a heading that the help has', () => {
  const links = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.svelte'))
    .flatMap((path) => [...readFileSync(join(SRC, path), 'utf8').matchAll(/"#\/help\/([^"{]+)"/g)])
    .map(([, to]) => to);

  expect(links).toContain('evaluation');
  expect(links.filter((to) => !places.has(to))).toEqual([]);
});

test('every link from page to page arrives', () => {
  const links = pages.flatMap(({ name, links }) => links.map((to) => ({ name, to })));

  expect(links.length).toBeGreaterThan(30);
  expect(links.filter(({ to }) => !places.has(to))).toEqual([]);
});

test('pictures ship where they are small, and their place is said where they are not', () => {
  expect(pages.flatMap(({ pictures }) => pictures).sort()).toEqual([
    'pictures/edits.webp',
    'pictures/first-dataset.webp',
    'pictures/first-mask.webp',
    'pictures/first-studio.webp',
  ]);
  const { html } = pages.find(({ name }) => name === 'volumes')!;
  expect(html.join('')).toContain('<small>(docs/pictures/volumes.png)</small>');
});

test('a page becomes HTML with links of the app, and with no HTML of its own', () => {
  const markdown = [
    '# A *page*\n\n## Data & sets\n\n## Data & sets\n',
    '[here](#data--sets) [there](b.md#x) [not here](c.md) [away](https://example.org/?a=1&b=2)',
    '<b>bold</b> ![so](pictures/p.webp)',
  ].join('\n');
  const page = helpHtml('a', markdown, { pages: ['a', 'b'], ships: () => true });

  expect(page.title).toBe('A page');
  expect(page.headings).toEqual(['a-page', 'data--sets', 'data--sets-1']);
  expect(page.links).toEqual(['a/data--sets', 'b/x']);
  expect(page.pictures).toEqual(['pictures/p.webp']);
  const [before, after] = page.html;
  expect(before).toContain('<h3 id="help-data--sets" tabindex="-1">Data &amp; sets</h3>');
  expect(before).toContain('<a href="#/help/b/x">there</a>');
  expect(before).toContain('not here <small>(docs/c.md)</small>');
  expect(before).toContain(
    '<a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noreferrer">away</a>',
  );
  expect(before).not.toContain('<b>');
  expect(before.endsWith('<img src="')).toBe(true);
  expect(after.startsWith('" alt="so">')).toBe(true);
});

test('a page without a heading is refused by name', () => {
  expect(() => helpHtml('a', 'text', { pages: [], ships: () => false })).toThrow(
    'docs/a.md has no heading',
  );
});
