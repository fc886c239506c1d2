"""Draws a modality that no shipped model has seen: axial slices of an abdominal CT phantom, for proofs of fine-tuning.

    python -m training.data.make_phantoms --out DIR --count 300 --seed 1

A body, spine, liver, spleen, kidneys, aorta and stomach as smooth blobs with soft-tissue greys, streak noise and blur; sizes, places
and contrast vary with the seed. Nothing in them comes from a patient. Writes phantom-0000.png … (256×256, grey) and captions.csv.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SIZE = 256
CAPTION = 'axial ct phantom of the abdomen'


def blob(rng, x, y, width, height, angle=0.0, roughness=0.06):
    """A mask (256, 256) in 0…1 of an ellipse with a wavy rim; lengths as shares of the image."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    u, v = columns - x, rows - y
    u, v = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
    phi = np.arctan2(v / height, u / width)
    rim = 1 + sum(roughness / k * rng.normal() * np.cos(k * phi + rng.uniform(0, 2 * np.pi)) for k in range(2, 6))
    distance = np.sqrt((u / width) ** 2 + (v / height) ** 2) / rim
    return np.clip((1 - distance) * 40 * min(width, height) * 2 + 0.5, 0, 1)


def phantom(rng):
    """One slice: uint8 (256, 256)."""
    def near(value, share=0.12):
        return value * (1 + share * rng.uniform(-1, 1))
    wide, tall = near(0.41), near(0.31)
    image = np.zeros((SIZE, SIZE))

    def paint(grey, *shape, **more):
        mask = blob(rng, *shape, **more)
        image[:] = image * (1 - mask) + grey * mask
        return mask
    paint(0.22, 0.5, 0.52, wide, tall, roughness=0.03)                                             # fat
    inside = paint(near(0.46, 0.05), 0.5, 0.52, wide * near(0.88, 0.04), tall * near(0.86, 0.04), roughness=0.03)   # muscle
    paint(near(0.3), 0.5, 0.5, wide * 0.76, tall * 0.7)
    paint(near(0.58, 0.05), 0.5 - wide * 0.42, 0.47, wide * near(0.4), tall * near(0.52), angle=rng.normal(0, 0.2))          # liver
    paint(near(0.55, 0.05), 0.5 + wide * near(0.58), 0.5, wide * near(0.16), tall * near(0.32), angle=rng.normal(0.3, 0.1))  # spleen
    paint(near(0.12, 0.6), 0.5 + wide * near(0.25), 0.4, wide * near(0.2), tall * near(0.22))                                # stomach
    for side in (-1, 1):
        x, y = 0.5 + side * wide * near(0.42), 0.52 + tall * near(0.36)
        paint(near(0.7, 0.06), x, y, wide * near(0.13), tall * near(0.2), angle=side * 0.3)
        paint(0.5, x - side * 0.012, y, wide * 0.05, tall * 0.09, angle=side * 0.3)
    paint(near(0.9, 0.05), 0.5, 0.52 + tall * 0.5, wide * near(0.14), tall * near(0.17))                                     # spine
    paint(0.4, 0.5, 0.52 + tall * 0.72, wide * 0.05, tall * 0.06)
    paint(near(0.72, 0.05), 0.5 + wide * near(0.04), 0.52 + tall * near(0.24), wide * 0.06, tall * 0.08)                     # aorta
    for _ in range(rng.integers(0, 4)):                                                                                      # lesions
        paint(near(0.45, 0.15), 0.5 - wide * rng.uniform(0.2, 0.6), 0.47 + tall * rng.uniform(-0.3, 0.3), near(0.02, 0.5), near(0.02, 0.5))
    noise = gaussian_filter(rng.normal(size=image.shape), (0.7, 1.6)) * 0.045 + gaussian_filter(rng.normal(size=image.shape), 6) * 0.12
    image = gaussian_filter(image, 0.9) + noise * (0.15 + inside)
    return (np.clip(image, 0, 1) * 255).astype(np.uint8)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    parser.add_argument('--count', type=int, default=300)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(args.seed)
    with open(folder / 'captions.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['file', 'caption'])
        for k in range(args.count):
            Image.fromarray(phantom(rng)).save(folder / f'phantom-{k:04}.png')
            writer.writerow([f'phantom-{k:04}.png', CAPTION])
    print(f'{args.count} phantoms in {folder}')
