import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'svelte/compiler';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../../src');

/** What no language changes: the app's name, names of backends and measures, units. */
const SAME_EVERYWHERE = /^(Phantoscope|WebGPU|KID|px|ms|s|MB)$/;
const SPOKEN = ['title', 'aria-label', 'placeholder', 'alt', 'data-why', 'why', 'label'];

interface Node {
  type: string;
  name?: string;
  data?: string;
  value?: unknown;
}

/** Texts of a component that stand in its template, where no catalogue can change them. */
function bareTexts(code: string): string[] {
  const found: string[] = [];
  const say = (text = '') => {
    const words = text.trim().split(/[^\p{L}\p{N}]+/u);
    if (words.some((word) => /\p{L}{2}/u.test(word) && !SAME_EVERYWHERE.test(word))) {
      found.push(text.trim());
    }
  };
  const visit = (node: unknown) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const { type, name = '', data, value } = node as Node;
    if (type === 'Text') say(data);
    if (type === 'Attribute') {
      // An attribute that nobody reads may say what it likes; an expression in one is looked into.
      for (const part of [value].flat() as Node[]) {
        if (part?.type !== 'Text') visit(part);
        else if (SPOKEN.includes(name)) say(part.data);
      }
      return;
    }
    if (['TemplateElement', 'Comment', 'StyleDirective'].includes(type)) return;
    Object.entries(node).forEach(([key, child]) => key !== 'metadata' && visit(child));
  };
  visit(parse(code, { modern: true }).fragment);
  return found;
}

test('a bare text is found in a template, in a block, and in what is read aloud', () => {
  const code = `<p class="quiet">Hello {name}</p>{#if a}<b title="Close it">×</b>{/if}<i>{a} px</i>`;

  expect(bareTexts(code)).toEqual(['Hello', 'Close it']);
});

test('no component says anything but what its catalogue says', () => {
  const components = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.svelte'),
  );
  const bare = components.flatMap((path) =>
    bareTexts(readFileSync(join(SRC, path), 'utf8')).map((text) => `${path}: ${text}`),
  );

  expect(components.length).toBeGreaterThan(100);
  expect(bare, 'put these into the texts of their view').toEqual([]);
});
