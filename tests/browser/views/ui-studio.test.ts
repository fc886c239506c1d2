import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import App from '../../../src/App.svelte';
import { EMPTY_PROMPT, appError } from '../../../src/errors';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { speak } from '../../../src/languages/language';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import {
  endless,
  fakeClient,
  fakeEntry,
  fakeImage,
  fakeReader,
  fakeRequest,
  fakeStudio,
  tinyPng,
} from './ui-fakes';

beforeEach(() => page.viewport(1440, 900));
afterEach(() => delete document.documentElement.dataset.theme);

test('one press makes an image, shows it, and says how long it took and on what', async () => {
  const studio = fakeStudio({
    generate: async (request) => fakeImage(request, await tinyPng()),
  });
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect
    .element(screen.getByRole('img', { name: /^Synthetic image: frontal chest/ }))
    .toBeVisible();
  await expect.element(screen.getByText(/3\.2 s on wasm, 2 threads/)).toBeVisible();
});

test('what is going on is named, with a figure and a bar', async () => {
  const report = { stage: 'download', bytesDone: 29e6, bytesTotal: 58e6, msLeft: 5000 } as const;
  const studio = fakeStudio({ install: (_id, job) => endless(report)(job) });
  const screen = await render(App, { studio });
  void studio.open();
  await expect.element(screen.getByText('29.0 MB of 58.0 MB · 5.0 s left')).toBeVisible();
  const bar = screen.getByRole('progressbar', { name: 'Downloading the model' });
  expect((bar.element() as HTMLProgressElement).value).toBe(0.5);

  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect.element(screen.getByText('Downloading the model, then your image')).toBeVisible();
});

test('a stage that nobody can time has a bar without an end', async () => {
  const studio = fakeStudio({
    prepare: (_id, _choice, job) => endless({ stage: 'self-test' })(job),
  });
  const screen = await render(App, { studio });
  void studio.open();
  const bar = screen.getByRole('progressbar', { name: 'Testing this device with a known answer' });
  await expect.element(bar).toBeVisible();
  expect(bar.element().matches(':indeterminate')).toBe(true);
});

test('the bar loses its end when a stage without one follows', async () => {
  const studio = fakeStudio({
    generate: (_request, _choice, job) =>
      endless({ stage: 'denoise', step: 8, numSteps: 8, msLeft: 0 })(job),
  });
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: /^Generate/ }).click();
  const bar = screen.getByRole('progressbar');
  await expect.poll(() => (bar.element() as HTMLProgressElement).position).toBe(1);
  studio.generation.progress = { stage: 'decode' };
  await expect.poll(() => (bar.element() as HTMLProgressElement).position).toBe(-1);
});

test('the keys: command-Enter generates while typing, Escape cancels', async () => {
  const step = { stage: 'denoise', step: 1, numSteps: 8, msLeft: null } as const;
  const studio = fakeStudio({ generate: (_request, _choice, job) => endless(step)(job) });
  const screen = await render(App, { studio });
  await screen.getByRole('textbox', { name: 'Prompt', exact: true }).fill('skin?');
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  await expect.element(screen.getByText('Step 1 of 8')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => studio.generation.running).toBe(false);
  expect(studio.form.prompt).toBe('skin?');
  expect(studio.dialog).toBeNull();
});

test('the arrows walk the gallery, Delete removes, undo brings back', async () => {
  const studio = fakeStudio();
  for (const seed of [1, 2, 3]) await studio.gallery.keep(fakeImage(fakeRequest({ seed })));
  const screen = await render(App, { studio });
  await userEvent.keyboard('{ArrowRight}');
  expect(studio.gallery.selected?.request.seed).toBe(2);
  await userEvent.keyboard('{Delete}');
  await expect.element(screen.getByText('Image deleted')).toBeVisible();
  expect(studio.gallery.entries).toHaveLength(2);
  await screen.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => studio.gallery.entries.length).toBe(3);
});

