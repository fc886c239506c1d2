"""What is asked of every method: so many pictures of each label, with seeds and, for nuclei, masks. Alike for all."""

from dataclasses import dataclass

import numpy as np
import torch

from training.rivals.task import drawn_layouts, one_hot, small_masks


@dataclass
class Request:
    """labels (n,), seeds (n,), instances (n, 256, 256) or None; `like` (n,) indexes the real rows that picture k is compared with."""
    labels: np.ndarray
    seeds: np.ndarray
    instances: np.ndarray | None
    like: np.ndarray | None

    def __len__(self):
        return len(self.labels)

    def part(self, at):
        """The same for some of the pictures: a slice."""
        return Request(self.labels[at], self.seeds[at], None if self.instances is None else self.instances[at],
                       None if self.like is None else self.like[at])

    def masks(self):
        """(n, 128, 128) uint8 of 0 and 1, or None."""
        return None if self.instances is None else small_masks(self.instances)

    def tensors(self, classes):
        """(labels one-hot, seeds, mask (n, 1, 128, 128) or None), as Method.draw takes them."""
        masks = self.masks()
        return one_hot(self.labels, classes), self.seeds.tolist(), None if masks is None else torch.from_numpy(masks)[:, None].float()


def judged_request(task, per_label):
    """A picture for each of up to `per_label` held-out rows of each label: what fidelity, labels and masks are judged by."""
    rng, labels, like = np.random.default_rng(0), task.labels(task.held_out), []
    for k in range(len(task.classes)):
        like += sorted(rng.permutation(task.held_out[labels == k])[:per_label].tolist())
    like = np.array(like)
    return Request(task.labels(like), 1000 + np.arange(len(like)), task.masks[like] if task.shape.mask else None, like)


def pairs_request(task, count):
    """Pictures after masks that no image has, to train a segmenter on."""
    instances, labels = drawn_layouts(task, count)
    return Request(labels, 50_000 + np.arange(count), instances, None)
