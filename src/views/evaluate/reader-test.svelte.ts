import { binomialInterval, trialsForPower } from '../../evaluation/metrics/binomial';
import { createRandom } from '../../evaluation/metrics/random';
import { texts } from './texts/results';

/** One picture of the test. */
export interface ReaderTrial {
  name: string;
  synthetic: boolean;
  read: () => Promise<Blob>;
}

/** What the reader said of one picture, and how long that took. */
export interface ReaderAnswer {
  name: string;
  synthetic: boolean;
  saidSynthetic: boolean;
  ms: number;
}

/** How often readers are right whom this many trials would tell apart from guessing. */
const RATES = [0.65, 0.75, 0.9];

/** Real or synthetic? Equal numbers of both in random order, one at a time, by key, timed. */
export class ReaderTestState {
  answers = $state.raw<ReaderAnswer[]>([]);
  /** Of the picture that is shown; empty while it is read. */
  url = $state('');
  readonly trials: ReaderTrial[];
  /** Trials for 80 % power at 5 %, by how often a reader is right. */
  static readonly needed = RATES.map((rate) => ({ rate, trials: trialsForPower(rate) }));

  #shownAt = 0;

  constructor(real: ReaderTrial[], synthetic: ReaderTrial[], count: number, seed: number) {
    const random = createRandom(seed, 7);
    const draw = (all: ReaderTrial[], n: number) =>
      random
        .permutation(all.length)
        .slice(0, n)
        .map((i) => all[i]);
    const each = Math.min(real.length, synthetic.length, Math.floor(count / 2));
    const both = [...draw(real, each), ...draw(synthetic, each)];
    this.trials = random.permutation(both.length).map((i) => both[i]);
  }

  get done(): boolean {
    return this.answers.length === this.trials.length;
  }

  /** Share of right answers with its exact 95 % interval. */
  get score() {
    const right = this.answers.filter((one) => one.saidSynthetic === one.synthetic).length;
    return { right, ...binomialInterval(right, this.answers.length) };
  }

  /** The interval leaves out 1/2; only then can the reader tell. */
  get verdict(): string {
    const { low, high } = this.score;
    if (low > 0.5) return texts.youCanTellThem;
    if (high < 0.5) return texts.youTookRealOnes;
    return texts.notDistinguishableFromGuessing;
  }

  async show() {
    this.#release();
    const trial = this.trials[this.answers.length];
    if (!trial) return;
    try {
      this.url = URL.createObjectURL(await trial.read());
      this.#shownAt = performance.now();
    } catch {
      // A broken file is no trial.
      this.trials.splice(this.answers.length, 1);
      this.answers = [...this.answers];
      await this.show();
    }
  }

  async answer(saidSynthetic: boolean) {
    if (this.done || this.url === '') return;
    const { name, synthetic } = this.trials[this.answers.length];
    const ms = Math.round(performance.now() - this.#shownAt);
    this.answers = [...this.answers, { name, synthetic, saidSynthetic, ms }];
    await this.show();
  }

  /** Ends the test early; what was answered counts. */
  stop() {
    this.trials.length = this.answers.length;
    this.answers = [...this.answers];
    this.#release();
  }

  #release() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = '';
  }
}
