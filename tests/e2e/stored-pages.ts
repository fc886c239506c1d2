/** What a browser keeps of the app, and how a user encrypts, unlocks and erases it. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { chromiumLaunchOptions } from '../../cli/chromium.js';
import { Studio, expect } from './app';

/** Of all the tests that encrypt. */
export const PASSPHRASE = 'correct horse battery';

/** Files of the profile that hold this, as the disk has it: in bytes, or in UTF-16 as Chromium writes what is typed. */
export function filesWith(profile: string, word: string | Buffer, folder = ''): string[] {
  const needles =
    typeof word === 'string' ? [Buffer.from(word), Buffer.from(word, 'utf16le')] : [word];
  return readdirSync(join(profile, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = contents(path);
      return needles.some((needle) => bytes.includes(needle));
    });
}

/** A running browser may delete a file between the listing and the reading. */
function contents(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** A browser with a profile on the disk, started and ended as often as the test likes. */
export async function withProfile(
  work: (profile: string, visit: (url: string, stay: Stay) => Promise<void>) => Promise<void>,
) {
  const profile = mkdtempSync(join(tmpdir(), 'phantoscope-profile-'));
  let context: BrowserContext | null = null;
  try {
    await work(profile, async (url, stay) => {
      context = await chromium.launchPersistentContext(profile, chromiumLaunchOptions());
      const studio = new Studio(context.pages()[0]);
      await studio.page.goto(url);
      await stay(studio);
      await context.close();
    });
  } finally {
    await (context as BrowserContext | null)?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  }
}
type Stay = (studio: Studio) => Promise<void>;

/** By the menu in the header. */
export async function turnOnEncryption({ page }: Studio) {
  await page.getByRole('button', { name: /stored$/ }).click();
  await page.getByRole('button', { name: /Turn on encryption/ }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('The same again').fill(PASSPHRASE);
  await page.getByRole('button', { name: /^Encrypt/ }).click();
  await expect(page.getByText('Encryption is on.')).toBeVisible();
  await page.keyboard.press('Escape');
}

/** At the dialog of a locked page. */
export async function unlock(page: Page, passphrase: string) {
  await page.getByRole('textbox', { name: 'Passphrase' }).fill(passphrase);
  await page.keyboard.press('Enter');
}

/** By the button, and the word that it wants. */
export async function eraseEverything(page: Page) {
  await page.getByRole('button', { name: 'Erase everything' }).click();
  await page.getByRole('textbox', { name: /^Type/ }).fill('erase');
  await page.keyboard.press('Enter');
}

/** All that scripts of this origin can find in its storages, by place. */
export function storages(page: Page) {
  return page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name!);
    const records = await Promise.all(names.filter((name) => name !== 'weights').map(readAll));
    const cached = await Promise.all(
      (await caches.keys()).map(async (name) => {
        const requests = await (await caches.open(name)).keys();
        // Parts of the app join as they are first used; they are the same for everyone.
        return requests.map(({ url }) => url).filter((url) => !url.includes('/assets/'));
      }),
    );
    const registrations = await navigator.serviceWorker.getRegistrations();
    const files: string[] = [];
    const root = (await navigator.storage.getDirectory()) as unknown as {
      keys(): AsyncIterable<string>;
    };
    for await (const name of root.keys()) files.push(name);
    return {
      databases: names.sort(),
      records: JSON.stringify(records),
      localStorage: JSON.stringify(localStorage),
      sessionStorage: JSON.stringify(sessionStorage),
      caches: cached.flat().sort(),
      serviceWorkers: registrations.length,
      cookies: document.cookie,
      files,
    };

    async function readAll(name: string) {
      const db = await settled(indexedDB.open(name));
      const stores = [...db.objectStoreNames];
      const all = stores.map((store) => settled(db.transaction(store).objectStore(store).getAll()));
      const found: unknown[][] = await Promise.all(all);
      db.close();
      return found.flat();
    }
    function settled<T>(request: IDBRequest<T>) {
      return new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
    }
  });
}
