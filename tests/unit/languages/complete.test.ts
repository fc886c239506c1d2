import { afterEach, expect, test } from 'vitest';
import errorNames from '../../../src/common/error-names.json';
import { english as browser } from '../../../src/browser/texts';
import { english as controls } from '../../../src/controls/texts';
import type { Catalogues, Language } from '../../../src/languages/catalogues';
import german from '../../../src/languages/de';
import { languageCode, translated } from '../../../src/languages/language';
import { LANGUAGES, languageFor } from '../../../src/languages/languages';
import spanish from '../../../src/languages/es';
import { english as pictures } from '../../../src/pictures/texts';
import { english as shell } from '../../../src/shell/texts';
import { english as benchmark } from '../../../src/views/benchmark/texts';
import { english as datasets } from '../../../src/views/datasets/texts';
import { english as evaluate } from '../../../src/views/evaluate/texts/evaluate';
import { english as results } from '../../../src/views/evaluate/texts/results';
import { english as finetune } from '../../../src/views/finetune/texts';
import { english as gallery } from '../../../src/views/gallery/texts';
import { english as tour } from '../../../src/views/gallery/tour/texts';
import { english as help } from '../../../src/views/help/texts';
import { english as models } from '../../../src/views/models/texts';
import { english as paint } from '../../../src/views/paint/texts';
import { english as projects } from '../../../src/views/projects/texts';
import { english as storage } from '../../../src/views/storage/texts';
import { english as compare } from '../../../src/views/studio/texts/compare';
import { english as conditions } from '../../../src/views/studio/texts/conditions';
import { english as edit } from '../../../src/views/studio/texts/edit';
import { english as prompts } from '../../../src/views/studio/texts/prompts';
import { english as queue } from '../../../src/views/studio/texts/queue';
import { english as studio } from '../../../src/views/studio/texts/studio';

const ENGLISH: Catalogues = {
  ...{
    benchmark,
    browser,
    compare,
    conditions,
    controls,
    datasets,
    edit,
    evaluate,
    finetune,
    gallery,
  },
  ...{
    help,
    models,
    paint,
    pictures,
    projects,
    prompts,
    queue,
    results,
    shell,
    storage,
    studio,
    tour,
  },
};

/** What is the same in English and another language: names, units, and words that both have. */
const EQUAL = new Set(
  [
    ...['AUC (95 %)', 'Cache', 'Cookie', 'Dice', 'Esc', 'Guidance', 'Hash', 'KID (95 %)', 'Label'],
    ...['Name', 'Pause', 'Prompt', 'Scheduler', 'Seed', 'Service Worker', 'Start', 'Studio'],
    ...['Text', 'Zoom', 'axial', 'coronal', 'sagittal', 'knee MRI, sagittal', 'label', 'zq1'],
    ...['nevus ×2, melanoma', 'Test, %', 'Sampling', 'Details', 'Filter', 'Arm', 'Ellipse'],
    ...['Polygon', 'Training', 'Passphrase', 'no', 'Prompts', 'Mediastinum', 'Subdural'],
  ].map((text) => text.toLowerCase()),
);

/** Path → text or function, of catalogues within one another. */
function flat(texts: object, path = ''): Map<string, unknown> {
  return new Map(
    Object.entries(texts).flatMap(([key, text]: [string, unknown]) =>
      typeof text === 'object' && text
        ? [...flat(text, `${path}${key}.`)]
        : [[`${path}${key}`, text] as const],
    ),
  );
}

const english = flat(ENGLISH);

test('the catalogues hold what the page says', () => {
  expect(english.size).toBeGreaterThan(900);
  expect([...english].filter(([, text]) => text === '').map(([path]) => path)).toEqual([]);
});

test.each<[string, Language]>([
  ['German', german],
  ['Spanish', spanish],
])('%s says everything that English says, with the same arguments', (_, language) => {
  const { errors, ...catalogues } = language;
  const spoken = flat(catalogues);

  expect([...english.keys()].filter((path) => !spoken.has(path))).toEqual([]);
  expect([...spoken.keys()].filter((path) => !english.has(path))).toEqual([]);
  for (const [path, text] of spoken) {
    const other = english.get(path);
    expect(typeof text, path).toBe(typeof other);
    if (typeof text === 'function' && typeof other === 'function') {
      // One that leaves an argument out would say less.
      expect(text.length, path).toBe(other.length);
    } else expect(text, path).not.toBe('');
  }
  expect(Object.keys(errors ?? {}).sort()).toEqual(Object.keys(errorNames).sort());
});

test.each<[string, Language]>([
  ['German', german],
  ['Spanish', spanish],
])('%s is not English, but for words that both have', (_, { errors: _errors, ...catalogues }) => {
  const same = [...flat(catalogues)].filter(
    ([path, text]) =>
      typeof text === 'string' && text === english.get(path) && !EQUAL.has(text.toLowerCase()),
  );

  expect(same).toEqual([]);
});

test('marks within a sentence are the same in every language', () => {
  const marks = (text: unknown) =>
    typeof text === 'string' ? [...text.matchAll(/<\/?\w+>/g)].map(String).sort() : [];
  for (const { errors: _errors, ...catalogues } of [german, spanish]) {
    for (const [path, text] of flat(catalogues)) {
      expect(marks(text), path).toEqual(marks(english.get(path)));
    }
  }
});

test('the page begins in the language chosen, else in that of the user, else in English', () => {
  expect(languageFor('es', ['de-AT'])).toBe('es');
  expect(languageFor(null, ['de-AT', 'en'])).toBe('de');
  expect(languageFor(null, ['en-GB', 'de'])).toBe('en');
  expect(languageFor(null, ['fr', 'de'])).toBe('en');
  expect(languageFor('xx', [])).toBe('en');
});

afterEach(() => expect(languageCode()).toBe('en'));

test('what is not translated is English, and every language says its own name', async () => {
  expect(translated('shell', shell).language).toBe('Language');
  expect(Object.values(LANGUAGES).map(({ title }) => title)).toEqual(
    expect.arrayContaining(['English', 'Deutsch', 'Español']),
  );
  await expect(LANGUAGES.de.load?.()).resolves.toHaveProperty('default', german);
});
