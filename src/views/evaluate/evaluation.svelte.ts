import type { DroppedFile } from '../../contract/download';
import type { CopyCheck } from '../../dataset/dataset-item';
import { hashOf } from '../../evaluation/metrics/hash';
import type {
  EvaluationProgress,
  EvaluationReport,
  ImageFeatures,
  ImageSource,
  ReadableSet,
} from '../../evaluation/report/report';
import { reportHtml } from '../../evaluation/report/report-html';
import type { EvaluationChoices, RunPlan } from './evaluation-choices.svelte';
import type { Lost } from './kept/evaluation-memory';
import type { EvaluationParts } from './open-evaluation.svelte';
import {
  comparedOf,
  listFolder,
  nothingChosen,
  picturesOf,
  toCopyCheck,
  type Chosen,
  type Listed,
} from './evaluation-lists';
import type { KeptEvaluations } from './kept/kept-evaluations.svelte';
import { asPng } from '../../pictures/evaluation-pictures';
import { sourcesInWords, type SourceChoice } from '../../pictures/gallery-gate';
import { LabelMatching } from './label-matching.svelte';
import { ReaderTestState } from './reader-test.svelte';
import { saveBlob } from '../../browser/save-file';
import { stayingAwake } from '../../browser/stay-awake';
import { findSources, type FoundSources } from '../../pictures/synthetic-gate';
import { texts } from './texts/evaluate';

export type { CopyReport, EvaluationReport } from '../../evaluation/report/report';

/** How a run is stopped, how it reports, and where its images come from. */
export interface EvaluationHooks {
  signal: AbortSignal;
  onProgress: (progress: EvaluationProgress) => void;
  read: (set: ReadableSet, index: number) => Promise<ImageSource>;
  /** Where a segmenter is to be trained. */
  readMask?: (set: ReadableSet, index: number) => Promise<Blob>;
  learnerIds?: RunPlan['learnerIds'];
  keep: (computed: ImageFeatures[]) => Promise<void>;
}

/** Images that are on this machine already, read when a run begins. */
export interface StoredImages {
  id: string;
  title: string;
  count: number;
  /** They came from a folder: real images, as far as anybody knows. */
  imported: boolean;
  /** Keeps what the copy check found with the images, which were these. */
  note?: (check: CopyCheck, names: string[]) => Promise<void>;
  list: () => Promise<Listed>;
}

const READER_TRIALS = 90;

/** One comparison of synthetic with real images: what is chosen, what runs, what came of it. */
export class EvaluationState {
  chosen = $state.raw(nothingChosen());
  csv = $state.raw<{ name: string; text: string } | null>(null);
  running = $state(false);
  progress = $state.raw<EvaluationProgress | null>(null);
  error = $state.raw<Error | null>(null);
  /** Images that may not count as synthetic, found as a run began; null: none, or nobody has looked. */
  found = $state.raw<FoundSources | null>(null);
  /** What is done with them. */
  sources = $state<SourceChoice>(null);
  /** Real or synthetic? In place of the results while it goes on. */
  readerTest = $state.raw<ReaderTestState | null>(null);

  /** Data sets and the gallery, as they are now. */
  readonly stored: () => StoredImages[];
  readonly choices: EvaluationChoices;
  /** What came of this comparison and of earlier ones. */
  readonly kept: KeptEvaluations;
  readonly labels = new LabelMatching();
  /** Title of the tuned model that is to be judged against its training images; empty: of none. */
  trainedOnOf = $state('');
  /** What was chosen before a reload, and could not come back. */
  lost = $state.raw<Lost[]>([]);
  #parts: EvaluationParts;
  #controller = new AbortController();

  constructor(
    parts: EvaluationParts,
    stored: () => StoredImages[],
    choices: EvaluationChoices,
    kept: KeptEvaluations,
  ) {
    this.#parts = parts;
    this.stored = stored;
    this.choices = choices;
    this.kept = kept;
  }

  /** Both sides are chosen. */
  get ready(): boolean {
    return this.chosen.real !== null && this.chosen.synthetic !== null;
  }

  /** What the membership test lacks, in a sentence; '': nothing, or it was not asked for. */
  get lacking(): string {
    const { members, holdout } = this.chosen;
    if (this.choices.membership === '' || (members && holdout)) return '';
    return texts.membershipTestNeedsImages;
  }

  /** Somebody has to say what becomes of images that are not synthetic. */
  get undecided(): boolean {
    return this.found !== null && this.sources === null;
  }

  choose(set: ReadableSet, chosen: Chosen | null) {
    this.chosen = { ...this.chosen, [set]: chosen };
    this.labels.forget();
    if (set !== 'synthetic') return;
    this.found = null; // another set, another decision
    this.sources = null;
  }

  /** A data set or the gallery, by its id. */
  chooseStored(set: ReadableSet, id: string) {
    const found = this.stored().find((one) => one.id === id);
    this.choose(set, found ? { kind: 'stored', id, title: found.title } : null);
  }

  /** A data set against one of real images, or against what is chosen; while a comparison runs nothing changes. */
  async face(synthetic: string, real: string | null) {
    if (this.running) return;
    await this.kept.show(null);
    this.chooseStored('synthetic', synthetic);
    if (real !== null) this.chooseStored('real', real);
  }

