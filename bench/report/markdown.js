/** Figures as cells of Markdown tables. */

/**
 * @typedef {import('../../src/evaluation/metrics/percentile.ts').Estimate} Estimate
 * @typedef {import('../../src/evaluation/usefulness/compare-arms.ts').ArmResult} ArmResult
 */

/**
 * A table; what has no rows was not measured.
 *
 * @param {string[]} head
 * @param {unknown[][]} rows
 */
export function table(head, rows) {
  if (rows.length === 0) return 'Not measured yet.';
  const line = (/** @type {unknown[]} */ cells) => `| ${cells.map(String).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** @param {ArmResult} arm */
export function gain({ gain: found }) {
  return found ? `${interval(found)}, ${found.verdict}` : 'reference';
}

/**
 * @param {Estimate} estimate
 * @param {number} [digits]
 */
export function interval({ value, low, high }, digits = 3) {
  return `${number(value, digits)} (${number(low, digits)} to ${number(high, digits)})`;
}

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function number(value, digits = 3) {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

/** @param {number} share */
export function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
