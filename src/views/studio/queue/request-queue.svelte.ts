import { randomId } from '../../../common/random-id';
import { without } from '../../../common/without';
import type { GenerationRequest } from '../../../contract/request';
import type { FormState } from '../../../controls/form.svelte';
import type { GenerationState } from '../state/generation.svelte';

type FormContents = FormState['contents'];

/** What one press of Generate asked for, before its turn has come. */
export class WaitingRequest {
  readonly id = randomId();
  /** Of the first image; its tuned models are filled in when its turn comes. */
  request = $state.raw<GenerationRequest>()!;
  /** The form as it stood. */
  contents = $state.raw<FormContents>()!;
  /** Somebody changes it: it waits until that is over. */
  editing = $state(false);
  /** False: it was drawn at once. */
  readonly waited: boolean;

  constructor(request: GenerationRequest, contents: FormContents, waited: boolean) {
    this.request = request;
    this.contents = contents;
    this.waited = waited;
  }

  get count(): number {
    return this.contents.count;
  }

  /** Takes what a form has that began with `contents`; images, masks and tuned models stay. */
  take(draft: FormState) {
    draft.seedLocked = true; // no new one
    draft.followPrompt();
    const kept = without(this.request, 'check', 'guidanceRescale'); // what the form may no longer ask for
    this.request = { ...kept, ...draft.nextRequest() };
    this.contents = draft.contents;
  }

  /** What is left of it once so many pictures are made. */
  after(numDone: number): WaitingRequest {
    const imageIndex = this.request.imageIndex + numDone;
    const contents = { ...this.contents, imageIndex, count: this.count - numDone };
    return new WaitingRequest({ ...this.request, imageIndex }, contents, true);
  }
}

/** A request that could not be drawn while others waited. */
interface FailedRequest {
  /** What is left of it; null: a grid or a comparison, which says so itself too. */
  rest: WaitingRequest | null;
  error: Error;
}

/** Requests that wait until the picture in the making is there, drawn in their order. They last as long as the page. */
export class RequestQueue {
  waiting = $state.raw<WaitingRequest[]>([]);
  failed = $state.raw<FailedRequest[]>([]);

  #generation: GenerationState;
  #fill: (request: GenerationRequest) => Promise<GenerationRequest>;

  /** `fill`: adds the factors of tuned models that a request names. */
  constructor(
    generation: GenerationState,
    fill: (request: GenerationRequest) => Promise<GenerationRequest>,
  ) {
    this.#generation = generation;
    this.#fill = fill;
    generation.next = this;
  }

  /** Draws it at once where nothing is being drawn; resolves then once it is made, else at once. */
  async add(request: GenerationRequest, contents: FormContents) {
    const entry = new WaitingRequest(request, contents, this.#generation.running);
    this.waiting = [...this.waiting, entry];
    await this.#start();
  }

  /** By one place up (-1) or down (1). */
  move(entry: WaitingRequest, by: -1 | 1) {
    const from = this.waiting.indexOf(entry);
    const to = from + by;
    if (from < 0 || to < 0 || to >= this.waiting.length) return;
    const moved = this.waiting.toSpliced(from, 1);
    this.waiting = moved.toSpliced(to, 0, entry);
  }

  remove(entry: WaitingRequest) {
    this.waiting = this.waiting.filter((one) => one !== entry);
  }

  /** Forgets what waits and what failed. */
  clear() {
    this.waiting = [];
    this.failed = [];
  }

  /** Those that were being changed have their turn again. */
  endEditing() {
    for (const entry of this.waiting) entry.editing = false;
    this.resume();
  }

  /** The first that nobody is changing begins, where nothing is drawn and the model is there. */
  resume() {
    if (!this.#generation.blocked) void this.#start();
  }

  /** Puts what failed behind the others. */
  async again(failure: FailedRequest) {
    this.dismiss(failure);
    if (failure.rest) this.waiting = [...this.waiting, failure.rest];
    await this.#start();
  }

  dismiss(failure: FailedRequest) {
    this.failed = this.failed.filter((one) => one !== failure);
  }

  /**
   * A batch has ended, and the next one begins. `made`: the request that it was. Without a model nothing begins: all wait
   * for the retry.
   */
  ended(error: Error | null, made: WaitingRequest | null) {
    if (this.#generation.blocked) return;
    // The form mends only what it still shows.
    const lost = made?.waited && error?.name === 'RequestInvalid';
    if (error && (this.waiting.length > 0 || lost)) {
      const rest = made && made.after(this.#generation.numDone);
      this.failed = [...this.failed, { rest, error }];
      if (made) this.#generation.error = null;
    }
    void this.#start();
  }

  async #start() {
    if (this.#generation.running) return;
    const next = this.waiting.find(({ editing }) => !editing);
    if (!next) return;
    this.remove(next);
    await this.#generation.start(() => this.#fill(next.request), next.count, next);
  }
}
