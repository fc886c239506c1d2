import { deleteDB } from 'idb';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Vault } from '../../../src/crypto/vault';
import { openGallery } from '../../../src/gallery/gallery-store';
import { appError } from '../../../src/errors';
import { IdleClock, toIdleMinutes } from '../../../src/browser/idle-clock.svelte';
import { SessionState, type Address } from '../../../src/views/storage/state/session.svelte';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { StudioState } from '../../../src/shell/studio.svelte';
import { fakeClient, fakeEntry, fakeImage, fakeRequest } from '../views/ui-fakes';

const VAULT = 'keeping-test';
const GALLERY = 'keeping-test-gallery';
const PASSPHRASE = 'correct horse battery';
const open: { close(): void }[] = [];

async function clean() {
  for (const one of open.splice(0)) one.close();
  await Promise.all([deleteDB(VAULT), deleteDB(GALLERY)]);
}
beforeEach(clean);
afterEach(async () => {
  vi.useRealTimers();
  await clean();
});

/** A studio whose gallery is on the disk, with two images, encrypted. */
async function encryptedStudio(change = {}) {
  const vault = await Vault.open(VAULT);
  const gallery = await openGallery(GALLERY, vault);
  open.push(vault, gallery);
  await vault.protect([gallery.sealable]);
  const studio = new StudioState({
    ...{ entry: fakeEntry(), client: fakeClient(change), store: gallery, sessionOnly: false },
    ...{ settings: new SettingsState(null), keeping: { vault } },
  });
  for (const seed of [1, 2]) await studio.gallery.keep(fakeImage(fakeRequest({ seed })));
  await studio.keeping.vault!.turnOn(PASSPHRASE);
  await expect.poll(() => studio.gallery.entries.length).toBe(2);
  return { studio, gallery, keeping: studio.keeping, vault: studio.keeping.vault! };
}

test('a lock drops images, their addresses, what was typed and what was made', async () => {
  const { studio, vault } = await encryptedStudio();
  await studio.submit();
  studio.form.prompt = 'Jane Doe';
  await studio.gallery.remove(studio.gallery.entries[2].id);
  const { url } = studio.gallery.entries[0];
  expect((await fetch(url)).ok).toBe(true);

  vault.lock();

  expect(vault.status).toBe('locked');
  const { entries, selected, deleted } = studio.gallery;
  expect({ entries, selected, deleted }).toEqual({ entries: [], selected: null, deleted: [] });
  await expect(fetch(url)).rejects.toThrow();
  expect(studio.form.prompt).toBe('frontal chest x-ray, no finding');
  expect(studio.generation.image).toBeNull();
});

test('an unlock brings back the images and what was typed', async () => {
  const { studio, vault } = await encryptedStudio();
  Object.assign(studio.form, { prompt: 'Jane Doe', negativePrompt: 'text', seed: 77, count: 3 });
  studio.form.covariates = { age: 61 };
  const { contents } = studio.form;

  vault.lock();
  expect(await vault.unlock('not the passphrase')).toBe(false);
  expect(vault.error?.name).toBe('WrongPassphrase');
  expect(await vault.unlock(PASSPHRASE)).toBe(true);

  await expect.poll(() => studio.gallery.entries.length).toBe(2);
  expect(vault.error).toBeNull();
  expect(studio.form.contents).toEqual(contents);
});

test('while locked nothing is generated, and a job that ends after the lock shows nothing', async () => {
  let finish: (() => void) | null = null;
  const generate = (request: ReturnType<typeof fakeRequest>) =>
    new Promise((resolve) => (finish = () => resolve(fakeImage(request))));
  const { studio, vault, gallery } = await encryptedStudio({ generate });
  const submitted = studio.submit();
  await expect.poll(() => finish).not.toBeNull();

  vault.lock();
  finish!();
  await submitted;
  await studio.submit();

  expect(studio.gallery.entries).toEqual([]);
  expect(studio.generation.image).toBeNull();
  await vault.unlock(PASSPHRASE);
  // What the worker had finished is not lost.
  await expect.poll(async () => (await gallery.list()).length).toBe(3);
  await expect.poll(() => studio.gallery.entries.length).toBe(3);
});

