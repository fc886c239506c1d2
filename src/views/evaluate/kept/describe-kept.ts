import { dateTime } from '../../../languages/numbers';
import { figure, percent } from '../figures';
import type { EvaluationFacts } from './kept-evaluations.svelte';
import { texts } from '../texts/results';

/** A kept comparison in one line. */
export function describeKept({ createdAt, samples, kid, coverage, copies }: EvaluationFacts) {
  const parts = [
    dateTime(createdAt),
    texts.syntheticRealOf(samples.synthetic, samples.real),
    kid === null ? '' : texts.kid(figure(kid)),
    coverage === null ? '' : texts.coverage(percent(coverage)),
    copies === null ? '' : texts.nearRealOne(copies),
  ];
  return parts.filter(Boolean).join(' · ');
}
