import { page, userEvent } from 'vitest/browser';
import { beforeEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import App from '../../../src/App.svelte';
import type { StudioState } from '../../../src/shell/studio.svelte';
import { fakeImage, fakeRequest, fakeStudio } from './ui-fakes';

const PROMPTS = ['frontal chest x-ray, no finding', 'axial t1 brain mri'];

/** The app with so many pictures in its gallery, half of them of brains, each a year older. */
async function openGallery(count: number): Promise<StudioState> {
  const studio = fakeStudio();
  studio.model.phase = 'ready';
  for (let i = 0; i < count; i++) {
    const request = fakeRequest({ prompt: PROMPTS[i % 2], seed: i, covariates: { age: 20 + i } });
    await studio.gallery.keep(fakeImage(request));
  }
  void render(App, { studio });
  return studio;
}

const options = () => page.getByRole('listbox', { name: /^Images of Gallery/ }).getByRole('option');

beforeEach(async () => {
  await page.viewport(1280, 800);
});

test('of 300 pictures the side pane has the newest 60, and the grid all of them with few elements', async () => {
  await openGallery(300);
  const tiles = page.getByRole('button', { name: /, seed \d+$/ });
  await expect.poll(() => tiles.elements().length).toBe(60);
  await page.getByRole('button', { name: 'All 300 pictures' }).click();
  await expect.element(page.getByText('300 shown')).toBeVisible();
  expect(options().elements().length).toBeLessThan(120);
});

test('pictures are filtered by modality and covariate, rated and discarded, and it is all kept', async () => {
  const studio = await openGallery(6);
  await page.getByRole('button', { name: 'Look through' }).click();
  await page.getByText('Filters').click();
  await page.getByRole('combobox', { name: 'Label' }).selectOptions('brain MRI');
  await expect.element(page.getByText('3 shown')).toBeVisible();
  await page.getByRole('button', { name: 'Clear' }).click();

  await options().first().click();
  await userEvent.keyboard('4');
  await expect.element(options().first()).toHaveAccessibleName(/rated 4/);
  await userEvent.keyboard('{Delete}');
  await expect.element(page.getByText('5 shown')).toBeVisible();
  await expect.poll(() => studio.gallery.visible.length).toBe(5);
  expect(studio.gallery.entries[0]).toMatchObject({ rating: 4, discarded: true });

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.element(page.getByText('6 shown')).toBeVisible();
  await studio.gallery.load(); // as the store has it
  expect(studio.gallery.entries[0]).toMatchObject({ rating: 4, discarded: false });
});

test('a picture leads to the one it was made from, and into the studio', async () => {
  const studio = await openGallery(1);
  const [source] = studio.gallery.entries;
  const init = { strength: 0.5, sourceId: source.id };
  await studio.gallery.keep(fakeImage(fakeRequest({ seed: 99, init })));
  await page.getByRole('button', { name: 'Look through' }).click();
  await options().first().click();
  await page.getByRole('button', { name: 'another image' }).click();
  await expect.element(options().nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect.element(page.getByRole('button', { name: 'image 1' })).toBeVisible();
  await page.getByRole('button', { name: 'Show in the studio' }).click();
  expect(studio.view).toBe('studio');
  expect(studio.gallery.selectedId).toBe(source.id);
});
