/**
 * Every view and dialog, light and dark, on a phone, a laptop and a wide screen: `npm run prove-views`. axe finds nothing
 * wrong, nothing scrolls sideways, and a picture of each lies in test-results/views for somebody to look at.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import { expect, onWasm, SHIPPED, Studio } from './app';
import { makeRecipe, recipeFor } from './datasets/dataset-pages';
import { range, writePictures } from './evaluate/evaluation-folders';
import { trainToTheEnd, writeDiscs } from './finetune/finetune-pages';
import { test } from './tiny-with-networks';

const WIDTHS = [380, 1280, 1920];
const SCHEMES = ['light', 'dark'] as const;
const PICTURES = 'test-results/views';

/** Shows the page in every size and colour; returns what is wrong with it. */
async function lookAt(page: Page, name: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 480 ? 780 : 900 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const place = `${name}-${width}-${colorScheme}`;
      const path = join(PICTURES, `${place}.png`);
      await page.screenshot({ path, fullPage: width < 480 });
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (sideways > 0) wrong.push(`${place}: ${sideways} px to scroll sideways`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, nodes } of violations) {
        wrong.push(`${place}: ${id}: ${nodes.map(({ target }) => String(target)).join(', ')}`);
      }
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return wrong;
}

test('every view and dialog', async ({ page, serve, place }, testInfo) => {
  test.setTimeout(3_600_000);
  await mkdir(PICTURES, { recursive: true });
  const { url } = await serve([{ prefix: '/', folder: place }, ...SHIPPED]);
  const studio = new Studio(page);
  const wrong: string[] = [];
  const look = async (name: string) => wrong.push(...(await lookAt(page, name)));
  const press = (name: string | RegExp) =>
    page.getByRole('button', { name }).first().click({ timeout: 30_000 });
  const dialog = async (name: string, opener: string | RegExp) => {
    await press(opener);
    await expect(page.getByRole('dialog')).toBeVisible();
    await look(name);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };

  await onWasm(page);
  await page.goto(url);
  await expect(studio.generate).toBeEnabled();
  await look('studio-first');
  await studio.makeImage('frontal chest x-ray, no finding', 2);
  await look('studio-picture');
  await press('Image or mask …');
  await look('studio-conditions');
  await press('Sweep …');
  await look('studio-sweep');
  await dialog('prompts', /^Prompts/);
  await dialog('storage', /stored$/);
  await dialog('models', /^Models/);
  await page.keyboard.press('?');
  await look('keyboard');
  await page.keyboard.press('Escape');

  await press('Projects');
  await look('projects');
  await press('Data sets');
  await look('datasets-none');
  await press('New recipe');
  await look('recipe');
  await page.goBack();
  await makeRecipe(page, await recipeFor(url, 'Twelve chests', 12));
  await expect(page.getByText(/^12 · done/)).toBeVisible();
  await look('dataset');
  await dialog('export', 'Export …');
  await press('Look through');
  await look('review');
  await page.goBack();

  await press('Evaluate');
  await look('evaluate-form');
  for (const [label, seeds] of [
    ['Synthetic', range(24)],
    ['Real', range(24, 100)],
  ] as const) {
    const folder = testInfo.outputPath(label);
    await writePictures(folder, seeds);
    await page.getByLabel(`Folder: ${label} images`, { exact: true }).setInputFiles(folder);
  }
  await page.getByLabel('Train classifiers').uncheck();
  await press('Compare');
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible();
  await look('evaluate-result');

  await press('Fine-tune');
  await look('finetune-form');
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 6), 3);
  await look('finetune-result');

  for (const other of ['models.html', 'bench.html']) {
    await page.goto(new URL(other, url).href);
    await expect(page.getByRole('heading').first()).toBeVisible();
    await look(other);
  }
  expect(wrong).toEqual([]);
});