  chooseFolder(set: ReadableSet, files: DroppedFile[]) {
    const title = files[0]?.path.split('/')[0] ?? '';
    this.choose(set, { kind: 'folder', title, files });
  }

  async chooseCsv(file: File | null) {
    this.csv = file && { name: file.name, text: await file.text() };
  }

  async start() {
    if (this.running || !this.ready || this.lacking || this.undecided) return;
    this.running = true;
    this.error = null;
    await this.kept.show(null);
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      await stayingAwake(() => this.#run(signal));
    } catch (error) {
      if (!signal.aborted) this.error = error as Error; // a cancel is not an error
    } finally {
      this.running = false;
      this.progress = null;
    }
  }

  /** Mixes pictures of both sides; 90 trials tell a reader apart who is right two times in three. */
  async startReaderTest() {
    if (!this.ready || this.undecided) return;
    this.error = null;
    try {
      const [real, synthetic] = [await this.#list('real'), await this.#synthetic()];
      if (!synthetic) return;
      const trials = (list: Listed, made: boolean) =>
        list.map(({ image, read }) => ({
          name: image.name,
          synthetic: made,
          read: async () => asPng(await read()),
        }));
      const seed = Math.floor(Math.random() * 2 ** 32);
      this.readerTest = new ReaderTestState(
        trials(real, false),
        trials(synthetic, true),
        READER_TRIALS,
        seed,
      );
    } catch (error) {
      this.error = error as Error;
    }
  }

  cancel() {
    this.#controller.abort();
  }

  /** Ends a run and forgets all images and figures. */
  close() {
    this.cancel();
    this.kept.close();
  }

  /** `json` for machines, `html` to read: one file that needs nothing else. */
  save(format: 'html' | 'json') {
    if (!this.kept.shown) return;
    const { report, pictures } = this.kept.shown;
    const text = format === 'html' ? reportHtml(report, pictures) : JSON.stringify(report, null, 1);
    const type = format === 'html' ? 'text/html' : 'application/json';
    saveBlob(new Blob([text], { type }), `evaluation-${report.createdAt.slice(0, 10)}.${format}`);
  }

  async #run(signal: AbortSignal) {
    const synthetic = await this.#synthetic();
    if (!synthetic) return;
    const { asked, learnerIds } = await this.choices.plan();
    const real = await this.#list('real');
    if (!this.labels.settle(synthetic, real)) return;
    const evaluator = await this.#parts.evaluator();
    const lists = {
      real,
      synthetic: this.labels.apply(synthetic),
      holdout: await this.#list('holdout'),
      members: asked.parts.membership ? await this.#list('members') : [],
    };
    signal.throwIfAborted();
    const images = (set: ReadableSet) => lists[set].map(({ image }) => image);
    const made = await evaluator(
      {
        real: images('real'),
        synthetic: images('synthetic'),
        holdout: images('holdout'),
        members: images('members'),
        ...asked,
        seed: 0,
      },
      {
        signal,
        onProgress: (progress) => (this.progress = progress),
        read: (set, index) => this.#read(lists[set][index].read),
        readMask: (set, index) => lists[set][index].readMask!(),
        learnerIds,
        keep: (computed) => this.#keep(computed),
      },
    );
    const report = { ...made, warnings: [...this.#counted(), ...made.warnings] };
    await this.kept.keep(report, await picturesOf(report, lists), comparedOf(this.chosen));
    const names = synthetic.map(({ image }) => image.name);
    await this.#note(report, names);
  }

  /** The images to be judged; null: they hold some that are not synthetic, and nobody has decided yet. */
  async #synthetic(): Promise<Listed | null> {
    const list = await this.#list('synthetic');
    const found = await findSources(list);
    const same = this.found?.count === found.count;
    if (!same) this.sources = null; // decided about another number
    this.found = found.count > 0 ? found : null;
    if (this.undecided) return null;
    return this.sources === 'leave-out' ? found.others : list;
  }

  #counted(): string[] {
    const { found, sources } = this;
    if (!found || sources !== 'include') return [];
    return [
      `Of the images that count as synthetic here, ${sourcesInWords(found.sources)}. They were counted on purpose.`,
    ];
  }

  /** The scorecard goes with the data set, into its next export. */
  async #note(report: EvaluationReport, names: string[]) {
    const { copies } = report;
    const { synthetic } = this.chosen;
    if (!copies || synthetic?.kind !== 'stored') return;
    const source = this.stored().find(({ id }) => id === synthetic.id);
    await source?.note?.(toCopyCheck(report, copies), names);
  }

  async #list(set: ReadableSet): Promise<Listed> {
    const chosen = this.chosen[set];
    if (chosen === null) return [];
    if (chosen.kind === 'stored') {
      const found = this.stored().find(({ id }) => id === chosen.id);
      return (await found?.list()) ?? [];
    }
    return listFolder(set, chosen.files, this.csv?.text);
  }

  async #read(read: () => Promise<Blob>): Promise<ImageSource> {
    const blob = await read();
    const { features } = this.#parts;
    if (!features) return { blob, known: null };
    const id = await hashOf(blob);
    const known = await features.get(id).catch(() => undefined);
    return { blob, known: known ?? null, id };
  }

  /** A full disk must not end a run. */
  async #keep(computed: ImageFeatures[]) {
    await this.#parts.features?.putAll(computed).catch(() => undefined);
  }
}
