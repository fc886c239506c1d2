import type { Mask } from '../../image/mask';
import {
  instanceF1,
  meanDice,
  scoreSegmentation,
  type SegmentationScore,
} from '../metrics/segmentation-scores';
import type { Segmentation } from '../report/report';
import { compareArms } from './compare-arms';
import { sideOf, type OpenLearner } from './learner';
import {
  trainSegmenters,
  type PairSet,
  type SegmentationSettings,
  type SegmentationTask,
} from './segmentation-arms';

/** Masks hold ids of instances, or one value for all foreground. */
const IMAGES: SegmentationTask<Mask, SegmentationScore> = {
  sizes: [50, 100, 500],
  batch: 8,
  syntheticRows: 2,
  score: scoreSegmentation,
  pairs: 'images with a mask',
  remedy:
    'Put masks beside the images as NAME.mask.png, or into a folder masks/ under the names of the images.',
};

/** Does a small U-Net that also learns from synthetic images and masks find more in real ones? See `trainSegmenters`. */
export async function segmentation(
  sets: { real: PairSet<Mask>; synthetic: PairSet<Mask>; test: PairSet<Mask> | null },
  open: OpenLearner,
  { seed, steps }: SegmentationSettings,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<Segmentation> {
  const { facts, groups, sizes } = await trainSegmenters(
    sets,
    open,
    IMAGES,
    { seed, steps },
    onProgress,
  );
  return {
    ...facts,
    side: sideOf(open),
    sizes: sizes.map(({ numReal, arms }) => ({
      numReal,
      dice: compareArms(arms, groups, meanDice, { seed }),
      instanceF1: compareArms(arms, groups, instanceF1, { seed }),
    })),
  };
}
