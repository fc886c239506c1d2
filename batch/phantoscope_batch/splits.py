"""Which picture is for training, for validation and for the test: src/dataset/splits.ts."""

import numpy as np

from phantoscope_batch.philox import philox4x32

SPLITS = ('train', 'validation', 'test')
SHARES = (0.7, 0.1, 0.2)                                           # as in the page's export


def assign_splits(counts, seed, shares=SHARES):
    """Index into SPLITS of every image, uint8 (sum of counts,).

    counts: images of each row, one after the other. Each row is parted by itself: its images in a shuffled order, each to the
    split that is furthest below its share.
    """
    out, start = np.zeros(sum(counts), np.uint8), 0
    for row, count in enumerate(counts):
        filled = [0, 0, 0]
        for i in _shuffled(count, seed, row):
            missing = [share * count - have for share, have in zip(shares, filled)]
            best = 0
            for k in (1, 2):
                if missing[k] > missing[best] + 1e-9:
                    best = k
            filled[best] += 1
            out[start + i] = best
        start += count
    return out


def _shuffled(count, seed, row):
    """0…count−1 by Fisher-Yates with Philox, key (seed, 0), counter (i, row, 0, 2)."""
    order = list(range(count))
    counter = np.zeros((count, 4), np.uint64)
    counter[:, 0], counter[:, 1], counter[:, 3] = np.arange(count), row, 2
    words = philox4x32(counter, (seed, 0))[:, 0]
    for i in range(count - 1, 0, -1):
        other = int(words[i] / 2**32 * (i + 1))
        order[i], order[other] = order[other], order[i]
    return order
