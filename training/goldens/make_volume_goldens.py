"""Writes the figures about volumes that the TypeScript of the page must meet: tests/fixtures/volume-measures.json.

    python3 -m training.goldens.make_volume_goldens

The volumes come from a formula of whole numbers, which the test repeats.
"""

import json
from pathlib import Path

import numpy as np

from training.volumes.measures import morphometry, ms_ssim, nearest_correlation, spearman

SIZE = (20, 24, 20)
COUNT = 4


def toy(k):
    """Number k: uint8 (x, y, z)."""
    x, y, z = np.indices(SIZE)
    return ((x * x * (k + 1) + 3 * y * z + (k * 37) * (y // 3) + (x * y * z) // (k + 2)) % 256).astype(np.uint8)


def toy_labels(k):
    """A label map: a box of the first part in front of one of the second."""
    labels = np.zeros(SIZE, np.uint8)
    labels[2:8 + k, 12:20, 5:9] = 1
    labels[3:9, 4:12, 4:8 + k] = 2
    return labels


def main():
    images = np.stack([toy(k) for k in range(COUNT)])
    # Seen from the other side and one block further on.
    moved = np.ascontiguousarray(np.roll(images[:1, ::-1], (2, 0, -2), (1, 2, 3)))
    # A fourth of the next one in each.
    mixed = ((3 * images[:3].astype(int) + images[1:]) // 4).astype(np.uint8)
    asked, found = [5, 3, 9, 9, 1], [50, 20, 70, 71, 40]
    figures = {'size': SIZE, 'nearest': nearest_correlation(images[:2], images[2:]).tolist(),
               'nearestMoved': nearest_correlation(moved, images).tolist(),
               'msSsim': ms_ssim(images[:3], mixed).tolist(), 'spearman': spearman(asked, found),
               'morphometry': {name: values.tolist() for name, values in morphometry(np.stack([toy_labels(k) for k in range(3)])).items()}}
    Path('tests/fixtures/volume-measures.json').write_text(json.dumps(figures, indent=1) + '\n')


if __name__ == '__main__':
    main()
