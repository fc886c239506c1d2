import { FIGURES } from '../metrics/figures/figure';
import type { Estimate } from '../metrics/percentile';
import { describeInterval, figure, figuresOf, percent } from './evaluation-words';
import type { EvaluationReport } from './report';

/** One measure of two comparisons, in words. */
export interface SideBySideRow {
  measure: string;
  a: string;
  b: string;
  /** Which is better, as far as the intervals say; empty where nothing can be said. */
  told: string;
}

/** Two comparisons, measure by measure. */
export interface SideBySide {
  rows: SideBySideRow[];
  /** Why figures may differ for another reason than the images, whole sentences. */
  cautions: string[];
}

type Better = 'lower' | 'higher';

/**
 * Two comparisons beside each other. One is called better only where the 95 % intervals do not overlap, which is
 * stricter than a test of the difference (Schenker and Gentleman 2001). `real`: what the real images of each were called.
 */
export function sideBySide(
  a: EvaluationReport,
  b: EvaluationReport,
  real: readonly [string, string] = ['', ''],
): SideBySide {
  const rows = [
    row('KID (95 %)', sameNetworks(a, b) ? 'lower' : null, a.kid, b.kid),
    plain('coverage of the real images', a.coverage, b.coverage, percent),
    plain('density', a.density, b.density, figure),
    row('MS-SSIM within a label (95 %)', null, a.msSsim.synthetic, b.msSsim.synthetic),
    row('copies (95 %)', 'lower', copiesOf(a), copiesOf(b), percentInterval),
    row('membership AUC (95 %)', 'lower', a.membership?.auc ?? null, b.membership?.auc ?? null),
    ...FIGURES.map(([, title]) => plain(title, valueOf(a, title), valueOf(b, title), figure)),
    ...gains(a, b),
  ];
  return {
    rows: rows.filter((one) => one.a !== '' || one.b !== ''),
    cautions: cautions(a, b, real),
  };
}

function valueOf(report: EvaluationReport, title: string): number | null {
  return figuresOf(report).find((one) => one.title === title)?.found?.value ?? null;
}

function row(
  measure: string,
  better: Better | null,
  a: Estimate | null,
  b: Estimate | null,
  words: (estimate: Estimate) => string = describeInterval,
): SideBySideRow {
  const told = a && b && better ? verdict(better, a, b) : '';
  return { measure, a: a ? words(a) : '', b: b ? words(b) : '', told };
}

function plain(
  measure: string,
  a: number | null,
  b: number | null,
  words: (value: number) => string,
): SideBySideRow {
  const cell = (value: number | null) => (value === null ? '' : words(value));
  return { measure, a: cell(a), b: cell(b), told: '' };
}

function verdict(better: Better, a: Estimate, b: Estimate): string {
  // A handful of images has no interval, and nothing follows from none.
  if (![a.low, a.high, b.low, b.high].every(Number.isFinite)) return '';
  if (a.low <= b.high && b.low <= a.high) return 'not distinguishable';
  return a.value < b.value === (better === 'lower')
    ? 'the first is better'
    : 'the second is better';
}

function copiesOf({ copies }: EvaluationReport): Estimate | null {
  return copies && { value: copies.rate, low: copies.low, high: copies.high };
}

function percentInterval({ value, low, high }: Estimate): string {
  return `${percent(value)} (${percent(low)} to ${percent(high)})`;
}

/** Of learning from synthetic images first and then from real ones, at each number of real ones. */
function gains(a: EvaluationReport, b: EvaluationReport): SideBySideRow[] {
  const [first, second] = [gainsOf(a), gainsOf(b)];
  return [...new Set([...first.keys(), ...second.keys()])].map((measure) =>
    row(measure, 'higher', first.get(measure) ?? null, second.get(measure) ?? null),
  );
}

function gainsOf({ usefulness }: EvaluationReport): Map<string, Estimate> {
  const found = new Map<string, Estimate>();
  const take = (measure: string, arms: Record<string, { gain?: Estimate }>) => {
    const gain = arms['synthetic then real']?.gain;
    if (gain) found.set(measure, gain);
  };
  for (const { numReal, balancedAccuracy } of usefulness?.sizes ?? []) {
    take(`gain of balanced accuracy, ${numReal} real images (95 %)`, balancedAccuracy);
  }
  for (const { numReal, dice } of usefulness?.segmentation?.sizes ?? []) {
    take(`gain of Dice, ${numReal} real images and masks (95 %)`, dice);
  }
  return found;
}

function sameNetworks(a: EvaluationReport, b: EvaluationReport): boolean {
  const hashes = ({ networks }: EvaluationReport) => networks.map(({ sha256 }) => sha256).join();
  return hashes(a) === hashes(b);
}

function cautions(
  a: EvaluationReport,
  b: EvaluationReport,
  [first, second]: readonly [string, string],
): string[] {
  const differ = (name: 'real' | 'holdout' | 'synthetic') => a.samples[name] !== b.samples[name];
  return [
    ...(sameNetworks(a, b)
      ? []
      : [
          'They were judged by other feature networks, so KID, density and coverage do not compare.',
        ]),
    ...(first === second
      ? []
      : [
          `Their real images are called "${first}" and "${second}": where these are other images, the figures do not compare.`,
        ]),
    ...(differ('real') || differ('holdout')
      ? ['They were compared with other numbers of real images: coverage and copies depend on it.']
      : []),
    ...(differ('synthetic')
      ? ['They hold other numbers of synthetic images: coverage grows with the number.']
      : []),
  ];
}
