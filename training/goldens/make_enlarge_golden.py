"""Writes what src/image/enlarge.ts must come to, by Pillow: tests/fixtures/enlarge.json.

    python -m training.goldens.make_enlarge_golden --out tests/fixtures

Pictures [height, width, channels], drawn by NumPy and stored beside the answers: noise, a ramp, hard black and white edges (where the
kernel rings and is clipped), and pictures smaller than the kernel. The answers are twice as wide and high.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image


def pictures():
    rng = np.random.default_rng(18)
    y, x = np.mgrid[:8, :9]
    edges = np.where((x // 3 + y // 4) % 2, 255, 0)
    return {
        'noise, RGB': rng.integers(0, 256, (7, 10, 3)),
        'ramp, grey': (x * 20 + y * 10)[..., None],
        'edges, grey': edges[..., None],
        'one pixel, RGB': np.array([[[10, 200, 255]]]),
        'one row, grey': np.array([[[0], [255], [30], [255]]]),
        'two by three, grey': rng.integers(0, 256, (3, 2, 1)),
    }


def enlarged(picture):
    height, width, channels = picture.shape
    image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
    return np.asarray(image.resize((2 * width, 2 * height), Image.Resampling.LANCZOS))


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    cases = []
    for name, values in pictures().items():
        picture = values.astype(np.uint8)
        height, width, _ = picture.shape
        flat = {'samples': picture.ravel().tolist(), 'enlarged': enlarged(picture).ravel().tolist()}
        cases.append({'name': name, 'width': width, 'height': height, **flat})
    Path(args.out, 'enlarge.json').write_text(json.dumps(cases, separators=(',', ':')) + '\n')
