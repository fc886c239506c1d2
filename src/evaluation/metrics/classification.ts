/** Class probabilities of n images, row-major [n, classes], and what they truly are. */
export interface Predictions {
  classes: number;
  probabilities: Float64Array;
  /** [n], indices of classes. */
  labels: readonly number[];
}

/** How often each image counts; in a bootstrap draw 0, 1, 2 … times. */
export type Weights = ArrayLike<number>;

/** One figure of merit: weighted, NaN where it cannot be had. */
export type Metric = (predictions: Predictions, weights: Weights) => number;

/** Area under the ROC curve: how often a positive scores above a negative, ties counted half. Hanley and McNeil 1982. */
export function auroc(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
  weights: Weights,
): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let [below, wins, positives] = [0, 0, 0];
  for (let i = 0; i < order.length;) {
    let [up, down, end] = [0, 0, i];
    for (; end < order.length && scores[order[end]] === scores[order[i]]; end++) {
      if (positive[order[end]]) up += weights[order[end]];
      else down += weights[order[end]];
    }
    wins += up * (below + down / 2);
    below += down;
    positives += up;
    i = end;
  }
  return positives * below > 0 ? wins / (positives * below) : NaN;
}

/** Mean over the classes that are there of one class against the rest. */
export const macroAuroc: Metric = ({ classes, probabilities, labels }, weights) => {
  const found: number[] = [];
  for (let c = 0; c < classes; c++) {
    const scores = labels.map((_, i) => probabilities[i * classes + c]);
    const value = auroc(
      scores,
      labels.map((label) => label === c),
      weights,
    );
    if (!Number.isNaN(value)) found.push(value);
  }
  return found.reduce((sum, value) => sum + value, 0) / found.length;
};

/** Share of images whose likeliest class is the right one. */
export const accuracy: Metric = (predictions, weights) => {
  const { right, present } = confusion(predictions, weights);
  return sum(right) / sum(present);
};

/** Mean recall of the classes that are there. */
export const balancedAccuracy: Metric = (predictions, weights) => {
  const { right, present } = confusion(predictions, weights);
  const recalls = right.flatMap((value, c) => (present[c] > 0 ? [value / present[c]] : []));
  return sum(recalls) / recalls.length;
};

/** Mean over the classes that are there of 2·right / (predicted + present). */
export const macroF1: Metric = (predictions, weights) => {
  const { right, predicted, present } = confusion(predictions, weights);
  const scores = right.flatMap((value, c) =>
    present[c] > 0 ? [(2 * value) / (predicted[c] + present[c])] : [],
  );
  return sum(scores) / scores.length;
};

/**
 * Expected calibration error in 15 equal bins of the likeliest class's probability: mean |accuracy − confidence|. Guo et
 * al. 2017, https://arxiv.org/abs/1706.04599, eq. 3. Bins are open below and closed above.
 */
export const calibrationError: Metric = (predictions, weights) => {
  const BINS = 15;
  const gaps = new Float64Array(BINS);
  let total = 0;
  forEachLikeliest(predictions, (i, best, confidence) => {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));
    gaps[bin] += weights[i] * ((best === predictions.labels[i] ? 1 : 0) - confidence);
    total += weights[i];
  });
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
};

function confusion(predictions: Predictions, weights: Weights) {
  const zeros = () => new Array<number>(predictions.classes).fill(0);
  const [right, predicted, present] = [zeros(), zeros(), zeros()];
  forEachLikeliest(predictions, (i, best) => {
    const label = predictions.labels[i];
    predicted[best] += weights[i];
    present[label] += weights[i];
    if (best === label) right[label] += weights[i];
  });
  return { right, predicted, present };
}

function forEachLikeliest(
  { classes, probabilities, labels }: Predictions,
  onImage: (i: number, best: number, confidence: number) => void,
) {
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (probabilities[i * classes + c] > probabilities[i * classes + best]) best = c;
    }
    onImage(i, best, probabilities[i * classes + best]);
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
