import type { GeneratedImage, GenerationRequest } from '../../workers/api';
import type { Covariate } from '../models/manifest';
import { promptInStep } from './prompt-covariates';
import type { WorkbenchHost, WorkbenchState } from './workbench.svelte';

/** More would be too small to see. */
export const MAX_SWEEP = 7;

/** One side of the grid: a covariate and its values, smallest first. */
export interface SweepAxis {
  covariate: Covariate;
  values: number[];
}

/** A side of the grid as it is chosen. */
export class SweepSide {
  /** Name of a covariate; empty: none. */
  name = $state('');
  from = $state(0);
  to = $state(0);
  count = $state(5);

  #covariates: readonly Covariate[];

  constructor(covariates: readonly Covariate[], name = '') {
    this.#covariates = covariates;
    this.choose(name);
  }

  get covariate(): Covariate | null {
    return this.#covariates.find(({ name }) => name === this.name) ?? null;
  }

  choose(name: string) {
    this.name = name;
    const { covariate } = this;
    this.from = covariate?.min ?? 0;
    this.to = covariate?.max ?? 0;
  }

  get axis(): SweepAxis | null {
    const { covariate, from, to, count } = this;
    return covariate && { covariate, values: axisValues(covariate, from, to, count) };
  }
}

/** A grid that was started. */
export interface SweepRun {
  x: SweepAxis;
  y: SweepAxis | null;
  request: GenerationRequest;
  modelHash: string;
  /** Row by row: ids of the gallery's images, null where one is still to come. */
  ids: (string | null)[];
}

/** One seed along one covariate or two. */
export class SweepState {
  readonly x: SweepSide;
  readonly y: SweepSide;
  run = $state.raw<SweepRun | null>(null);

  #workbench: WorkbenchState;
  #host: WorkbenchHost;

  constructor(workbench: WorkbenchState, host: WorkbenchHost) {
    this.#workbench = workbench;
    this.#host = host;
    const { covariates } = host.entry.conditions;
    const [first] = host.form.shownCovariates;
    this.x = new SweepSide(covariates, (first ?? covariates[0])?.name);
    this.y = new SweepSide(covariates);
  }

  get numImages(): number {
    return (this.x.axis?.values.length ?? 0) * (this.y.axis?.values.length ?? 1);
  }

  /** Why it cannot start; null where it can. */
  get problem(): string | null {
    const { x, y } = this;
    if (!x.covariate) return 'Choose a covariate.';
    if (x.name === y.name) return 'Choose two different covariates.';
    for (const { covariate, from, to, count } of [x, y]) {
      if (!covariate || covariate.choices) continue;
      const { title, min, max } = covariate;
      if (!(from >= min && to <= max && from < to)) {
        return `${title}: expected a range within ${min} to ${max}, got ${from} to ${to}.`;
      }
      if (!(Number.isInteger(count) && count >= 2 && count <= MAX_SWEEP)) {
        return `${title}: expected 2 to ${MAX_SWEEP} values, got ${count}.`;
      }
    }
    return this.#host.form.problem;
  }

  /** Makes the pictures, one after the other; each is kept in the gallery. */
  async start() {
    const { generation, form } = this.#host;
    const x = this.x.axis;
    if (generation.running || this.problem || !x) return;
    const y = this.y.axis;
    const request = this.#workbench.addTo(form.nextRequest());
    const requests = (y?.values ?? [null]).flatMap((valueY) =>
      x.values.map((valueX) => at(request, [x, valueX], y && [y, valueY!])),
    );
    this.run = { x, y, request, modelHash: '', ids: requests.map(() => null) };
    this.#workbench.stage = 'sweep';
    await generation.startSeries(requests);
  }

  /** Puts a picture into its place, if it belongs to the grid. */
  arrived(image: GeneratedImage, id: string) {
    const { run } = this;
    if (!run || image.request.seed !== run.request.seed) return;
    const { x, y, ids } = run;
    const columnOf = placeOn(x, image.request);
    const rowOf = y ? placeOn(y, image.request) : 0;
    const place = rowOf * x.values.length + columnOf;
    if (columnOf < 0 || rowOf < 0 || ids[place] !== null) return;
    this.run = { ...run, modelHash: image.modelHash, ids: ids.with(place, id) };
  }

  /** Saves the grid with its labels as one PNG. */
  async save() {
    if (!this.run) return;
    const { sweepPng } = await import('./sweep-png');
    const { saveFile } = await import('./save-file');
    const url = URL.createObjectURL(await sweepPng(this.run, this.#host.gallery.entries));
    saveFile(url, `sweep-${this.run.x.covariate.name}_seed${this.run.request.seed}.png`);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/** As it stands beside a row or above a column: "75 years", "female". */
export function axisLabel({ unit, choices }: Covariate, value: number): string {
  const choice = choices?.find((one) => one.value === value);
  return choice?.title ?? (unit ? `${value} ${unit}` : `${value}`);
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

type Place = [SweepAxis, number];

function at(request: GenerationRequest, x: Place, y: Place | null): GenerationRequest {
  const places = y ? [x, y] : [x];
  let { prompt } = request;
  const covariates = { ...request.covariates };
  for (const [{ covariate }, value] of places) {
    covariates[covariate.name] = value;
    prompt = promptInStep(prompt, covariate, value);
  }
  return { ...request, prompt, covariates };
}

function placeOn({ covariate, values }: SweepAxis, { covariates }: GenerationRequest): number {
  return values.indexOf(covariates[covariate.name]);
}
