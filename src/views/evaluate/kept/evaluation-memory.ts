import { keepsPlain } from '../../../browser/keeps-plain';
import { FORM_KEYS } from '../../../browser/web-storage';
import type { ReadableSet } from '../../../evaluation/report/report';
import type { EvaluationState } from '../evaluation.svelte';

const KEY = FORM_KEYS.evaluation;

/** What a reload cannot bring back: images of a folder, the file of labels. */
export type Lost = ReadableSet | 'csv';

interface Remembered {
  /** Ids of data sets and the gallery; null: a folder, of which nothing is kept. */
  chosen: Partial<Record<ReadableSet, string | null>>;
  csv: boolean;
  choices: EvaluationState['choices']['contents'];
  /** See LabelMatching. */
  labels: { meanings: Record<string, string> | null; realLabels: string[] };
}

/**
 * What is chosen in the form of a comparison, for a reload of this tab. It is written as the page is left, into
 * sessionStorage, which browsers write to the disk: only where images may lie there in clear. Neither images of a folder
 * nor their names are kept.
 */
export class EvaluationMemory {
  #storage: Storage | null;

  /** `storage`: null where the browser denies it; then a reload begins anew. */
  constructor(storage: Storage | null) {
    this.#storage = storage;
  }

  /** Keeps what the page shows at its end; returns a function that stops that, and forgets. */
  watch(evaluation: EvaluationState): () => void {
    const leaving = () => {
      if (keepsPlain()) this.keep(evaluation);
      else this.remove();
    };
    addEventListener('pagehide', leaving);
    return () => {
      removeEventListener('pagehide', leaving);
      this.remove();
    };
  }

  keep({ chosen, csv, choices, labels }: EvaluationState) {
    const ids = Object.entries(chosen).flatMap(([set, one]) =>
      one ? [[set, one.kind === 'stored' ? one.id : null] as const] : [],
    );
    const { meanings, realLabels } = labels;
    const kept: Remembered = {
      chosen: Object.fromEntries(ids),
      csv: csv !== null,
      choices: choices.contents,
      labels: { meanings, realLabels },
    };
    try {
      this.#storage?.setItem(KEY, JSON.stringify(kept));
    } catch {
      this.#storage = null; // denied or full
    }
  }

  remove() {
    this.#storage?.removeItem(KEY);
  }

  /** Fills the form; what is no longer there is named in `evaluation.lost`. A form of another version is left alone. */
  restore(evaluation: EvaluationState) {
    if (!keepsPlain()) return this.remove();
    const kept = this.#read();
    if (!kept) return;
    const lost: Lost[] = kept.csv ? ['csv'] : [];
    for (const [set, id] of Object.entries(kept.chosen) as [ReadableSet, string | null][]) {
      if (id !== null) evaluation.chooseStored(set, id);
      if (!evaluation.chosen[set]) lost.push(set);
    }
    evaluation.choices.contents = kept.choices;
    evaluation.lost = lost;
    // Labels of images that have to be chosen again may be others.
    if (lost.length > 0) return;
    evaluation.labels.meanings = kept.labels.meanings;
    evaluation.labels.realLabels = kept.labels.realLabels;
  }

  #read(): Remembered | null {
    try {
      const kept = JSON.parse(this.#storage?.getItem(KEY) ?? 'null') as Remembered | null;
      const whole = kept?.chosen && kept.choices && Array.isArray(kept.labels?.realLabels);
      return whole ? kept : null;
    } catch {
      return null;
    }
  }
}
