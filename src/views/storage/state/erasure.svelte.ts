import { onErasingElsewhere, whileErasing } from '../../../browser/erasing';
import { eraseEverything, everyPlace, lookEverywhere, type Found, type Outcome } from './erase';

/** What the erasure needs of the rest of the application. */
export interface ErasureHooks {
  /** Ends workers, closes databases, gives up addresses: nothing may write again. */
  release: () => void;
  /** The view gives way to the report. */
  show: () => void;
}

/** For the other tabs to stop their workers. */
const HEAD_START_MS = 400;

/** Erase everything: asked for, running, done, and what is left. */
export class ErasureState {
  phase = $state<'asking' | 'running' | 'done' | 'elsewhere'>('asking');
  /** What is there before; null until somebody has looked. */
  found = $state.raw<Found[] | null>(null);
  outcomes = $state.raw<Outcome[]>([]);
  /** A fresh look afterwards. */
  left = $state.raw<Found[] | null>(null);

  #hooks: ErasureHooks;
  #places = everyPlace(() => void this.lookAgain());

  constructor(hooks: ErasureHooks) {
    this.#hooks = hooks;
    onErasingElsewhere(() => this.#giveWay());
  }

  /** Looks at what there is, so that one sees what would go. */
  async look() {
    this.found = await lookEverywhere(this.#places);
  }

  async start() {
    if (this.phase !== 'asking') return;
    this.#hooks.release();
    this.#hooks.show();
    await this.again();
  }

  /** Erases what is there now. */
  async again() {
    this.phase = 'running';
    this.outcomes = [];
    await whileErasing(async (tellOthers) => {
      tellOthers();
      await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS));
      await eraseEverything(this.#places, (outcome) => {
        this.outcomes = [...this.outcomes, outcome];
      });
      await this.lookAgain();
    });
    this.phase = 'done';
  }

  async lookAgain() {
    this.left = await lookEverywhere(this.#places);
  }

  /** Another tab erases everything: this one must not write anything back. */
  #giveWay() {
    if (this.phase !== 'asking') return;
    this.phase = 'elsewhere';
    this.#hooks.release();
    sessionStorage.clear(); // each tab has one of its own, which no other can reach
    this.#hooks.show();
  }
}

/** Nothing is there, and every place could be looked at. */
export function isClean(found: Found[]): boolean {
  return found.every(({ names, problem }) => names.length === 0 && problem === undefined);
}
