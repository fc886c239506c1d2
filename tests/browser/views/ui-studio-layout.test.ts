/** How the studio is laid out: narrow screens, the light box, and what stands on every picture. */
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import App from '../../../src/App.svelte';
import { appError } from '../../../src/errors';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import { fakeClient, fakeEntry, fakeImage, fakeRequest, fakeStudio, tinyPng } from './ui-fakes';

beforeEach(() => page.viewport(1440, 900));
afterEach(() => delete document.documentElement.dataset.theme);

test.each([380, 479, 700, 899, 1024])('nothing scrolls sideways at %i px', async (width) => {
  await page.viewport(width, 780);
  const studio = fakeStudio();
  const prompt = 'unbreakable'.repeat(40);
  await studio.gallery.keep(fakeImage(fakeRequest({ prompt }), await tinyPng()));
  studio.form.prompt = prompt;
  studio.model.error = appError('NetworkFailed', `No answer from ${prompt}. Try again.`);
  const screen = await render(App, { studio });
  await expect.element(screen.getByRole('alert')).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
});

test('on a narrow screen the form is a sheet that an invalid field opens', async () => {
  await page.viewport(700, 780);
  const studio = fakeStudio();
  studio.form.prompt = '';
  const screen = await render(App, { studio });
  expect(studio.sheet).toBeNull();
  await screen.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect.element(screen.getByRole('textbox', { name: 'Prompt', exact: true })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  expect(studio.sheet).toBeNull();
});

test('the light box shows the sample until there is a picture, and asks for none where there is none', async () => {
  const parts = {
    ...{ entry: fakeEntry(), client: fakeClient(), store: createMemoryGallery() },
    ...{ sessionOnly: false, settings: new SettingsState(null) },
  };
  const sampleUrl = URL.createObjectURL(await tinyPng());
  const screen = await render(App, { studio: new StudioState({ ...parts, sampleUrl }) });
  await expect.element(screen.getByRole('img', { name: /^A sample/ })).toBeVisible();
  await expect.element(screen.getByText(/A sample that Fake model made/)).toBeVisible();

  await screen.rerender({ studio: new StudioState({ ...parts, sampleUrl: null }) });
  await expect.element(screen.getByText('Press Generate to make an image.')).toBeVisible();
  expect(screen.getByRole('img', { name: /sample/ }).elements()).toEqual([]);
});

test('"synthetic, not for diagnosis" stands on the picture and below it', async () => {
  const screen = await render(App, { studio: fakeStudio() });
  await expect.element(screen.getByText(/not for diagnosis/).first()).toBeVisible();
  await expect.element(screen.getByText(/not for diagnosis/).last()).toBeVisible();
  expect(screen.getByText(/not for diagnosis/).elements()).toHaveLength(2);
});