test('a question mark lists the keys, Escape closes the list', async () => {
  const screen = await render(App, { studio: fakeStudio() });
  await userEvent.keyboard('?');
  await expect.element(screen.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(screen.getByRole('dialog')).not.toBeInTheDocument();
});

test.each([
  ['Count', '65'],
  ['Count', '0'],
  ['Seed', '1.5'],
  ['Seed', '4294967296'],
  ['Steps', '1000'],
  ['Guidance', ''],
])('the form refuses %s = "%s" before anything runs', async (label, value) => {
  const studio = fakeStudio();
  const screen = await render(App, { studio });
  const field = screen.getByRole('spinbutton', { name: label, exact: true });
  const alert = screen.getByRole('alert');
  await expect.element(field).toHaveAttribute('aria-invalid', 'false');
  await field.fill(value);
  await expect.element(field).toHaveAttribute('aria-invalid', 'true');
  await expect.element(field).toHaveAccessibleDescription(/\d to \d+$/);
  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect.element(alert).toHaveTextContent(`${label}: expected`);
  await expect.element(field).toHaveFocus();
  expect(studio.generation.running).toBe(false);
  expect(studio.gallery.entries).toHaveLength(0);
  await field.fill('5');
  await expect.element(alert).not.toBeInTheDocument();
});

test('a request that the worker refuses is explained at the form', async () => {
  const studio = fakeStudio({
    generate: async () => {
      throw appError('RequestInvalid', 'The prompt is too long. Shorten it.');
    },
  });
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: /^Generate/ }).click();
  const form = screen.getByRole('region', { name: 'What to make' });
  const alert = form.getByRole('alert');
  await expect.element(alert).toHaveTextContent('Shorten it.');
  await expect.element(alert).not.toHaveTextContent('RequestInvalid');
  await screen.getByRole('textbox', { name: 'Prompt', exact: true }).fill('shorter');
  await expect.element(alert).not.toBeInTheDocument();
});

test('settings that are taken over clear what was wrong with the old ones', async () => {
  const studio = fakeStudio();
  await studio.gallery.keep(fakeImage(fakeRequest()));
  studio.form.count = 0;
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect.element(screen.getByRole('alert')).toBeVisible();
  await screen.getByRole('button', { name: 'Use these settings' }).click();
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
});

test.each(['', ' \n'])(
  'the prompt "%s" is refused with one and the same message',
  async (prompt) => {
    const studio = fakeStudio();
    const screen = await render(App, { studio });
    const field = screen.getByRole('textbox', { name: 'Prompt', exact: true });
    await field.fill(prompt);
    await screen.getByRole('button', { name: /^Generate/ }).click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(EMPTY_PROMPT);
    await expect.element(field).toHaveFocus();
    expect(studio.gallery.entries).toHaveLength(0);
  },
);

test('caption and gallery say in words what was asked for', async () => {
  const studio = fakeStudio();
  const request = fakeRequest({ imageIndex: 2, covariates: { view: 1, age: 50 } });
  await studio.gallery.keep(fakeImage(request));
  const screen = await render(App, { studio });
  await expect
    .element(screen.getByText(/^age 50 years · lateral · seed 7 · image 3 of the seed · /))
    .toBeVisible();
  await expect
    .element(screen.getByRole('button', { name: /, age 50 years · lateral, seed 7$/ }))
    .toBeVisible();
});

test('an error comes with its way out as a button', async () => {
  const studio = fakeStudio({
    prepare: async (_id, choice) => {
      if (choice !== 'wasm') throw appError('SelfTestFailed', 'Wrong numbers. Use the CPU.');
      return fakeImage(fakeRequest()).backend;
    },
  });
  const screen = await render(App, { studio });
  void studio.open();
  await screen.getByRole('button', { name: 'Use the CPU (wasm)' }).click();
  await expect.poll(() => studio.model.phase).toBe('ready');
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
});

test('the backend menu says where the model runs and why, and changes it', async () => {
  const studio = fakeStudio();
  const screen = await render(App, { studio });
  await studio.open();
  await screen.getByRole('button', { name: /where the model runs/ }).click();
  await expect.element(screen.getByText(/This browser has no WebGPU, so/)).toBeVisible();
  await screen.getByRole('radio', { name: /^wasm/ }).click();
  expect(studio.settings.backend).toBe('wasm');
});

