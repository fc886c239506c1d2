import type { DatasetGrid } from './dataset-grid.svelte';
import { texts } from '../texts';

/** One key of the grid and of review, and what it does. */
export interface GridKey {
  /** As KeyboardEvent.key says it; letters in lower case. */
  key: string;
  title: () => string;
  run: (grid: DatasetGrid, event: KeyboardEvent) => void;
}

/** All keys, in the order in which the view lists them. */
export const GRID_KEYS: GridKey[] = [
  { key: 'k', title: () => texts.keep, run: (grid) => void grid.judge('keep') },
  { key: 'x', title: () => texts.reject, run: (grid) => void grid.judge('reject') },
  { key: 'u', title: () => texts.undecidedAgain, run: (grid) => void grid.judge(null) },
  ...([0, 1, 2, 3, 4, 5] as const).map((rating) => ({
    key: String(rating),
    title: () => (rating ? texts.rateAs(rating) : texts.noRating),
    run: (grid: DatasetGrid) => void grid.rate(rating),
  })),
  { key: 'r', title: () => texts.reviewOneByOne, run: toggleReview },
  { key: 'c', title: () => texts.compareTwoSelected, run: (grid) => grid.compare() },
  { key: 'Delete', title: () => texts.discard, run: (grid) => void grid.discard() },
  { key: 'Escape', title: () => texts.back, run: (grid) => grid.back() },
];

/** Runs what a key press means for the open data set, if anything; `columns` is how many images a row of the grid has. */
export function handleGridKey(event: KeyboardEvent, grid: DatasetGrid, columns: number) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  if (document.querySelector('dialog[open], [popover]:popover-open')) return;
  const { target } = event;
  if (target instanceof Element && target.closest('input, textarea, select')) return;
  const command = event.metaKey || event.ctrlKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (command && key === 'a') grid.selectAll();
  else if (command && key === 'z') void grid.undo();
  else if (command) return;
  else if (key in STEPS) grid.walk(STEPS[key](columns), { extend: event.shiftKey });
  else {
    const found = GRID_KEYS.find((one) => one.key === key);
    if (!found) return;
    found.run(grid, event);
  }
  event.preventDefault();
}

const STEPS: Record<string, (columns: number) => number> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
  PageDown: (columns) => 4 * columns,
  PageUp: (columns) => -4 * columns,
  Home: () => -Infinity,
  End: () => Infinity,
};

function toggleReview(grid: DatasetGrid) {
  if (grid.reviewing) grid.endReview();
  else grid.startReview();
}
