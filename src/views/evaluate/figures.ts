import type { Estimate } from '../../evaluation/metrics/percentile';
import { fixed, inLanguage } from '../../languages/numbers';
import { figure as englishFigure } from '../../evaluation/report/evaluation-words';
import { texts } from './texts/results';

/** A figure with as many digits as it deserves, as the language writes it: "0.261" or "0,261". */
export function figure(value: number): string {
  return inLanguage(englishFigure(value));
}

/** "0.261 (0.247 to 0.282)". */
export function describeInterval({ value, low, high }: Estimate): string {
  return texts.interval(figure(value), figure(low), figure(high));
}

/** "1.2 %". */
export function percent(share: number): string {
  return `${fixed(100 * share, 1)} %`;
}
