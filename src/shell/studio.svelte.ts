import { MediaQuery } from 'svelte/reactivity';
import type { GeneratedImage } from '../contract/picture';
import type { SourceOrigin } from '../contract/provenance';
import type { BackendChoice } from '../contract/request';
import type { DatasetRecords } from '../dataset/dataset-store';
import { withoutLoraTags } from '../common/lora-tag';
import type { ModelEntry } from '../models/manifest/manifest';
import type { DatasetsState } from '../views/datasets/state/datasets.svelte';
import type { ErrorAction } from '../controls/error-actions';
import { EvaluationSlot } from '../views/evaluate/open-evaluation.svelte';
import { FinetuneSlot } from '../views/finetune/open-finetune.svelte';
import { FootprintState } from '../views/storage/state/requests-and-bytes.svelte';
import { FormState } from '../controls/form.svelte';
import type { GalleryEntry } from '../views/gallery/gallery-entry';
import { GalleryState } from '../views/gallery/gallery.svelte';
import { GenerationState } from '../views/studio/state/generation.svelte';
import { KeepingState } from '../views/storage/state/how-it-is-kept.svelte';
import { settingsNote } from '../views/studio/state/other-model';
import type { ModelShelfState } from '../views/models/model-shelf.svelte';
import { ModelState } from '../views/studio/state/model.svelte';
import { PictureSave } from '../views/studio/state/picture-save.svelte';
import { PromptWords } from '../controls/prompt-words.svelte';
import { PrivacyCheckState } from '../views/storage/state/privacy-check.svelte';
import { RequestQueue } from '../views/studio/queue/request-queue.svelte';
import type { SettingsState } from '../browser/settings.svelte';
import { createDatasets } from './create-datasets';
import { createShelf } from './create-shelf';
import { OfflineAhead } from './offline-ahead.svelte';
import { HELP_HOME, type HelpPlace, type View } from './routes';
import type { DialogName, StudioParts } from './studio-parts';
import { Submission } from './submission.svelte';
import { UpdateState } from './update.svelte';
import { WorkbenchState } from '../views/studio/state/beside-the-picture.svelte';

/** The view in which a prompt becomes a picture. */
export class StudioState {
  readonly entry: ModelEntry;
  readonly settings: SettingsState;
  /** The model and its relatives, the fastest first. */
  readonly relatives: readonly ModelEntry[];
  readonly sampleUrl: string | null;
  readonly form: FormState;
  /** What the model makes of the words in the form. */
  readonly words: PromptWords;
  readonly model: ModelState;
  readonly shelf: ModelShelfState | null;
  readonly generation: GenerationState;
  readonly gallery: GalleryState;
  readonly footprint: FootprintState;
  readonly keeping: KeepingState;
  readonly update: UpdateState;
  readonly evaluating: EvaluationSlot;
  readonly finetuning: FinetuneSlot;
  readonly privacyCheck: PrivacyCheckState;
  readonly offlineAhead: OfflineAhead;
  readonly saving = new PictureSave();
  readonly workbench: WorkbenchState;
  /** What waits until the picture in the making is there. */
  readonly queue: RequestQueue;
  readonly submission: Submission;

  view = $state<View>('studio');
  /** The page of the help that is shown, or would be. */
  help = $state.raw<HelpPlace>(HELP_HOME);
  /** Loaded when that view is first opened, or when a data set waits to be made. */
  datasets = $state.raw<DatasetsState | null>(null);
  datasetsError = $state.raw<Error | null>(null);

  /** Between these widths the side panes are sheets over the picture. */
  readonly sheets = new MediaQuery('(480px <= width < 900px)');
  /** The sheet that is open. */
  sheet = $state<'form' | 'gallery' | null>(null);
  dialog = $state<DialogName | null>(null);
  /** The light box shows the picture in the making, until another one is picked. */
  following = $state(true);
  /** The sample is there to be seen. */
  hasSample = $state(false);

