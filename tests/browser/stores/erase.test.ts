import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { deleteDB, openDB } from 'idb';
import { afterEach, expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import {
  eraseEverything,
  everyPlace,
  lookEverywhere,
  type Outcome,
} from '../../../src/views/storage/state/erase';
import { noErasureElsewhere, whileErasing } from '../../../src/browser/erasing';
import { ErasureState } from '../../../src/views/storage/state/erasure.svelte';
import EraseDialog from '../../../src/views/storage/EraseDialog.svelte';
import ErasureReport from '../../../src/views/storage/ErasureReport.svelte';

const NAME = 'erase-test';
const place = (title: string) => everyPlace().find((one) => one.title === title)!;
const names = async (title: string) => (await lookEverywhere([place(title)]))[0].names;

afterEach(() => deleteDB(NAME));

/** A place in memory; erasing a name in `stubborn` fails. */
function fakePlace(title: string, things: string[], stubborn: string[] = []) {
  return {
    title,
    list: async () => [...things],
    erase: async (name: string) => {
      if (stubborn.includes(name)) throw new Error(`${name} is stuck.`);
      things.splice(things.indexOf(name), 1);
    },
  };
}

test('when one step fails the others still run, and it is named', async () => {
  const places = [
    fakePlace('Cache', ['a', 'b'], ['a']),
    {
      title: 'File',
      list: () => Promise.reject(new Error('No files here.')),
      erase: async () => {},
    },
    fakePlace('Cookie', ['c']),
  ];
  const outcomes: Outcome[] = [];
  await eraseEverything(places, (outcome) => outcomes.push(outcome));

  expect(outcomes.filter(({ problem }) => problem)).toEqual([
    { title: 'Cache', name: 'a', problem: 'a is stuck.' },
    { title: 'File', name: '', problem: 'No files here.' },
  ]);
  expect(await lookEverywhere(places)).toEqual([
    { title: 'Cache', names: ['a'] },
    { title: 'File', names: [], problem: 'No files here.' },
    { title: 'Cookie', names: [] },
  ]);
});

test('a database whose other users let go at "versionchange" is erased at once', async () => {
  const db = await openDB(NAME, 1, {
    blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
  });
  await place('Database').erase(NAME);
  expect(await names('Database')).not.toContain(NAME);
  db.close();
});

test('a database that another tab holds open is reported, and erased once it is closed', async () => {
  const db = await openDB(NAME, 1); // does not listen
  let late = false;
  const databases = everyPlace(() => (late = true)).find(({ title }) => title === 'Database')!;

  await expect(databases.erase(NAME)).rejects.toThrow(/Another tab .* holds it open/);
  expect(await names('Database')).toContain(NAME);
  db.close();

  await expect.poll(() => late).toBe(true);
  expect(await names('Database')).not.toContain(NAME);
});

test('caches, files, settings and cookies are found and erased by name', async () => {
  await caches.open(NAME);
  await (await navigator.storage.getDirectory()).getDirectoryHandle(NAME, { create: true });
  localStorage.setItem(NAME, 'x');
  sessionStorage.setItem(NAME, 'x');
  document.cookie = `${NAME}=x; Path=/`;

  for (const title of ['Cache', 'File', 'Setting', 'Setting of this tab', 'Cookie']) {
    expect(await names(title), title).toContain(NAME);
    await place(title).erase(NAME);
    expect(await names(title), title).not.toContain(NAME);
  }
});

test('a page that is opened during an erasure waits for its end, and forgets what its tab held', async () => {
  sessionStorage.setItem(NAME, 'x');
  const events: string[] = [];
  await noErasureElsewhere();
  expect(sessionStorage.getItem(NAME)).toBe('x'); // nobody erases

  const other = new BroadcastChannel('erase-everything');
  const told = new Promise((resolve) => (other.onmessage = ({ data }) => resolve(data)));
  let finish = () => {};
  const erased = new Promise<void>((resolve) => (finish = resolve));
  const erasing = whileErasing(async (tellOthers) => {
    tellOthers();
    await erased;
    events.push('erased');
  });
  expect(await told).toBe('erasing');
  const starting = noErasureElsewhere().then(() => events.push('started'));
  await expect.poll(() => sessionStorage.getItem(NAME)).toBe(null);
  expect(events).toEqual([]);

  finish();
  await Promise.all([erasing, starting]);
  expect(events).toEqual(['erased', 'started']);
  other.close();
});

test('where the browser denies locks along with storage a page starts, and erasing goes on', async () => {
  const denied = () => Promise.reject(new DOMException('The request was denied.', 'SecurityError'));
  const request = vi.spyOn(navigator.locks, 'request').mockImplementation(denied);
  await noErasureElsewhere();
  let erased = 0;
  await whileErasing(async () => void erased++);
  expect(erased).toBe(1);

  request.mockRestore();
  const failing = () => Promise.reject(new DOMException('Not this file.', 'SecurityError'));
  await expect(whileErasing(failing)).rejects.toThrow('Not this file.'); // the work's own, not tried twice
});

test('nothing is erased before the word is typed', async () => {
  const erasure = new ErasureState({ release: () => undefined, show: () => undefined });
  let started = 0;
  erasure.start = async () => void started++;
  const screen = await render(EraseDialog, { erasure, onclose: () => undefined });
  const button = screen.getByRole('button', { name: 'Erase everything' });

  await expect.element(button).toBeDisabled();
  await screen.getByRole('textbox').fill('eras');
  await expect.element(button).toBeDisabled();
  await screen.getByRole('textbox').fill('Erase');
  await button.click();
  expect(started).toBe(1);
});

test('the report says what is left, and another tab gives way', async () => {
  const calls: string[] = [];
  const hooks = { release: () => calls.push('release'), show: () => calls.push('show') };
  const other = new ErasureState(hooks);
  const channel = new BroadcastChannel('erase-everything');
  channel.postMessage('erasing');
  await expect.poll(() => other.phase).toBe('elsewhere');
  expect(calls).toEqual(['release', 'show']);
  channel.close();

  other.phase = 'done';
  other.outcomes = [{ title: 'Database', name: 'gallery', problem: 'Another tab holds it open.' }];
  other.left = [{ title: 'Database', names: ['gallery'] }];
  const screen = await render(ErasureReport, { erasure: other, onrestart: () => undefined });
  await expect
    .element(screen.getByRole('heading', { level: 1 }))
    .toHaveTextContent('Not everything');
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Another tab holds it open.');

  other.left = [{ title: 'Database', names: [] }];
  await expect
    .element(screen.getByRole('heading', { level: 1 }))
    .toHaveTextContent('Everything is erased');
});
