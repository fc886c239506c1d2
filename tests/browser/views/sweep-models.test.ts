import '../../../src/styles/tokens.css';
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import App from '../../../src/App.svelte';
import { appError } from '../../../src/errors';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import { fakeClient, fakeEntry, fakeImage, tinyPng } from './ui-fakes';

const own = fakeEntry();
const { conditions } = own;
const second = fakeEntry({ id: 'second', title: 'Second' });
const plain = fakeEntry({
  ...{ id: 'plain', title: 'Plain', conditions: { ...conditions, covariates: [] } },
});

/** A studio on the page with three models, whose sweep is open; `made` lists who drew which seed. */
async function sweeping(mayDraw: (modelId: string) => boolean = () => true) {
  await page.viewport(1280, 900);
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  const png = await tinyPng();
  const made: string[] = [];
  const studio = new StudioState({
    entry: own,
    client: fakeClient({
      generate: async (request) => {
        const { modelId, seed } = request;
        if (!mayDraw(modelId)) throw appError('ModelCorrupt', 'It is damaged.');
        made.push(`${modelId} ${seed}`);
        return fakeImage(request, png);
      },
    }),
    ...{ store: createMemoryGallery(), sessionOnly: false, settings: new SettingsState(null) },
    storedModels: () => Promise.resolve([own, second, plain]),
  });
  const screen = await render(App, { studio });
  await studio.open();
  await screen.getByRole('button', { name: 'Sweep …' }).click();
  await screen.getByRole('combobox', { name: 'Across' }).selectOptions('Model');
  return { studio, screen, made };
}

test('a sweep runs along models and seeds, one model after the other, and is there again later', async () => {
  const { studio, screen, made } = await sweeping();
  studio.form.seed = 5;
  await screen.getByRole('combobox', { name: 'Down' }).selectOptions('Seed');
  await screen.getByLabelText('Down to').fill('6');
  await screen.getByLabelText('Down: number of values').fill('2');
  await screen.getByRole('checkbox', { name: 'Plain' }).click();
  await screen.getByRole('button', { name: 'Make 4 images' }).click();
  await expect.element(screen.getByText('Model × Seed · 4 of 4')).toBeVisible();
  expect(made).toEqual(['fake 5', 'fake 6', 'second 5', 'second 6']);
  await expect.element(screen.getByRole('columnheader', { name: 'Second' })).toBeVisible();

  // As after a reload: nothing but what the gallery has.
  const [entry] = studio.gallery.entries;
  studio.workbench.clear();
  await studio.workbench.showSweep(entry);
  expect(studio.workbench.sweep?.run?.ids).not.toContain(null);
  await expect.element(screen.getByRole('img', { name: 'Model Second · Seed 6' })).toBeVisible();
});

test('a model that has no such covariate is named before anything is drawn', async () => {
  const { screen } = await sweeping();
  await screen.getByRole('combobox', { name: 'Down' }).selectOptions('View');
  await expect.element(screen.getByText(/^Plain cannot run along View/)).toBeVisible();
  await screen.getByRole('checkbox', { name: 'Plain' }).click();
  await expect.element(screen.getByRole('button', { name: 'Make 4 images' })).toBeEnabled();
  await screen.getByRole('checkbox', { name: 'Second' }).click();
  await expect.element(screen.getByText('Pick 2 to 7 models to run along (now 1).')).toBeVisible();
});

test('a model that fails is named with the grid, which keeps the others and can be finished', async () => {
  let broken = true;
  const { studio, screen } = await sweeping((modelId) => modelId !== 'second' || !broken);
  await screen.getByRole('button', { name: 'Make 3 images' }).click();
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Second: It is damaged.');
  expect(studio.generation.error).toBeNull();
  broken = false;
  await screen.getByRole('button', { name: 'Make the missing 2' }).click();
  await expect.element(screen.getByText('Model · 3 of 3')).toBeVisible();
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
});
