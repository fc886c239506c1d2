import { distanceChart, kidChart, learningChart, type Chart } from '../evaluation/charts';
import type {
  CopyReport,
  EvaluationProgress,
  EvaluationReport,
  Fidelity,
  Usefulness,
} from '../evaluation/report';
import { describeInterval, figure, percent, seconds } from '../evaluation/evaluation-words';
import { formatBytes, formatDuration } from './describe-progress';

export type { Chart };
export { verdictOf } from '../evaluation/evaluation-words';

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
  const { networks, fidelity, copies, usefulness, usefulnessRefusal } = report;
  return [
    ...networks.map(({ id, title }) => fidelityPart(title, fidelity[id])),
    variety(report),
    ...(copies ? [copiesPart(copies)] : []),
    ...(usefulness?.sizes.length ? usefulnessParts(usefulness) : []),
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
  const { count, rate, low, high, threshold, holdoutRate, numHoldout, features } = copies;
  return {
    title: 'Copies',
    note:
      `${count} synthetic images (${percent(rate)}, 95 %: ${percent(low)} to ${percent(high)}) are nearer to a real ` +
      `image than ${figure(threshold)}; of ${numHoldout} held-out real images ${percent(holdoutRate)} are. By features ` +
      `alone: ${percent(features.rate)} against ${percent(features.holdoutRate)}.`,
    chart: distanceChart(copies),
    head: ['distance from', 'synthetic', 'real, held out'],
    rows: copies.histogram.synthetic.map((share, i) => [
      (i / copies.histogram.synthetic.length).toFixed(2),
      percent(share),
      percent(copies.histogram.holdout[i]),
    ]),
  };
}

function usefulnessParts(useful: Usefulness): ResultPart[] {
  const from = useful.test === 'holdout' ? 'the held-out set' : '40 % of the real patients';
  const learning: ResultPart = {
    title: 'Usefulness: does a classifier gain?',
    note:
      `${useful.classes.join(', ')}. A linear head on frozen features, tested on ${useful.numTest} real images ` +
      `(${from}), ${useful.seeds} seeds, with ${useful.numSynthetic} synthetic images.`,
    chart: learningChart(useful),
    head: [
      'real images',
      'arm',
      'balanced accuracy',
      'against real only',
      'AUROC',
      'F1',
      'calibration error',
    ],
    rows: useful.sizes.flatMap(({ numReal, balancedAccuracy, auroc, f1, calibration }) =>
      Object.entries(balancedAccuracy).map(([arm, found]) => [
        String(numReal),
        arm,
        describeInterval(found),
        found.gain ? `${describeInterval(found.gain)}, ${found.gain.verdict}` : 'reference',
        describeInterval(auroc[arm]),
        figure(f1[arm].value),
        figure(calibration[arm].value),
      ]),
    ),
  };
  if (useful.subgroups.length === 0) return [learning];
  const groups: ResultPart = {
    title: 'Usefulness in subgroups',
    note: 'Balanced accuracy with the most real training images; below 50 test images nothing is said.',
    chart: null,
    head: ['subgroup', 'test images', 'real', 'mixed', 'synthetic then real'],
    rows: useful.subgroups.map(({ attribute, value, numTest, accuracy }) => [
      `${attribute}: ${value}`,
      String(numTest),
      ...['real', 'mixed', 'synthetic then real'].map((arm) =>
        accuracy ? describeInterval(accuracy[arm]) : 'insufficient',
      ),
    ]),
  };
  return [learning, groups];
}
