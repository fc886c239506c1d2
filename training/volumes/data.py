"""hippocampus.zip → arrays in one frame, and the split.

Each volume is laid into a canvas of 48×64×48 voxels of 1 mm, the middle of its label's bounding box in the middle. The model sees
the 40×56×40 voxels in the middle of the canvas, shifted by up to 4 in training. Outside what was scanned the image repeats
its edge, and `scanned` is 0: nothing is learnt there.
"""

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.common.errors import TrainingError

CANVAS = (48, 64, 48)
FRAME = (40, 56, 40)
# What may be asked, mm³: the manifest scales these to −1…1. 1,054 to 2,593 and 993 to 2,153 occur.
VOLUME_RANGES = ((1000, 2600), (950, 2200))
NUM_TEST, NUM_VALIDATION = 32, 32


class VolumeDataError(TrainingError):
    """A data set that cannot be used as it is; the message says which file and what to do."""


@dataclass
class Volumes:
    """What is known of n volumes. images uint8, labels uint8, scanned bool: (n, 48, 64, 48); volumes float32 (n, 2), mm³."""
    names: list
    images: np.ndarray
    labels: np.ndarray
    scanned: np.ndarray
    volumes: np.ndarray


def split_of(names):
    """Name → 'test' (32), 'validation' (32) or 'train', by the order of the names' SHA-256. Fewer than 160 names: a seventh each."""
    order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    test = min(NUM_TEST, len(names) // 7)
    validation = min(NUM_VALIDATION, len(names) // 7)
    return {name: 'test' if k < test else 'validation' if k < test + validation else 'train' for k, name in enumerate(order)}


def place(image, label, canvas=CANVAS):
    """One volume in the canvas: image (edges repeated), label (zeros around), scanned (bool).

    image uint8, label uint8: (x, y, z), of one shape, with both parts in it. Raises VolumeDataError where they are not, or
    where the hippocampus does not fit.
    """
    if image.shape != label.shape or image.ndim != 3:
        raise VolumeDataError(f'image {image.shape} and label {label.shape} must be of one shape with three axes')
    if not set(np.unique(label)) == {0, 1, 2}:
        raise VolumeDataError(f'label holds {np.unique(label).tolist()}, expected 0 background, 1 anterior and 2 posterior')
    found = np.argwhere(label > 0)
    low, high = found.min(0), found.max(0) + 1
    if ((high - low) > np.array(canvas)).any():
        raise VolumeDataError(f'the hippocampus measures {tuple(high - low)} voxels, more than {canvas}')
    start = (low + high) // 2 - np.array(canvas) // 2               # of the canvas, in voxels of the volume
    places = [np.arange(s, s + n) for s, n in zip(start, canvas)]
    inside = [(p >= 0) & (p < n) for p, n in zip(places, image.shape)]
    grid = np.ix_(*(np.clip(p, 0, n - 1) for p, n in zip(places, image.shape)))
    scanned = inside[0][:, None, None] & inside[1][None, :, None] & inside[2][None, None, :]
    return image[grid], np.where(scanned, label[grid], 0).astype(np.uint8), scanned


def opened(path):
    """The zip at `path`, or hippocampus.zip in the folder there. Raises VolumeDataError where there is none."""
    file = Path(path) / 'hippocampus.zip' if Path(path).is_dir() else Path(path)
    if not zipfile.is_zipfile(file):
        raise VolumeDataError(f'{file} is no ZIP of volumes. --data takes hippocampus.zip, or the folder that it lies in.')
    return zipfile.ZipFile(file)


def read_volumes(path):
    """The volumes of a zip (or of hippocampus.zip in a folder) in the order of volumes.csv. Raises VolumeDataError for one that
    cannot be used."""
    names, placed, volumes = [], [], []
    with opened(path) as archive:
        for row in csv.DictReader(io.StringIO(archive.read('volumes.csv').decode())):
            arrays = np.load(io.BytesIO(archive.read(row['file'])))
            try:
                placed.append(place(arrays['image'], arrays['label']))
            except VolumeDataError as error:
                raise VolumeDataError(f"{row['file']}: {error}. Mend or remove it.") from error
            names.append(row['file'])
            volumes.append([float(row['anterior_mm3']), float(row['posterior_mm3'])])
    images, labels, scanned = (np.stack(arrays) for arrays in zip(*placed))
    return Volumes(names, images, labels, scanned, np.array(volumes, np.float32))


def middle(array):
    """The middle 40×56×40 voxels of the last three axes of a canvas."""
    start = [(c - f) // 2 for c, f in zip(CANVAS, FRAME)]
    return array[(..., *(slice(s, s + f) for s, f in zip(start, FRAME)))]


def scale_volumes(mm3):
    """mm³ (…, 2) → the graph's covariates, −1…1 over VOLUME_RANGES."""
    low, high = np.array(VOLUME_RANGES, np.float32).T
    return (np.asarray(mm3, np.float32) - low) / (high - low) * 2 - 1
