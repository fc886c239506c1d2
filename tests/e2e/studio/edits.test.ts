/** One thing of an image changed by a sentence, on the fixture model. */
import { expect, test, TINY } from '../app';
import { savedPng } from './saved-png';

test('a picture is changed as a sentence says, and its file says what it was', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.makeImage('chest x-ray, 40 year old man', 2);
  await page.getByRole('button', { name: 'Start from this' }).click();
  await page.getByRole('checkbox', { name: 'Change one thing, keep the rest' }).check();
  // The picture says itself what it shows.
  await expect(page.getByRole('textbox', { name: 'The image shows' })).toHaveValue(
    'chest x-ray, 40 year old man',
  );
  await expect(page.getByRole('spinbutton', { name: 'Strength' })).toHaveValue('1');

  const sentence = page.getByRole('textbox', { name: 'What to change' });
  await sentence.fill('make it nicer');
  await sentence.press('Enter');
  await expect(
    page.getByText(/names no change that can be asked of .*older, younger/),
  ).toBeVisible();

  await sentence.fill('older');
  await page.getByRole('button', { name: 'Put it into the prompt' }).click();
  await expect(page.getByText(/names no change/)).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toHaveValue(
    'chest x-ray, 65 year old man',
  );
  await studio.makeImage('chest x-ray, 65 year old man', 4);
  const text = (await savedPng(page)).toString('latin1');
  expect(text).toContain('"edit":{"prompt":"chest x-ray, 40 year old man"');
  expect(text).toContain('"sentence":"older"');
  expect(text).toContain('"age":65');
  expect(studio.consoleErrors).toEqual([]);
});
