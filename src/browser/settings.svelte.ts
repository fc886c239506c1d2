import type { BackendChoice } from '../contract/request';
import { DEFAULT_IDLE_MINUTES, toIdleMinutes } from './idle-clock.svelte';

/** 'system' is dark unless the system asks for light. */
export type Theme = 'system' | 'dark' | 'light';
/** How the picture meets the screen: fitted, or so many screen pixels for each of its own. */
export type Zoom = 'fit' | 1 | 2 | 3;

interface Saved {
  /** The model that the studio works with; null: the manifest's default. */
  modelId: string | null;
  backend: BackendChoice;
  theme: Theme;
  /** Code of the language that the page speaks; null: the user's first one, where there is one of it. */
  language: string | null;
  zoom: Zoom;
  pixelated: boolean;
  /** Parts of the app that are to be there without a server, or not; absent ones as they come. */
  offline: Partial<Record<string, boolean>>;
  /** The tour of the first visit was seen, or is not wanted. */
  tourDone: boolean;
  /** Minutes until encrypted images lock themselves. */
  lockAfterMinutes: number;
}

const KEY = 'settings';
const DEFAULTS: Saved = {
  modelId: null,
  backend: 'auto',
  theme: 'system',
  language: null,
  zoom: 'fit',
  pixelated: false,
  lockAfterMinutes: DEFAULT_IDLE_MINUTES,
  offline: {},
  tourDone: false,
};

/** What this browser remembers about how you like to work: never a prompt or an image. */
export class SettingsState {
  #saved = $state.raw<Saved>(DEFAULTS);
  #storage: Storage | null;

  /** `readOnly`: starts from what is stored and changes nothing of it. */
  constructor(storage: Storage | null, { readOnly = false } = {}) {
    this.#storage = readOnly ? null : storage;
    this.#saved = { ...DEFAULTS, ...read(storage) };
    if (readOnly) return;
    // Told to every tab but the one that changed something.
    window.addEventListener('storage', ({ key }) => {
      if (key === KEY) this.#saved = { ...DEFAULTS, ...read(storage) };
    });
  }

  get modelId() {
    return this.#saved.modelId;
  }

  get backend() {
    return this.#saved.backend;
  }

  get theme() {
    return this.#saved.theme;
  }

  get language() {
    return this.#saved.language;
  }

  get zoom() {
    return this.#saved.zoom;
  }

  get pixelated() {
    return this.#saved.pixelated;
  }

  get offline() {
    return this.#saved.offline;
  }

  get tourDone() {
    return this.#saved.tourDone;
  }

  get lockAfterMinutes() {
    return toIdleMinutes(this.#saved.lockAfterMinutes);
  }

  change(change: Partial<Saved>) {
    // Of what is stored, for another tab may have changed something else.
    this.#saved = { ...this.#saved, ...(this.#storage ? read(this.#storage) : {}), ...change };
    try {
      this.#storage?.setItem(KEY, JSON.stringify(this.#saved));
    } catch {
      this.#storage = null; // denied or full: the choice then lasts as long as the page
    }
  }
}

function read(storage: Storage | null): Partial<Saved> {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? '{}') as Partial<Saved>;
  } catch {
    return {};
  }
}
