"""Ways to train one classifier with real and synthetic images: real only, synthetic only, one after the other, mixed.

The classifier is a regularised linear head on frozen generic features (features.py) of each image and of an augmented copy.
Every way has six settings and chooses among them by cross-validation inside the real training images it is given; the
synthetic images stand beside every fold. All settings, folds and subsets of a way learn together (linear_head.fit_many).
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from training.judges.features import generic_features
from training.judges.linear_head import Head, class_weights, fit_many, folds_of, standardizer
from training.judges.measures import of_each

VIEWS = 2
STRENGTHS = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
SETTINGS = {
    'real': [{'strength': s} for s in STRENGTHS],
    'synthetic': [{'strength': s} for s in STRENGTHS],
    'synthetic_then_real': [{'pretrain': p, 'strength': s} for p in (3e-3, 3e-2) for s in (3e-4, 1e-3, 1e-2)],
    'mixed': [{'share': share, 'strength': s} for share in (0.15, 0.4) for s in (1e-4, 5e-4, 2e-3)],
}


def augmented(images, seed=0):
    """Each image mirrored or not, cropped to 85–100 % of its side, with another brightness and contrast; uint8 as given."""
    rng = np.random.default_rng(seed)
    side, drawn = images.shape[1], []
    for _ in images:
        size = rng.integers(int(0.85 * side), side + 1)
        drawn.append((size, *rng.integers(0, side - size + 1, 2), rng.uniform(0.85, 1.15), rng.uniform(-15, 15), rng.random() < 0.5))

    def one(pair):
        image, (size, top, left, contrast, brightness, mirrored) = pair
        pick = np.arange(side) * size // side
        crop = image[top + pick][:, left + pick].astype(np.float32)
        crop = (crop - 128) * np.float32(contrast) + np.float32(128 + brightness)
        return np.clip(crop[:, ::-1] if mirrored else crop, 0, 255).astype(np.uint8)
    return np.stack(of_each(one, zip(images, drawn)))


def view_features(images, cache, device='cpu'):
    """Features of the images as they are, then of augmented ones: (VIEWS, n, 1280)."""
    return np.stack([generic_features(images if view == 0 else augmented(images, view), cache, progress=True, device=device)
                     for view in range(VIEWS)])


@dataclass
class Subset:
    """Real images that a classifier may learn from: views (VIEWS, n, 1280), labels (n,), groups (n,) as patients; a seed for the folds."""
    views: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    seed: int


def _flat(views):
    return views.reshape(-1, views.shape[2])


def _fold_weights(subset, classes, folds):
    """(folds + 1, VIEWS · n): class-balanced weights of the images inside each fold's rest, and of all at last."""
    fold = folds_of(subset.groups, subset.labels, folds, subset.seed)
    out = np.zeros((folds + 1, len(subset.labels)), np.float32)
    for k in range(folds + 1):
        inside = np.nonzero(fold != k)[0]
        out[k, inside] = class_weights(subset.labels[inside], classes)
    return fold, np.tile(out, len(subset.views))


