"""Which pictures repeat a real image: src/evaluation/copies/, where the method and its source are told.

FAISS looks at all pairs, exactly: `faiss.knn` is the search of IndexFlat on arrays that Ray keeps once for all workers of a node.
"""

from dataclasses import dataclass

import numpy as np

from phantoscope_batch.evaluation.thumbs import THUMB_SIDE, correlation_with, high_pass, resample, turned, unit_sample

_FINE_SIGMA, _COARSE_SIGMA = 2, 4
_SIDE = 16                                                         # of what all pairs are compared by
_CANDIDATES = 2                                                    # of each picture by its pixels
_BY_FEATURES = 3                                                   # and by its features
_MOST_HELD = 1000                                                  # held-out images that set the threshold
_DUPLICATE = 0.9                                                   # from this correlation on two real images are one that is there twice
_SAMPLES, _LEAST_SIDE, _FIRST_STEP, _LAST_STEP = 40, 0.7, 0.04, 0.004
_MOVES = [(1, -0.5, -0.5), (-1, 0.5, 0.5), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]   # larger or smaller about the centre, then shifts
_WHOLE = (1.0, 0.0, 0.0)
# (side, x, y): 80 % and more of a side, so close together that a copy is never far from one.
CROPS = [_WHOLE, *((side, i % steps / (steps - 1) * (1 - side), i // steps / (steps - 1) * (1 - side))
                   for side, steps in ((0.95, 2), (0.9, 3), (0.85, 3), (0.79, 4)) for i in range(steps * steps))]


@dataclass(frozen=True)
class RealSide:
    """Real images as they are looked for: plain arrays, which Ray shares. Of n images:"""
    fine: np.ndarray                                               # float32 (n, 64, 64)
    crops: np.ndarray                                              # float32 (n · crops, 256), unit vectors
    features: np.ndarray                                           # float32 (n, features)
    groups: tuple                                                  # patients, or None each

    def __len__(self):
        return len(self.fine)


@dataclass(frozen=True)
class Nearest:
    """The real image that a picture resembles most."""
    real: int
    similarity: float                                              # correlation of fine structure, −1…1
    turn: int
    crop: tuple
    feature_distance: float                                        # to the nearest real image by features

    @property
    def distance(self):
        """0 is the same picture."""
        return 1 - self.similarity


def real_side(thumbs, features, groups):
    """A RealSide of uint8 thumbs (n, 64, 64), float32 features (n, size) and n patients."""
    fine = np.stack([high_pass(thumb, _FINE_SIGMA) for thumb in thumbs])
    coarse = resample(np.stack([high_pass(thumb, _COARSE_SIGMA) for thumb in thumbs]), THUMB_SIDE // 2)
    whole = unit_sample(resample(coarse, _SIDE), _WHOLE, _SIDE)
    crops = np.stack([whole, *(unit_sample(coarse, crop, _SIDE) for crop in CROPS[1:])], axis=1)
    return RealSide(fine, np.ascontiguousarray(crops.reshape(-1, _SIDE * _SIDE)), np.ascontiguousarray(features, np.float32), tuple(groups))


def nearest_real(thumbs, features, real, excluded=None):
    """[Nearest or None] of pictures; excluded: of each the indices of real images that it may not be compared with."""
    excluded = [frozenset()] * len(thumbs) if excluded is None else excluded
    by_features, distances = _nearest_by_features(np.ascontiguousarray(features, np.float32), real, excluded)
    coarse = [resample(high_pass(thumb, _COARSE_SIGMA), _SIDE) for thumb in thumbs]
    queries = np.stack([[unit_sample(turned(map_, turn), _WHOLE, _SIDE) for turn in range(4)] for map_ in coarse])   # (n, 4, 256)
    found = []
    for k, alike in enumerate(_alike(queries, real, excluded)):
        guesses = dict.fromkeys([*alike, *(_best_crop(queries[k], real, at) for at in by_features[k])])
        fine = high_pass(thumbs[k], _FINE_SIGMA)
        fits = [(*_align(fine, real.fine[at], turn, CROPS[crop]), at, turn) for at, turn, crop in guesses]
        similarity, crop, at, turn = max(fits, key=lambda fit: fit[0], default=(None,) * 4)
        found.append(None if at is None else Nearest(int(at), similarity, turn, crop, distances[k]))
    return found


def hold_out(real, thumbs, features, groups, in_turn):
    """[Nearest] that set the threshold: of held-out images, or of each real one `in_turn`. Images of one patient are not compared."""
    of_group = {}
    for at, group in enumerate(real.groups):
        of_group.setdefault(group, []).append(at)
    count = min(len(thumbs), _MOST_HELD)
    own = [frozenset([*([k] if in_turn else []), *(of_group.get(group, []) if group is not None else [])])
           for k, group in enumerate(groups[:count])]
    return [one for one in nearest_real(thumbs[:count], features[:count], real, own) if one is not None]


def copy_threshold(held):
    """The distance at or below which a picture counts as a copy: a quarter of the way from the most similar 1 % of held-out images to identity.

    Duplicates do not count for it, unless most are as alike as that.
    """
    everyone = np.array([one.similarity for one in held])
    single = everyone[everyone < _DUPLICATE]
    usual = np.percentile(single if len(single) >= len(everyone) / 2 else everyone, 99)
    return float(1 - (usual + (1 - usual) / 4))


def _nearest_by_features(features, real, excluded):
    """([indices, nearest first], [distance to the first]) of each picture."""
    import faiss
    most = min(len(real), _BY_FEATURES + max(map(len, excluded)))
    squared, indices = faiss.knn(features, real.features, most, metric=faiss.METRIC_L2)
    found = [[int(at) for at in row if at not in own][:_BY_FEATURES] for row, own in zip(indices, excluded)]
    firsts = [next((float(np.sqrt(max(0, value))) for value, at in zip(row, near) if at not in own), np.inf)
              for row, near, own in zip(squared, indices, excluded)]
    return found, firsts


def _alike(queries, real, excluded):
    """Of each picture [(real, turn, crop)], the best of each of the two real images that it resembles most at 16 × 16."""
    import faiss
    n, most = len(queries), len(CROPS) * (_CANDIDATES + max(map(len, excluded)))
    found = [{} for _ in range(n)]
    # Upside down only what is not cut.
    for turns, vectors, crops in (((0, 1), real.crops, len(CROPS)), ((2, 3), np.ascontiguousarray(real.crops[::len(CROPS)]), 1)):
        asked = np.ascontiguousarray(queries[:, turns].reshape(2 * n, -1))
        products, indices = faiss.knn(asked, vectors, min(len(vectors), most * crops // len(CROPS)), metric=faiss.METRIC_INNER_PRODUCT)
        for row, (similarities, places) in enumerate(zip(products, indices)):
            best = found[row // 2]
            for similarity, place in zip(similarities, places):
                at, crop = divmod(int(place), crops)
                if at not in excluded[row // 2] and similarity > best.get(at, (-np.inf,))[0]:
                    best[at] = (similarity, turns[row % 2], crop)
    ranked = (sorted(best.items(), key=lambda one: -one[1][0])[:_CANDIDATES] for best in found)
    return [[(at, turn, crop) for at, (_, turn, crop) in best] for best in ranked]


def _best_crop(queries, real, at):
    """(real, turn, crop) of one real image."""
    products = queries @ real.crops[at * len(CROPS):(at + 1) * len(CROPS)].T
    products[2:, 1:] = -np.inf
    turn, crop = np.unravel_index(products.argmax(), products.shape)
    return at, int(turn), int(crop)


def _align(picture, other, turn, guess):
    """(similarity, crop) from a first guess uphill to the crop that fits best, by steps that are halved until they are a quarter pixel."""
    sample = unit_sample(turned(picture, turn), _WHOLE, _SAMPLES).astype(np.float64)
    best, crop, step = correlation_with(sample, other, guess, _SAMPLES), guess, _FIRST_STEP
    while step > _LAST_STEP:
        improved = True
        while improved:
            improved = False
            for grow, right, down in _MOVES:
                side = min(1.0, max(_LEAST_SIDE, crop[0] + grow * step))
                moved = (side, *(min(1 - side, max(0.0, at + move * step)) for at, move in ((crop[1], right), (crop[2], down))))
                similarity = correlation_with(sample, other, moved, _SAMPLES)
                if similarity > best + 1e-4:
                    best, crop, improved = similarity, moved, True
        step /= 2
    return best, crop
