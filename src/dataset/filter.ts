import type { ImageFacts, Verdict } from './dataset-store';

/** What is asked of the images to show; what is absent asks nothing. */
export interface Filter {
  /** Somewhere in prompt, label or file name, whatever the case; every word of it. */
  text: string;
  label: string | null;
  modelId: string | null;
  verdict: Verdict | 'none' | 'any';
  /** At least. */
  rating: number;
  /** Within, both ends included; images without the covariate are left out. */
  covariate: { name: string; from: number; to: number } | null;
  /** Days as in "2026-11-22", by the local clock, both included. */
  from: string;
  to: string;
  discarded: boolean;
}

/** Shows all but what was discarded. */
export const NO_FILTER: Filter = {
  text: '',
  label: null,
  modelId: null,
  verdict: 'any',
  rating: 0,
  covariate: null,
  from: '',
  to: '',
  discarded: false,
};

/** Whether an image is among those that a filter asks for. */
export function createMatch(filter: Filter): (facts: ImageFacts) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const [from, to] = [dayStart(filter.from), dayStart(filter.to)];
  const { covariate, verdict } = filter;
  return (facts) => {
    if (facts.emptied || facts.discarded !== filter.discarded) return false;
    if (filter.label !== null && facts.label !== filter.label) return false;
    if (filter.modelId !== null && facts.modelId !== filter.modelId) return false;
    if (verdict !== 'any' && facts.verdict !== (verdict === 'none' ? null : verdict)) return false;
    if (facts.rating < filter.rating) return false;
    if (covariate) {
      const value = facts.covariates[covariate.name];
      // Written so that a missing value fails.
      if (!(value >= covariate.from && value <= covariate.to)) return false;
    }
    if (from && facts.createdAt < from) return false;
    if (to && +facts.createdAt >= +nextDay(to)) return false;
    if (!words.length) return true;
    const text = `${facts.prompt} ${facts.label} ${facts.source ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

function dayStart(day: string): Date | null {
  const [year, month, date] = day.split('-').map(Number);
  return date ? new Date(year, month - 1, date) : null;
}

/** Not 24 hours later: a day may have 23 or 25. */
function nextDay(day: Date): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
}