  /** What the settings taken from a picture come to, where another model made it; empty else. */
  settingsNote = $state('');

  #client: StudioParts['client'];
  #datasetRecords: DatasetRecords | null;
  #openingDatasets: Promise<DatasetsState> | null = null;

  constructor(parts: StudioParts) {
    const { entry, client, store, sessionOnly, settings } = parts;
    this.entry = entry;
    this.#client = client;
    this.offlineAhead = new OfflineAhead(this, parts.ahead ?? null);
    this.#datasetRecords = parts.datasetRecords ?? null;
    this.settings = settings;
    this.relatives = parts.relatives ?? [entry];
    this.sampleUrl = parts.sampleUrl ?? null;
    this.footprint = parts.footprint ?? new FootprintState();
    this.evaluating = new EvaluationSlot(parts.evaluation, this);
    this.finetuning = new FinetuneSlot(parts.finetune, this);
    this.update = new UpdateState(parts.updates ?? null);
    this.workbench = new WorkbenchState(this, parts);
    this.privacyCheck = new PrivacyCheckState(parts.checkOutside);
    this.form = new FormState(entry, parts.checker);
    this.words = new PromptWords(entry, client.readTexts);
    this.model = new ModelState(client, entry.id);
    this.shelf = parts.modelKeeper
      ? createShelf(parts.modelKeeper, this, () => this.#load())
      : null;
    this.gallery = new GalleryState(store, {
      sessionOnly,
      channel: sessionOnly ? null : 'gallery changes',
    });
    this.generation = new GenerationState(client, {
      ready: async (request, options) => {
        if (!(await this.model.readyFor(request.modelId, settings.backend, options))) return false;
        await this.words.refuseUnknown(request);
        return true;
      },
      choice: () => settings.backend,
      keep: (image) => this.#keep(image),
    });
    this.queue = new RequestQueue(this.generation, (asked) => this.finetuning.fill(asked));
    this.submission = new Submission(this);
    this.keeping = new KeepingState(parts.keeping ?? {}, this);
  }

  /** Something runs that a reload would end. */
  get busy(): boolean {
    const shelfJob = this.shelf?.job ?? null;
    if (this.generation.running || this.queue.waiting.length > 0) return true;
    if (this.model.phase === 'loading' || shelfJob) return true;
    return this.evaluating.running || this.finetuning.running || (this.datasets?.busy ?? false);
  }

  /** Reads the gallery at once, unless it is locked, and fetches the weights as soon as the shell is stored. */
  async open(shellStored: Promise<void> = Promise.resolve()) {
    if (this.keeping.locked) this.gallery.close();
    await Promise.all([this.keeping.locked ? undefined : this.gallery.load(), shellStored]);
    // Somebody who pressed Generate in the meantime has started the load.
    if (this.model.phase === 'idle') await this.#load();
    if (!this.keeping.locked) void this.finetuning.wake();
    await this.#resumeDatasets();
    if (this.gallery.entries.length > 0) void this.offlineAhead.start();
  }

  /** Shows another view; the first look at data sets loads what they need. */
  show(view: View) {
    this.view = view;
    this.sheet = null;
    if (view === 'datasets' || view === 'projects') void this.openDatasets().catch(() => undefined);
  }

  /** All pictures of the gallery, in the grid of data sets. */
  async showGallery() {
    this.show('datasets');
    await (await this.openDatasets()).lookGallery();
  }

  /** Loads the part of the app that makes data sets; what was being made goes on. */
  openDatasets(): Promise<DatasetsState> {
    this.#openingDatasets ??= this.#createDatasets().catch((error: unknown) => {
      this.#openingDatasets = null; // the next look tries again
      this.datasetsError = error as Error;
      throw error;
    });
    return this.#openingDatasets;
  }

  /** Draws what the form asks for; while the weights still load or another picture is drawn, it waits. */
  submit(): Promise<void> {
    return this.submission.submit();
  }

  /** Has the words of the form read, as they stand, by the model that is there. */
  followWords() {
    const { form, finetuning, model } = this;
    if (model.phase !== 'ready') return;
    const { prompt, negativePrompt, guided } = form;
    const said = withoutLoraTags(prompt); // names of files are no words of the model
    const learned = finetuning.tuned?.learnedWords(prompt) ?? [];
    this.words.follow(said, guided ? negativePrompt : '', learned);
  }

  look(entry: GalleryEntry) {
    this.gallery.selectedId = entry.id;
    this.following = false;
    this.sheet = null;
    this.workbench.stage = 'picture';
  }

  walk(by: number) {
    this.gallery.walk(by);
    this.following = false;
  }

  useSettings(entry: GalleryEntry) {
    this.form.useSettings(entry.request);
    if (entry.request.moreLoras) void this.finetuning.typeAgain(entry.request, this.form);
    void settingsNote(entry, this.entry).then((note) => (this.settingsNote = note));
    void this.workbench.restore(entry);
    void this.finetuning.restore(entry.request);
    this.submission.forget();
    this.sheet = 'form';
  }

  /** Takes this picture as the one to start from. */
  startFrom(entry: GalleryEntry) {
    this.sheet = 'form';
    void this.workbench.startFrom(entry);
  }

  /** Whether an image was made here: see made-here.ts. */
  async findMade(pixelHash: string): Promise<SourceOrigin | null> {
    const { findMade } = await import('../pictures/made-here');
    const kept = await this.#datasetRecords?.ids('set/').catch(() => []);
    const datasets = this.datasets ?? (kept?.length ? await this.openDatasets() : null);
    return findMade(pixelHash, this.gallery.entries, datasets);
  }

  /** Takes a file that was dropped or pasted as the image to start from. */
  async takeFile(file: Blob) {
    this.sheet = 'form';
    await this.workbench.takeFile(file);
  }

  async chooseBackend(backend: BackendChoice) {
    this.settings.change({ backend });
    await this.#load();
  }

  /** A button under an error of the model or of a generation. */
  async resolve(action: ErrorAction) {
    if (action === 'free-space') {
      this.dialog = 'storage';
      return;
    }
    const pending = this.generation.error !== null || this.generation.blocked;
    this.generation.error = null;
    if (action === 'use-wasm') this.settings.change({ backend: 'wasm' });
    if (action === 'draw-anyway') this.words.confirm();
    else if (action !== 'retry' || this.model.phase === 'failed') {
      await this.#load({ reinstall: action === 'reinstall' });
    }
    if (pending) await this.generation.retry();
  }

  /** The list of models, and the light it throws on the one that the studio loads. */
  showModels() {
    this.dialog = 'models';
    void this.shelf?.refresh();
  }

  async #createDatasets(): Promise<DatasetsState> {
    const datasets = await createDatasets(this, this.#client, this.#datasetRecords);
    if (!this.keeping.locked) await datasets.load();
    this.datasets = datasets;
    this.datasetsError = null;
    return datasets;
  }

  /** A data set that a reload has interrupted goes on. */
  async #resumeDatasets() {
    const waiting = await this.#datasetRecords?.ids('set/').catch(() => []);
    if (waiting?.length) await this.openDatasets().catch(() => undefined); // the view says why
  }

  async #load(options?: { reinstall: boolean }) {
    await this.model.load(this.settings.backend, options);
    await this.footprint.measureStorage();
  }

  async #keep(image: GeneratedImage) {
    // The worker may have changed its mind in mid-run: a lost device, a failed self-test.
    this.model.report = image.backend;
    const sweep = this.workbench.sweepOf(image);
    const id = await this.gallery.keep(image, { select: this.following, sweep });
    this.workbench.arrived(image, id);
    void this.offlineAhead.start();
    await this.footprint.measureStorage();
  }
}
