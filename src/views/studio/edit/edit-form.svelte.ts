import { EDIT_STANDARD } from '../../../common/edit-standard';
import { loraTags } from '../../../common/lora-tag';
import type { GenerationRequest } from '../../../contract/request';
import { editBySentence, inWords, type InWords } from '../../../controls/edit/edit-sentence';
import type { FormState } from '../../../controls/form.svelte';
import type { ModelEntry } from '../../../models/manifest/manifest';
import { takesEdits } from '../../../models/manifest/model-files';

/** Image to image without a sentence. */
export const IMAGE_STRENGTH = 0.6;

/** What the image to start from shows, and the sentence that asks for a change of it. */
export class EditForm {
  readonly entry: ModelEntry;
  /** All but the change is kept. */
  on = $state(false);
  /** In the words of a prompt. */
  shows = $state('');
  sentence = $state('');
  push = $state(EDIT_STANDARD.push);
  /** Why the sentence was not taken. */
  error = $state.raw<Error | null>(null);

  /** What is known of the image's covariates besides its words. */
  #known = $state.raw<Record<string, number>>({});
  /** The sentence that the form's prompt was made by. */
  #applied = $state('');

  constructor(entry: ModelEntry) {
    this.entry = entry;
  }

  /** Whether the model can do this. */
  get offered(): boolean {
    return takesEdits(this.entry);
  }

  /** How much of the image is forgotten where nobody says otherwise. */
  get standardStrength(): number {
    return this.on ? EDIT_STANDARD.strength : IMAGE_STRENGTH;
  }

  /** All of this as text, so that a change of anything shows. */
  get version(): string {
    return this.on ? JSON.stringify(this.words) : '';
  }

  /** As the request has it; nothing while all of the image may change. */
  get words(): Pick<GenerationRequest, 'edit'> {
    if (!this.on) return {};
    const sentence = this.#applied;
    return { edit: { ...this.#shown, push: this.push, ...(sentence && { sentence }) } };
  }

  get #shown(): InWords {
    return inWords(this.shows, this.#known, this.entry);
  }

  /** Puts what the image should show then into the form: prompt and covariates. */
  apply(form: FormState) {
    this.error = null;
    const vocabulary = { entry: this.entry, labels: form.check.network?.labels };
    try {
      const { prompt, covariates } = editBySentence(this.sentence, this.#shown, vocabulary);
      // What it is drawn with besides words stays.
      form.prompt = [prompt, ...loraTags(form.prompt)].join(' ');
      form.followPrompt();
      form.covariates = covariates;
      this.#applied = this.sentence.trim();
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** A picture that was made here says itself what it shows. */
  take({ prompt, covariates }: Pick<GenerationRequest, 'prompt' | 'covariates'>) {
    this.shows = prompt;
    this.#known = { ...covariates };
  }

  /** As it was for a picture that was made. */
  restore({ edit }: GenerationRequest) {
    this.on = edit !== undefined;
    if (!edit) return;
    this.take(edit);
    this.push = edit.push ?? EDIT_STANDARD.push;
    this.sentence = this.#applied = edit.sentence ?? '';
  }

  /** All of it, to be put back. */
  get contents() {
    const { on, shows, sentence, push } = this;
    return { on, shows, sentence, push, known: this.#known, applied: this.#applied };
  }

  set contents({ known, applied, ...rest }) {
    Object.assign(this, rest);
    this.#known = known;
    this.#applied = applied;
  }

  clear() {
    this.on = false;
    this.shows = this.sentence = this.#applied = '';
    this.#known = {};
    this.error = null;
  }
}
