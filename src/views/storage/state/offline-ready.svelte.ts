import type { JobOptions } from '../../studio/state/model.svelte';
import { offlineWords, type OfflineFile, type OfflinePart, type PartId } from './offline-parts';

/** A part, and how far it is. */
export interface PartState extends OfflinePart {
  state: 'waiting' | 'fetching' | 'stored' | 'left out' | 'failed';
  doneBytes: number;
  error: Error | null;
}

/** The rest of the page, as far as fetching ahead touches it. */
export interface OfflineHooks {
  /** What was chosen earlier; absent: each part's own default. */
  choices(): Partial<Record<PartId, boolean>>;
  remember(choices: Partial<Record<PartId, boolean>>): void;
  /** A picture is being made: nothing is fetched meanwhile. */
  drawing(): boolean;
  /** Resolves once nothing is being made. */
  idle(): Promise<void>;
  installNetwork(id: string, options: JobOptions): Promise<void>;
  /** A model with its further graphs. */
  installModel(id: string, options: JobOptions): Promise<void>;
  /** Whether a file is kept already. */
  isKept(path: string): Promise<boolean>;
}

const LOOK_MS = 100;

/** Fetches what the app has, in the background and with a low priority, so that all of it works without a server. */
export class OfflineReady {
  parts = $state.raw<PartState[]>([]);

  #hooks: OfflineHooks;
  #running = false;
  #controller = new AbortController();

  /** `frugal`: the browser asks to save data, so nothing is fetched that was not chosen. */
  constructor(parts: readonly OfflinePart[], hooks: OfflineHooks, frugal = false) {
    this.#hooks = hooks;
    const choices = hooks.choices();
    this.parts = parts.map((part) => {
      const wanted = choices[part.id] ?? (part.wanted && !frugal);
      return { ...part, state: wanted ? 'waiting' : 'left out', doneBytes: 0, error: null };
    });
  }

  get words(): string {
    return offlineWords(this.parts);
  }

  /** Fetches what is wanted and not there; one after the other. */
  async start() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const next = this.parts.find(({ state }) => state === 'waiting');
        if (!next) return;
        await this.#fetch(next);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Wanted or left out; what is stored stays. */
  choose(id: PartId, wanted: boolean) {
    this.#hooks.remember({ ...this.#hooks.choices(), [id]: wanted });
    if (!wanted) this.#controller.abort();
    this.#change(id, { state: wanted ? 'waiting' : 'left out', error: null });
    void this.start();
  }

  /** Tries those again that failed. */
  retry() {
    for (const { id, state } of this.parts)
      if (state === 'failed') this.#change(id, { state: 'waiting', error: null });
    void this.start();
  }

  async #fetch(part: PartState) {
    this.#change(part.id, { state: 'fetching', doneBytes: 0 });
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      for (const file of part.files) {
        await this.#fetchFile(file, signal);
        this.#add(part.id, file.bytes);
      }
      for (const { id } of part.networks) {
        await this.#whenIdle(signal, (both) =>
          this.#hooks.installNetwork(id, { signal: both, onProgress: () => undefined }),
        );
      }
      if (part.model) {
        const { id } = part.model;
        await this.#whenIdle(signal, (both) =>
          this.#hooks.installModel(id, { signal: both, onProgress: () => undefined }),
        );
      }
      this.#change(part.id, { state: 'stored', doneBytes: part.bytes });
    } catch (error) {
      // Left out in mid-way: `choose` has said so.
      if (!signal.aborted) this.#change(part.id, { state: 'failed', error: error as Error });
    }
  }

  async #fetchFile({ path }: OfflineFile, signal: AbortSignal) {
    if (await this.#hooks.isKept(path)) return;
    await this.#whenIdle(signal, async (both) => {
      const response = await fetch(path, { signal: both, priority: 'low' });
      if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
      await response.arrayBuffer(); // the service worker keeps what passes through it
    });
    if (!(await this.#hooks.isKept(path))) {
      throw new Error(`${path} could not be kept. Free some space, then try again.`);
    }
  }

  /** Does it while nothing is drawn; a picture that begins meanwhile stops it, and afterwards it is done again. */
  async #whenIdle(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>) {
    for (;;) {
      await this.#hooks.idle();
      signal.throwIfAborted();
      const pause = new AbortController();
      const look = setInterval(() => this.#hooks.drawing() && pause.abort(), LOOK_MS);
      try {
        return await work(AbortSignal.any([signal, pause.signal]));
      } catch (error) {
        if (!pause.signal.aborted || signal.aborted) throw error;
      } finally {
        clearInterval(look);
      }
    }
  }

  #add(id: PartId, bytes: number) {
    const { doneBytes = 0 } = this.parts.find((part) => part.id === id) ?? {};
    this.#change(id, { doneBytes: doneBytes + bytes });
  }

  #change(id: PartId, change: Partial<PartState>) {
    this.parts = this.parts.map((part) => (part.id === id ? { ...part, ...change } : part));
  }
}
