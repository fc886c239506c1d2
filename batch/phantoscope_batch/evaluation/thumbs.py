"""Small grey pictures, what is left of them without their coarse shape, and crops of that: src/evaluation/metrics/thumb.ts.

Numbers are rounded to float32 where the page's arrays are, so that both come to the same.
"""

from functools import lru_cache

import numpy as np

THUMB_SIDE = 64
_TINY = 1e-6


@lru_cache(maxsize=64)
def resize_weights(size, new_size):
    """(new_size, size): what each old pixel weighs in a new one, by a triangle as wide as two pixels of the coarser grid.

    Pillow's BILINEAR; src/image/resampling.ts.
    """
    scale = size / new_size
    stretch = max(scale, 1)
    weights = np.zeros((new_size, size))
    for i in range(new_size):
        centre = (i + 0.5) * scale
        first, end = max(0, int(np.floor(centre - stretch + 0.5))), min(size, int(np.floor(centre + stretch + 0.5)))
        raw = np.maximum(0, 1 - np.abs((np.arange(first, end) + 0.5 - centre) / stretch))
        weights[i, first:end] = raw / raw.sum()
    return weights


def resample(plane, new_side):
    """float32 (new_side, new_side) of a square plane; (n, side, side) gives (n, new_side, new_side)."""
    side = plane.shape[-1]
    if side == new_side:
        return plane.astype(np.float32)
    weights = resize_weights(side, new_side)
    wide = (plane.astype(np.float64) @ weights.T).astype(np.float32)
    return (weights @ wide.astype(np.float64)).astype(np.float32)


@lru_cache(maxsize=8)
def _gaussian(sigma, side):
    """(side, side): a Gaussian mean along a line, whose edge pixel goes on beyond the edge."""
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-np.arange(-reach, reach + 1) ** 2 / (2 * sigma * sigma))
    weights = np.zeros((side, side))
    for at in range(side):
        np.add.at(weights[at], np.clip(np.arange(at - reach, at + reach + 1), 0, side - 1), kernel / kernel.sum())
    return weights


def high_pass(thumb, sigma):
    """float32 (64, 64): a thumb less its Gaussian mean, `sigma` in pixels."""
    mean = _gaussian(sigma, THUMB_SIDE)
    across = (thumb @ mean.T).astype(np.float32)
    return (thumb - mean @ across.astype(np.float64)).astype(np.float32)


def turned(map_, turn):
    """Mirrored (bit 0) and upside down (bit 1)."""
    map_ = map_[..., ::-1] if turn & 1 else map_
    return map_[..., ::-1, :] if turn & 2 else map_


def sample_crop(map_, crop, n):
    """float32 (..., n, n) of a crop (side, x, y in shares of the map's side), bilinear."""
    share, x, y = crop
    side = map_.shape[-1]
    left, right, dx = _places(x, share, side, n)
    top, below, dy = _places(y, share, side, n)
    rows = map_[..., top, :] * (1 - dy)[:, None] + map_[..., below, :] * dy[:, None]
    return (rows[..., left] * (1 - dx) + rows[..., right] * dx).astype(np.float32)


def _places(start, share, side, n):
    """Of n places along one side of a crop: the pixels before and after each, and how far it is between them."""
    at = np.clip((start + (np.arange(n) + 0.5) / n * share) * side - 0.5, 0, side - 1)
    first = at.astype(int)
    return first, np.minimum(first + 1, side - 1), at - first


def unit_sample(map_, crop, n):
    """The same with mean 0 and length 1, flat, float32 (..., n·n): products are correlations."""
    sample = sample_crop(map_, crop, n)
    flat = sample.reshape(*sample.shape[:-2], n * n)
    centred = (flat - flat.mean(-1, keepdims=True, dtype=np.float64)).astype(np.float32)
    length = np.sqrt((centred.astype(np.float64) ** 2).sum(-1, keepdims=True)) + _TINY
    return (centred / length).astype(np.float32)


def correlation_with(unit, map_, crop, n):
    """Correlation of a unit sample, float64 (n·n), with a crop of a map, −1…1."""
    sample = sample_crop(map_, crop, n).reshape(-1).astype(np.float64)
    total = sample.sum()
    variance = max(0.0, sample @ sample - total * total / len(unit))
    return float(sample @ unit / (np.sqrt(variance) + _TINY))
