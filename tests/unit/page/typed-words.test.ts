/** Chrome writes what is typed into fields to its session files, encryption or not, unless autocomplete is off. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../../../src');
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.svelte'),
);
const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** Fields that stand in the form of another component. */
const IN_FORM_OF: Record<string, string> = {
  'PromptFields.svelte': 'RequestForm.svelte',
  'RecipeRowFields.svelte': 'RecipeEditor.svelte',
  'CovariateRuleField.svelte': 'RecipeEditor.svelte',
  'FinetuneDetails.svelte': 'FinetuneForm.svelte',
};

test.each(files)('no form of %s is brought back from the disk', (name) => {
  const forms = textOf(name).match(/<form\b[^>]*>/g) ?? [];
  const kept = forms.filter((form) => !/autocomplete="off"|method="dialog"/.test(form));
  expect(kept).toEqual([]);
});

test('every field for words stands in such a form, or says so itself', () => {
  const formOf = (name: string) =>
    files.find((other) => basename(other) === IN_FORM_OF[basename(name)]) ?? name;
  const holds = (name: string) => textOf(name).includes('<form');
  expect(files.length).toBeGreaterThan(50);
  for (const name of files) {
    const fields = textOf(name).match(/<(textarea|input\b[^>]*type="text")[^>]*>/g) ?? [];
    const open = fields.filter((field) => !field.includes('autocomplete="off"'));
    if (open.length === 0 || holds(name)) continue;
    expect([name, holds(formOf(name))]).toEqual([name, true]);
  }
});
