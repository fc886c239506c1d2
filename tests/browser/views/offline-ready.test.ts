import { afterEach, expect, test, vi } from 'vitest';
import type { OfflinePart } from '../../../src/views/storage/state/offline-parts';
import {
  OfflineReady,
  type OfflineHooks,
} from '../../../src/views/storage/state/offline-ready.svelte';

const part = (change: Partial<OfflinePart> = {}): OfflinePart => ({
  ...{ id: 'views', title: () => 'Views', without: () => 'nothing', bytes: 2, wanted: true },
  ...{ files: [], networks: [], model: null },
  ...change,
});
const file = (path: string) => ({ path, bytes: 1 });

/** Hooks on fakes: what was fetched is kept; `drawing` is what the test says. */
function fakes() {
  const studio = { drawing: false, ended: () => {} };
  const fetched: string[] = [];
  const aborted: string[] = [];
  let slow = false;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (path, { signal } = {}) => {
    if (slow) {
      await new Promise((_, reject) => {
        signal!.addEventListener('abort', () => {
          aborted.push(path as string);
          reject(signal!.reason as Error);
        });
      });
    }
    fetched.push(path as string);
    return new Response('x');
  });
  let choices: ReturnType<OfflineHooks['choices']> = {};
  const hooks: OfflineHooks = {
    choices: () => choices,
    remember: (more) => (choices = more),
    drawing: () => studio.drawing,
    idle: async () => {
      while (studio.drawing) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    installNetwork: async () => undefined,
    installModel: async () => undefined,
    isKept: async (path) => fetched.includes(path),
  };
  return { studio, fetched, aborted, hooks, makeSlow: (now: boolean) => (slow = now) };
}

afterEach(() => vi.restoreAllMocks());

test('nothing is fetched while a picture is drawn, and what was under way is stopped and done again', async () => {
  const { studio, fetched, aborted, hooks, makeSlow } = fakes();
  const offline = new OfflineReady([part({ files: [file('a.js'), file('b.js')] })], hooks);
  studio.drawing = true;
  const done = offline.start();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(fetched).toEqual([]);

  makeSlow(true);
  studio.drawing = false;
  await vi.waitFor(() => expect(globalThis.fetch).toHaveBeenCalledTimes(1));
  studio.drawing = true; // a picture begins in mid-download
  await vi.waitFor(() => expect(aborted).toEqual(['a.js']));
  makeSlow(false);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(fetched).toEqual([]);
  expect(offline.words).toBe('getting ready to work offline');

  studio.drawing = false;
  await done;
  expect(fetched).toEqual(['a.js', 'b.js']);
  expect(offline.words).toBe('ready to work offline');
});

test('where the browser asks to save data nothing is fetched but what is chosen', async () => {
  const { fetched, hooks } = fakes();
  const parts = [part({ files: [file('a.js')] }), part({ id: 'codecs', files: [file('c.wasm')] })];
  const offline = new OfflineReady(parts, hooks, true);
  await offline.start();
  expect(globalThis.fetch).not.toHaveBeenCalled();
  expect(offline.words).toBe('offline: the studio only');

  offline.choose('codecs', true);
  await vi.waitFor(() => expect(offline.parts[1].state).toBe('stored'));
  expect(fetched).toEqual(['c.wasm']);
  expect(offline.parts[0].state).toBe('left out');
});
