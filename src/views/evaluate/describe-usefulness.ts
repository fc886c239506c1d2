import { learningChart } from '../../evaluation/report/charts';
import { describeInterval, figure } from '../../evaluation/report/evaluation-words';
import type { Segmentation, Usefulness } from '../../evaluation/report/report';
import type { ResultPart } from './describe-evaluation';

/** All that was trained: the head on frozen features, the small network, the segmenter. */
export function usefulnessParts(useful: Usefulness): ResultPart[] {
  const { sizes, trained, segmentation } = useful;
  return [
    ...(sizes.length > 0 ? classifierParts(useful, 'A linear head on frozen features', '') : []),
    ...(trained
      ? classifierParts(trained, 'A small network, trained from nothing', ' (small network)')
      : []),
    ...(segmentation ? [segmentationPart(segmentation)] : []),
  ];
}

function classifierParts(useful: Usefulness, learner: string, which: string): ResultPart[] {
  const from = useful.test === 'holdout' ? 'the held-out set' : '40 % of the real patients';
  const learning: ResultPart = {
    title: `Usefulness: does a classifier gain?${which}`,
    note:
      `${useful.classes.join(', ')}. ${learner}, tested on ${useful.numTest} real images ` +
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
    title: `Usefulness in subgroups${which}`,
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

function segmentationPart(found: Segmentation): ResultPart {
  const { sizes, side, steps, numTest, numSynthetic, seeds, test } = found;
  const from = test === 'holdout' ? 'the held-out set' : '40 % of the real patients';
  return {
    title: 'Usefulness: does a segmenter gain?',
    note:
      `A small U-Net, trained from nothing at ${side} × ${side} pixels, ${steps} steps for each arm, tested on ${numTest} ` +
      `real images with masks (${from}), ${seeds} seeds, with ${numSynthetic} synthetic images. Instances match from an ` +
      'overlap of 0.5 on.',
    chart: null,
    head: [
      ...['real images', 'arm', 'Dice', 'against real only'],
      ...['F1 of instances', 'against real only (F1)'],
    ],
    rows: sizes.flatMap(({ numReal, dice, instanceF1 }) =>
      Object.entries(dice).map(([arm, own]) => {
        const gain = ({ gain }: typeof own) =>
          gain ? `${describeInterval(gain)}, ${gain.verdict}` : 'reference';
        const f1 = instanceF1[arm];
        return [
          String(numReal),
          arm,
          ...[own, f1].flatMap((one) => [describeInterval(one), gain(one)]),
        ];
      }),
    ),
  };
}
