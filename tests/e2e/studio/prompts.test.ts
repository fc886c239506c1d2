/** Prompts that were used, and presets: found again, taken up, kept over a reload, carried in a file. */
import { readFileSync } from 'node:fs';
import { expect, test, TINY } from '../app';

test('a used prompt and a saved preset fill the form again, and presets go out and come back', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.makeImage('chest x-ray, effusion', 2);
  await studio.makeImage('brain mri', 3);
  const dialog = page.getByRole('dialog', { name: 'Prompts' });
  const open = () => page.getByRole('button', { name: 'Prompts …' }).click();
  await open();
  const used = dialog.getByRole('region', { name: 'History' }).getByRole('listitem');
  await expect(used).toHaveText([/^brain mri.*3 steps/s, /^chest x-ray, effusion.*2 steps/s]);
  await page.reload();
  await open();
  await expect(used).toHaveCount(2);
  await dialog.getByRole('textbox', { name: 'Search prompts' }).fill('EFFUSION');
  await expect(used).toHaveCount(1);
  await used.getByRole('button').click();
  await expect(studio.prompt).toHaveValue('chest x-ray, effusion');
  await expect(page.getByRole('spinbutton', { name: 'Steps', exact: true })).toHaveValue('2');

  await open();
  await dialog.getByRole('textbox', { name: 'Save the form as' }).fill('Effusions');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.getByRole('button', { name: 'Rename Effusions' }).click();
  await dialog.getByRole('textbox', { name: 'New title' }).fill('Wet lungs');
  await page.keyboard.press('Enter');
  const preset = dialog.getByRole('button', { name: 'Use Wet lungs' });
  await expect(preset).toBeVisible();
  const downloading = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export as JSON' }).click();
  const file = testInfo.outputPath('presets.json');
  await (await downloading).saveAs(file);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    format: 'phantoscope-presets',
    presets: [{ title: 'Wet lungs', settings: { prompt: 'chest x-ray, effusion' } }],
  });
  await dialog.getByRole('button', { name: 'Delete Wet lungs' }).click();
  await expect(dialog.getByText('None yet.')).toBeVisible();
  const bad = { name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{"rows":[]}') };
  await dialog.getByLabel('File of presets').setInputFiles(bad);
  await expect(dialog.getByRole('alert')).toContainText(
    'expected the format "phantoscope-presets"',
  );
  await dialog.getByLabel('File of presets').setInputFiles(file);
  await dialog.getByRole('button', { name: 'Clear the history' }).click();
  await dialog.getByRole('button', { name: /^Clear it/ }).click();
  await expect(dialog.getByText('Nothing was drawn yet.')).toBeVisible();

  await dialog.getByRole('button', { name: 'Close' }).click();
  await studio.prompt.fill('skin photo');
  await open();
  await preset.click();
  await expect(studio.prompt).toHaveValue('chest x-ray, effusion');
  expect(studio.consoleErrors).toEqual([]);
});
