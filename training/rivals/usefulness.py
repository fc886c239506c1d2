"""What synthetic pictures are good for: a classifier or segmenter trained on them and tested on real images, alone and beside real ones.

Labels: a linear head on generic features (usefulness/ways_to_train.py). Nuclei: the tiny U-Net of usefulness/nuclei.py.
"""

import numpy as np
import torch

from training.judges.metrics import dice
from training.rivals.task import small_masks
from training.usefulness.chest import real_subset
from training.usefulness.comparison import balanced_accuracies, compare, interval, resampled_weights, verdict
from training.usefulness.nuclei import segment, train_segmenters
from training.usefulness.ways_to_train import Subset, Ways, view_features

WAYS = ['real', 'synthetic', 'mixed']


class ClassifierTest:
    """Balanced accuracy on all held-out images; `size` real images beside the synthetic ones, other ones for each seed."""

    def __init__(self, task, cache, size=100, seeds=3):
        self.task, self.features, self.real = task, f'{cache}/features', None
        self.test = task.held_out
        subsets = [real_subset(task.rows, task.train, size, seed) for seed in range(seeds)]
        self.test_features = view_features(task.pictures(self.test), self.features)[0]
        self.subsets = [Subset(view_features(task.pictures(at), self.features), task.labels(at), task.groups[at], seed)
                        for seed, at in enumerate(subsets)]

    def _scores(self, ways, way):
        """Log-probabilities (seeds, n, classes) on the test images."""
        return np.stack([head.log_probabilities(to_real(self.test_features)) for (head, _), to_real in zip(ways.best(way), ways.to_real)])

    def __call__(self, images, labels):
        """{way: {value, low, high, by_seed, gain over real only}}. What learns from real images alone is the same for every method."""
        ways = Ways(self.subsets, view_features(images, self.features), labels, len(self.task.classes))
        scores = {way: self._scores(ways, way) for way in WAYS if way != 'real' or self.real is None}
        self.real = scores.setdefault('real', self.real)
        return compare(balanced_accuracies, scores, self.task.labels(self.test), self.task.groups[self.test], 'real')


class SegmenterTest:
    """Dice of the foreground on all held-out images; real pairs beside the synthetic ones are as many as these."""

    def __init__(self, task, seeds=3, steps=300):
        self.task, self.seeds, self.steps = task, seeds, steps
        self.x, truth = _tensors(task.pictures(task.held_out), _masks(task, task.held_out))
        self.truth = truth.numpy() > 0
        self.weights = resampled_weights(task.groups[task.held_out], 1000)
        self.real = None

    def _scores(self, images, masks):
        """Dice (seeds, n) of segmenters that learned from these pairs."""
        x, y = _tensors(images, masks)
        sets = [(x, y, np.full(len(x), 1 / len(x)))] * self.seeds
        models = train_segmenters(sets, self.steps, list(range(self.seeds)))
        return np.stack([dice(segment(model, self.x), self.truth) for model in models])

    def _real_pairs(self, count):
        at = np.sort(np.random.default_rng(0).permutation(self.task.train)[:count])
        return self.task.pictures(at), _masks(self.task, at)

    def __call__(self, images, masks):
        """As ClassifierTest: {way: {value, low, high, by_seed, gain}}."""
        real = self._real_pairs(len(images))
        if self.real is None:
            self.real = self._scores(*real)
        scores = {'real': self.real, 'synthetic': self._scores(images, masks),
                  'mixed': self._scores(np.concatenate([images, real[0]]), np.concatenate([masks, real[1]]))}
        drawn = {way: self.weights @ s.T / self.weights.sum(1, keepdims=True) for way, s in scores.items()}
        out = {}
        for way, s in scores.items():
            out[way] = interval(drawn[way], s.mean()) | {'by_seed': [round(float(v), 4) for v in s.mean(1)]}
            if way != 'real':
                gain = interval(drawn[way] - drawn['real'], s.mean() - scores['real'].mean())
                out[way]['gain'] = gain | {'verdict': verdict(gain['low'], gain['high'])}
        return out


def _masks(task, at):
    return small_masks(task.masks[at])


def _tensors(images, masks):
    """uint8 (n, 128, 128, 3) and (n, 128, 128) → float (n, 3, 128, 128) in −1…1 and (n, 128, 128) in {0, 1}."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1, torch.from_numpy(masks.astype(np.float32))
