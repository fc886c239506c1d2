import { texts } from '../texts';

/** One kind of thing that a site can leave in a browser. */
export interface Place {
  title: string;
  /** Names of what is there now. */
  list: () => Promise<string[]>;
  erase: (name: string) => Promise<void>;
}

/** What was found in one place, or why nobody could look. */
export interface Found {
  title: string;
  names: string[];
  problem?: string;
}

/** What became of one thing that was to be erased. */
export interface Outcome {
  title: string;
  name: string;
  /** null: it is gone. */
  problem: string | null;
}

/** How long a database may be held open by somebody before that is said. */
const BLOCKED_AFTER_MS = 3000;

/** Every place there is, in the order of erasing: the service worker must not fill a cache again, so caches are last. */
export function everyPlace(onLateErase: () => void = () => undefined): Place[] {
  return [
    {
      title: texts.serviceWorker,
      list: async () => (await registrations()).map(({ scope }) => scope),
      erase: async (scope) => {
        for (const one of await registrations()) if (one.scope === scope) await one.unregister();
      },
    },
    {
      title: texts.database,
      list: async () => (await indexedDB.databases()).map(({ name }) => name ?? ''),
      erase: (name) => deleteDatabase(name, onLateErase),
    },
    {
      title: texts.file,
      list: fileNames,
      erase: async (name) => (await fileRoot())?.removeEntry(name, { recursive: true }),
    },
    {
      title: texts.setting,
      list: async () => Object.keys(localStorage),
      erase: async (key) => localStorage.removeItem(key),
    },
    {
      title: texts.settingOfTab,
      list: async () => Object.keys(sessionStorage),
      erase: async (key) => sessionStorage.removeItem(key),
    },
    {
      title: texts.cookie,
      list: async () => cookieNames(),
      erase: async (name) => eraseCookie(name),
    },
    {
      title: texts.cache,
      list: async () => ('caches' in self ? caches.keys() : []),
      erase: async (name) => void (await caches.delete(name)),
    },
  ];
}

/** A fresh look at every place. */
export function lookEverywhere(places: Place[]): Promise<Found[]> {
  return Promise.all(
    places.map(async ({ title, list }) => {
      try {
        return { title, names: await list() };
      } catch (error) {
        return { title, names: [], problem: (error as Error).message };
      }
    }),
  );
}

/** Erases all that is found. What fails is reported, and the rest goes on. */
export async function eraseEverything(
  places: Place[],
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  for (const { title, list, erase } of places) {
    const found = await settle(list());
    if (found.problem !== null) onOutcome({ title, name: '', problem: found.problem });
    await Promise.all(
      (found.value ?? []).map(async (name) => {
        const { problem } = await settle(erase(name));
        onOutcome({ title, name, problem });
      }),
    );
  }
}

async function settle<T>(work: Promise<T>): Promise<{ value?: T; problem: string | null }> {
  try {
    return { value: await work, problem: null };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Rejects when somebody holds the database open; it is still deleted as soon as they let go. */
function deleteDatabase(name: string, onLate: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let late = false;
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => {
      resolve();
      if (late) onLate();
    };
    request.onerror = () => reject(request.error ?? new Error('The browser refused.'));
    request.onblocked = () => {
      setTimeout(() => {
        late = true;
        reject(
          new Error(
            'Another tab or window of this site holds it open. Close that one: it is erased at that moment.',
          ),
        );
      }, BLOCKED_AFTER_MS);
    };
  });
}

async function registrations(): Promise<readonly ServiceWorkerRegistration[]> {
  return 'serviceWorker' in navigator ? navigator.serviceWorker.getRegistrations() : [];
}

/** The origin's private file system; null where the browser has none. */
async function fileRoot(): Promise<FileSystemDirectoryHandle | null> {
  return (await navigator.storage?.getDirectory?.()) ?? null;
}

async function fileNames(): Promise<string[]> {
  const root = await fileRoot();
  if (!root) return [];
  const names: string[] = [];
  // The DOM library of TypeScript 6 knows the handles, but not that a directory can be walked.
  const walkable = root as unknown as { keys(): AsyncIterable<string> };
  for await (const name of walkable.keys()) names.push(name);
  return names;
}

function cookieNames(): string[] {
  const pairs = document.cookie.split('; ').filter(Boolean);
  return pairs.map((pair) => pair.split('=')[0]);
}

/** A cookie goes only when its own path is named, and the page is not told which: this one's and all above it. */
function eraseCookie(name: string) {
  const parts = location.pathname.split('/');
  const paths = parts.map((_, i) => parts.slice(0, i + 1).join('/') || '/');
  for (const path of paths.flatMap((path) => [path, `${path.replace(/\/$/, '')}/`])) {
    document.cookie = `${name}=; Max-Age=0; Path=${path}`;
  }
}
