import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { encode } from 'fast-png';

/** A folder of grey PNGs with a bright disc each, no two alike; resolves to its path. */
export function writeDiscs(folder: string, count: number, same = false): string {
  mkdirSync(folder, { recursive: true });
  const side = 64;
  for (let k = 0; k < count; k++) {
    const n = same ? 0 : k;
    const data = new Uint8Array(side * side).map((_, i) => {
      const [x, y] = [i % side, Math.floor(i / side)];
      return Math.hypot(x - 20 - 3 * n, y - 32) < 6 + n ? 220 : 10 + n;
    });
    writeFileSync(
      join(folder, `disc-${k}.png`),
      encode({ width: side, height: side, data, channels: 1, depth: 8 }),
    );
  }
  return folder;
}

/** Opens the view and fills it in for a short run. */
export async function fillForm(page: Page, folder: string, steps: number) {
  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await dropFiles(page, folder);
  await page.getByLabel('Caption', { exact: true }).fill('chest x-ray');
  // The form keeps what was open: a second run finds its details still there.
  const stepsField = page.getByLabel('Steps (empty: as many as fit)');
  if (!(await stepsField.isVisible())) await page.getByText('Details').click();
  await stepsField.fill(String(steps));
  await page.getByLabel(/^Rank/).fill('2');
  await page.getByLabel('Learning rate').fill('0.05');
}

/** As if the files of a folder were dragged onto the form: a folder cannot be uploaded to a browser that is killed. */
async function dropFiles(page: Page, folder: string) {
  const files = readdirSync(folder).map((name) => {
    return { name, base64: readFileSync(join(folder, name)).toString('base64') };
  });
  const form = page.getByRole('region', { name: 'What to train on' }).locator('form');
  await form.evaluate((element, dropped) => {
    const dataTransfer = new DataTransfer();
    for (const { name, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type: 'image/png' }));
    }
    element.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
  }, files);
}

/** Presses start and waits for the tuned model. */
export async function trainToTheEnd(page: Page, folder: string, steps: number) {
  await fillForm(page, folder, steps);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByRole('button', { name: 'Use in the studio' })).toHaveCount(1);
}

/** sha256 of the factors of each tuned model, as the page has stored it. */
export function storedHashes(page: Page): Promise<string[]> {
  return page.evaluate(
    () =>
      new Promise<string[]>((resolve, reject) => {
        const request = indexedDB.open('finetunes');
        request.onerror = () => reject(new Error('no such database'));
        request.onsuccess = () => {
          const all = request.result.transaction('items').objectStore('items').getAll();
          all.onsuccess = () => {
            request.result.close();
            const records = all.result as { id: string; tuned?: { sha256: string } }[];
            resolve(records.flatMap(({ tuned }) => (tuned ? [tuned.sha256] : [])));
          };
        };
      }),
  );
}
