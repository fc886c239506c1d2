import type { ArmResult } from './compare-arms';
import type { Estimate } from './percentile';
import type { EvaluationReport } from './report';

/** Three decimals, fewer where they say nothing. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 3);
  return text === '-0.000' ? '0.000' : text;
}

/** "0.261 (0.247 to 0.282)". */
export function describeInterval({ value, low, high }: Estimate): string {
  return `${figure(value)} (${figure(low)} to ${figure(high)})`;
}

/** "1.2 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** "42 s" or "3 min 20 s". */
export function seconds(value: number): string {
  const whole = Math.round(value);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What the figures come to, each a plain sentence; nothing is claimed that an interval does not allow. */
export function verdictOf(report: EvaluationReport): string[] {
  return [...realism(report), ...spread(report), ...copied(report), ...useful(report)];
}

function realism({ kid }: EvaluationReport): string[] {
  if (!kid) return ['Too few images for KID.'];
  const floor = kid.floorHigh ?? kid.floor;
  const told =
    kid.low > Math.max(floor, 0)
      ? 'the network tells them apart from real ones'
      : 'not distinguishable from real ones by these features and numbers';
  return [
    `Realistic? KID ${describeInterval(kid)}, real against real ${figure(kid.floor)}: ${told}.`,
  ];
}

function spread({ coverage, fidelity, networks, msSsim }: EvaluationReport): string[] {
  if (coverage === null) return [];
  const real = fidelity[networks[0].id][0].realPrdc;
  const beside = real ? ` (real images: ${percent(real.coverage)})` : '';
  const alike = msSsim.synthetic && msSsim.real && msSsim.synthetic.low > msSsim.real.high;
  return [
    `Varied? ${percent(coverage)} of the real images have a synthetic neighbour${beside}` +
      `${alike ? '; images of one label are more alike than real ones are' : ''}.`,
  ];
}

function copied({ copies }: EvaluationReport): string[] {
  if (!copies) return [];
  const { count, rate, low, holdoutRate } = copies;
  if (count === 0) return ['Copies? None found.'];
  const more =
    low > holdoutRate ? 'more than among held-out real images' : 'no more than chance allows';
  return [`Copies? ${count} (${percent(rate)}), ${more}. Look at the nearest pairs.`];
}

function useful({ usefulness }: EvaluationReport): string[] {
  if (!usefulness) return [];
  const { sizes, segmentation } = usefulness;
  return [
    ...sizes.map(({ numReal, balancedAccuracy }) =>
      gained(`${numReal} real training images`, 'balanced accuracy', balancedAccuracy),
    ),
    ...(segmentation?.sizes ?? []).map(({ numReal, dice }) =>
      gained(`${numReal} real images and masks`, 'Dice', dice),
    ),
  ];
}

/** Of the arms that learn from both. */
function gained(trained: string, metric: string, arms: Record<string, ArmResult>): string {
  const gains = Object.entries(arms).flatMap(([arm, { gain }]) =>
    gain && arm !== 'synthetic' ? [{ arm, ...gain }] : [],
  );
  const best = gains.reduce((a, b) => (b.value > a.value ? b : a));
  const sign = best.value >= 0 ? '+' : '';
  return `Useful? With ${trained}, ${best.arm}: ${metric} ${sign}${describeInterval(best)}, ${best.verdict}.`;
}
