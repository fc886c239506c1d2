"""Ways to train one classifier with real and synthetic images: real only, synthetic only, one after the other, mixed.

The classifier is a regularised linear head on frozen generic features (features.py) of each image and of an augmented copy.
Every way has six settings and chooses among them by cross-validation inside the real training images it is given; the
synthetic images stand beside every fold.
"""

import numpy as np
from features import generic_features
from linear_head import choose, class_weights, fit_head, standardizer

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
    side, out = images.shape[1], np.empty(images.shape, np.uint8)
    for k, image in enumerate(images):
        size = rng.integers(int(0.85 * side), side + 1)
        top, left = rng.integers(0, side - size + 1, 2)
        pick = np.arange(side) * size // side
        crop = image[top + pick][:, left + pick].astype(np.float32)
        crop = (crop - 128) * rng.uniform(0.85, 1.15) + 128 + rng.uniform(-15, 15)
        out[k] = np.clip(crop[:, ::-1] if rng.random() < 0.5 else crop, 0, 255)
    return out


def view_features(images, cache):
    """Features of the images as they are, then of augmented ones: (VIEWS, n, 1280)."""
    return np.stack([generic_features(images if view == 0 else augmented(images, view), cache, progress=True)
                     for view in range(VIEWS)])


def _flat(views, index):
    return views[:, index].reshape(-1, views.shape[2])


class Ways:
    """The four ways to train on one real subset; each gives log probabilities for (n, 1280) features.

    Real and synthetic images are each standardized by their own spread (of the subset, not of test images).
    """

    def __init__(self, real, real_labels, synthetic, synthetic_labels, classes):
        to_real = standardizer(_flat(real, slice(None)))
        to_synthetic = standardizer(_flat(synthetic, slice(None)))
        self.to_real, self.classes = to_real, classes
        self.real = np.stack([to_real(view) for view in real])
        self.synthetic = np.stack([to_synthetic(view) for view in synthetic])
        self.real_labels, self.synthetic_labels = real_labels, synthetic_labels
        self.pretrained = {}

    def _pretrain(self, strength):
        if strength not in self.pretrained:
            self.pretrained[strength] = fit_head(
                _flat(self.synthetic, slice(None)), np.tile(self.synthetic_labels, len(self.synthetic)), self.classes, strength)
        return self.pretrained[strength]

    def train(self, way, setting, inside):
        """A Head; `inside` are the indices of the real images it may learn from."""
        x, labels = _flat(self.real, inside), np.tile(self.real_labels[inside], len(self.real))
        if way == 'real':
            return fit_head(x, labels, self.classes, setting['strength'])
        if way == 'synthetic':
            return self._pretrain(setting['strength'])
        if way == 'synthetic_then_real':
            return fit_head(x, labels, self.classes, setting['strength'], prior=self._pretrain(setting['pretrain']))
        other = np.tile(self.synthetic_labels, len(self.synthetic))
        weights = np.concatenate([class_weights(labels, self.classes) * (1 - setting['share']) / len(labels),
                                  class_weights(other, self.classes) * setting['share'] / len(other)])
        return fit_head(np.concatenate([x, _flat(self.synthetic, slice(None))]), np.concatenate([labels, other]),
                        self.classes, setting['strength'], weights=weights)

    def best(self, way, groups, seed, folds=5):
        """(Head of the setting that cross-validation chose, that setting). Nothing but the real subset is looked at."""
        def train(setting, inside):
            head = self.train(way, setting, inside)
            return lambda outside: head.log_probabilities(self.real[0, outside])
        setting, _ = choose(SETTINGS[way], train, self.real_labels, groups, self.classes, folds, seed)
        return self.train(way, setting, np.arange(len(self.real_labels))), setting
