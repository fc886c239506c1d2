import { expect, Studio } from '../app';
import { unzip } from '../datasets/dataset-pages';
import { PASSPHRASE, unlock } from '../stored-pages';
import type { Person } from './person';

/** What a task finds on the machine. */
export interface Place {
  /** A folder of 30 images of the user's. */
  real: string;
  /** A folder of 20 images to learn from. */
  ultrasound: string;
  /** Ends the server: from then on there is no network. */
  goOffline: () => Promise<void>;
}

/** Long enough for a CPU that others use too. */
const PATIENCE = { timeout: 1_200_000 };

/** Makes `count` labelled X-rays, and saves them. The page is at the studio. */
export async function saveXrays(person: Person, count: number) {
  const { page } = person;
  await person.press('Data sets');
  await person.press('New recipe');
  const fields = page.getByRole('spinbutton', { name: 'Images' });
  await expect(fields).not.toHaveCount(0);
  const rows = await fields.count();
  for (let i = 0; i < rows; i++) await person.type(fields.nth(i), String(count / rows));
  await person.press('Make these images');
  await expect(page.getByText(new RegExp(`^${count} · done`))).toBeVisible(PATIENCE);
  await person.press('Export …');
  const saving = page.waitForEvent('download', PATIENCE);
  await person.press('Save the ZIP');
  const files = await unzip(await saving);
  const labels = new TextDecoder().decode(files.get('labels.csv')).trim().split('\n');
  expect([...files.keys()].filter((path) => path.startsWith('images/'))).toHaveLength(count);
  expect(labels).toHaveLength(count + 1);
  await person.key('Escape');
}

/** Compares the newest data set with a folder of real images, down to the verdict. */
export async function compareWithReal(person: Person, { real }: Place) {
  const { page } = person;
  await person.press('Evaluate');
  const menu = page.getByLabel('Synthetic images', { exact: true });
  const newest = await menu.locator('option').nth(1).textContent();
  await person.choose(menu, newest!.trim());
  await person.give('Folder: Real images', real);
  await person.press('Compare');
  const unmatched = page.getByRole('group', { name: 'Labels that no real image has' });
  const verdict = page.getByRole('heading', { name: 'What the comparison says' });
  await expect(unmatched.or(verdict)).toBeVisible(PATIENCE);
  if (await unmatched.isVisible()) await person.press('Compare');
  await expect(verdict).toBeVisible(PATIENCE);
}

/** Teaches the model twenty images in the shortest way that is offered, and has `count` made with it. */
export async function learnAndMake(person: Person, { ultrasound }: Place, count: number) {
  const { page } = person;
  await person.press('Fine-tune');
  await person.give('Folder of images to train on', ultrasound);
  await person.type(page.getByLabel('Caption', { exact: true }), 'breast ultrasound');
  await person.pressOn(page.getByRole('radio', { name: /^5 minutes/ }));
  await person.press('Start training');
  await expect(page.getByRole('button', { name: 'Make 200 with it' })).toBeVisible(PATIENCE);
  await person.press('Make 200 with it');
  await person.type(page.getByRole('spinbutton', { name: 'Images' }), String(count));
  await person.press('Make these images');
  await expect(page.getByText(new RegExp(`^${count} · done`))).toBeVisible(PATIENCE);
}

/** Encrypts, makes a picture, loses the network, comes back, unlocks, and makes another. */
export async function demoOffline(person: Person, { goOffline }: Place) {
  const { page } = person;
  const pictures = new Studio(page).galleryPictures();
  await person.press(/^Generate/);
  await expect(pictures).toHaveCount(1, PATIENCE);
  await person.press(/stored$/);
  await person.press(/Turn on encryption/);
  await person.type(page.getByLabel('Passphrase', { exact: true }), PASSPHRASE);
  await person.type(page.getByLabel('The same again'), PASSPHRASE);
  await person.press(/^Encrypt/);
  await expect(page.getByText('Encryption is on.')).toBeVisible();
  await person.key('Escape');
  await goOffline();
  await page.reload();
  await unlock(page, PASSPHRASE);
  await person.press(/^Generate/);
  await expect(pictures).toHaveCount(2, PATIENCE);
}

/** Draws a picture, looks at another view, and comes back to the picture. */
export async function visitByPhone(person: Person) {
  const { page } = person;
  await person.press(/^Generate/);
  const { image } = new Studio(page);
  await expect(new Studio(page).galleryPictures()).toHaveCount(1, PATIENCE);
  await expect(image).toBeInViewport();
  await person.press('Data sets');
  await page.goBack();
  await expect(image).toBeVisible();
}
