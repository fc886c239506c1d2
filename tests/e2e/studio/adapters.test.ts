/** LoRA files on a Stable Diffusion package, as somebody uses them: imported, named in the prompt, taken out again. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readPngTexts } from '../../../src/image/png';
import { expect, SHIPPED, test, type Studio } from '../app';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const PROMPT = 'frontal chest x-ray, adult, pleural effusion';

/** Draws, and returns the picture's image data and what it says of itself. */
async function draw(studio: Studio, prompt: string) {
  const { page } = studio;
  await studio.makeImage(prompt, 4);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save PNG' }).click();
  const png = readFileSync(await (await downloading).path());
  const texts = await readPngTexts(new Blob([png]));
  const pixels = await page.getByRole('link', { name: 'Save PNG' }).evaluate(async (link) => {
    const blob = await (await fetch((link as HTMLAnchorElement).href)).blob();
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data].join();
  });
  return { pixels, request: JSON.stringify(texts) };
}

test('LoRA files are imported, asked for in the prompt, recorded, and gone when they are not asked for', async ({
  serve,
  studio,
}) => {
  const { page } = studio;
  const { url } = await serve([{ prefix: '/', folder: join(FIXTURES, 'tiny-sd') }, ...SHIPPED]);
  await studio.open(url);
  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  for (const name of ['kohya-text', 'locon']) {
    const file = join(FIXTURES, 'tiny-sd-adapters', `${name}.safetensors`);
    await page.getByLabel('File of a tuned model').setInputFiles(file);
    await expect(page.getByText(name).first()).toBeVisible();
  }
  await page.getByRole('button', { name: 'Studio', exact: true }).click();

  await page.getByLabel('Seed', { exact: true }).fill('7');
  const plain = await draw(studio, PROMPT);
  await page.getByLabel('Seed', { exact: true }).fill('7');
  const adapted = await draw(studio, `${PROMPT} <lora:Kohya Text:0.6> <lora:locon:0.5>`);
  expect(adapted.pixels).not.toBe(plain.pixels);
  expect(adapted.request).toContain('moreLoras');
  expect(adapted.request).not.toContain('<lora');

  await page.getByRole('button', { name: 'Use these settings' }).click();
  await expect(page.getByLabel('Prompt', { exact: true })).toHaveValue(
    `${PROMPT} <lora:kohya-text:0.6> <lora:locon:0.5>`,
  );
  await page.getByLabel('Seed', { exact: true }).fill('7');
  const again = await draw(studio, PROMPT);
  expect(again.pixels).toBe(plain.pixels);

  await page.getByLabel('Prompt', { exact: true }).fill(`${PROMPT} <lora:hands>`);
  await studio.generate.click();
  await expect(page.getByText(/No tuned model or LoRA is called "hands"/)).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});
