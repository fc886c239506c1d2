import { expect, test } from 'vitest';
import type { BackendChoice } from '../../../src/contract/request';
import { appError } from '../../../src/errors';
import {
  describeProgress,
  formatBytes,
  formatDuration,
} from '../../../src/controls/describe-progress';
import { diagnostics } from '../../../src/views/storage/state/diagnostics';
import { errorActions } from '../../../src/controls/error-actions';
import { speak } from '../../../src/languages/language';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { fakeImage, fakeReader, fakeRequest, fakeStudio } from '../views/ui-fakes';

test('words are read while they are typed, once the model is there', async () => {
  const studio = fakeStudio({ readTexts: fakeReader(['woozle'], 3) });
  studio.form.prompt = 'chest woozle xray too long';
  studio.form.negativePrompt = 'woozle';
  studio.followWords();
  expect(studio.words.prompt).toBeNull();
  await studio.open();
  studio.followWords();
  await expect
    .poll(() => studio.words.prompt)
    .toMatchObject({
      ...{ knownWords: ['chest', 'xray'], unknownWords: ['woozle'], ignoredWords: ['too', 'long'] },
    });
  expect(studio.words.negativePrompt?.unknownWords).toEqual(['woozle']);
});

test('a prompt without one known word is drawn only after "Draw it anyway", and each such prompt is asked about', async () => {
  const studio = fakeStudio({ readTexts: fakeReader(['ankle', 'zebra']) });
  studio.form.prompt = 'ankle, zebra';
  await studio.submit();
  expect(studio.generation.error).toMatchObject({
    name: 'WordsUnknown',
    message: expect.stringMatching(/"ankle, zebra".*as in "frontal chest x-ray/) as string,
  });
  expect(errorActions('WordsUnknown')).toEqual(['draw-anyway']);
  expect(studio.gallery.entries).toHaveLength(0);

  await studio.resolve('draw-anyway');
  expect(studio.generation.error).toBeNull();
  expect(studio.gallery.entries).toHaveLength(1);
  await studio.submit(); // confirmed for as long as the page lives
  expect(studio.gallery.entries).toHaveLength(2);

  studio.form.prompt = 'zebra';
  await studio.submit();
  expect(studio.generation.error?.name).toBe('WordsUnknown');
  studio.form.prompt = 'zebra chest';
  await studio.submit();
  expect(studio.gallery.entries).toHaveLength(3);
});

test('the word of a tuned model is known to it', async () => {
  const studio = fakeStudio({ readTexts: fakeReader(['zq1']) });
  const lora = { strength: 1, word: 'zq1' };
  await expect(studio.words.refuseUnknown(fakeRequest({ prompt: 'zq1' }))).rejects.toThrow();
  await studio.words.refuseUnknown(fakeRequest({ prompt: 'zq1', lora }));
  const moreLoras = [{ strength: 1 }, lora];
  await studio.words.refuseUnknown(fakeRequest({ prompt: 'zq1', moreLoras }));
  const other = { strength: 1, word: 'zq2' };
  await studio.words.refuseUnknown(fakeRequest({ prompt: 'zq1', lora: other, moreLoras }));
});

test('"use the CPU" loads the model there and finishes what failed', async () => {
  const prepared: BackendChoice[] = [];
  const studio = fakeStudio({
    prepare: async (_id, choice) => {
      prepared.push(choice);
      return fakeImage(fakeRequest()).backend;
    },
    generate: async (request, choice) => {
      if (choice !== 'wasm') throw appError('DeviceLost', 'Lost twice. Use the CPU.');
      return fakeImage(request);
    },
  });
  await studio.submit();
  expect(studio.generation.error?.name).toBe('DeviceLost');
  await studio.resolve('use-wasm');
  expect(prepared).toEqual(['auto', 'wasm']);
  expect(studio.generation.error).toBeNull();
  expect(studio.gallery.entries).toHaveLength(1);
});

test('"try again" after a failed download also makes the image that waited for it', async () => {
  let attempts = 0;
  const studio = fakeStudio({
    install: async () => {
      if (++attempts === 1) throw appError('NetworkFailed', 'No answer. Try again.');
    },
  });
  const opening = studio.open();
  const submitted = studio.submit();
  await Promise.all([opening, submitted]);
  expect(studio.model.error?.name).toBe('NetworkFailed');
  await studio.resolve('retry');
  expect(studio.model.error).toBeNull();
  expect(studio.gallery.entries).toHaveLength(1);
});

test('an image looked at during a run stays in view when the run finishes', async () => {
  const studio = fakeStudio();
  await studio.submit();
  const first = studio.gallery.entries[0];
  const second = studio.submit();
  studio.look(first);
  await second;
  expect(studio.gallery.entries).toHaveLength(2);
  expect(studio.gallery.selectedId).toBe(first.id);
});

test('diagnostics hold no word of a prompt and no error message', async () => {
  const studio = fakeStudio({
    generate: async () => {
      throw appError('RequestInvalid', 'The prompt "secretword" is wrong.');
    },
  });
  studio.form.prompt = 'secretword';
  await studio.gallery.keep(fakeImage(fakeRequest({ prompt: 'secretword' })));
  await studio.submit();
  const text = diagnostics(studio);
  expect(text).not.toContain('secretword');
  expect(text).toContain('last error: RequestInvalid');
  expect(text).toContain('model hash: abc123');
});

test('the hash in the diagnostics is that of the model in use, not of the newest picture', async () => {
  const studio = fakeStudio();
  await studio.gallery.keep({ ...fakeImage(fakeRequest()), modelHash: 'of-this-one' });
  const another = fakeImage(fakeRequest({ modelId: 'another' }));
  await studio.gallery.keep({ ...another, modelHash: 'of-another' });
  expect(diagnostics(studio)).toContain('model hash: of-this-one');
});

test('diagnostics say in English why the model runs where it does, whatever the page speaks', async () => {
  const studio = fakeStudio();
  await studio.open();
  await speak('de');
  expect(diagnostics(studio)).toMatch(
    /^why: This browser has no WebGPU, so the CPU does the work/m,
  );
  await speak('en');
});

test('each stage of the work has a name, a figure and a share', () => {
  expect(
    describeProgress({ stage: 'download', bytesDone: 29e6, bytesTotal: 58e6, msLeft: 12_400 }),
  ).toEqual({
    title: 'Downloading the model',
    detail: '29.0 MB of 58.0 MB · 12 s left',
    fraction: 0.5,
  });
  expect(describeProgress({ stage: 'denoise', step: 3, numSteps: 4, msLeft: 1200 })).toEqual({
    title: 'Step 3 of 4',
    detail: '1.2 s left',
    fraction: 0.75,
  });
  const titles = (
    [
      { stage: 'queued' },
      { stage: 'verify', bytesDone: 0, bytesTotal: 0 },
      { stage: 'compile', component: 'unet', done: 1, total: 3 },
      { stage: 'self-test' },
      { stage: 'encode' },
      { stage: 'decode' },
      { stage: 'save' },
    ] as const
  ).map((progress) => describeProgress(progress).title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('bytes and times read as people write them', () => {
  expect([0, 12_345, 58_100_000, 1.73e9].map(formatBytes)).toEqual([
    '0 MB',
    '13 kB',
    '58.1 MB',
    '1.73 GB',
  ]);
  const durations = [240, 9_960, 59_400, 125_000, 599_400, 600_000, 15_000_000];
  expect(durations.map(formatDuration)).toEqual([
    '0.2 s',
    '10 s',
    '59 s',
    '2 min 5 s',
    '9 min 59 s',
    '10 min',
    '4 h 10 min',
  ]);
});

test('errors offer their way out, and a bug can at least be tried again', () => {
  expect(errorActions('ModelCorrupt')[0]).toBe('reinstall');
  expect(errorActions('QuotaExceeded')[0]).toBe('free-space');
  expect(errorActions('SelfTestFailed')).toContain('use-wasm');
  expect(errorActions('TypeError')).toEqual(['retry']);
});

test('settings are remembered, and work where storage is denied', () => {
  localStorage.removeItem('settings');
  new SettingsState(localStorage).change({ backend: 'wasm' });
  expect(new SettingsState(localStorage).backend).toBe('wasm');
  localStorage.removeItem('settings');

  const denied = new SettingsState(null);
  denied.change({ theme: 'light' });
  expect(denied.theme).toBe('light');
});

test('settings that make no sense are forgotten', () => {
  localStorage.setItem('settings', '{"backend":');
  expect(new SettingsState(localStorage).backend).toBe('auto');
  localStorage.removeItem('settings');
});
