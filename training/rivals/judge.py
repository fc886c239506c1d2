"""Judges the pictures of one method: realism, variety, labels, masks, copies. Nothing that judges was trained by a method.

Features are those of a network that saw everyday photographs only (judges/features.py); labels are named by the label network and
masks found by a segmenter, which learned from real training images.
"""

import numpy as np

from training.evaluate.fidelity import class_ms_ssim, copies, matched_training_rows, thumbnails
from training.judges.features import generic_features
from training.judges.judges import judge, load_label_network, named_right
from training.judges.metrics import density_coverage, dice, exact_interval, kid, polynomial_mmd2, squared_distances
from training.data.dataset import read_rows
from training.usefulness.nuclei import nuclei_segmenter

LABEL_NETWORK = 'public/models/label-network/label-network.onnx'


def precision_recall(real, made, k=5):
    """Shares (precision, recall) of samples inside a ball of the other side: Kynkäänniemi et al. 2019, arXiv 1904.06991.

    real, made: features (n, d). A ball reaches to its sample's k-th nearest neighbour of its own side.
    """
    def inside(balls, points):
        radius = np.sort(squared_distances(balls, balls), axis=1)[:, min(k, len(balls) - 1)]
        return float((squared_distances(points, balls) <= radius[None]).any(1).mean())
    return inside(real, made), inside(made, real)


def has_collapsed(within, within_real):
    """Is the likeness (MS-SSIM) of pictures of one label nearer to sameness than to that of real ones?"""
    return bool(within > (1 + within_real) / 2)


class Judge:
    """What the pictures of every method of a task are held against: the same real images, judges and request for all."""

    def __init__(self, task, request, data_dir, cache):
        self.task, self.request, self.cache = task, request, cache
        self.real = task.pictures(request.like)
        matched = task.pictures(matched_training_rows(task.rows, request.like, task.train))
        self.features = self.generic(self.real)
        self.matched_features = self.generic(matched)
        self.floor = polynomial_mmd2(self.matched_features, self.features)
        self.network, self.classes = load_label_network(LABEL_NETWORK, read_rows(data_dir))
        self.asked = [task.rows[i] for i in request.like]
        self.training_thumbnails = np.concatenate([thumbnails(task.pictures(task.train[k:k + 512])) for k in range(0, len(task.train), 512)])
        self.real_thumbnails = thumbnails(self.real)
        self.names = np.array([row['label'] for row in self.asked])
        self._segment = None

    def generic(self, images):
        """(n, 1280), kept on disk."""
        return generic_features(images, f'{self.cache}/features')

    @property
    def segment(self):
        """Finds nuclei: uint8 (n, 128, 128, 3) → bool (n, 128, 128)."""
        if self._segment is None:
            task = self.task
            self._segment = nuclei_segmenter(task.rows, task.images, task.masks, task.train, cache=self.cache)
        return self._segment

    def labels(self, images):
        """exact_interval of the pictures whose likeliest label of the set is the asked one."""
        right = named_right(judge(self.network, images)[1], self.asked, self.classes)
        return exact_interval(int(right.sum()), len(right))

    def of_real(self):
        """The same figures of the real images themselves: what a perfect method would be given."""
        density, coverage = density_coverage(self.features, self.matched_features)
        precision, recall = precision_recall(self.features, self.matched_features)
        found = {'kid': {'value': self.floor}, 'density': density, 'coverage': coverage, 'precision': precision, 'recall': recall,
                 'ms_ssim': class_ms_ssim(self.real, self.names), 'labels': self.labels(self.real), 'n': len(self.real)}
        if self.task.shape.mask:
            found['mask_dice'] = _mean(dice(self.segment(self.real), self.request.masks() > 0))
        return found

    def figures(self, images, masks):
        """Every figure of pictures uint8 (n, 128, 128, 3) that answer the request; masks (n, 128, 128) belong to them, or None."""
        made = self.generic(images)
        density, coverage = density_coverage(self.features, made)
        precision, recall = precision_recall(self.features, made)
        within = class_ms_ssim(images, self.names)
        near = copies(self.task.rows, self.request.like, self.task.train, thumbnails(images), self.real_thumbnails, self.training_thumbnails)
        found = {'kid': kid(made, self.features), 'density': density, 'coverage': coverage, 'precision': precision, 'recall': recall,
                 'ms_ssim': within, 'collapsed': has_collapsed(within, class_ms_ssim(self.real, self.names)), 'labels': self.labels(images),
                 'copies': near['pooled']['generated'], 'copies_of_real': near['pooled']['held_out'], 'n': len(images)}
        if masks is not None:
            found['mask_dice'] = _mean(dice(self.segment(images), masks > 0))
        return found


def _mean(values, rounds=1000):
    """{value, low, high} of a mean, images drawn with replacement."""
    drawn = values[np.random.default_rng(0).integers(0, len(values), (rounds, len(values)))].mean(1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {'value': float(values.mean()), 'low': float(low), 'high': float(high)}
