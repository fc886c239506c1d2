import { EDIT_STANDARD } from '../../../common/edit-standard';
import type { PairSettings, SourceChoice } from '../../../dataset/recipe';

/** What is changed of each image of a row, as it stands in the editor. */
export class PairForm {
  /** Each image is followed by the same with one thing changed. */
  on = $state(false);
  sentence = $state('');
  label = $state('');
  push = $state(EDIT_STANDARD.push);

  /** Pictures that the pairs begin with; none: the row draws them. */
  sources = $state.raw<SourceChoice[]>([]);

  /** Kept as the recipe has it: the editor does not show it. */
  #strength: number | undefined;

  constructor(pair?: PairSettings) {
    if (!pair) return;
    const { sentence, label = '', push = EDIT_STANDARD.push, strength, sources = [] } = pair;
    Object.assign(this, { on: true, sentence, label, push, sources });
    this.#strength = strength;
  }

  /** As the recipe has it; nothing where no pairs are made. */
  get settings(): { pair?: PairSettings } {
    if (!this.on) return {};
    const [sentence, label] = [this.sentence.trim(), this.label.trim()];
    const { push, sources } = this;
    const strength = this.#strength;
    return {
      pair: {
        sentence,
        ...(label && { label }),
        ...(push !== EDIT_STANDARD.push && { push }),
        ...(strength !== undefined && { strength }),
        ...(sources.length > 0 && { sources }),
      },
    };
  }
}
