import type { DroppedFile } from '../../../contract/download';
import { createMemoryRecords } from '../../../common/records';
import { DatasetStore, type Dataset, type ImageFacts } from '../../../dataset/dataset-store';
import { VisitRecords } from '../../../dataset/visit-records';
import { recipePresets } from '../../../dataset/presets';
import { estimate } from '../../../dataset/recipe';
import type { ModelEntry } from '../../../models/manifest/manifest';
import type { FeatureNetwork } from '../../../models/manifest/networks';
import { DatasetExport } from './dataset-export.svelte';
import { DatasetGrid } from './dataset-grid.svelte';
import { goTo, placeOf, type DatasetsPlace } from './datasets-place';
import { DatasetImport } from './dataset-import.svelte';
import { DatasetQueue } from './dataset-queue.svelte';
import { GALLERY_SET, galleryRecords } from '../../../pictures/gallery-records';
import { GalleryZip } from '../../gallery/gallery-zip.svelte';
import type { DatasetsParts } from './datasets-parts';
import { shownImages } from './shown-images';
import { RecipeForm } from './recipe-form.svelte';
import { rowReader, type RowReader } from './recipe-words.svelte';
import { RerunState } from '../../../controls/draw-again.svelte';
import { saveBlob } from '../../../browser/save-file';
import { TabChannel } from '../../../browser/tab-channel';
import type { TunedState } from '../../finetune/tuned.svelte';

export type { Dataset, ImageFacts, Verdict } from '../../../dataset/dataset-store';

/** Given at build time: package.json's. */
declare const __APP_VERSION__: string;

/** Data sets: written as recipes, made in the background, looked through, exported. */
export class DatasetsState {
  readonly entry: ModelEntry;
  readonly queue: DatasetQueue;
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
  #checker: FeatureNetwork | null;
  #tuned: () => TunedState | null;
  #readRow: RowReader;
  /** A recipe that somebody has turned away from. */
  #aside: RecipeForm | null = null;

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
    this.#records = new VisitRecords(records ?? createMemoryRecords());
    this.#store = new DatasetStore(this.#records);
    this.queue = new DatasetQueue(this.#store, maker, {
      ...hooks,
      choice,
      modelId: entry.id,
      prepare: async (planned) => {
        const request = await fillIn(planned.request);
        if (!planned.mask) return { request };
        const { withNucleiMask } = await import('../../../pictures/draw-nuclei-mask');
        return withNucleiMask({ ...planned, request }, entry.image);
      },
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
  load(): Promise<void> {
    return this.queue.open();
  }

  /** Forgets all that the page holds; `load` brings it back. */
  async close() {
    this.leave();
    this.form = null;
    this.#aside = null;
    this.exporting.cancel();
    this.galleryZip?.cancel();
    this.importing.cancel();
    this.offered = null;
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

  get place(): DatasetsPlace {
    return placeOf(this);
  }

  /** Shows a place; resolves once it is there. */
  goTo(place: DatasetsPlace): Promise<void> {
    return goTo(this, place);
  }

  /** Closes the recipe that is being written; `takeUp` goes on with it. */
  putAside() {
    this.#aside = this.form ?? this.#aside;
    this.form = null;
  }

  /** Goes on with the recipe that was put aside, or begins one. */
  takeUp() {
    if (this.form) return;
    if (!this.#aside) return this.write();
    this.leave();
    [this.form, this.#aside] = [this.#aside, null];
  }

  write() {
    this.leave();
    this.form = this.#newForm();
    if (this.presets[0]) this.form.use(this.presets[0].recipe);
    else this.form.addRow();
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
      await this.look(await this.queue.add(form.recipe));
    } catch (error) {
      form.error = error as Error; // no room, or locked: the recipe stays where it was
    }
  }

  #newForm(): RecipeForm {
    return new RecipeForm(this.entry, this.#checker, this.#readRow);
  }

  saveRecipe() {
    const { recipe } = this.form ?? {};
    if (!recipe) return;
    const json = new Blob([`${JSON.stringify(recipe, null, 2)}\n`], { type: 'application/json' });
    saveBlob(json, `${recipe.title.replace(/[^\p{L}\p{N}]+/gu, '-') || 'recipe'}.recipe.json`);
  }

  /** Of real images: only while this page is open. */
  isForVisit({ id }: Dataset): boolean {
    return this.#records.isForVisit(id);
  }

  /** Writes a ZIP, and notes when that was. Call it in a click: it may ask where to save. */
  async exportZip(set: Dataset, all: readonly ImageFacts[]) {
    await this.exporting.start(set, all);
    if (this.exporting.saved) await this.queue.noteExport(set.id);
  }

  /** Takes in what was offered, for as long as was said. */
  async takeOffered(stay: 'visit' | 'kept') {
    const files = this.offered;
    this.offered = null;
    if (!files) return;
    const set = await this.importing.start(files, (id) => {
      if (stay === 'visit') this.#records.forVisit(id);
    });
    if (set) await this.look(set);
  }

  /** All images of a data set but the discarded ones; each picture is read when it is asked for. */
  images(id: string) {
    return shownImages(this.#store, id);
  }

  /** Whether these pixels are those of an image that a recipe made; imported ones prove nothing. */
  async hasMade(pixelHash: string): Promise<boolean> {
    for (const { id, recipe } of this.queue.sets) {
      if (!recipe) continue;
      const facts = await this.#store.facts(id);
      if (facts.some((one) => one.pixelHash === pixelHash && !one.emptied)) return true;
    }
    return false;
  }

  async remove(id: string) {
    if (this.grid?.set.id === id) this.leave();
    await this.queue.remove(id);
  }

  /** How much all data sets hold. */
  async measure(): Promise<{ images: number; bytes: number }> {
    const all = await Promise.all(this.queue.sets.map(({ id }) => this.#store.facts(id)));
    const kept = all.flat().filter(({ emptied }) => !emptied);
    return { images: kept.length, bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** How long so many images of so many steps will take and what they need; null before any was made. */
  estimate(numImages: number, numInferenceSteps: number): { ms: number; bytes: number } | null {
    const { msPerImage, bytesPerImage } = this.queue;
    if (msPerImage !== null && bytesPerImage !== null) {
      return estimate(numImages, { msPerImage, bytesPerImage });
    }
    const last = this.#lastImage();
    if (!last) return null;
    const { msEncode, msPerStep, msDecode } = last.timing;
    const ms = msEncode + msPerStep * numInferenceSteps + msDecode;
    return estimate(numImages, { msPerImage: ms, bytesPerImage: last.bytes });
  }
}
