import { appError } from '../errors';
import type { StudioState } from './studio.svelte';

/** Takes up what the form asks for, and remembers what of it was refused. */
export class Submission {
  #studio: StudioState;
  #submitted = $state('');
  /** All that is asked for, as text, so that a change of anything shows. */
  #asked = $derived.by(() => {
    const { form, workbench, finetuning } = this.#studio;
    return [form.fingerprint, workbench.conditions?.version, finetuning.version].join();
  });

  /** Why the form, as it stands, was refused; gone as soon as it changes. */
  error = $derived.by(() => {
    const { error } = this.#studio.generation;
    const refused = error?.name === 'RequestInvalid' && this.#asked === this.#submitted;
    return refused ? error : null;
  });

  constructor(studio: StudioState) {
    this.#studio = studio;
  }

  /** What was refused is no more what the form is about. */
  forget() {
    this.#submitted = '';
  }

  /**
   * Draws it. While the weights still load, it waits for them; while another picture is drawn, in the queue, and what is
   * shown stays.
   */
  async submit() {
    const studio = this.#studio;
    const { form, finetuning, workbench, generation, queue } = studio;
    if (studio.keeping.locked) return;
    if (!generation.running) {
      studio.sheet = null;
      studio.following = true;
      workbench.stage = 'picture';
      studio.gallery.undoOffered = false;
    }
    studio.settingsNote = '';
    form.followPrompt(); // the keyboard submits without leaving the field
    const { problem } = form;
    if (problem === null) {
      const request = finetuning.addTo(workbench.addTo(form.nextRequest()));
      this.#submitted = this.#asked;
      await queue.add(request, form.contents);
    } else {
      this.#submitted = this.#asked;
      generation.error = appError('RequestInvalid', problem);
    }
    if (this.error) studio.sheet = 'form';
  }
}
