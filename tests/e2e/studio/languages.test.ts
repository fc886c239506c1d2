import AxeBuilder from '@axe-core/playwright';
import { expect, test, TINY } from '../app';

test('the page speaks German when asked, keeps what is typed, and stays so', async ({
  serve,
  studio,
}) => {
  const { page } = studio;
  const html = page.locator('html');
  const header = page.getByRole('banner');
  const server = await serve(TINY);
  await studio.open(server.url);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await expect(html).toHaveAttribute('lang', 'en');
  await studio.prompt.fill('chest x-ray, pneumonia');

  await header.getByRole('button', { name: 'Language' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('radio')).toHaveCount(3);
  await page.getByRole('radio', { name: 'Deutsch' }).check();

  await expect(html).toHaveAttribute('lang', 'de');
  await expect(header.getByRole('button', { name: 'Datensätze' })).toBeVisible();
  await expect(studio.prompt).toHaveValue('chest x-ray, pneumonia');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`),
  ).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /wo das Modell läuft/ }).click();
  await expect(page.getByText('Sie haben die CPU gewählt.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Erzeugen/ }).click();
  await expect(page.getByRole('link', { name: 'PNG speichern' })).toBeVisible();

  await server.close();
  await page.reload();
  await expect(html).toHaveAttribute('lang', 'de');
  await expect(header.getByRole('button', { name: 'Auswerten' })).toBeVisible();
  await page.setViewportSize({ width: 380, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380);
});
