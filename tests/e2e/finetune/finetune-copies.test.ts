/** At the end of a fine-tuning its samples stand beside the images they resemble most, and the words are an evaluation's. */
import { expect, SHIPPED } from '../app';
import { trainToTheEnd, writeDiscs } from './finetune-pages';
import { test } from '../tiny-with-networks';

test('samples are shown beside the nearest images trained on, and too few of them give no verdict', async ({
  page,
  place,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve([{ prefix: '/', folder: place }, ...SHIPPED]);
  await studio.open(url);
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 8), 12);
  const pairs = page.getByRole('region', { name: 'Samples and the images nearest to them' });
  await expect(pairs.getByRole('img', { name: 'Synthetic: sample 1', exact: true })).toBeVisible();
  await expect(pairs.getByRole('img', { name: /^Real: disc-\d\.png$/ })).toHaveCount(4);
  await expect(pairs.getByText(/^Copies: No verdict: .* there are \d and 4\./)).toBeVisible();
  await expect(page.getByText(/copies among its samples: No verdict/)).toBeVisible();
  await expect(pairs.getByText(/shown until the page closes/)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/copies among its samples: No verdict/)).toBeVisible();
  await expect(pairs.getByRole('img', { name: /^Synthetic: sample/ })).toHaveCount(4);
  await expect(pairs.getByText(/only in the visit that trained/)).toBeVisible();
  await expect(pairs.getByRole('img', { name: /^Real/ })).toHaveCount(0); // real images outlive no visit
  expect(studio.consoleErrors).toEqual([]);
});
