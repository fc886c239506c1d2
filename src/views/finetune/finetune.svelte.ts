import type { DroppedFile } from '../../contract/download';
import type { BackendChoice } from '../../contract/request';
import { labelTableOf } from '../../dataset/csv-labels';
import { captionsFor, type CaptionSource } from '../../finetune/captions';
import {
  newRun,
  type FinetuneRun,
  type FinetuneStore,
  type TunedModel,
} from '../../finetune/finetune-store';
import { PRESETS, settingsProblem, type FinetunePreset } from '../../finetune/plan';
import { DEFAULT_SETTINGS, IMAGE_LIMITS, type FinetuneSettings } from '../../finetune/run';
import { appError } from '../../errors';
import { learntOn } from '../../models/manifest/learnt-on';
import type { ModelEntry } from '../../models/manifest/manifest';
import { unetOf } from '../../models/manifest/model-files';
import type { Finetuner } from './open-finetune.svelte';
import { FinetuneProgress } from './finetune-progress.svelte';
import { mayBeImage } from '../../image/image-file-name';
import { TunedResults } from './results/tuned-results.svelte';
import { exportTuned, importTuned } from './tuned-file';
import { aloneWithRun } from '../../browser/alone-in-tabs';
import { TabChannel } from '../../browser/tab-channel';
import type { TunedState } from './tuned.svelte';
import { texts } from './texts';

/** What the fine-tuning view is made of. */
export interface FinetuneStateParts {
  store: FinetuneStore;
  tuned: TunedState;
  models: readonly ModelEntry[];
  /** The studio's model: trained where it can be. */
  preferred: string;
  finetuner: () => Promise<Finetuner>;
  choice: () => BackendChoice;
  sessionOnly: boolean;
}

/** Images, captions and settings of the next run, the run in progress, and what came of earlier ones. */
export class FinetuneState {
  readonly tuned: TunedState;
  readonly sessionOnly: boolean;
  /** Those that can be trained. */
  readonly models: readonly ModelEntry[];
  modelId = $state('');
  title = $state('');
  /** Images only. */
  files = $state.raw<DroppedFile[]>([]);
  csv = $state.raw<{ name: string; text: string } | null>(null);
  source = $state<CaptionSource>('one');
  caption = $state('');
  presetId = $state<FinetunePreset['id']>('medium');
  settings = $state<FinetuneSettings>({ ...DEFAULT_SETTINGS });
  /** The unfinished run: running, paused, or left by a reload. */
  run = $state.raw<FinetuneRun | null>(null);
  progress = $state.raw<FinetuneProgress | null>(null);
  error = $state.raw<Error | null>(null);
  /** What is kept of the runs that tuned models came of. */
  readonly results: TunedResults;

  #csvOfFolder = false;
  #parts: FinetuneStateParts;
  #tabs: TabChannel<'changed'>;

