import type { DroppedFile } from '../../../contract/download';
import { createMemoryRecords } from '../../../common/records';
import { DatasetStore, type Dataset, type ImageFacts } from '../../../dataset/dataset-store';
import { VisitRecords } from '../../../dataset/visit-records';
import { recipePresets, startingRecipe } from '../../../dataset/presets';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { FeatureNetwork } from '../../../models/manifest/networks';
import { DatasetExport } from './exporting/dataset-export.svelte';
import { DatasetGrid } from './dataset-grid.svelte';
import { goTo, placeOf, projectOf, type DatasetsPlace } from './datasets-place';
import { DatasetImport } from './dataset-import.svelte';
import { DatasetQueue } from './dataset-queue.svelte';
import { ProjectList, type Project } from './project-list.svelte';
import { ProjectStore } from '../../../project/project-store';
import { GALLERY_SET, galleryRecords } from '../../../pictures/gallery-records';
import { GalleryZip } from '../../gallery/gallery-zip.svelte';
import type { DatasetsParts } from './datasets-parts';
import { preparing } from './preparing';
import { estimateImages, hasMade, measureSets, shownImages } from './read-sets';
import { RecipePreview } from './recipe-preview.svelte';
import { RecipeForm } from './recipe-form.svelte';
import { rowReader, type RowReader } from './recipe-words.svelte';
import { RerunState } from '../../../controls/draw-again.svelte';
import { TabChannel } from '../../../browser/tab-channel';
import type { TunedState } from '../../finetune/tuned.svelte';

export type { Dataset, ImageFacts, Verdict } from '../../../dataset/dataset-store';

/** Given at build time: package.json's. */
declare const __APP_VERSION__: string;

/** Data sets: written as recipes, made in the background, looked through, exported. */
export class DatasetsState {
  readonly entry: ModelEntry;
  readonly queue: DatasetQueue;
  readonly projects: ProjectList;
  readonly preview: RecipePreview;
  readonly exporting: DatasetExport;
  readonly importing: DatasetImport;
  readonly rerun: RerunState;
  readonly gallery: DatasetsParts['gallery'] | null;
  /** null: there is no gallery here. */
  readonly galleryZip: GalleryZip | null;
  readonly presets;
  /** The data set that is open. */
  grid = $state.raw<DatasetGrid | null>(null);
  /** The recipe that is being written. */
  form = $state.raw<RecipeForm | null>(null);
  /** A folder's files, until somebody has said how long they may stay. */
  offered = $state.raw<DroppedFile[] | null>(null);
  dialog = $state<'export' | 'delete' | null>(null);
  readonly keepsPlain: () => boolean;
  /** Nothing is kept when the page closes. */
  readonly sessionOnly: boolean;

  /** By which tabs hear whose images are others than they were: ids of data sets. */
  #tabs: TabChannel<string>;
  #records: VisitRecords;
  #store: DatasetStore;
  #lastImage: DatasetsParts['lastImage'];
  #kind: DatasetsParts['kind'];
  #checker: FeatureNetwork | null;
  #tuned: () => TunedState | null;
  #readRow: RowReader;
  /** A recipe that somebody has turned away from. */
  aside: RecipeForm | null = null;

  /** The open data set as it stands now. */
  opened = $derived.by(() => {
    const id = this.grid?.set.id;
    return this.queue.sets.find((set) => set.id === id) ?? null;
  });

