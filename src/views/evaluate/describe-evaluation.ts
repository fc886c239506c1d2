import type { Figure } from '../../evaluation/metrics/figures/figure';
import { distanceChart, kidChart, type Chart } from '../../evaluation/report/charts';
import { figuresOf } from '../../evaluation/report/evaluation-words';
import type {
  CopyReport,
  EvaluationProgress,
  EvaluationReport,
  Fidelity,
  MembershipReport,
} from '../../evaluation/report/report';
import {
  describeLimit,
  heldOutWords,
  describeMembership,
  membershipRows,
  seconds,
} from '../../evaluation/report/evaluation-words';
import { fixed, grouped, inLanguage } from '../../languages/numbers';
import { describeInterval, figure, percent } from './figures';
import { formatBytes, formatDuration } from '../../controls/describe-progress';
import { usefulnessParts } from './describe-usefulness';
import { texts } from './texts/results';

export type { Chart };
export { plainGain, plainVerdict, verdictOf } from '../../evaluation/report/evaluation-words';
export { sideBySide } from '../../evaluation/report/side-by-side';
export { realOf, sideBySideChart } from '../../evaluation/report/side-by-side-files';

/** One part of the results: a chart, the table behind it, a sentence about it. */
export interface ResultPart {
  title: string;
  note: string;
  /** The chart, at a width in pixels or at that of a page; null: the part has none. */
  chart: ((width?: number) => Chart) | null;
  head: string[];
  rows: string[][];
}

const STAGES: Record<EvaluationProgress['stage'], () => string> = {
  load: () => texts.loadingFeatureNetworks,
  features: () => texts.lookingAtImages,
  fidelity: () => texts.comparingFeatures,
  variety: () => texts.comparingImagesOfLabel,
  copies: () => texts.lookingForCopies,
  membership: () => texts.askingModelForTraining,
  usefulness: () => texts.trainingClassifiers,
};

/** A running stage in words. */
export function describeStage({ stage, done, total, msLeft, detail }: EvaluationProgress) {
  const amount =
    stage === 'load' && total > 1000
      ? texts.of(formatBytes(done), formatBytes(total))
      : stage === 'features'
        ? texts.ofImages(done, total)
        : '';
  const left = msLeft !== null ? texts.leftInPart(formatDuration(msLeft)) : '';
  return {
    title: STAGES[stage](),
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
      ? [{ title: texts.usefulness, note: usefulnessRefusal, chart: null, head: [], rows: [] }]
      : []),
  ];
}

/** How the figures came about, in one line. */
export function describeSettings({ samples, networks, seed, ...report }: EvaluationReport): string {
  const names = networks.map(
    ({ title, sha256, from }) => `${title} ${sha256.slice(0, 12)}${from ? ` (${from})` : ''}`,
  );
  return texts.syntheticRealHeldOut(
    samples.synthetic,
    samples.real,
    samples.holdout,
    names.join(', '),
    seed,
    seconds(report.seconds),
  );
}

function fidelityPart(title: string, table: readonly Fidelity[]): ResultPart {
  return {
    title: texts.fidelityAndCoverage(title),
    note: texts.densityAndCoverageOnEqual,
    chart: kidChart(table) && ((width) => kidChart(table, width)!),
    head: [
      texts.labelColumn,
      texts.syntheticReal,
      texts.kid95,
      texts.realAgainstReal,
      texts.density,
      texts.coverageColumn,
      texts.ofReal,
    ],
    rows: table.map(({ label, numReal, numSynthetic, kid, prdc, realPrdc }) => [
      label || texts.allImages,
      `${numSynthetic}, ${numReal}`,
      kid ? describeInterval(kid) : texts.tooFew,
      kid ? figure(kid.floor) : '',
      prdc ? figure(prdc.density) : '',
      prdc ? figure(prdc.coverage) : '',
      realPrdc ? figure(realPrdc.coverage) : '',
    ]),
  };
}

function variety(report: EvaluationReport): ResultPart {
  const { msSsim } = report;
  const similarity = (found: EvaluationReport['msSsim']['real']) =>
    found ? describeInterval(found) : texts.tooFew;
  // Comparisons kept by earlier versions may lack it.
  const floor = ({ floor: real = null }: Figure) =>
    real === null ? '' : texts.floor(figure(real));
  return {
    title: texts.varietyWithinLabel,
    note: texts.msSsimOfPairsNearer,
    chart: null,
    head: [texts.measure, texts.synthetic, texts.real],
    rows: [
      ['MS-SSIM', similarity(msSsim.synthetic), similarity(msSsim.real)],
      ...figuresOf(report).flatMap(({ title, found }) =>
        found ? [[title, `${figure(found.value)}${floor(found)}`, '']] : [],
      ),
    ],
  };
}

function copiesPart(copies: CopyReport): ResultPart {
  const { count, rate, low, high, threshold, holdoutRate, features } = copies;
  return {
    title: texts.copies,
    note: texts.copiesNote({
      count: `${count}`,
      rate: percent(rate),
      low: percent(low),
      high: percent(high),
      threshold: figure(threshold),
      heldOut: heldOutWords(copies),
      numHeldOut: grouped(copies.numHoldout),
      heldInTurn: copies.heldInTurn === true,
      heldOutRate: percent(holdoutRate),
      featureRate: percent(features.rate),
      featureHeldOutRate: percent(features.holdoutRate),
      limit: describeLimit(copies),
    }),
    chart: (width) => distanceChart(copies, width),
    head: [texts.distanceFrom, texts.synthetic, texts.realHeldOut],
    rows: copies.histogram.synthetic.map((share, i) => [
      fixed(i / copies.histogram.synthetic.length, 2),
      percent(share),
      percent(copies.histogram.holdout[i]),
    ]),
  };
}

function membershipPart(found: MembershipReport): ResultPart {
  return {
    title: texts.membershipDoesModelKnowHint,
    note: describeMembership(found),
    chart: null,
    head: [texts.shareOfNoise, texts.auc95],
    rows: membershipRows(found).map((row) => row.map(inLanguage)),
  };
}
