import { labelInstances, type Mask } from '../../image/mask';
import type { Weights } from './classification';
import { mean } from './percentile';

/** How one image's foreground was found. */
export interface SegmentationScore {
  /** 0…1. */
  dice: number;
  /** Instances found, found where there are none, and missed. */
  hits: number;
  extra: number;
  missed: number;
}

const MIN_OVERLAP = 0.5;

/**
 * Scores foreground logits against a mask of the same size. Instances of the mask are stretches of one value that hold
 * together; those of the prediction, stretches of foreground.
 */
export function scoreSegmentation(logits: ArrayLike<number>, truth: Mask): SegmentationScore {
  const { width, height } = truth;
  const values = Uint16Array.from(logits, (logit) => (logit > 0 ? 1 : 0));
  const found = { width, height, values };
  return { dice: dice(values, truth.values), ...matchInstances(found, truth) };
}

/** 2·|A ∩ B| / (|A| + |B|) of what is not 0; 1 where both are empty. Dice 1945. */
export function dice(found: ArrayLike<number>, truth: ArrayLike<number>): number {
  let [both, sum] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    const [a, b] = [found[i] !== 0, truth[i] !== 0];
    if (a && b) both++;
    sum += Number(a) + Number(b);
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}

/** Mean Dice of the labels 1, 2, …, the likeliest of each voxel. `logits` [classes][voxel]; training/volumes/segmenter.py. */
export function diceOfParts(logits: ArrayLike<number>, truth: ArrayLike<number>): number {
  const classes = logits.length / truth.length;
  const found = Uint8Array.from(truth, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (logits[c * truth.length + i] > logits[best * truth.length + i]) best = c;
    }
    return best;
  });
  const part = (labels: ArrayLike<number>, label: number) =>
    Uint8Array.from(labels, (value) => Number(value === label));
  const parts = Array.from({ length: classes - 1 }, (_, k) => k + 1);
  return mean(parts.map((label) => dice(part(found, label), part(truth, label))));
}

/**
 * Instances with an intersection over union of at least 0.5. Ties at 0.5 go to the first, so that none is matched twice;
 * above it there are none (Kirillov et al. 2019, https://arxiv.org/abs/1801.00868, section 4.1).
 */
function matchInstances(found: Mask, truth: Mask) {
  const [a, b] = [labelInstances(found).mask.values, labelInstances(truth).mask.values];
  const sizes = [a, b].map((ids) => {
    const counts = new Map<number, number>();
    for (const id of ids) if (id > 0) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  });
  const shared = new Map<number, Map<number, number>>();
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0 || b[i] === 0) continue;
    const row = shared.get(a[i]) ?? new Map<number, number>();
    shared.set(a[i], row.set(b[i], (row.get(b[i]) ?? 0) + 1));
  }
  const taken = new Set<number>();
  for (const [own, row] of shared) {
    for (const [other, both] of row) {
      const union = sizes[0].get(own)! + sizes[1].get(other)! - both;
      if (both / union < MIN_OVERLAP || taken.has(other)) continue;
      taken.add(other);
      break;
    }
  }
  const hits = taken.size;
  return { hits, extra: sizes[0].size - hits, missed: sizes[1].size - hits };
}

/** Mean of the images' Dice. */
export function meanDice(scores: readonly SegmentationScore[], weights: Weights): number {
  return weightedMean(
    scores.map((score) => score.dice),
    weights,
  );
}

/** Σ wᵢ·valueᵢ / Σ wᵢ. */
export function weightedMean(values: readonly number[], weights: Weights): number {
  let [sum, total] = [0, 0];
  values.forEach((value, i) => {
    sum += weights[i] * value;
    total += weights[i];
  });
  return sum / total;
}

/** F1 of instances, all images together: 2·hits / (2·hits + extra + missed); 1 where there is nothing to find. */
export function instanceF1(scores: readonly SegmentationScore[], weights: Weights): number {
  let [hits, wrong] = [0, 0];
  scores.forEach((score, i) => {
    hits += weights[i] * score.hits;
    wrong += weights[i] * (score.extra + score.missed);
  });
  return hits + wrong === 0 ? 1 : (2 * hits) / (2 * hits + wrong);
}
