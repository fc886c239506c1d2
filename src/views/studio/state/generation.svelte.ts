import type { GeneratedImage, GenerationProgress, Preview } from '../../../contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../contract/request';
import type { JobOptions } from './model.svelte';
import { stayingAwake } from '../../../browser/stay-awake';

/** What GenerationState needs of the worker client. */
export interface Generator {
  /** Rejects with `RequestInvalid` at once, whether the model is loaded or not. */
  check(request: GenerationRequest): Promise<void>;
  generate(
    request: GenerationRequest,
    choice: BackendChoice,
    options: JobOptions,
  ): Promise<GeneratedImage>;
}

/** The rest of the application, as far as a generation touches it. */
export interface GenerationHooks {
  /**
   * Asked before the first picture of each model. Resolves to false where the studio's cannot be used; that error is shown
   * elsewhere. Rejects for what is not to be drawn.
   */
  ready(request: GenerationRequest, options: JobOptions): Promise<boolean>;
  choice(): BackendChoice;
  /** Called with each image as soon as it is made. */
  keep(image: GeneratedImage): Promise<void>;
}

interface Batch {
  requestAt(i: number): GenerationRequest;
  count: number;
  numDone: number;
}

/** The one generation in progress, and the outcome of the last. */
export class GenerationState {
  running = $state(false);
  progress = $state.raw<GenerationProgress | null>(null);
  preview = $state.raw<Preview | null>(null);
  image = $state.raw<GeneratedImage | null>(null);
  error = $state.raw<Error | null>(null);
  /** How many were asked for, and how many of them are finished. */
  count = $state(0);
  /** A batch waits to be retried because the model could not be loaded. */
  blocked = $state(false);
  numDone = $state(0);

  #generator: Generator;
  #hooks: GenerationHooks;
  #controller = new AbortController();
  #batch: Batch | null = null;
  #run: Promise<void> = Promise.resolve();

  constructor(generator: Generator, hooks: GenerationHooks) {
    this.#generator = generator;
    this.#hooks = hooks;
  }

  /** Makes `count` images one after the other, indexed from the request's `imageIndex`. */
  async start(asked: GenerationRequest | Promise<GenerationRequest>, count = 1) {
    let request: GenerationRequest;
    try {
      request = asked instanceof Promise ? await asked : asked;
    } catch (error) {
      this.error = error as Error;
      return;
    }
    const requestAt = (i: number) => ({ ...request, imageIndex: request.imageIndex + i });
    await this.#start({ requestAt, count, numDone: 0 });
  }

  /** Makes one image of each request. */
  async startSeries(requests: GenerationRequest[]) {
    await this.#start({ requestAt: (i) => requests[i], count: requests.length, numDone: 0 });
  }

  /** Continues the batch that failed, at the image that failed. */
  async retry() {
    if (!this.running && this.#batch) await (this.#run = this.#make(this.#batch));
  }

  cancel() {
    this.#controller.abort();
  }

  /** Resolves once nothing is being made that somebody waits for. */
  async idle(): Promise<void> {
    while (this.running) await this.#run;
  }

  /** Cancels, and keeps nothing of what was made or asked for. */
  forget() {
    this.cancel();
    this.#batch = null;
    this.image = null;
    this.preview = null;
    this.error = null;
    this.blocked = false;
  }

  async #start(batch: Batch) {
    if (this.running) return;
    await (this.#run = this.#make(batch));
  }

  async #make(batch: Batch) {
    this.#batch = batch;
    this.running = true;
    this.error = null;
    this.blocked = false;
    this.count = batch.count;
    this.numDone = batch.numDone;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      this.progress = { stage: 'queued' };
      await orAbort(this.#generator.check(batch.requestAt(0)), signal);
      await stayingAwake(() => this.#makeAll(batch, signal));
    } catch (error) {
      if (!signal.aborted) this.error = error as Error; // a cancel is not an error
    } finally {
      this.running = false;
      this.progress = null;
      this.preview = null;
    }
  }

  /** Up to the first picture whose model cannot be used. */
  async #makeAll(batch: Batch, signal: AbortSignal) {
    let readyModel = '';
    while (batch.numDone < batch.count) {
      const request = batch.requestAt(batch.numDone);
      if (request.modelId !== readyModel) {
        const ready = this.#hooks.ready(request, this.#options(signal));
        this.blocked = !(await orAbort(ready, signal));
        if (this.blocked) return;
        readyModel = request.modelId;
      }
      await this.#makeNext(batch, signal);
    }
  }

  #options(signal: AbortSignal): JobOptions {
    const onProgress = (progress: GenerationProgress) => {
      // It comes by a port of its own, and so perhaps after the image.
      if (signal.aborted || !this.running) return;
      this.progress = progress;
      if (progress.stage === 'denoise' && progress.preview) this.preview = progress.preview;
    };
    return { signal, onProgress };
  }

  async #makeNext(batch: Batch, signal: AbortSignal) {
    signal.throwIfAborted();
    const image = await this.#generator.generate(
      batch.requestAt(batch.numDone),
      this.#hooks.choice(),
      this.#options(signal),
    );
    if (!signal.aborted) this.image = image;
    this.numDone = ++batch.numDone;
    await this.#hooks.keep(image);
    this.preview = null;
  }
}

/** The promise's value, unless the signal comes first. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
