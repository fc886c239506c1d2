"""The two tasks of the comparison, prepared once and alike for every method: 128×128 pixels in −1…1.

chest: children's chest X-rays, grey, by three labels. nuclei: microscopy in colour, by stain, after a mask of nuclei.
The split is that of data/dataset.py: whole patients, or whole groups of near-duplicates, lie on one side.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.common.errors import BadSetting
from training.data.dataset import load_dataset, read_rows
from training.data.nuclei_layout import make_layout, measure_mask

SIZE = 128
SETS = {'chest': 'kermany', 'nuclei': 'dsb2018'}
TITLES = {'chest': "children's chest X-rays by three labels", 'nuclei': 'microscopy of nuclei by stain, after masks'}
CHANNELS = {'chest': 1, 'nuclei': 3}
# Label of captions.csv → how a prompt says it, and what a package of a generator calls it; in the order of the one-hot numbers.
LABELS = {
    'chest': {'normal': 'normal chest X-ray of a child', 'bacterial pneumonia': 'bacterial pneumonia, chest X-ray of a child',
              'viral pneumonia': 'viral pneumonia, chest X-ray of a child'},
    'nuclei': {'fluorescence': 'nuclei, fluorescence microscopy', 'H&E / purple stained histology': 'nuclei, purple stained histology',
               'brightfield grey': 'nuclei, brightfield microscopy'}}


@dataclass
class Shape:
    """What a method is told of a task: colour channels (1 or 3), its labels in words, whether there is a mask."""
    channels: int
    words: tuple
    mask: bool

    @property
    def classes(self):
        return len(self.words)


def shape_of(name):
    """The Shape of a task."""
    return Shape(CHANNELS[name], tuple(LABELS[name].values()), name == 'nuclei')


@dataclass
class Task:
    """rows, images (n, 256, 256, 3) and masks (n, 256, 256) of one set; `train` and `held_out` index them, groups (n,) name patients."""
    name: str
    rows: list
    images: np.ndarray
    masks: np.ndarray
    train: np.ndarray
    held_out: np.ndarray
    groups: np.ndarray

    @property
    def classes(self):
        """The labels, as captions.csv names them."""
        return list(LABELS[self.name])

    @property
    def shape(self):
        return shape_of(self.name)

    @property
    def mirrored(self):
        """May an image be turned and mirrored? A chest has sides."""
        return self.name == 'nuclei'

    def labels(self, at):
        """Index of the label of each of the rows: (n,)."""
        return np.array([self.classes.index(self.rows[i]['label']) for i in at])

    def pictures(self, at):
        """Real images as every method sees them: uint8 (n, 128, 128, 3), the chest's three channels alike."""
        return small_pictures(self.images[np.asarray(at)], self.shape.channels)


def small_pictures(images, channels):
    """uint8 (n, 256, 256, 3) or (n, 128, 128, 3) → uint8 (n, 128, 128, 3) by area means; with one channel, three alike."""
    step = images.shape[1] // SIZE
    out = images.reshape(len(images), SIZE, step, SIZE, step, 3).mean(axis=(2, 4), dtype=np.float32)
    if channels == 1:
        out = np.repeat(out.mean(3, keepdims=True), 3, 3)
    return np.round(out).astype(np.uint8)


def small_masks(instances):
    """Instance masks (n, 256, 256) → uint8 (n, 128, 128) of 0 and 1: at least half of the four pixels show a nucleus."""
    inside = (np.asarray(instances) > 0).reshape(len(instances), SIZE, 2, SIZE, 2)
    return (inside.mean(axis=(2, 4)) >= 0.5).astype(np.uint8)


def load_task(name, data_dir, cache_dir):
    """A Task. Raises BadSetting where the data lack its set."""
    if name not in SETS:
        raise BadSetting(f'There is no task "{name}": choose of {", ".join(SETS)}.')
    if not any(row['set'] == SETS[name] for row in read_rows(data_dir)):
        raise BadSetting(f'{data_dir} has no set {SETS[name]}, which the task "{name}" is made of. Give --data a folder with its zip and captions.csv.')
    rows, images, masks, validation = load_dataset(data_dir, cache_dir)
    own = np.array([i for i, row in enumerate(rows) if row['set'] == SETS[name]])
    rows, held = [rows[i] for i in own], validation[own]
    groups = _groups(rows, cache_dir, own)
    return Task(name, rows, np.ascontiguousarray(images[own]), np.ascontiguousarray(masks[own]), np.nonzero(~held)[0], np.nonzero(held)[0], groups)


def _groups(rows, cache_dir, own):
    """Names of patients, or of near-duplicates where no patient is known: (n,)."""
    names = json.loads((Path(cache_dir) / 'split.json').read_text())['groups']
    return np.array([names[i] for i in own])


class Pool:
    """Training images on hand, uint8 at 128×128, and batches drawn from them, each label equally often.

    Of nuclei there are eight variants of an image, mirrored and turned; of a chest one.
    """

    def __init__(self, task, seed=0):
        at = task.train
        self.shape = task.shape
        self.pixels = task.pictures(at)[..., :task.shape.channels]                       # (n, 128, 128, C)
        self.masks = small_masks(task.masks[at]) if task.shape.mask else None
        self.labels = task.labels(at)
        self.variants = 8 if task.mirrored else 1
        weights = 1 / np.bincount(self.labels, minlength=task.shape.classes)[self.labels]
        self.weights, self.rng = weights / weights.sum(), np.random.default_rng(seed)

    def draw(self, batch):
        """A Batch of so many images, with replacement."""
        at = self.rng.choice(len(self.labels), batch, p=self.weights)
        variants = self.rng.integers(0, self.variants, batch)
        images = np.stack([turned(self.pixels[i], v) for i, v in zip(at, variants)])
        x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
        mask = None
        if self.masks is not None:
            mask = torch.from_numpy(np.stack([turned(self.masks[i], v) for i, v in zip(at, variants)]))[:, None].float()
        return Batch(x.contiguous(memory_format=torch.channels_last), one_hot(self.labels[at], self.shape.classes), mask,
                     at * self.variants + variants)


@dataclass
class Batch:
    """x (n, C, 128, 128) in −1…1, labels (n, K) one-hot, mask (n, 1, 128, 128) of 0 and 1 or None, keys (n,) of image and variant."""
    x: torch.Tensor
    labels: torch.Tensor
    mask: torch.Tensor | None
    keys: np.ndarray


def turned(image, variant):
    """One of the eight mirrored and turned variants of a square (h, w[, C]); variant 0 is the image."""
    image = np.rot90(image, variant % 4)
    return np.ascontiguousarray(image[:, ::-1] if variant >= 4 else image)


def one_hot(labels, classes):
    """(n,) integers → float (n, classes)."""
    return torch.nn.functional.one_hot(torch.as_tensor(np.asarray(labels)), classes).float()


def drawn_layouts(task, count, seed=0):
    """Masks that never were, after measurements of training masks of the same stain: instances (count, 256, 256), labels (count,)."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(task.classes)
    of_train = task.labels(task.train)
    measured = [[m for m in (measure_mask(task.masks[i]) for i in rng.permutation(task.train[of_train == k])[:60]) if m]
                for k in range(len(task.classes))]
    return np.stack([make_layout(measured[k], rng) for k in labels]), labels
