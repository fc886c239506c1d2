import { withoutLoraTags } from '../common/lora-tag';
import type { CheckChoice, CheckResult } from '../contract/request';
import { MAX_TRIES } from '../dataset/validate-recipe';
import { askedLabels } from '../evaluation/asked-labels';
import type { FeatureNetwork } from '../models/manifest/networks';
import { rangeProblem, type NumberRange } from './number-range';
import { texts } from './texts';

/** How often a picture may be drawn. */
export const TRIES_RANGE: NumberRange = { min: 1, max: MAX_TRIES, step: 1 };
/** Half of the pictures fail at worst, as a rule: four tries leave one in sixteen. */
export const STANDARD_TRIES = 4;

/** Whether pictures are checked while they are drawn, as a form has it. */
export class CheckForm {
  /** null: there is nobody who could check. */
  readonly network: FeatureNetwork | null;
  on = $state(false);
  maxTries = $state(STANDARD_TRIES);
  /** Recipes only. */
  unconfirmed = $state<'keep' | 'drop'>('keep');

  constructor(network: FeatureNetwork | null) {
    this.network = network;
  }

  /** What a prompt asks the network to see, in words; empty: there is nothing to check. */
  asked(prompt: string): string[] {
    const labels = this.network?.labels;
    return (labels && askedLabels(withoutLoraTags(prompt), labels)?.titles) ?? [];
  }

  /** What cannot be asked for, in words; null where all can. */
  get problem(): string | null {
    return this.on ? rangeProblem(texts.tries, this.maxTries, TRIES_RANGE) : null;
  }

  /** null: nothing is checked. */
  get choice(): Required<Omit<CheckChoice, 'optional'>> | null {
    const { network, on, maxTries, unconfirmed } = this;
    return network && on ? { networkId: network.id, maxTries, unconfirmed } : null;
  }

  /** As plain data, to be kept with the form. */
  get contents() {
    const { on, maxTries, unconfirmed } = this;
    return { on, maxTries, unconfirmed };
  }

  set contents(contents) {
    Object.assign(this, contents);
  }

  /**
   * For a picture to be made again from the seed that drew it: one that was confirmed is so in its first try; one that was
   * not must not be drawn until another is.
   */
  useResult(checked: CheckResult | undefined) {
    this.on = checked?.confirmed ?? false;
    if (checked) this.maxTries = checked.maxTries;
  }
}

/** "checked: glioma tumor 93 %, try 2 of 4", "not confirmed in 4 tries: …"; empty where nothing was checked. */
export function checkWords(checked: CheckResult | undefined): string {
  if (!checked) return '';
  const { confirmed, tries, maxTries, called, probability, asked } = checked;
  const share = `${Math.round(100 * probability)} %`;
  if (confirmed) return texts.checkedTryOf(called, share, tries, maxTries);
  return texts.notConfirmed(tries, asked, share, called);
}