test('why it runs there, and what failed, the backend menu says in the language of the page', async () => {
  const { backend } = fakeImage(fakeRequest());
  const failed = { ...backend, notRecorded: true, notHalf: true } as const;
  const studio = fakeStudio({ prepare: async () => failed });
  const screen = await render(App, { studio });
  await studio.open();
  await screen.getByRole('button', { name: /where the model runs/ }).click();
  const english = /has no WebGPU, .* It does not repeat recorded .* float16 arithmetic failed/;
  await expect.element(screen.getByText(english)).toBeVisible();
  await speak('de');
  const german = /hat kein WebGPU, .* Aufgezeichnete Schritte .* Seine float16-Arithmetik hat/;
  await expect.element(screen.getByText(german)).toBeVisible();
  await expect.element(screen.getByText(/has no WebGPU/)).not.toBeInTheDocument();
  await speak('en');
});

test('unknown words are told beside the prompt before anything is drawn, and known ones too', async () => {
  const studio = fakeStudio({ readTexts: fakeReader(['woozle', 'snark']) });
  const screen = await render(App, { studio });
  await studio.open();
  const prompt = screen.getByRole('textbox', { name: 'Prompt', exact: true });
  await prompt.fill('chest woozle, snark');
  await expect.element(screen.getByText(/does not know: woozle, snark/)).toBeVisible();
  await expect.element(screen.getByText('Known: chest')).toBeVisible();
  const negative = screen.getByRole('textbox', { name: 'Negative prompt' });
  await negative.fill('snark');
  await expect.element(negative).toHaveAccessibleDescription(/does not know: snark/);

  await prompt.fill('woozle');
  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect.element(screen.getByRole('alert')).toHaveTextContent(/knows no word of the prompt/);
  expect(studio.gallery.entries).toHaveLength(0);
  await screen.getByRole('button', { name: 'Draw it anyway' }).click();
  await expect.poll(() => studio.gallery.entries.length).toBe(1);
});

test('words beyond the longest prompt are told beside it, without a flood of them', async () => {
  const studio = fakeStudio({ readTexts: fakeReader([], 2) });
  const screen = await render(App, { studio });
  await studio.open();
  const prompt = screen.getByRole('textbox', { name: 'Prompt', exact: true });
  await prompt.fill('chest x-ray left pleural effusion,');
  const notice = screen.getByRole('status').filter({ hasText: 'too long' });
  await expect
    .element(notice)
    .toHaveTextContent('The prompt is too long; ignored: left pleural effusion.');
  await expect.element(prompt).toHaveAccessibleDescription(/too long; ignored: left/);

  const many = Array.from({ length: 30 }, (_, i) => `word${i}`);
  await prompt.fill(`chest x-ray ${many.join(' ')}`);
  await expect.element(notice).toHaveTextContent(/word23 … and 6 more words\./);
});

test('a covariate is asked for by its box and set in its unit', async () => {
  const studio = fakeStudio();
  const screen = await render(App, { studio });
  await screen.getByRole('checkbox', { name: 'Age' }).click();
  await screen.getByRole('spinbutton', { name: 'Age, years' }).fill('63');
  expect(studio.form.nextRequest().covariates).toEqual({ view: 0, age: 63 });
  await screen.getByRole('checkbox', { name: 'Age' }).click();
  expect(studio.form.nextRequest().covariates).toEqual({ view: 0 });
});

test('a chip has the name of its modality and fills in its example', async () => {
  const studio = fakeStudio();
  const screen = await render(App, { studio });
  await expect.element(screen.getByRole('button', { name: 'Chest x-ray' })).toBeVisible();
  await screen.getByRole('button', { name: 'Brain MRI' }).click();
  await expect
    .element(screen.getByRole('textbox', { name: 'Prompt', exact: true }))
    .toHaveValue('axial t1 brain mri');
});

test('a browser that denies storage still works, and says what that means', async () => {
  const studio = new StudioState({
    entry: fakeEntry(),
    client: fakeClient(),
    store: createMemoryGallery(),
    sessionOnly: true,
    settings: new SettingsState(null),
  });
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: /^Generate/ }).click();
  await expect.element(screen.getByText('This session only')).toBeVisible();
  await expect.poll(() => studio.gallery.entries.length).toBe(1);
});
