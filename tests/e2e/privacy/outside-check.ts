import type { Page } from '@playwright/test';
import { expect } from '../app';

/** Runs the page's own check against a host and reads its table: way → outcome. */
export async function runCheck(page: Page, host: string): Promise<Record<string, string>> {
  await page.getByRole('button', { name: /^Requests:/ }).click();
  await page.getByLabel('Try to reach').fill(host);
  await page.getByRole('button', { name: 'Test now' }).click();
  await expect(page.getByText(/^(Passed|Failed):/)).toBeVisible();
  const rows = page.getByRole('dialog').getByRole('row');
  const cells = await rows.evaluateAll((found) =>
    found.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
  );
  return Object.fromEntries(cells) as Record<string, string>;
}
