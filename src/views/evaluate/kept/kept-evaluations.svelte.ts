import { InTurn } from '../../../common/in-turn';
import { saveBlob } from '../../../browser/save-file';
import { TabChannel } from '../../../browser/tab-channel';
import {
  factsOf,
  type Compared,
  type EvaluationFacts,
  type EvaluationStore,
  type KeptEvaluation,
} from '../../../evaluation/report/kept-evaluations';
import { sideBySideCsv, sideBySideHtml } from '../../../evaluation/report/side-by-side-files';
import type { EvaluationReport } from '../../../evaluation/report/report';
import type { Pictures } from '../../../evaluation/report/report-html';

export type { EvaluationFacts, KeptEvaluation } from '../../../evaluation/report/kept-evaluations';

/** Longest title of a comparison. */
const TITLE_LENGTH = 80;

/** The comparisons that were kept, the one that is shown, and one beside it. */
export class KeptEvaluations {
  all = $state.raw<EvaluationFacts[]>([]);
  /** Whose figures are shown; null: the list of all. */
  shown = $state.raw<KeptEvaluation | null>(null);
  /** Another one, whose figures stand beside. */
  beside = $state.raw<KeptEvaluation | null>(null);
  /** Why one could not be read or written. */
  error = $state.raw<Error | null>(null);

  #store: EvaluationStore;
  #tabs: TabChannel<'changed'>;
  #turns = new InTurn();

  /** `channel`: by which tabs that have this store hear of each other; null where it is this page's alone. */
  constructor(store: EvaluationStore, channel: string | null) {
    this.#store = store;
    this.#tabs = new TabChannel(channel, () => void this.load());
  }

  async load() {
    await this.#attempt(async () => {
      this.all = await this.#store.list((error) => (this.error = error));
    });
    // What could not be kept is in no list, and is shown until something else is.
    const isGone = (one: KeptEvaluation | null) =>
      one !== null && one.facts.id !== '' && !this.all.some(({ id }) => id === one.facts.id);
    if (isGone(this.shown)) this.shown = null;
    if (isGone(this.beside)) this.beside = null;
  }

  /** Keeps a report and shows it. Where it cannot be kept it is shown all the same, and `error` says why. */
  async keep(report: EvaluationReport, pictures: Pictures, compared: Compared) {
    const facts = await this.#attempt(() => this.#store.keep(report, pictures, compared));
    this.beside = null;
    this.shown = { facts: facts ?? factsOf(report, compared, ''), report, pictures };
    await this.#changed();
  }

  /** Shows this one; null: the list. One that is gone leads to the list. */
  async show(id: string | null) {
    this.beside = null;
    this.shown = id === null ? null : await this.#read(id);
  }

  /** Puts this one beside the one that is shown. */
  async compareWith(id: string | null) {
    this.beside = id === null ? null : await this.#read(id);
  }

  /** One of them, without showing it; null: it is gone. */
  read(id: string): Promise<KeptEvaluation | null> {
    return this.#read(id);
  }

  /** Keeps a report that came from elsewhere without showing it; its id, empty where it cannot be kept. */
  async adopt(report: EvaluationReport, compared: Compared): Promise<string> {
    const facts = await this.#attempt(() => this.#store.keepReport(report, compared));
    await this.#changed();
    return facts?.id ?? '';
  }

  async rename(id: string, title: string) {
    const short = title.trim().slice(0, TITLE_LENGTH);
    if (short === '') return;
    await this.#attempt(() => this.#store.rename(id, short));
    if (this.shown?.facts.id === id) {
      this.shown = { ...this.shown, facts: { ...this.shown.facts, title: short } };
    }
    await this.#changed();
  }

  async remove(id: string) {
    await this.#attempt(() => this.#store.remove(id));
    await this.#changed();
  }

  close() {
    this.#tabs.close();
  }

  async #changed() {
    await this.load();
    this.#tabs.tell('changed');
  }

  async #read(id: string): Promise<KeptEvaluation | null> {
    return (await this.#attempt(() => this.#store.get(id))) ?? null;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#turns.run(work);
    } catch (error) {
      this.error = error as Error;
      return undefined;
    }
  }
}

/** `csv` for machines, `html` to read: one file that needs nothing else. */
export function saveSideBySide(
  first: KeptEvaluation,
  second: KeptEvaluation,
  format: 'csv' | 'html',
) {
  const text = (format === 'csv' ? sideBySideCsv : sideBySideHtml)(first, second);
  saveBlob(new Blob([text], { type: `text/${format}` }), `side-by-side.${format}`);
}
