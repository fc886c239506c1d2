import type { GeneratedImage } from '../../../contract/picture';
import type { GenerationRequest } from '../../../contract/request';
import type { SweepMark, SweepMarkAxis } from '../../../gallery/gallery-store';
import type { Covariate } from '../../../models/manifest/manifest';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import type { WorkbenchHost, WorkbenchState } from './beside-the-picture.svelte';
import { randomId } from '../../../common/random-id';
import { alikeBut, proposedEnds, sweepAxes, titleOf, valueOf, withValue } from './sweep-axes';
import { texts } from '../texts/conditions';

/** More would be too small to see. */
export const MAX_SWEEP = 7;

/** One side of the grid: a covariate, or what of the sampling stands for one, and its values, smallest first. */
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

  /** What can be chosen. */
  readonly covariates: readonly Covariate[];
  #seed: () => number;

  constructor(covariates: readonly Covariate[], seed: () => number, name = '') {
    this.covariates = covariates;
    this.#seed = seed;
    this.choose(name);
  }

  get covariate(): Covariate | null {
    return this.covariates.find(({ name }) => name === this.name) ?? null;
  }

  choose(name: string) {
    this.name = name;
    const { covariate } = this;
    [this.from, this.to] = covariate ? proposedEnds(covariate, this.#seed()) : [0, 0];
  }

  get axis(): SweepAxis | null {
    const { covariate, from, to, count } = this;
    return covariate && { covariate, values: axisValues(covariate, from, to, count) };
  }
}

/** A grid that was started. */
export interface SweepRun {
  /** Kept with each of its pictures. */
  id: string;
  x: SweepAxis;
  y: SweepAxis | null;
  request: GenerationRequest;
  modelHash: string;
  /** Row by row: ids of the gallery's images, null where one is still to come. */
  ids: (string | null)[];
}

/** A grid along one covariate or two, or along seeds, steps or guidance; of one seed where that is no side. */
export class SweepState {
  readonly x: SweepSide;
  readonly y: SweepSide;
  run = $state.raw<SweepRun | null>(null);

  #workbench: WorkbenchState;
  #host: WorkbenchHost;

  constructor(workbench: WorkbenchState, host: WorkbenchHost) {
    this.#workbench = workbench;
    this.#host = host;
    const axes = sweepAxes(host.entry);
    const [first] = host.form.shownCovariates;
    const seed = () => host.form.seed;
    this.x = new SweepSide(axes, seed, (first ?? axes[0])?.name);
    this.y = new SweepSide(axes, seed);
  }

  get numImages(): number {
    return (this.x.axis?.values.length ?? 0) * (this.y.axis?.values.length ?? 1);
  }

  /** Why it cannot start; null where it can. */
  get problem(): string | null {
    const { x, y } = this;
    if (!x.covariate) return texts.chooseCovariate;
    if (x.name === y.name) return texts.chooseTwoDifferentCovariates;
    for (const { covariate, from, to, count } of [x, y]) {
      if (!covariate || covariate.choices) continue;
      const { title, min, max } = covariate;
      if (!(from >= min && to <= max && from < to)) {
        return texts.expectedRangeWithin(title, min, max, from, to);
      }
      if (!(Number.isInteger(count) && count >= 2 && count <= MAX_SWEEP)) {
        return texts.expected2ToValues(title, MAX_SWEEP, count);
      }
    }
    return this.#host.form.problem;
  }

