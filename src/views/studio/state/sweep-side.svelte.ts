import type { Covariate } from '../../../models/manifest/manifest';
import type { Drawer } from '../compare/drawers';
import { MODEL_AXIS, modelAxis, proposedEnds } from './sweep-axes';
import type { SweepAxis } from './sweep-run';

/** More would be too small to see. */
export const MAX_SWEEP = 7;

/** A side of the grid as it is chosen. */
export class SweepSide {
  /** Name of a covariate; empty: none. */
  name = $state('');
  from = $state(0);
  to = $state(0);
  count = $state(5);

  #all: readonly Covariate[];
  #shown: () => readonly Covariate[];
  #seed: () => number;
  #drawers: () => readonly Drawer[];
  /** Keys of the models that were picked; null: nobody has picked yet. */
  #picked = $state.raw<readonly string[] | null>(null);

  /**
   * `all`: what it can run along; `shown`: those of them that mean something for the kind of image. `drawers`: what else it
   * can run along, where there are two or more.
   */
  constructor(
    all: readonly Covariate[],
    shown: () => readonly Covariate[],
    seed: () => number,
    drawers: () => readonly Drawer[],
    name = '',
  ) {
    this.#all = all;
    this.#shown = shown;
    this.#seed = seed;
    this.#drawers = drawers;
    this.choose(name);
  }

  /** What can be chosen, and what is. */
  get covariates(): readonly Covariate[] {
    const shown = this.#shown();
    const offered = this.#all.filter((one) => one.name === this.name || shown.includes(one));
    return this.#drawers().length > 1 ? [...offered, modelAxis([])] : offered;
  }

  get covariate(): Covariate | null {
    const found = this.covariates.find(({ name }) => name === this.name) ?? null;
    return found?.name === MODEL_AXIS ? modelAxis(this.models.map(({ title }) => title)) : found;
  }

  get alongModels(): boolean {
    return this.name === MODEL_AXIS;
  }

  /** All models to pick from. */
  get offered(): readonly Drawer[] {
    return this.#drawers();
  }

  /** The models that it runs along: those that are here, until somebody picks. */
  get models(): Drawer[] {
    const picked = this.#picked;
    const proposed = this.offered.filter(({ here }) => here).slice(0, MAX_SWEEP);
    return picked ? this.offered.filter(({ key }) => picked.includes(key)) : proposed;
  }

  pick(key: string, yes: boolean) {
    const others = this.models.map((one) => one.key).filter((one) => one !== key);
    this.#picked = yes ? [...others, key] : others;
  }

  choose(name: string) {
    this.name = name;
    const { covariate } = this;
    [this.from, this.to] = covariate ? proposedEnds(covariate, this.#seed()) : [0, 0];
  }

  get axis(): SweepAxis | null {
    const { covariate, from, to, count, models } = this;
    if (!covariate) return null;
    const values = axisValues(covariate, from, to, count);
    return { covariate, values, ...(this.alongModels ? { drawers: models } : {}) };
  }
}

/** All choices, or so many values from one end to the other, each on a step of the covariate. */
export function axisValues(
  covariate: Covariate,
  from: number,
  to: number,
  count: number,
): number[] {
  if (covariate.choices) return covariate.choices.map(({ value }) => value).slice(0, MAX_SWEEP);
  const { min, step } = covariate;
  const values = Array.from({ length: Math.min(count, MAX_SWEEP) }, (_, i) => {
    const exact = from + (i * (to - from)) / Math.max(1, count - 1);
    // Rounded away: 0.1 · 3 is not 0.3.
    return Number((min + Math.round((exact - min) / step) * step).toPrecision(12));
  });
  return values.filter((value, i) => values.indexOf(value) === i);
}
