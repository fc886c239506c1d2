/** Pages of docs/ inside the app: what leads there, from page to page, back, and while images are locked. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, TINY } from '../app';
import { turnOnEncryption } from '../stored-pages';

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });

test('a dialog leads to its page of the help, and Back to the dialog', async ({
  serve,
  studio,
}, testInfo) => {
  const { page } = studio;
  const server = await serve(TINY);
  await studio.open(server.url);

  await page.getByRole('button', { name: 'Prompts …' }).click();
  const prompts = page.getByRole('dialog', { name: 'Prompts' });
  await expect(prompts).toHaveAccessibleDescription(/Brings back a prompt/);
  await prompts.getByRole('link', { name: 'More in the help' }).click();
  await expect(page).toHaveURL(/#\/help\/studio\/prompts-and-presets$/);
  await expect(heading(page, 'Prompts and presets')).toBeFocused();
  await expect(heading(page, 'Prompts and presets')).toBeInViewport();
  await expect(prompts).toHaveCount(0);

  const pictures = page.getByRole('article').getByRole('img');
  await expect(pictures).toHaveCount(3);
  const widths = () =>
    pictures.evaluateAll((all) =>
      (all as HTMLImageElement[]).map(({ naturalWidth }) => naturalWidth),
    );
  await expect.poll(widths).toEqual([1280, 1280, 1280]);
  await page.getByRole('article').getByRole('link', { name: 'layouts', exact: true }).click();
  await expect(heading(page, 'Layouts of exported data sets')).toBeVisible();
  await page.reload();
  await expect(heading(page, 'Layouts of exported data sets')).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(studio.prompt).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 380]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${server.url}#/help/model-card`);
      await expect(heading(page, 'Model card: Phantoscope Medical 256')).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations).toEqual([]);
      const path = testInfo.outputPath(`help-${colorScheme}-${width}.png`);
      await page.screenshot({ path });
    }
  }
});

test('while stored images are locked the help can be read, and nothing else', async ({
  serve,
  studio,
}) => {
  const { page } = studio;
  await studio.open((await serve(TINY)).url);
  await studio.makeImage('fundus photo', 1);
  await turnOnEncryption(studio);
  await page.reload();

  const locked = page.getByRole('dialog', { name: /locked/ });
  await locked.getByRole('link', { name: 'More in the help' }).click();
  await expect(heading(page, 'Private')).toBeFocused();
  await expect(locked).toHaveCount(0);
  await expect(page.getByRole('banner')).toHaveCount(0);
  await expect(page.getByRole('contentinfo')).toHaveCount(0);
  await page.reload();
  await expect(heading(page, 'Private')).toBeVisible();
  await expect(locked).toHaveCount(0);
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await expect(locked).toBeVisible();
  await expect(studio.galleryPictures()).toHaveCount(0);
});