  /** What a grid lacks, because it was cancelled or the page was left, can still be made. */
  get canFinish(): boolean {
    const { run } = this;
    if (!run || this.#host.generation.running || !run.ids.includes(null)) return false;
    const { init, mask, lora } = run.request;
    // The gallery keeps hashes of those, not their pixels.
    return (
      (!init || !!(init.voxels ?? init.rgb)) &&
      (!mask || !!mask.labels) &&
      (!lora || !!lora.factors)
    );
  }

  /** Makes the pictures, one after the other; each is kept in the gallery. */
  async start() {
    const { generation, form, finetuning } = this.#host;
    form.followPrompt();
    const x = this.x.axis;
    if (generation.running || this.problem || !x) return;
    const y = this.y.axis;
    const asked = finetuning.addTo(this.#workbench.addTo(form.nextRequest()));
    const request = await finetuning.fill(asked).catch((error: Error) => {
      generation.error = error;
    });
    if (!request) return;
    const numImages = x.values.length * (y?.values.length ?? 1);
    const ids = Array.from({ length: numImages }, () => null);
    this.run = { id: randomId(), x, y, request, modelHash: '', ids };
    this.#workbench.stage = 'sweep';
    await this.finish();
  }

  /** Makes the pictures that the grid lacks. */
  async finish() {
    const { run } = this;
    if (!run || !this.canFinish) return;
    const { x, y, ids, request } = run;
    const missing = [...ids.keys()].filter((place) => ids[place] === null);
    const columns = x.values.length;
    await this.#host.generation.startSeries(
      missing.map((place) =>
        at(
          request,
          [x, x.values[place % columns]],
          y && [y, y.values[Math.floor(place / columns)]],
        ),
      ),
    );
  }

  /** What is kept with an image of the grid; null where it is none. */
  markOf(image: GeneratedImage): SweepMark | null {
    const { run } = this;
    if (!run || placeIn(run, image.request) < 0) return null;
    const mark = ({ covariate, values }: SweepAxis) => ({ name: covariate.name, values });
    return { id: run.id, x: mark(run.x), y: run.y && mark(run.y) };
  }

  /** Puts a picture into its place, if it belongs to the grid. */
  arrived(image: GeneratedImage, id: string) {
    const { run } = this;
    const place = run ? placeIn(run, image.request) : -1;
    if (!run || place < 0 || run.ids[place] !== null) return;
    this.run = { ...run, modelHash: image.modelHash, ids: run.ids.with(place, id) };
  }

  /** Puts the grid together again that a picture is a part of, of what the gallery has; false where that cannot be done. */
  restore({ sweep, request, modelHash }: GalleryEntry): boolean {
    if (!sweep || request.modelId !== this.#host.entry.id) return false;
    if (this.run?.id === sweep.id) return true;
    const x = this.#axis(sweep.x);
    const y = sweep.y && this.#axis(sweep.y);
    if (!x || (sweep.y && !y)) return false; // another model's covariates
    const numImages = x.values.length * (y?.values.length ?? 1);
    const run: SweepRun = {
      id: sweep.id,
      x,
      y,
      request,
      modelHash,
      ids: Array.from({ length: numImages }, () => null),
    };
    for (const entry of this.#host.gallery.entries) {
      const place = entry.sweep?.id === sweep.id ? placeIn(run, entry.request) : -1;
      if (place >= 0) run.ids[place] = entry.id;
    }
    this.run = run;
    return true;
  }

  #axis({ name, values }: SweepMarkAxis): SweepAxis | null {
    const covariate = sweepAxes(this.#host.entry).find((one) => one.name === name);
    return covariate ? { covariate, values } : null;
  }

  /** Saves the grid with its labels as one PNG. */
  async save() {
    if (!this.run) return;
    const { sweepPng } = await import('./sweep-png');
    const { saveBlob } = await import('../../../browser/save-file');
    const seed = seedOf(this.run);
    saveBlob(
      await sweepPng(this.run, this.#host.gallery.entries),
      `sweep-${this.run.x.covariate.name.replace('@', '')}${seed === null ? '' : `_seed${seed}`}.png`,
    );
  }
}

/** The sides of a grid. */
function covariatesOf({ x, y }: SweepRun): Covariate[] {
  return y ? [x.covariate, y.covariate] : [x.covariate];
}

/** The one seed of a grid; null where it runs along seeds. */
export function seedOf(run: SweepRun): number | null {
  const swept = covariatesOf(run).some(({ name }) => name === '@seed');
  return swept ? null : valueOf({ name: '@seed' }, run.request)!;
}

/** What a grid is of: "age × sex". */
export function axesWords(run: SweepRun, words?: typeof texts): string {
  return covariatesOf(run)
    .map((covariate) => titleOf(covariate, words))
    .join(' × ');
}

/** What a picture has at a place of the grid, counted row by row: "age 75 years · Steps 4". */
export function placeWords({ x, y }: SweepRun, place: number): string {
  const [column, row] = [place % x.values.length, Math.floor(place / x.values.length)];
  return [{ axis: x, value: x.values[column] }, ...(y ? [{ axis: y, value: y.values[row] }] : [])]
    .map(({ axis, value }) => `${axis.covariate.title} ${axisLabel(axis.covariate, value)}`)
    .join(' · ');
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
  return places.reduce(
    (asked, [{ covariate }, value]) => withValue(asked, covariate, value),
    request,
  );
}

/** Where a picture belongs in the grid, row by row; −1: it is none of it. */
function placeIn(run: SweepRun, made: GenerationRequest): number {
  const { x, y } = run;
  if (!alikeBut(covariatesOf(run), run.request, made)) return -1;
  const column = placeOn(x, made);
  const row = y ? placeOn(y, made) : 0;
  return column < 0 || row < 0 ? -1 : row * x.values.length + column;
}

function placeOn({ covariate, values }: SweepAxis, made: GenerationRequest): number {
  return values.indexOf(valueOf(covariate, made) ?? NaN);
}
