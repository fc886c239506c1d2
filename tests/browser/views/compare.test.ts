import '../../../src/styles/tokens.css';
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import App from '../../../src/App.svelte';
import { appError } from '../../../src/errors';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import { fakeClient, fakeEntry, fakeImage, fakeReader, tinyPng, type FakeClient } from './ui-fakes';

const own = fakeEntry();
const { defaults, conditions } = own;
const other = fakeEntry({
  ...{ id: 'other', title: 'Other model' },
  defaults: { ...defaults, numInferenceSteps: 20 },
  conditions: { ...conditions, covariates: [] },
});

function studioOf(change: Partial<FakeClient> = {}) {
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  return new StudioState({
    ...{ entry: own, client: fakeClient(change), store: createMemoryGallery(), sessionOnly: false },
    ...{ settings: new SettingsState(null), storedModels: () => Promise.resolve([own, other]) },
  });
}

/** A studio on the page with one picture, and what draws beside it. */
async function comparing(change: Partial<FakeClient> = {}) {
  const png = await tinyPng();
  const fetched: string[] = [];
  const studio = studioOf({
    install: async (modelId) => void fetched.push(modelId),
    generate: async (request) => fakeImage(request, png),
    ...change,
  });
  const screen = await render(App, { studio });
  await studio.open();
  studio.form.covariates = { age: 40 };
  await studio.submit();
  fetched.length = 0;
  await screen.getByRole('button', { name: 'Compare …' }).click();
  return { studio, screen, fetched };
}

test('the same prompt and seed are drawn by another model beside the first picture, and found again', async () => {
  await page.viewport(1280, 800);
  const { studio, screen, fetched } = await comparing();
  const [first] = studio.gallery.entries;
  await expect
    .element(screen.getByText('Other model does not have Age: not asked for.'))
    .toBeVisible();
  await screen.getByRole('button', { name: 'Draw it with Other model' }).click();
  await expect.element(screen.getByAltText('Picture by Other model')).toBeVisible();
  const [left, right] = ['Fake model', 'Other model'].map((title) =>
    screen.getByAltText(`Picture by ${title}`).element().getBoundingClientRect(),
  );
  expect(right.left).toBeGreaterThanOrEqual(left.right);
  expect(right.width).toBe(left.width);
  const [second] = studio.gallery.entries;
  expect(second.request).toMatchObject({
    ...{ modelId: 'other', seed: first.request.seed, prompt: first.request.prompt },
    ...{ numInferenceSteps: 20, covariates: {} },
  });
  expect(fetched).toEqual(['other']);
  expect(studio.gallery.selectedId).toBe(first.id);

  // Nothing is drawn twice.
  await screen.getByRole('button', { name: 'Back to the picture' }).click();
  await screen.getByRole('button', { name: 'Compare …' }).click();
  await expect.element(screen.getByAltText('Picture by Other model')).toBeVisible();
  await expect
    .element(screen.getByRole('button', { name: /^Draw it with/ }))
    .not.toBeInTheDocument();
  expect(studio.gallery.entries).toHaveLength(2);
});

test('on a phone one picture stands below the other', async () => {
  await page.viewport(380, 800);
  const { screen } = await comparing();
  await screen.getByRole('button', { name: 'Draw it with Other model' }).click();
  const second = screen.getByAltText('Picture by Other model');
  await expect.element(second).toBeVisible();
  const first = screen.getByAltText('Picture by Fake model').element().getBoundingClientRect();
  expect(second.element().getBoundingClientRect().top).toBeGreaterThanOrEqual(first.bottom);
  expect(document.documentElement.scrollWidth).toBe(380);
});

test('an error of the second model is told in its place, and leaves the first picture and the studio as they are', async () => {
  await page.viewport(1280, 800);
  let broken = true;
  const { studio, screen } = await comparing({
    generate: async (request) => {
      if (request.modelId === 'other' && broken) throw appError('ModelCorrupt', 'It is damaged.');
      return fakeImage(request, await tinyPng());
    },
  });
  await screen.getByRole('button', { name: 'Draw it with Other model' }).click();
  await expect.element(screen.getByRole('alert')).toHaveTextContent('It is damaged.');
  await expect.element(screen.getByAltText('Picture by Fake model')).toBeVisible();
  expect(studio.generation.error).toBeNull();
  await expect.element(screen.getByText(/Delete the model and download/)).not.toBeInTheDocument();
  broken = false;
  await screen.getByRole('button', { name: 'Try again' }).click();
  await expect.element(screen.getByAltText('Picture by Other model')).toBeVisible();
  await expect.poll(() => studio.generation.running).toBe(false); // else it waits in the queue
  await studio.submit(); // by the studio's own model, as before
  expect(studio.gallery.entries[0].request.modelId).toBe('fake');
});

test('a prompt of which the other model knows no word is asked about first', async () => {
  await page.viewport(1280, 800);
  const read = fakeReader(['frontal', 'chest', 'x-ray', 'no', 'finding']);
  const { studio, screen } = await comparing({
    readTexts: (id, ...rest) => (id === 'other' ? read(id, ...rest) : Promise.resolve(null)),
  });
  await screen.getByRole('button', { name: 'Draw it with Other model' }).click();
  await screen.getByRole('button', { name: 'Draw it anyway' }).click();
  await expect.element(screen.getByAltText('Picture by Other model')).toBeVisible();
  expect(studio.gallery.entries).toHaveLength(2);
});