  constructor(parts: FinetuneStateParts) {
    this.#parts = parts;
    this.#tabs = new TabChannel(parts.sessionOnly ? null : 'finetune changes', () => {
      void this.load().catch(() => undefined);
    });
    this.tuned = parts.tuned;
    this.results = new TunedResults(parts.store, parts.tuned);
    this.sessionOnly = parts.sessionOnly;
    this.models = parts.models.filter((one) => unetOf(one)?.trainingGraph);
    const preferred = this.models.find(({ id }) => id === parts.preferred) ?? this.models[0];
    this.modelId = preferred?.id ?? '';
    this.usePreset('medium');
  }

  get entry(): ModelEntry | null {
    return this.models.find(({ id }) => id === this.modelId) ?? null;
  }

  get running(): boolean {
    return this.progress?.running ?? false;
  }

  /** What each image is called and captioned, or why nobody can say. */
  captioned = $derived.by(() => {
    const paths = this.files.map(({ path }) => path);
    const how = { source: this.source, text: this.caption, csv: this.csv?.text ?? null };
    try {
      const covariates = this.entry?.conditions.covariates ?? [];
      return { rows: captionsFor(paths, how, covariates), problem: null };
    } catch (error) {
      return { rows: [], problem: (error as Error).message };
    }
  });

  /** Why the run cannot start yet, in words; null where it can. */
  problem = $derived.by(() => {
    const { min, max } = IMAGE_LIMITS;
    const count = this.files.length;
    if (!this.entry) return texts.noModelOfSite;
    if (count === 0) return texts.chooseFolderOfImages;
    if (count < min || count > max) return texts.expectedToImagesGot(min, max, count);
    if (this.captioned.problem) return this.captioned.problem;
    const without = this.captioned.rows.filter(({ caption }) => !caption).length;
    if (without > 0) return texts.imagesNoCaptionWrite(without);
    return settingsProblem(this.settings);
  });

  /** What was left by a reload or is another tab's, with what was seen of it. */
  async load() {
    if (this.running) return;
    const run = await this.#parts.store.run();
    if (this.running) return; // begun meanwhile
    if (run && run.id === this.run?.id) return this.progress?.load();
    this.#show(run);
    await this.progress?.load();
  }

  #show(run: FinetuneRun | null) {
    this.run = run;
    this.progress = run && new FinetuneProgress(run, this.#parts);
  }

  usePreset(id: FinetunePreset['id']) {
    this.presetId = id;
    const preset = PRESETS.find((one) => one.id === id)!;
    Object.assign(this.settings, preset.change, { numSteps: null });
  }

  async takeFiles(files: DroppedFile[]) {
    this.error = null;
    this.files = files
      .filter(({ path }) => mayBeImage(path))
      .sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
    const csv = await labelTableOf(files);
    // The table of another folder would caption images that only have the same names.
    if (csv || this.#csvOfFolder) await this.takeCsv(csv?.file ?? null);
    this.#csvOfFolder = csv !== undefined;
    const [folder, ...below] = files[0]?.path.split('/') ?? [];
    if (!this.title && below.length > 0) this.title = folder;
    if (files.length > 0 && this.files.length === 0) {
      this.error = appError(
        'RequestInvalid',
        `There is no image among these ${files.length} files (expected PNG, JPEG, WebP, DICOM or NIfTI). ` +
          'Choose the folder that holds them.',
      );
    }
  }

  async takeCsv(file: File | null) {
    this.#csvOfFolder = false;
    this.csv = file && { name: file.name, text: await file.text() };
    this.source = file ? 'csv' : 'one';
  }

  /** Begins a run with what is in the form. */
  async start() {
    if (this.running || this.problem !== null) return;
    const { files, modelId, entry } = this;
    const names = files.map(({ path }) => path);
    const run = newRun({
      modelId,
      base: entry ? await learntOn(entry) : undefined,
      title: this.title.trim() || texts.myImages,
      settings: $state.snapshot(this.settings),
      items: this.captioned.rows.map((row, i) => ({ name: names[i], ...row })),
    });
    const begun = await this.#attempt(() =>
      aloneWithRun(this.sessionOnly, async () => {
        const other = await this.#parts.store.run();
        if (other) throw otherRun(other);
        await this.#parts.store.putRun(run);
        this.#show(run);
        this.#tabs.tell('changed');
      }),
    );
    if (begun) await this.resume();
  }

  /** Goes on from the last checkpoint. */
  async resume() {
    const { progress } = this;
    if (!progress || progress.running) return;
    this.error = null;
    const done = await progress.go(this.files);
    if (done) return this.#finished();
    this.#tabs.tell('changed');
    if (progress.error?.name !== 'TunedMissing') return;
    this.error = progress.error;
    await this.load();
  }

  /** Ends an unfinished run where it stands and keeps what it has learnt. */
  async keepAsIs() {
    await this.#attempt(async () => {
      if (await this.progress?.finishEarly()) await this.#finished();
    });
  }

  /** Deletes the unfinished run. */
  async discard() {
    const { progress } = this;
    await progress?.stop();
    await this.#attempt(async () => {
      await progress?.discard();
      this.#show(null);
      this.#tabs.tell('changed');
    });
  }

  /** A file for diffusers and peft. */
  async export(model: TunedModel) {
    await this.#attempt(() => exportTuned(this.#parts.store, model));
  }

  async import(file: File) {
    await this.#attempt(async () => {
      await importTuned(this.#parts.store, file);
      await this.tuned.changed();
    });
  }

  async remove(model: TunedModel) {
    await this.#attempt(async () => {
      await this.#parts.store.removeTuned(model.id);
      await this.tuned.changed();
    });
  }

  /** Stops, and forgets everything that the page holds; what was kept stays kept. */
  close() {
    this.progress?.cancel();
    this.progress = null;
    this.run = null;
    this.files = [];
    this.results.close();
    this.csv = null;
    this.caption = '';
  }

  /** Shows what came of the run. */
  async #finished() {
    const ended = this.progress?.ended ?? null;
    this.#show(null);
    this.#tabs.tell('changed');
    await this.tuned.changed();
    if (!ended) return;
    this.error = ended.notKept;
    await this.results.arrive(ended);
  }

  /** False: it failed, and `error` says why. */
  async #attempt(work: () => Promise<unknown>): Promise<boolean> {
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = error as Error;
      if ((error as Error).name === 'TunedMissing') await this.load(); // it was another tab's
      return false;
    }
  }
}

function otherRun({ title }: FinetuneRun): Error {
  return appError(
    'RequestInvalid',
    `There is an unfinished run, "${title}" (expected none before another begins). Finish it, keep it as it is, or discard it ` +
      'first; another tab may have begun it.',
  );
}
