"""Compares two ways to train by their predictions on one test set: over seeds, with bootstrap intervals.

Predictions are arrays (seeds, n, classes); the same test images and the same real training images stand behind each seed
of both ways, so that every resampling takes both together.
"""

import numpy as np


def recalls(right, labels, weights, classes):
    """Weighted recall of each class: right (seeds, n), labels (n,), weights (rounds, n) → (rounds, seeds, classes).

    NaN where a class has no weight.
    """
    out = np.full((len(weights), len(right), classes), np.nan)
    for c in range(classes):
        inside = weights * (labels == c)
        total = inside.sum(1)
        with np.errstate(invalid='ignore'):
            out[:, :, c] = inside @ right.T / np.where(total > 0, total, np.nan)[:, None]
    return out


def balanced_accuracies(scores, labels, weights):
    """Mean recall of the classes that are there: scores (seeds, n, classes), weights (rounds, n) → (rounds, seeds)."""
    right = (scores.argmax(2) == labels).astype(float)
    return np.nanmean(recalls(right, labels, weights, scores.shape[2]), axis=2)


def auroc(scores, positive, weights):
    """Weighted area under the ROC curve, ties counted half: scores (n,), positive (n,) bool, weights (rounds, n) → (rounds,)."""
    order = np.argsort(scores, kind='stable')
    scores, positive, weights = scores[order], positive[order], weights[:, order]
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights * ~positive, axis=1)], axis=1)
    first, last = np.searchsorted(scores, scores, 'left'), np.searchsorted(scores, scores, 'right')
    wins = (weights * positive * (below[:, first] + below[:, last]) / 2).sum(1)
    pairs = (weights * positive).sum(1) * (weights * ~positive).sum(1)
    with np.errstate(invalid='ignore', divide='ignore'):
        return np.where(pairs > 0, wins / pairs, np.nan)


def macro_aurocs(scores, labels, weights):
    """Mean over classes of one-against-rest AUROC: scores (seeds, n, classes), weights (rounds, n) → (rounds, seeds)."""
    present = [c for c in range(scores.shape[2]) if 0 < (labels == c).sum() < len(labels)]
    return np.stack([np.nanmean([auroc(seed[:, c], labels == c, weights) for c in present], axis=0) for seed in scores], axis=1)


def resampled_weights(groups, rounds, seed=0):
    """How often each image is drawn when whole groups (patients) are drawn with replacement: (rounds, n)."""
    rng = np.random.default_rng(seed)
    _, index = np.unique(groups, return_inverse=True)
    size = index.max() + 1
    return np.stack([np.bincount(rng.integers(0, size, size), minlength=size)[index] for _ in range(rounds)]).astype(float)


def verdict(low, high):
    """What an interval of a difference allows to say."""
    return 'higher' if low > 0 else 'lower' if high < 0 else 'not distinguishable'


def _rounded(value):
    return round(float(value), 4)


def interval(per_round, value, seed=0):
    """{value, low, high}: 95 % of the means over seeds drawn with replacement. per_round (rounds, seeds)."""
    rng = np.random.default_rng(seed)
    seeds = per_round.shape[1]
    draws = np.take_along_axis(per_round, rng.integers(0, seeds, (len(per_round), seeds)), axis=1).mean(1)
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return {'value': _rounded(value), 'low': _rounded(low), 'high': _rounded(high)}


def compare(metric, scores, labels, groups, reference, rounds=1000):
    """{way: {value, low, high, by_seed, [gain]}}; gain is the paired difference from `reference`, with a verdict.

    metric: balanced_accuracies or macro_aurocs; scores: {way: (seeds, n, classes)}. Resampled: test groups and seeds.
    """
    weights = resampled_weights(groups, rounds)
    whole = np.ones((1, len(labels)))
    drawn = {way: metric(s, labels, weights) for way, s in scores.items()}
    plain = {way: metric(s, labels, whole)[0] for way, s in scores.items()}
    out = {}
    for way in scores:
        out[way] = interval(drawn[way], plain[way].mean()) | {'by_seed': [_rounded(v) for v in plain[way]]}
        if way != reference:
            gain = interval(drawn[way] - drawn[reference], (plain[way] - plain[reference]).mean())
            out[way]['gain'] = gain | {'verdict': verdict(gain['low'], gain['high'])}
    return out
