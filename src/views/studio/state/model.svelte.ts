import type { GenerationProgress } from '../../../contract/picture';
import type { BackendChoice, BackendReport, RecordedBackend } from '../../../contract/request';
import { isNotKept } from '../../../errors';

/** How a job is stopped and how it reports. */
export interface JobOptions {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/** What ModelState needs of the worker client. */
export interface ModelLoader {
  install(modelId: string, options: JobOptions): Promise<void>;
  prepare(modelId: string, choice: BackendChoice, options: JobOptions): Promise<BackendReport>;
  remove(modelId: string): Promise<void>;
  /** Loads again what was let go of, if it was. */
  wake(): void;
}

/** Gets one model from the network into a ready session, and says how far it is. */
export class ModelState {
  readonly modelId: string;
  phase = $state<'idle' | 'loading' | 'ready' | 'failed'>('idle');
  progress = $state.raw<GenerationProgress | null>(null);
  report = $state.raw<RecordedBackend | null>(null);
  error = $state.raw<Error | null>(null);
  /** Why the weights last as long as the page; null where they are kept. */
  notKept = $state.raw<Error | null>(null);

  #loader: ModelLoader;
  #controller = new AbortController();
  #loading: Promise<void> = Promise.resolve();

  constructor(loader: ModelLoader, modelId: string) {
    this.#loader = loader;
    this.modelId = modelId;
  }

  /** Downloads what is missing and prepares the backend; takes the place of a load in progress. */
  load(choice: BackendChoice, { reinstall = false } = {}): Promise<void> {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.phase = 'loading';
    this.progress = { stage: 'queued' };
    this.error = null;
    this.#loading = this.#load(choice, reinstall, this.#controller.signal);
    return this.#loading;
  }

  /** Stops a load; what was downloaded is kept, and the next load goes on from there. */
  async stop() {
    if (this.phase !== 'loading') return;
    this.#controller.abort();
    this.phase = 'idle';
    this.progress = null;
    await this.#loading;
  }

  /** Resolves to whether the model can be used, once that is known; loads it where it is not. */
  async ready(choice: BackendChoice): Promise<boolean> {
    if (this.phase === 'idle' || this.phase === 'failed') void this.load(choice);
    // A load that was replaced settles before the one that replaced it.
    while (this.phase === 'loading') await this.#loading;
    return (this.phase as string) === 'ready';
  }

  /**
   * The same of a model that may be another one: it is fetched where it is not stored, and the worker loads it with its
   * first picture. Rejects where that one cannot be had.
   */
  async readyFor(modelId: string, choice: BackendChoice, options: JobOptions): Promise<boolean> {
    if (modelId === this.modelId) return this.ready(choice);
    await this.#loader.install(modelId, options).catch((error: unknown) => {
      if (!isNotKept(error as Error)) throw error;
    });
    return true;
  }

  /** To be called when a picture may soon be asked for: a model that was let go of while nobody drew is loaded again. */
  wake() {
    if (this.phase === 'ready') this.#loader.wake();
  }

  async #load(choice: BackendChoice, reinstall: boolean, signal: AbortSignal) {
    const onProgress = (progress: GenerationProgress) => {
      // It comes by a port of its own, and so perhaps after the end.
      if (!signal.aborted && this.phase === 'loading') this.progress = progress;
    };
    try {
      if (reinstall) await this.#loader.remove(this.modelId);
      signal.throwIfAborted();
      await this.#install({ signal, onProgress });
      const report = await this.#loader.prepare(this.modelId, choice, { signal, onProgress });
      if (signal.aborted) return;
      this.report = report;
      this.phase = 'ready';
    } catch (error) {
      if (signal.aborted) return; // replaced by a newer load
      this.error = error as Error;
      this.phase = 'failed';
    } finally {
      if (!signal.aborted) this.progress = null;
    }
  }

  /** A browser that keeps no weights can still use them. */
  async #install(options: JobOptions) {
    try {
      await this.#loader.install(this.modelId, options);
      this.notKept = null;
    } catch (error) {
      if (!isNotKept(error as Error)) throw error;
      this.notKept = error as Error;
    }
  }
}
