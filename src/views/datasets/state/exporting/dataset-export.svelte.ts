import type { Dataset, DatasetStore, ImageFacts } from '../../../../dataset/dataset-store';
import { FILE_FORMATS, type ImageFileFormat } from '../../../../dataset/formats/format';
import { LAYOUTS, type LayoutName } from '../../../../dataset/layouts/layout';
import { layoutRefusal } from '../../../../dataset/layouts/layout-of';
import { describeExport, exportItems, fileId, toRecord } from '../../../../dataset/export-items';
import { createPlan } from '../../../../dataset/recipe';
import { readStoredMask } from '../../../../dataset/stored-mask';
import { modelHash } from '../../../../models/manifest/located-model';
import type { ModelEntry } from '../../../../models/manifest/manifest';
import { copyGate, type CopyGate, type SuspectChoice } from '../../../../pictures/copy-gate';
import { differencePng } from '../../../../pictures/difference-png';
import { openZipTarget, type ZipTarget } from '../../../../browser/zip-target';
import { ExportSizes } from './export-sizes.svelte';
import { texts } from '../../texts';

/** Which of the images go into the ZIP; discarded ones never do. */
export type ExportChoice = 'all' | 'kept' | 'not-rejected';

/** How far a ZIP is. */
export interface ExportProgress {
  files: number;
  bytes: number;
  numImages: number;
}

/** Writes a data set as a ZIP, one image at a time. */
export class DatasetExport {
  readonly formats = FILE_FORMATS;
  readonly layouts = LAYOUTS;
  format = $state<ImageFileFormat>('png');
  layout = $state<LayoutName>('plain');
  choice = $state<ExportChoice>('not-rejected');
  /** Percent; the rest is for training. */
  validation = $state(10);
  test = $state(20);
  /** Asked for where there are more suspected copies than the limit allows. */
  suspects = $state<SuspectChoice>(null);
  progress = $state.raw<ExportProgress | null>(null);
  error = $state.raw<Error | null>(null);
  /** What was written last. */
  saved = $state.raw<{ numImages: number; bytes: number } | null>(null);

  readonly sizes = new ExportSizes();

  #store: DatasetStore;
  #entry: ModelEntry;
  #appVersion: string;
  #controller = new AbortController();

  #onDisk: () => boolean;

  constructor(
    store: DatasetStore,
    entry: ModelEntry,
    appVersion: string,
    onDisk: () => boolean = () => true,
  ) {
    this.#onDisk = onDisk;
    this.#store = store;
    this.#entry = entry;
    this.#appVersion = appVersion;
  }

  /** Why this data set cannot be exported; null where it can. */
  refusal({ recipe }: Dataset): string | null {
    if (recipe) return null;
    return texts.theseImagesCame;
  }

  /** Why the images chosen cannot be saved in this layout and format; null where they can. */
  layoutProblem(set: Dataset, all: readonly ImageFacts[]): string | null {
    return set.recipe && this.#refusal(set, all)(this.layout, this.format);
  }

