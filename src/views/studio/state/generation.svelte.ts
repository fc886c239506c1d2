import type { GeneratedImage, GenerationProgress, Preview } from '../../../contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../contract/request';
import type { WaitingRequest } from '../queue/request-queue.svelte';
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

type RequestAt = (i: number) => GenerationRequest;

interface Batch {
  open: () => Promise<RequestAt>;
  count: number;
  numDone: number;
  /** The request that waited for it; null: a series. */
  made: WaitingRequest | null;
}

/** What waits for its turn. */
interface Followers {
  /** Called once a batch has ended; its error is then that of the batch, null also after a cancel. */
  ended(error: Error | null, made: WaitingRequest | null): void;
  clear(): void;
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
  next: Followers | null = null;

  #generator: Generator;
  #hooks: GenerationHooks;
  #controller = new AbortController();
  #batch: Batch | null = null;
  #run: Promise<unknown> = Promise.resolve();

  constructor(generator: Generator, hooks: GenerationHooks) {
    this.#generator = generator;
    this.#hooks = hooks;
  }

  /**
   * Makes `count` images one after the other, indexed from the request's `imageIndex`. A function is asked for it once the
   * generation counts as running, and again at a retry.
   */
  async start(
    asked: GenerationRequest | (() => Promise<GenerationRequest>),
    count = 1,
    made: WaitingRequest | null = null,
  ) {
    const open = async (): Promise<RequestAt> => {
      const request = typeof asked === 'function' ? await asked() : asked;
      return (i) => ({ ...request, imageIndex: request.imageIndex + i });
    };
    await this.#start({ open, count, numDone: 0, made });
  }

  /** Makes one image of each request; resolves to why it failed, and at which. What waits may have begun by then. */
  async startSeries(requests: GenerationRequest[]) {
    const open = () => Promise.resolve<RequestAt>((i) => requests[i]);
    const batch = { open, count: requests.length, numDone: 0, made: null };
    const error = await this.#start(batch);
    return error && { error, request: requests[Math.min(batch.numDone, requests.length - 1)] };
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
    this.next?.clear();
    this.cancel();
    this.#batch = null;
    this.image = null;
    this.preview = null;
    this.error = null;
    this.blocked = false;
  }

  async #start(batch: Batch): Promise<Error | null> {
    if (this.running) return null;
    const run = this.#make(batch);
    this.#run = run;
    return run;
  }

  async #make(batch: Batch): Promise<Error | null> {
    this.#batch = batch;
    this.running = true;
    this.error = null;
    this.blocked = false;
    this.count = batch.count;
    this.numDone = batch.numDone;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    let failure: Error | null = null;
    try {
      this.progress = { stage: 'queued' };
      const requestAt = await orAbort(batch.open(), signal);
      await orAbort(this.#generator.check(requestAt(0)), signal);
      await stayingAwake(() => this.#makeAll(batch, requestAt, signal));
    } catch (error) {
      if (!signal.aborted) failure = error as Error; // a cancel is not an error
    }
    if (failure) this.error = failure;
    this.running = false;
    this.progress = null;
    this.preview = null;
    this.next?.ended(failure, batch.made);
    return failure;
  }

  /** Up to the first picture whose model cannot be used. */
  async #makeAll(batch: Batch, requestAt: RequestAt, signal: AbortSignal) {
    let readyModel = '';
    while (batch.numDone < batch.count) {
      const request = requestAt(batch.numDone);
      if (request.modelId !== readyModel) {
        const ready = this.#hooks.ready(request, this.#options(signal));
        this.blocked = !(await orAbort(ready, signal));
        if (this.blocked) return;
        readyModel = request.modelId;
      }
      await this.#makeNext(batch, request, signal);
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

  async #makeNext(batch: Batch, request: GenerationRequest, signal: AbortSignal) {
    signal.throwIfAborted();
    const image = await this.#generator.generate(
      request,
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
