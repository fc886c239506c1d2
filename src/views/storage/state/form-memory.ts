import { FORM_KEYS } from '../../../browser/web-storage';
import type { FormState } from '../../../controls/form.svelte';

const KEY = FORM_KEYS.studio;

interface Remembered {
  modelId: string;
  contents: FormState['contents'];
}

/**
 * What is typed and chosen in the studio's form, for a reload and for another model in the same tab. In sessionStorage,
 * which browsers write to the disk: whoever uses it must keep nothing here where images may not lie there in clear.
 */
export class FormMemory {
  #storage: Storage | null;

  /** `storage`: null where the browser denies it; then a reload begins anew. */
  constructor(storage: Storage | null) {
    this.#storage = storage;
  }

  keep({ model, contents }: FormState) {
    const kept: Remembered = { modelId: model.id, contents };
    try {
      this.#storage?.setItem(KEY, JSON.stringify(kept));
    } catch {
      this.#storage = null; // denied or full
    }
  }

  /** Forms of other views with it: they may not have been opened since the page was loaded. */
  remove() {
    for (const key of Object.values(FORM_KEYS)) this.#storage?.removeItem(key);
  }

  /** Fills the form with what was kept; of another model's only what every model has: words, seed, covariates. */
  restore(form: FormState) {
    const kept = this.#read();
    if (!kept) return;
    try {
      if (kept.modelId === form.model.id) form.contents = { ...form.contents, ...kept.contents };
      else takeOver(form, kept.contents);
    } catch {
      form.clear(); // of a version whose form was another
    }
  }

  #read(): Remembered | null {
    try {
      return JSON.parse(this.#storage?.getItem(KEY) ?? 'null') as Remembered | null;
    } catch {
      return null;
    }
  }
}

function takeOver(form: FormState, { prompt, negativePrompt, ...rest }: FormState['contents']) {
  const { covariates } = form.model.conditions;
  const names = covariates.map(({ name }) => name);
  const asked = Object.entries(rest.covariates).filter(([name]) => names.includes(name));
  const known = form.modalities.some(({ modality }) => modality === rest.modality);
  form.contents = {
    ...form.contents,
    // Of a generator the form takes the label that the prompt names.
    ...(form.model.kind === 'generator' ? { prompt } : {}),
    ...(known ? { prompt, modality: rest.modality } : {}),
    ...(known && form.guided ? { negativePrompt } : {}),
    ...(known ? { covariates: Object.fromEntries(asked) } : {}),
    seed: rest.seed,
    count: rest.count,
    // After the seed, for setting that one changes these two.
    seedLocked: rest.seedLocked,
    imageIndex: rest.imageIndex,
  };
}
