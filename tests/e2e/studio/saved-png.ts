import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';

/** The newest picture, as the page would save it; what repeats a source is saved after a yes. */
export async function savedPng(page: Page, repeats = false): Promise<Buffer> {
  const downloading = page.waitForEvent('download');
  await page.getByRole(repeats ? 'button' : 'link', { name: 'Save PNG', exact: true }).click();
  if (repeats) await page.getByRole('button', { name: 'Save this 1 picture' }).click();
  return readFile(await (await downloading).path());
}
