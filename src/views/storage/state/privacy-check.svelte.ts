import type { TryResult } from '../../../privacy/outside-check';
import { texts } from '../texts';

/** What became of a try, in words. */
export const OUTCOMES: Record<TryResult['outcome'], () => string> = {
  refused: () => texts.refusedByPolicy,
  absent: () => texts.notThere,
  open: () => texts.notRefused,
};

/** Reserved by RFC 2606: no such host will ever exist. */
const NOWHERE = 'https://outside.invalid';

/** The check that nothing outside can be reached, and its outcome. */
export class PrivacyCheckState {
  running = $state(false);
  /** Whom it tries to reach; anybody may name a host of their own and watch its log. */
  target = $state('');
  results = $state.raw<TryResult[]>([]);
  error = $state.raw<Error | null>(null);
  /** Every way was refused by the policy or is not there. */
  passed = $derived(
    this.results.length > 0 && this.results.every(({ outcome }) => outcome !== 'open'),
  );

  #check: (target: string) => Promise<TryResult[]>;

  /** `check`: absent, there is no way out to try. */
  constructor(
    check: (target: string) => Promise<TryResult[]> = () => Promise.resolve([]),
    target = NOWHERE,
  ) {
    this.#check = check;
    this.target = target;
  }

  async run() {
    if (this.running) return;
    this.running = true;
    this.error = null;
    this.results = [];
    try {
      this.results = await this.#check(this.target);
    } catch (error) {
      this.error = error as Error;
    } finally {
      this.running = false;
    }
  }
}
