import { withWord } from '../diffusion/text/learned-word';
import type { CopyReport } from '../evaluation/report/report';
import type { Pictures } from '../evaluation/report/report-html';
import type { FinetuneRun, KeptSample, TunedModel } from './finetune-store';
import type { FinetuneSettings, Forgotten, LossPoint } from './run';

/** A caption of the training images, and how many of them had it. */
export interface CaptionCount {
  caption: string;
  count: number;
}

/** Samples beside the images trained on that they resemble most. */
export interface KeptPairs {
  copies: CopyReport;
  /** data: URLs by `synthetic/NAME` and `real/NAME`; none of a real image where it may not lie on the disk. */
  pictures: [string, string][];
}

/** What a run leaves to be looked at later, beside the tuned model. Patient data, as the model itself is. */
export interface TunedResult {
  settings: FinetuneSettings;
  /** Of every step. */
  history: LossPoint[];
  /** Of every round, in the order they were made. */
  samples: KeptSample[];
  /** The most frequent first. */
  captions: CaptionCount[];
  /** Images that were kept from training to measure on; null: the run was ended before it said so. */
  numHeldOut: number | null;
  numSkipped: number;
  /** Spent in steps, in milliseconds. */
  msTraining: number;
  /** null where nothing was compared. */
  pairs: KeptPairs | null;
  /** Absent, or null: it was not measured. */
  forgotten?: Forgotten | null;
}

/** How often each caption stands in a run, the most frequent first; in the order of the images where they are equal. */
export function captionCounts({ items }: Pick<FinetuneRun, 'items'>): CaptionCount[] {
  const counts = new Map<string, number>();
  for (const { caption } of items) counts.set(caption, (counts.get(caption) ?? 0) + 1);
  return [...counts]
    .map(([caption, count]) => ({ caption, count }))
    .sort((a, b) => b.count - a.count);
}

/** The captions as prompts, with the word that was learned where they lack it, as training had them. */
export function promptsOf(
  { facts }: Pick<TunedModel, 'facts'>,
  result: Pick<TunedResult, 'captions'> | null,
): (CaptionCount & { prompt: string })[] {
  const { word } = facts;
  return (result?.captions ?? []).map(({ caption, count }) => {
    return { caption, count, prompt: word ? withWord(caption, word) : caption };
  });
}

/** Held-out losses of a run: at its first measurement, the smallest, and the last; null where none was taken. */
export function heldOutFigures(
  history: readonly LossPoint[],
): { first: LossPoint; best: LossPoint; last: LossPoint } | null {
  const measured = history.filter(({ heldOutLoss }) => heldOutLoss !== undefined);
  if (measured.length === 0) return null;
  const best = measured.reduce((a, b) => (b.heldOutLoss! < a.heldOutLoss! ? b : a));
  return { first: measured[0], best, last: measured[measured.length - 1] };
}

/** Pairs without the images trained on and without their names, for a disk that may show what lies on it. */
export function withoutReal({ copies, pictures }: KeptPairs): KeptPairs {
  const pairs = copies.pairs.map((pair) => ({ ...pair, real: '' }));
  return {
    copies: { ...copies, pairs },
    pictures: pictures.filter(([name]) => name.startsWith('synthetic/')),
  };
}

/** Pairs as they are shown; `complete`: with the images trained on. */
export function shownPairs({ copies, pictures }: KeptPairs): {
  copies: CopyReport;
  pictures: Pictures;
  complete: boolean;
} {
  const complete = pictures.some(([name]) => name.startsWith('real/'));
  return { copies, pictures: new Map(pictures), complete };
}

/** Steps after which samples were made, the last first. */
export function roundsOf(samples: readonly KeptSample[]): number[] {
  return [...new Set(samples.map(({ step }) => step))].sort((a, b) => b - a);
}
