"""Draws generated volumes beside real ones: three planes each, and the same with their labels in colour.

    python3 -m training.volumes.sheet --data hippocampus.zip --samples samples.npz --out docs/pictures/volumes.png

Planes are the middles of the label map's bounding box, seen as the page shows them: the patient's right on the left. The real
ones are of the validation split.
"""

import argparse

import numpy as np
import torch
from PIL import Image

from training.common.errors import named_errors
from training.common.files import out_file
from training.volumes.bank import Bank
from training.volumes.data import read_volumes

COLOURS = np.array([[0, 0, 0], [255, 176, 46], [60, 190, 210]])        # as src/controls/viewer/volume-renderer.ts
OPACITY = 0.45


def planes(volume, at):
    """(x, y, z, …) → axial, coronal and sagittal plane through the voxel `at`, rows from the top, columns from the left."""
    x, y, z = at
    return [volume[::-1, ::-1, z].swapaxes(0, 1), volume[::-1, y, ::-1].swapaxes(0, 1), volume[x, ::-1, ::-1].swapaxes(0, 1)]


def coloured(image, label):
    """Grey voxels and labels → RGB voxels (x, y, z, 3)."""
    grey = np.repeat(image[..., None], 3, axis=-1).astype(float)
    return np.where((label > 0)[..., None], (1 - OPACITY) * grey + OPACITY * COLOURS[label], grey).astype(np.uint8)


def tile(image, label, scale=2):
    """One volume: its planes above, the same with labels below; RGB (height, width, 3)."""
    found = np.argwhere(label > 0)
    at = (found.min(0) + found.max(0)) // 2 if len(found) else np.array(image.shape) // 2
    rows = []
    for labels in (np.zeros_like(label), label):
        drawn = planes(coloured(image, labels), at)
        height = max(len(plane) for plane in drawn)
        rows.append(np.concatenate([np.pad(p, ((0, height - len(p)), (0, 2), (0, 0))) for p in drawn], axis=1))
    return np.kron(np.concatenate(rows), np.ones((scale, scale, 1), np.uint8))


def sheet(volumes, columns=3):
    """[(image, label), …] → RGB picture of tiles."""
    tiles = [np.pad(tile(*one), ((0, 8), (0, 8), (0, 0))) for one in volumes]
    return np.concatenate([np.concatenate(tiles[k:k + columns], axis=1) for k in range(0, len(tiles), columns)])


@named_errors
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--samples', required=True)
    parser.add_argument('--out', type=out_file, required=True)
    parser.add_argument('--count', type=int, default=6)
    args = parser.parse_args()
    torch.set_num_threads(1)
    samples = np.load(args.samples)
    bank = Bank(read_volumes(args.data), torch.device('cpu'))
    real = bank.plain(bank.split['validation'][:args.count])
    images = ((real.volumes[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    generated = sheet(list(zip(samples['images'][:args.count], samples['labels'][:args.count])))
    beside = sheet(list(zip(images, real.labels.numpy())))
    gap = np.full((24, generated.shape[1], 3), 255, np.uint8)
    Image.fromarray(np.concatenate([generated, gap, beside])).save(args.out, optimize=True)


if __name__ == '__main__':
    main()