  constructor({ entry, maker, records, lastImage, choice, gallery, ...parts }: DatasetsParts) {
    const { fillIn = (request) => Promise.resolve(request), tuned, checker, ...rest } = parts;
    const { readTexts, keepsPlain = () => true, ...hooks } = rest;
    this.#readRow = rowReader(entry.id, readTexts, () => this.#tuned()?.models ?? []);
    this.keepsPlain = keepsPlain;
    this.#checker = checker ?? null;
    this.#tuned = tuned ?? (() => null);
    this.gallery = gallery ?? null;
    this.galleryZip = gallery
      ? new GalleryZip(gallery.state, entry, __APP_VERSION__, keepsPlain)
      : null;
    this.entry = entry;
    this.presets = recipePresets(this.entry);
    this.sessionOnly = records === null;
    this.#lastImage = lastImage;
    this.#kind = parts.kind;
    this.#records = new VisitRecords(records ?? createMemoryRecords());
    this.#store = new DatasetStore(this.#records);
    this.projects = new ProjectList(new ProjectStore(this.#records), records && 'project changes');
    const prepare = preparing(entry, fillIn, checker?.labels, gallery?.state);
    this.preview = new RecipePreview({ maker, hooks: { ...hooks, choice, prepare } });
    this.queue = new DatasetQueue(this.#store, maker, {
      ...hooks,
      choice,
      modelId: entry.id,
      prepare,
      lockName: records && 'dataset queue',
      onKept: (datasetId, facts) => {
        if (this.grid?.set.id === datasetId) this.grid.arrive(facts);
        this.#tabs.tell(datasetId);
      },
      onFollowed: () => {
        if (this.grid && this.grid.set !== GALLERY_SET && !this.opened) this.leave();
      },
    });
    this.#tabs = new TabChannel(records && 'dataset images', (id) => {
      if (this.grid?.set.id === id) this.grid.follow();
    });
    if (gallery) {
      gallery.state.onFollowed = () => {
        if (this.grid?.set === GALLERY_SET) this.grid.follow();
      };
    }
    this.exporting = new DatasetExport(this.#store, entry, __APP_VERSION__, keepsPlain);
    this.importing = new DatasetImport(this.#store, this.queue);
    this.rerun = new RerunState(maker, choice, fillIn);
  }

  /** What a recipe's rows can be tuned with. */
  get tuned(): TunedState | null {
    return this.#tuned();
  }

  /** Something runs that a reload would end. */
  get busy(): boolean {
    const { queue, exporting, importing, rerun } = this;
    const zipping = exporting.progress ?? this.galleryZip?.progress;
    return queue.running || !!zipping || !!importing.progress || rerun.running;
  }

  /** Reads what there is; what was being made goes on. */
  async load() {
    await Promise.all([this.queue.open(), this.projects.load()]);
  }

  /** Forgets all that the page holds; `load` brings it back. */
  async close() {
    this.leave();
    this.form = null;
    this.aside = null;
    this.exporting.cancel();
    this.galleryZip?.cancel();
    this.importing.cancel();
    this.offered = null;
    this.projects.forget();
    this.preview.forget();
    this.#records.forget(); // real images do not outlive a lock
    await this.queue.close();
  }

  async look(set: Dataset) {
    this.leave();
    this.form = null;
    this.grid = new DatasetGrid(this.#store, set, () => this.#tabs.tell(set.id));
    await this.grid.load();
  }

  /** The studio's pictures in the grid, to filter, rate and compare. */
  async lookGallery() {
    if (!this.gallery) return;
    this.leave();
    this.form = null;
    const records = galleryRecords(this.gallery.state, this.entry.examples);
    this.grid = new DatasetGrid(records, GALLERY_SET);
    await this.grid.load();
  }

  /** Closes the open data set. */
  leave() {
    this.grid?.close();
    this.grid = null;
    this.dialog = null;
  }

  /** The project that what is shown belongs to. */
  get project(): Project | null {
    return projectOf(this);
  }

  get place(): DatasetsPlace {
    return placeOf(this);
  }

  /** Shows a place; resolves once it is there. */
  goTo(place: DatasetsPlace): Promise<void> {
    return goTo(this, place);
  }

  /** Closes the recipe that is being written; `takeUp` goes on with it. */
  putAside() {
    void this.projects.keepDraft();
    this.aside = this.form ?? this.aside;
    this.form = null;
  }

  /** Goes on with the recipe that was put aside, or begins one; `projectId`: that of a project. */
  takeUp(projectId?: string) {
    const project = this.projects.find(projectId);
    const id = project?.id ?? null;
    if (this.form?.projectId === id) return;
    if (this.aside?.projectId !== id) return this.write(project);
    this.leave();
    [this.form, this.aside] = [this.aside, null];
  }

  /** Begins a recipe, or goes on with that of a project. */
  write(project: Project | null = null) {
    this.leave();
    this.form = this.#newForm();
    const recipe = project?.recipe ?? startingRecipe(this.entry, this.#kind());
    if (recipe) this.form.use(recipe);
    else this.form.addRow();
    if (!project) return;
    this.form.projectId = project.id;
    if (!project.recipe) this.form.title = project.title;
  }

  /** Opens the recipe of a data set, or one from elsewhere, as a new one. */
  writeLike({ recipe }: Pick<Dataset, 'recipe'>) {
    if (!recipe) return;
    this.leave();
    this.form = this.#newForm();
    this.form.use(recipe);
  }

  /** Puts the recipe that was written into the queue, and looks at what comes. `anyway`: also without a known word. */
  async make(anyway = false) {
    const { form } = this;
    if (!form || form.problem) return;
    try {
      const { rows } = form.recipe;
      if (anyway) form.words.confirm(rows);
      if (!(await form.words.allows(rows)) || this.form !== form) return;
      const set = await this.queue.add(form.recipe);
      if (form.projectId) await this.projects.noteMaking(form.projectId, set);
      await this.look(set);
    } catch (error) {
      form.error = error as Error; // no room, or locked: the recipe stays where it was
    }
  }

  #newForm(): RecipeForm {
    return new RecipeForm(this.entry, this.#checker, this.#readRow);
  }

  /** Of real images: only while this page is open. */
  isForVisit({ id }: Dataset): boolean {
    return this.#records.isForVisit(id);
  }

  /** Writes a ZIP, and notes when that was. Call it in a click: it may ask where to save. */
  async exportZip(set: Dataset, all: Promise<readonly ImageFacts[]>) {
    await this.exporting.start(set, await all);
    const { saved, format, layout } = this.exporting;
    if (saved) await this.queue.noteExport(set.id, { format, layout, numImages: saved.numImages });
  }

  /** Takes in what was offered, for as long as was said; null where nothing came of it. */
  async takeOffered(stay: 'visit' | 'kept'): Promise<Dataset | null> {
    const files = this.offered;
    this.offered = null;
    if (!files) return null;
    return this.importing.start(files, (id) => {
      if (stay === 'visit') this.#records.forVisit(id);
    });
  }

  /** All images of a data set but the discarded ones; each picture is read when it is asked for. */
  images(id: string) {
    return shownImages(this.#store, id);
  }

  /** What is known of all images of a data set, discarded ones too. */
  facts(id: string): Promise<ImageFacts[]> {
    return this.#store.facts(id);
  }

  /** Whether these pixels are those of an image that a recipe made; imported ones prove nothing. */
  hasMade(pixelHash: string): Promise<boolean> {
    return hasMade(this.#store, this.queue.sets, pixelHash);
  }

  async remove(id: string) {
    if (this.grid?.set.id === id) this.leave();
    await this.queue.remove(id);
  }

  /** How much all data sets hold, and how many projects there are. */
  measure() {
    return measureSets(this.#store, this.queue.sets, this.projects.all.length);
  }

  /** How long so many images of so many steps will take and what they need; null before any was made. */
  estimate(numImages: number, numInferenceSteps: number): { ms: number; bytes: number } | null {
    return estimateImages(this.queue, { numImages, numInferenceSteps, last: this.#lastImage() });
  }
}
