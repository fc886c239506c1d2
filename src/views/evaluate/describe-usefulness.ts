import type { ArmResult } from '../../evaluation/usefulness/compare-arms';
import { learningChart } from '../../evaluation/report/charts';
import { describeInterval, figure } from './figures';
import type {
  Arm,
  Segmentation,
  Usefulness,
  VolumeSegmentation,
} from '../../evaluation/report/report';
import type { ResultPart } from './describe-evaluation';
import { texts } from './texts/results';

/** The arms that subgroups are shown of. */
const SUBGROUP_ARMS: Arm[] = ['real', 'mixed', 'synthetic then real'];

/** All that was trained: the head on frozen features, the small network, the segmenter. */
export function usefulnessParts(useful: Usefulness): ResultPart[] {
  const { sizes, trained, segmentation } = useful;
  return [
    ...(sizes.length > 0 ? classifierParts(useful, texts.linearHeadOnFrozen, '') : []),
    ...(trained ? classifierParts(trained, texts.smallNetworkTrained, texts.smallNetwork) : []),
    ...(segmentation ? [segmentationPart(segmentation)] : []),
  ];
}

function classifierParts(useful: Usefulness, learner: string, which: string): ResultPart[] {
  const from = useful.test === 'holdout' ? texts.heldOutSet : texts.n40OfRealPatients;
  const learning: ResultPart = {
    title: texts.usefulnessDoesClassifierGain(which),
    note: texts.testedOnRealImages(
      useful.classes.join(', '),
      learner,
      useful.numTest,
      from,
      useful.seeds,
      useful.numSynthetic,
    ),
    chart: (width) => learningChart(useful, width),
    head: [
      texts.realImagesWord,
      texts.arm,
      texts.balancedAccuracy,
      texts.againstRealOnly,
      'AUROC',
      'F1',
      texts.calibrationError,
    ],
    rows: useful.sizes.flatMap(({ numReal, balancedAccuracy, auroc, f1, calibration }) =>
      Object.entries(balancedAccuracy).map(([arm, found]) => [
        String(numReal),
        texts.arms[arm as Arm],
        describeInterval(found),
        gainWords(found.gain),
        describeInterval(auroc[arm]),
        figure(f1[arm].value),
        figure(calibration[arm].value),
      ]),
    ),
  };
  if (useful.subgroups.length === 0) return [learning];
  const groups: ResultPart = {
    title: texts.usefulnessInSubgroups(which),
    note: texts.balancedAccuracyWithMost,
    chart: null,
    head: [texts.subgroup, texts.testImages, ...SUBGROUP_ARMS.map((arm) => texts.arms[arm])],
    rows: useful.subgroups.map(({ attribute, value, numTest, accuracy }) => [
      `${attribute}: ${value}`,
      String(numTest),
      ...SUBGROUP_ARMS.map((arm) =>
        accuracy ? describeInterval(accuracy[arm]) : texts.insufficient,
      ),
    ]),
  };
  return [learning, groups];
}

function segmentationPart(found: Segmentation): ResultPart {
  const { sizes, side, steps, numTest, numSynthetic, seeds, test } = found;
  const from = test === 'holdout' ? texts.heldOutSet : texts.n40OfRealPatients;
  return {
    title: texts.usefulnessDoesSegmenterGain,
    note: texts.smallUNetTrained(side, steps, numTest, from, seeds, numSynthetic),
    chart: null,
    head: [
      ...[texts.realImagesWord, texts.arm, texts.dice, texts.againstRealOnly],
      ...[texts.f1OfInstances, texts.againstRealOnlyF1],
    ],
    rows: sizes.flatMap(({ numReal, dice, instanceF1 }) =>
      Object.entries(dice).map(([arm, own]) => {
        const f1 = instanceF1[arm];
        return [
          String(numReal),
          texts.arms[arm as Arm],
          ...[own, f1].flatMap((one) => [describeInterval(one), gainWords(one.gain)]),
        ];
      }),
    ),
  };
}

/** What segmenters of volumes learnt from each arm. */
export function volumeSegmentationPart(found: VolumeSegmentation): ResultPart {
  const { sizes, voxels, steps, numTest, numSynthetic, seeds } = found;
  return {
    title: texts.usefulnessDoesSegmenterGain,
    note: texts.smallVolumeUNetTrained(voxels.join(' × '), steps, numTest, seeds, numSynthetic),
    chart: null,
    head: [texts.realVolumesWord, texts.arm, texts.dice, texts.againstRealOnly],
    rows: sizes.flatMap(({ numReal, dice }) =>
      Object.entries(dice).map(([arm, own]) => [
        String(numReal),
        texts.arms[arm as Arm],
        describeInterval(own),
        gainWords(own.gain),
      ]),
    ),
  };
}

/** A gain over real images alone, and what is to be made of it. */
function gainWords(gain: ArmResult['gain']): string {
  return gain ? `${describeInterval(gain)}, ${texts.verdicts[gain.verdict]}` : texts.reference;
}