  /** Begins to tell how large the ZIP will be; called again whenever something else is chosen. */
  estimate(set: Dataset, all: readonly ImageFacts[]) {
    const chosen = this.#chosen(set, all);
    if (!set.recipe || chosen.length === 0) return;
    this.sizes.ofImages(chosen.map(({ id }) => id).join());
    const refusal = this.#refusal(set, all);
    void this.sizes.follow(async () => ({ ...(await this.#toWrite(set, chosen)), refusal }));
  }

  /** Call it in a click: it may ask where to save. */
  async start(set: Dataset, all: readonly ImageFacts[]) {
    const { recipe } = set;
    const gate = this.gate(set, all);
    if (this.progress || !recipe || (gate?.above && this.suspects === null)) return;
    this.error = null;
    this.saved = null;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    const chosen = this.#chosen(set, all);
    this.progress = { files: 0, bytes: 0, numImages: chosen.length };
    try {
      const marked = gate?.above && this.suspects === 'mark' ? '-with-suspected-copies' : '';
      const name = `${fileTitle(set.title)}${marked}.zip`;
      const target = await openZipTarget(name, this.#onDisk());
      await this.#write(set, chosen, target, signal).catch(async (error: unknown) => {
        await target.discard();
        throw error;
      });
      this.saved = { numImages: chosen.length, bytes: this.progress.bytes };
    } catch (error) {
      if (!signal.aborted && (error as Error).name !== 'AbortError') this.error = error as Error;
    } finally {
      this.progress = null;
    }
  }

  cancel() {
    this.#controller.abort();
  }

  /** How many images the choice leaves. */
  count(set: Dataset, all: readonly ImageFacts[]): number {
    return this.#chosen(set, all).length;
  }

  /** What the copy check says of the images chosen; null: they were never compared. */
  gate({ copyCheck }: Dataset, all: readonly ImageFacts[]): CopyGate | null {
    const chosen = all.filter((facts) => this.#isChosen(facts));
    return copyGate(
      copyCheck,
      chosen.map(({ index }) => fileId(index)),
    );
  }

  async #write(
    set: Dataset,
    chosen: readonly ImageFacts[],
    target: ZipTarget,
    signal: AbortSignal,
  ) {
    const [{ datasetFiles }, { writeZip }] = await Promise.all([
      import('../../../../dataset/export-dataset'),
      import('../../../../dataset/zip/zip-stream'),
    ]);
    const { items, description, options } = await this.#toWrite(set, chosen);
    const files = datasetFiles(items, description, { ...options, signal });
    await writeZip(files, target.stream, {
      signal,
      createdAt: description.createdAt,
      onFile: (files, bytes) => (this.progress = { files, bytes, numImages: chosen.length }),
    });
    await target.finish();
  }

  /** What is to be written, as it is chosen now. */
  async #toWrite(set: Dataset, chosen: readonly ImageFacts[]) {
    const recipe = set.recipe!;
    const difference = (first: Blob, second: Blob) => differencePng(first, second, this.#entry);
    const items = exportItems(this.#store, recipe, chosen, readStoredMask, difference);
    const [validation, test] = [this.validation / 100, this.test / 100];
    const shares = { train: 1 - validation - test, validation, test };
    const { format, layout } = this;
    const description = describeExport(
      this.suspects === 'leave-out' ? withoutSuspects(set) : set,
      ...([this.#entry, chosen, this.#appVersion, await modelHash(this.#entry)] as const),
    );
    return { items, description, options: { format, layout, shares, seed: recipe.seed } };
  }

  #refusal(set: Dataset, all: readonly ImageFacts[]) {
    const recipe = set.recipe!;
    const plan = createPlan(recipe);
    const records = this.#chosen(set, all).map((facts) => toRecord(plan, recipe, facts));
    return (layout: LayoutName, format: ImageFileFormat) =>
      layoutRefusal(layout, format, { records, volumes: !!this.#entry.volume });
  }

  #chosen({ copyCheck }: Dataset, all: readonly ImageFacts[]): ImageFacts[] {
    const left = (this.suspects === 'leave-out' && copyCheck?.suspects) || [];
    return all.filter((facts) => this.#isChosen(facts) && !left.includes(fileId(facts.index)));
  }

  #isChosen({ verdict, discarded }: ImageFacts): boolean {
    if (discarded) return false;
    if (this.choice === 'kept') return verdict === 'keep';
    return this.choice === 'all' || verdict !== 'reject';
  }
}

/** The card still says what was found, and that it is not in here. */
function withoutSuspects(set: Dataset): Dataset {
  const { copyCheck } = set;
  if (!copyCheck?.copies) return set;
  const method = `${copyCheck.method} Those images were left out of this export.`;
  return { ...set, copyCheck: { ...copyCheck, method } };
}

/** What any file system takes. */
function fileTitle(title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.filter(Boolean).join('-').slice(0, 60) || 'data-set';
}