class Ways:
    """The four ways to train, each for many subsets of real images beside one synthetic set.

    Real and synthetic images are each standardized by their own spread (of the subset, not of test images).
    """

    def __init__(self, subsets, synthetic, synthetic_labels, classes, folds=5, device='cpu'):
        self.subsets, self.classes, self.folds, self.device = subsets, classes, folds, device
        self.to_real = [standardizer(_flat(subset.views)) for subset in subsets]
        self.synthetic = standardizer(_flat(synthetic))(_flat(synthetic))
        self.synthetic_labels = np.tile(synthetic_labels, len(synthetic))
        self.pretrained = {}

    def _tensor(self, array):
        return torch.as_tensor(np.asarray(array, np.float32), device=self.device)

    def _pretrain(self, strength):
        """The head of the synthetic images alone: (features + 1, classes)."""
        if strength not in self.pretrained:
            target = F.one_hot(torch.as_tensor(self.synthetic_labels), self.classes).float().to(self.device)
            weights = self._tensor(class_weights(self.synthetic_labels, self.classes))
            self.pretrained[strength] = fit_many(self._tensor(self.synthetic)[None], target[None], weights[None, None],
                                                 self._tensor([[strength]]))[0, 0]
        return self.pretrained[strength]

    def _problems(self, at, mixed):
        """Rows of the subsets at `at`, padded to one length, synthetic ones behind if `mixed`: x, target, weights, sums of real weights."""
        real = [_flat(np.stack([self.to_real[k](view) for view in self.subsets[k].views])) for k in at]
        length, extra = max(map(len, real)), len(self.synthetic) if mixed else 0
        x = np.zeros((len(at), length + extra, real[0].shape[1]), np.float32)
        labels = np.zeros((len(at), length + extra), int)
        weights = np.zeros((len(at), self.folds + 1, length + extra), np.float32)
        for row, k in enumerate(at):
            subset = self.subsets[k]
            x[row, :len(real[row])] = real[row]
            labels[row, :len(real[row])] = np.tile(subset.labels, len(subset.views))
            weights[row, :, :len(real[row])] = _fold_weights(subset, self.classes, self.folds)[1]
        weights /= weights.sum(2, keepdims=True)
        if mixed:
            x[:, length:], labels[:, length:] = self.synthetic, self.synthetic_labels
        target = F.one_hot(torch.as_tensor(labels), self.classes).float().to(self.device)
        return self._tensor(x), target, self._tensor(weights), length

    def _train(self, way, at):
        """Heads (subsets, settings, folds + 1, features + 1, classes) on the device; the last fold's has seen all real images."""
        settings = SETTINGS[way]
        if way == 'synthetic':
            heads = torch.stack([self._pretrain(s['strength']) for s in settings])
            return heads[None, :, None].expand(len(at), -1, self.folds + 1, -1, -1)
        x, target, weights, length = self._problems(at, way == 'mixed')
        if way == 'mixed':
            other = self._tensor(class_weights(self.synthetic_labels, self.classes) / len(self.synthetic_labels))
            shares = [s['share'] for s in settings]
            weights = torch.stack([weights * (1 - share) for share in shares], 1)           # (P, settings, folds + 1, n)
            for k, share in enumerate(shares):
                weights[:, k, :, length:] = share * other
        else:
            weights = weights[:, None].expand(-1, len(settings), -1, -1)
        strengths = self._tensor([s['strength'] for s in settings])[None, :, None].expand(len(at), -1, self.folds + 1)
        prior = None
        if way == 'synthetic_then_real':
            prior = torch.stack([self._pretrain(s['pretrain']) for s in settings])[None, :, None]
            prior = prior.expand(len(at), -1, self.folds + 1, -1, -1).flatten(1, 2)
        heads = fit_many(x, target, weights.flatten(1, 2), strengths.flatten(1, 2), prior)
        return heads.unflatten(1, (len(settings), self.folds + 1))

    def best(self, way, together=20):
        """For each subset (Head of the setting that cross-validation chose, that setting), by the class-balanced log loss of left-out
        images. Nothing but the real subset is looked at. `together` subsets learn at once."""
        out = []
        for start in range(0, len(self.subsets), together):
            at = range(start, min(start + together, len(self.subsets)))
            heads = self._train(way, at).cpu().numpy()
            for row, k in enumerate(at):
                losses = [self._loss(self.subsets[k], self.to_real[k], heads[row, s]) for s in range(len(SETTINGS[way]))]
                chosen = int(np.argmin(losses))
                out.append((Head(heads[row, chosen, -1]), SETTINGS[way][chosen]))
        return out

    def _loss(self, subset, to_real, heads):
        """Class-balanced log loss of images that a fold left out: heads (folds + 1, features + 1, classes)."""
        fold, _ = _fold_weights(subset, self.classes, self.folds)
        x, weights, total = to_real(subset.views[0]), class_weights(subset.labels, self.classes), 0.0
        for k in range(self.folds):
            outside = np.nonzero(fold == k)[0]
            log_p = Head(heads[k]).log_probabilities(x[outside])
            total -= (weights[outside] * log_p[np.arange(len(outside)), subset.labels[outside]]).sum()
        return total / len(subset.labels)
