import { expect, test } from '@playwright/test';
import { pathToFileURL } from 'node:url';
import { DIST } from '../../../cli/install.js';

test('a page that was opened as a file says that it needs a server', async ({ page }) => {
  await page.goto(pathToFileURL(`${DIST}/index.html`).href);
  await expect(page.locator('#starting')).toBeVisible();
  await expect(page.getByText('npm start')).toBeVisible();
});
