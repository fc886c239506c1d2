import type { GeneratedImage } from '../../../contract/picture';
import type { GenerationRequest } from '../../../contract/request';
import type { SweepMark, SweepMarkAxis } from '../../../gallery/gallery-store';
import type { GalleryEntry } from '../../gallery/gallery-entry';
import type { WorkbenchHost, WorkbenchState } from './beside-the-picture.svelte';
import type { DrawerList } from '../compare/drawer-list.svelte';
import { randomId } from '../../../common/random-id';
import { modelAxis, sweepAxes } from './sweep-axes';
import {
  byModel,
  drawersOf,
  markOf,
  placeIn,
  placeOf,
  requestAt,
  seedOf,
  type SweepAxis,
  type SweepRun,
} from './sweep-run';
import { MAX_SWEEP, SweepSide } from './sweep-side.svelte';
import { texts } from '../texts/conditions';

/** A grid along one covariate or two, or along seeds, steps, guidance or models; of one seed where that is no side. */
export class SweepState {
  readonly x: SweepSide;
  readonly y: SweepSide;
  run = $state.raw<SweepRun | null>(null);
  /** Why a model of the grid could not go on, and which; null: none failed, or it is the studio's one model. */
  failed = $state.raw<{ title: string; error: Error } | null>(null);

  #workbench: WorkbenchState;
  #host: WorkbenchHost;
  #list: DrawerList;

  constructor(workbench: WorkbenchState, host: WorkbenchHost, list: DrawerList) {
    this.#workbench = workbench;
    this.#host = host;
    this.#list = list;
    const axes = sweepAxes(host.entry);
    const [first] = host.form.shownCovariates;
    const shown = () => {
      const { model, shownCovariates } = host.form;
      return axes.filter((one) => {
        return shownCovariates.includes(one) || !model.conditions.covariates.includes(one);
      });
    };
    const seed = () => host.form.seed;
    const drawers = () => (host.entry.volume ? [] : list.all);
    this.x = new SweepSide(axes, shown, seed, drawers, (first ?? axes[0])?.name);
    this.y = new SweepSide(axes, shown, seed, drawers);
  }

  get numImages(): number {
    return (this.x.axis?.values.length ?? 0) * (this.y.axis?.values.length ?? 1);
  }

  /** Why it cannot start; null where it can. */
  get problem(): string | null {
    const { x, y } = this;
    if (!x.covariate) return texts.chooseCovariate;
    if (x.name === y.name) return texts.chooseTwoDifferentCovariates;
    const problems = [problemOf(x), problemOf(y), lacking(x, y), lacking(y, x)];
    return problems.find((problem) => problem !== null) ?? this.#host.form.problem;
  }

  /** What a grid lacks, because it was cancelled or the page was left, can still be made. */
  get canFinish(): boolean {
    const { run } = this;
    if (!run || this.#host.generation.running || !run.ids.includes(null)) return false;
    const { init, mask, lora } = run.request;
    const drawers = drawersOf(run);
    const known = this.#list.all.map(({ key }) => key);
    // The gallery keeps hashes of those, not their pixels; a model may have been deleted.
    return (
      (!init || !!(init.voxels ?? init.rgb)) &&
      (!mask || !!mask.labels) &&
      (drawers ? drawers.every(({ key }) => known.includes(key)) : !lora || !!lora.factors)
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
    const { generation } = this.#host;
    const missing = byModel(
      run,
      [...run.ids.keys()].filter((place) => run.ids[place] === null),
    );
    const drawers = drawersOf(run);
    this.failed = null;
    const requests = await this.#fill(missing.map((place) => requestAt(run, place)));
    if (!requests) return;
    const failure = await generation.startSeries(requests);
    if (!drawers) return;
    this.#list.noteHere(drawers.map(({ entry }) => entry));
    if (!failure) return;
    // Told with the grid: what the studio offers against an error is for its own model.
    const { error, request } = failure;
    const { modelId } = request;
    const title = drawers.find(({ entry }) => entry.id === modelId)?.title ?? modelId;
    this.failed = { title, error };
    if (generation.error === error) generation.error = null;
  }

  /** The requests with the factors that their hashes stand for; null where those are not here, which is then told. */
  async #fill(requests: GenerationRequest[]): Promise<GenerationRequest[] | null> {
    try {
      const filled: GenerationRequest[] = [];
      for (const request of requests) filled.push(await this.#host.finetuning.fill(request));
      return filled;
    } catch (error) {
      this.#host.generation.error = error as Error;
      return null;
    }
  }

  /** What is kept with an image of the grid; null where it is none. */
  markOf(image: GeneratedImage): SweepMark | null {
    const { run } = this;
    return run && placeIn(run, image.request) >= 0 ? markOf(run) : null;
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
    if (!sweep) return false;
    const { entry: own, gallery } = this.#host;
    if (request.modelId !== own.id && !sweep.x.models && !sweep.y?.models) return false;
    if (this.run?.id === sweep.id) return true;
    const x = this.#axis(sweep.x);
    const y = sweep.y && this.#axis(sweep.y);
    if (!x || (sweep.y && !y)) return false; // another model's covariates
    const members = gallery.entries.filter((entry) => entry.sweep?.id === sweep.id);
    const run: SweepRun = {
      id: sweep.id,
      x,
      y,
      // Another model may have been asked for less.
      request: members.find((entry) => entry.request.modelId === own.id)?.request ?? request,
      modelHash,
      ids: Array.from({ length: x.values.length * (y?.values.length ?? 1) }, () => null),
    };
    for (const entry of members) {
      const place = placeOf(run, entry.request);
      if (place >= 0) run.ids[place] = entry.id;
    }
    this.run = run;
    return true;
  }

  #axis({ name, values, models }: SweepMarkAxis): SweepAxis | null {
    if (models) {
      const { entry } = this.#host;
      const known = this.#list.all;
      const drawers = models.map(
        (key) =>
          known.find((drawer) => drawer.key === key) ??
            // Deleted since: its pictures are still there.
            { key, title: key.split(' ')[0], entry, lora: null, here: false },
      );
      return { covariate: modelAxis(drawers.map(({ title }) => title)), values, drawers };
    }
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

/** Why a side cannot be as it stands; null where it can, or is none. */
function problemOf({ covariate, from, to, count, alongModels, models }: SweepSide): string | null {
  if (!covariate) return null;
  if (alongModels) {
    const enough = models.length >= 2 && models.length <= MAX_SWEEP;
    return enough ? null : texts.expectedModels(MAX_SWEEP, models.length);
  }
  if (covariate.choices) return null;
  const { title, min, max } = covariate;
  if (!(from >= min && to <= max && from < to)) {
    return texts.expectedRangeWithin(title, min, max, from, to);
  }
  if (Number.isInteger(count) && count >= 2 && count <= MAX_SWEEP) return null;
  return texts.expected2ToValues(title, MAX_SWEEP, count);
}

/** Why a model of one side cannot do what the other side runs along; null where all can. */
function lacking(side: SweepSide, { covariate, from, to }: SweepSide): string | null {
  if (!side.alongModels || !covariate) return null;
  const cannot = side.models.find(({ entry }) => {
    const theirs = sweepAxes(entry).find(({ name }) => name === covariate.name);
    return !theirs || (!covariate.choices && !(from >= theirs.min && to <= theirs.max));
  });
  return cannot ? texts.modelCannot(cannot.title, covariate.title) : null;
}
