import type { BackendChoice } from '../../workers/api';

/** 'system' is dark unless the system asks for light. */
export type Theme = 'system' | 'dark' | 'light';
/** How the picture meets the screen: fitted, or so many screen pixels for each of its own. */
export type Zoom = 'fit' | 1 | 2 | 3;

interface Saved {
  backend: BackendChoice;
  theme: Theme;
  zoom: Zoom;
  pixelated: boolean;
}

const KEY = 'settings';
const DEFAULTS: Saved = { backend: 'auto', theme: 'system', zoom: 'fit', pixelated: false };

/** What this browser remembers about how you like to work: never a prompt or an image. */
export class SettingsState {
  #saved = $state.raw<Saved>(DEFAULTS);
  #storage: Storage | null;

  constructor(storage: Storage | null) {
    this.#storage = storage;
    this.#saved = { ...DEFAULTS, ...read(storage) };
  }

  get backend() {
    return this.#saved.backend;
  }

  get theme() {
    return this.#saved.theme;
  }

  get zoom() {
    return this.#saved.zoom;
  }

  get pixelated() {
    return this.#saved.pixelated;
  }

  change(change: Partial<Saved>) {
    this.#saved = { ...this.#saved, ...change };
    try {
      this.#storage?.setItem(KEY, JSON.stringify(this.#saved));
    } catch {
      this.#storage = null; // denied or full: the choice then lasts as long as the page
    }
  }
}

/** localStorage, or null where the browser denies even to look at it. */
export function settingsStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function read(storage: Storage | null): Partial<Saved> {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? '{}') as Partial<Saved>;
  } catch {
    return {};
  }
}
