import { distanceChart, kidChart, type Chart } from '../../evaluation/report/charts';
import type {
  CopyReport,
  EvaluationProgress,
  EvaluationReport,
  Fidelity,
  MembershipReport,
} from '../../evaluation/report/report';
import {
  describeInterval,
  describeLimit,
  heldOutWords,
  describeMembership,
  figure,
  membershipRows,
  percent,
  seconds,
} from '../../evaluation/report/evaluation-words';
import { formatBytes, formatDuration } from '../../controls/describe-progress';
import { usefulnessParts } from './describe-usefulness';

export type { Chart };
export { plainVerdict, verdictOf } from '../../evaluation/report/evaluation-words';
export { sideBySide } from '../../evaluation/report/side-by-side';
export { sideBySideChart } from '../../evaluation/report/side-by-side-files';

/** One part of the results: a chart, the table behind it, a sentence about it. */
export interface ResultPart {
  title: string;
  note: string;
  chart: Chart | null;
  head: string[];
  rows: string[][];
}

const STAGES: Record<EvaluationProgress['stage'], string> = {
  load: 'Loading the feature networks',
  features: 'Looking at the images',
  fidelity: 'Comparing features',
  variety: 'Comparing images of a label',
  copies: 'Looking for copies',
  membership: 'Asking the model for its training images',
  usefulness: 'Training classifiers',
};

/** A running stage in words. */
export function describeStage({ stage, done, total, msLeft, detail }: EvaluationProgress) {
  const amount =
    stage === 'load' && total > 1000
      ? `${formatBytes(done)} of ${formatBytes(total)}`
      : stage === 'features'
        ? `${done} of ${total} images`
        : '';
  const left = msLeft !== null ? `${formatDuration(msLeft)} left in this part` : '';
  return {
    title: STAGES[stage],
    detail: [detail, amount, left].filter(Boolean).join(' · '),
    fraction: total > 0 ? Math.min(1, done / total) : 0,
  };
}

/** All parts of a report, in the order they are read. */
export function evaluationTables(report: EvaluationReport): ResultPart[] {
  const { networks, fidelity, copies, membership, usefulness, usefulnessRefusal } = report;
  return [
    ...networks.map(({ id, title }) => fidelityPart(title, fidelity[id])),
    variety(report),
    ...(copies ? [copiesPart(copies)] : []),
    ...(membership ? [membershipPart(membership)] : []),
    ...(usefulness ? usefulnessParts(usefulness) : []),
    ...(usefulnessRefusal
      ? [{ title: 'Usefulness', note: usefulnessRefusal, chart: null, head: [], rows: [] }]
      : []),
  ];
}

/** How the figures came about, in one line. */
export function describeSettings({ samples, networks, seed, ...report }: EvaluationReport): string {
  const names = networks.map(({ title, sha256 }) => `${title} ${sha256.slice(0, 12)}`);
  return (
    `${samples.synthetic} synthetic, ${samples.real} real, ${samples.holdout} held out · ${names.join(', ')} · ` +
    `seed ${seed} · ${seconds(report.seconds)}`
  );
}

function fidelityPart(title: string, table: readonly Fidelity[]): ResultPart {
  return {
    title: `Fidelity and coverage: ${title}`,
    note: 'Density and coverage on equal numbers, k = 5; real against real is what chance alone gives.',
    chart: kidChart(table),
    head: [
      'label',
      'synthetic, real',
      'KID (95 %)',
      'real against real',
      'density',
      'coverage',
      'of real',
    ],
    rows: table.map(({ label, numReal, numSynthetic, kid, prdc, realPrdc }) => [
      label || 'all images',
      `${numSynthetic}, ${numReal}`,
      kid ? describeInterval(kid) : 'too few',
      kid ? figure(kid.floor) : '',
      prdc ? figure(prdc.density) : '',
      prdc ? figure(prdc.coverage) : '',
      realPrdc ? figure(realPrdc.coverage) : '',
    ]),
  };
}

function variety({ msSsim, fid }: EvaluationReport): ResultPart {
  const similarity = (found: EvaluationReport['msSsim']['real']) =>
    found ? describeInterval(found) : 'too few';
  const floor =
    fid?.floor === undefined || fid.floor === null ? '' : `, floor ${figure(fid.floor)}`;
  return {
    title: 'Variety within a label',
    note: 'MS-SSIM of pairs: nearer 1 where images are more alike. FID is shown from 1,000 images a side.',
    chart: null,
    head: ['measure', 'synthetic', 'real'],
    rows: [
      ['MS-SSIM', similarity(msSsim.synthetic), similarity(msSsim.real)],
      ...(fid ? [['FID', `${figure(fid.value)}${floor}`, '']] : []),
    ],
  };
}

function copiesPart(copies: CopyReport): ResultPart {
  const { count, rate, low, high, threshold, holdoutRate, features } = copies;
  return {
    title: 'Copies',
    note:
      `${count} synthetic images (${percent(rate)}, 95 %: ${percent(low)} to ${percent(high)}) are nearer to a real ` +
      `image than ${figure(threshold)}; of ${heldOutWords(copies)} ${percent(holdoutRate)} are. By features ` +
      `alone: ${percent(features.rate)} against ${percent(features.holdoutRate)}. ${describeLimit(copies)}`,
    chart: distanceChart(copies),
    head: ['distance from', 'synthetic', 'real, held out'],
    rows: copies.histogram.synthetic.map((share, i) => [
      (i / copies.histogram.synthetic.length).toFixed(2),
      percent(share),
      percent(copies.histogram.holdout[i]),
    ]),
  };
}

function membershipPart(found: MembershipReport): ResultPart {
  return {
    title: 'Membership: does the model know its training images?',
    note: describeMembership(found),
    chart: null,
    head: ['share of noise', 'AUC (95 %)'],
    rows: membershipRows(found),
  };
}