test('an image without room outlives a lock', async () => {
  const { studio, vault, gallery } = await encryptedStudio();
  const add = gallery.add.bind(gallery);
  gallery.add = async () => {
    throw appError('QuotaExceeded', 'No room. Free some space.');
  };
  await studio.gallery.keep(fakeImage(fakeRequest({ seed: 3 })));

  vault.lock();
  expect(studio.gallery.entries).toEqual([]);
  gallery.add = add;
  await vault.unlock(PASSPHRASE);

  await expect
    .poll(() => studio.gallery.entries.map(({ request }) => request.seed))
    .toEqual([...[3, 2, 1]]);
  await expect.poll(async () => (await gallery.list()).length).toBe(3);
});

test('an idle page warns, then locks itself; a touch or a running job puts it off', async () => {
  const { studio, keeping, vault } = await encryptedStudio();
  studio.settings.change({ lockAfterMinutes: 5 });
  vi.useFakeTimers();
  const stop = keeping.watch();

  vi.advanceTimersByTime(4 * 60_000 + 1000);
  expect(keeping.idle.secondsLeft).toBe(59);
  dispatchEvent(new PointerEvent('pointermove')); // on its way to the button
  expect(keeping.idle.secondsLeft).toBe(59);
  dispatchEvent(new PointerEvent('pointerdown'));
  expect(keeping.idle.secondsLeft).toBeNull();
  vi.advanceTimersByTime(3 * 60_000);
  dispatchEvent(new PointerEvent('pointermove')); // no warning stands: somebody is there
  vi.advanceTimersByTime(3 * 60_000);
  expect(vault.status).toBe('unlocked');

  studio.generation.running = true;
  vi.advanceTimersByTime(20 * 60_000);
  expect(vault.status).toBe('unlocked');
  studio.generation.running = false;
  vi.advanceTimersByTime(5 * 60_000 + 1000);
  expect(vault.status).toBe('locked');
  stop();
});

test('a key pressed after the laptop slept does not save what was due meanwhile', () => {
  vi.useFakeTimers();
  const onIdle = vi.fn();
  const clock = new IdleClock({ minutes: () => 10, busy: () => false, onIdle });
  const stop = clock.watch();

  vi.setSystemTime(Date.now() + 11 * 60_000); // no timer ran
  dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }));

  expect(onIdle).toHaveBeenCalledTimes(1);
  stop();
});

test.each([
  ['', 10],
  ['5', 5],
  ['0', 1],
  ['9999', 240],
  ['soon', 10],
  [null, 10],
])('minutes given as "%s" are %i', (given, minutes) => {
  expect(toIdleMinutes(given)).toBe(minutes);
});

function addressOf(href: string) {
  const visited: string[] = [];
  const address: Address = {
    ...{ href, load: (next) => visited.push(`load ${next}`) },
    show: (next) => visited.push(`show ${next}`),
  };
  return { address, visited };
}

test('a session is all in the address: how to start, configure and leave it', () => {
  const outside = addressOf('https://host/app/?x=1');
  new SessionState(outside.address).start();
  expect(outside.visited).toEqual(['load https://host/app/?x=1&session=10']);

  const inside = addressOf('https://host/app/?session');
  const session = new SessionState(inside.address);
  expect(session).toMatchObject({ active: true, minutes: 10 });
  session.minutes = 3;
  session.leave();
  expect(inside.visited).toEqual(['show https://host/app/?session=3', 'load https://host/app/']);
});

test('an idle session is reset', () => {
  const { address, visited } = addressOf('https://host/?session=2');
  const studio = new StudioState({
    ...{ entry: fakeEntry(), client: fakeClient(), sessionOnly: true },
    store: createMemoryGallery(),
    ...{ settings: new SettingsState(null), keeping: { session: new SessionState(address) } },
  });
  vi.useFakeTimers();
  const stop = studio.keeping.watch();
  vi.advanceTimersByTime(2 * 60_000 + 1000);
  expect(visited).toEqual(['load https://host/?session=2']);
  stop();
});

test('settings of a session start from what is stored and change nothing of it', () => {
  localStorage.setItem('settings', JSON.stringify({ theme: 'light' }));
  const settings = new SettingsState(localStorage, { readOnly: true });
  settings.change({ zoom: 3, lockAfterMinutes: 7 });

  expect(settings).toMatchObject({ theme: 'light', zoom: 3, lockAfterMinutes: 7 });
  expect(localStorage.getItem('settings')).toBe('{"theme":"light"}');
  localStorage.removeItem('settings');
});
