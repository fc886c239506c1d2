import { appError } from '../../errors';
import type { JudgedVolume, VolumeSets } from '../judge-volumes';
import { diceOfParts, weightedMean } from '../metrics/segmentation-scores';
import type { VolumeSegmentation } from '../report/report';
import { writeVolume, type VolumePair } from './changed-volume';
import { compareArms } from './compare-arms';
import { voxelsOf, type OpenLearner } from './learner';
import {
  trainSegmenters,
  type PairSet,
  type SegmentationSettings,
  type SegmentationTask,
} from './segmentation-arms';

/** Background and the two parts. */
const CLASSES = 3;

/** As training/volumes/segmenter.py: four volumes a step, and of both kinds alike where it learns from both. */
const VOLUMES: SegmentationTask<VolumePair, number> = {
  sizes: [20, 60],
  batch: 4,
  syntheticRows: 2,
  score: (logits, { labels }) => diceOfParts(logits, labels),
  pairs: 'volumes with a label map',
  remedy: 'NAME_label.nii.gz beside NAME.nii.gz is the label map of a real one.',
};

/**
 * Does a small 3D U-Net that also learns from synthetic volumes find the two parts in real ones better? 40 % of the real ones
 * are held out; a volume without a label map is left out. See `trainSegmenters`. Throws `RequestInvalid` for volumes of another
 * size than the network's, and for too few.
 */
export async function volumeSegmentation(
  { synthetic, real, size }: Pick<VolumeSets, 'synthetic' | 'real' | 'size'>,
  open: OpenLearner,
  { seed, steps }: SegmentationSettings,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<VolumeSegmentation> {
  const voxels = voxelsOf(open);
  if (voxels.join() !== size.join()) {
    throw appError(
      'RequestInvalid',
      `The network that is trained takes volumes of ${voxels.join(' × ')} voxels (got ${size.join(' × ')}). Choose a model that ` +
        'draws these.',
    );
  }
  const sets = { real: pairsOf(real, size), synthetic: pairsOf(synthetic, size), test: null };
  const { facts, groups, sizes } = await trainSegmenters(
    sets,
    open,
    VOLUMES,
    { seed, steps },
    onProgress,
  );
  return {
    ...facts,
    voxels: size,
    sizes: sizes.map(({ numReal, arms }) => ({
      numReal,
      dice: compareArms(arms, groups, weightedMean, { seed }),
    })),
  };
}

/** Volumes that have a label map, as examples that training changes. */
export function pairsOf(
  set: readonly JudgedVolume[],
  size: VolumeSets['size'],
): PairSet<VolumePair> {
  const truths = set.flatMap(({ voxels, labels }) => (labels ? [{ voxels, labels }] : []));
  return {
    truths,
    groups: truths.map((_, i) => String(i)),
    examples: {
      count: truths.length,
      targetDims: [CLASSES, ...size],
      write: (i, x, targets, random) => writeVolume(truths[i], size, x, targets, random),
    },
  };
}
