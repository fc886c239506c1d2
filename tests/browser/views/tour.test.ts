import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { expect, test } from 'vitest';
import App from '../../../src/App.svelte';
import { fakeStudio } from './ui-fakes';

const tour = page.getByRole('region', { name: 'New here?' });

test('the tour leads through three steps, and is over for ever', async () => {
  const studio = fakeStudio();
  void render(App, { studio });
  await expect.element(tour).toHaveTextContent('1 of 3');
  await tour.getByRole('button', { name: 'Next' }).click();
  await expect.element(tour).toHaveTextContent('2 of 3');
  await tour.getByRole('button', { name: 'Back' }).click();
  await tour.getByRole('button', { name: 'Go to the prompt' }).click();
  await expect.poll(() => document.activeElement?.id).toBe('prompt');
  await tour.getByRole('button', { name: 'Next' }).click();
  await tour.getByRole('button', { name: 'Next' }).click();
  await tour.getByRole('button', { name: 'Done' }).click();
  await expect.element(tour).not.toBeInTheDocument();
  expect(studio.settings.tourDone).toBe(true);
});

test('it can be skipped at once', async () => {
  const studio = fakeStudio();
  void render(App, { studio });
  await tour.getByRole('button', { name: 'Do not show this again' }).click();
  await expect.element(tour).not.toBeInTheDocument();
  expect(studio.settings.tourDone).toBe(true);
});
