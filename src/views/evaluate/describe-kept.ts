import { figure, percent } from '../../evaluation/report/evaluation-words';
import type { EvaluationFacts } from './kept-evaluations.svelte';

/** A kept comparison in one line. */
export function describeKept({ createdAt, samples, kid, coverage, copies }: EvaluationFacts) {
  const parts = [
    createdAt.toLocaleString(),
    `${samples.synthetic} synthetic, ${samples.real} real`,
    kid === null ? '' : `KID ${figure(kid)}`,
    coverage === null ? '' : `coverage ${percent(coverage)}`,
    copies === null ? '' : `${copies} near a real one`,
  ];
  return parts.filter(Boolean).join(' · ');
}
