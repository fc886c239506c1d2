"""All training data on the device that trains: canvases, split, prompts."""

import torch

from training.volumes.augment import plain_batch
from training.volumes.codec import Codec
from training.volumes.data import split_of
from training.volumes.fields import fields_of, part_volumes
from training.volumes.haar import BANDS, haar
from training.volumes.words import CLASSES, prompt_bank


class Bank:
    """canvases float16 (n, 3, 48, 64, 48): image in −1…1 and fields; scanned bool; `split`: {'train': indices, …}."""

    def __init__(self, volumes, device):
        labels = torch.from_numpy(volumes.labels).to(device)
        images = torch.from_numpy(volumes.images).to(device).half() / 127.5 - 1
        self.canvases = torch.cat([torch.cat([images[k:k + 16, None], fields_of(labels[k:k + 16]).half()], dim=1)
                                   for k in range(0, len(labels), 16)])
        self.scanned = torch.from_numpy(volumes.scanned).to(device)
        self.device = device
        parts = split_of(volumes.names)
        self.split = {part: torch.tensor([k for k, name in enumerate(volumes.names) if parts[name] == part], device=device)
                      for part in ('train', 'validation', 'test')}
        self.prompts = torch.tensor(prompt_bank(), device=device)                      # (81, phrasings, tokens)
        self.mm3 = part_volumes(labels)
        self._measure()

    def plain(self, indices):
        """The volumes `indices` as they are; a Batch."""
        return plain_batch(self.canvases[indices].float(), self.scanned[indices])

    def _measure(self):
        """Fits the codec, and the thresholds between small, medium and large and between smooth and grainy, to the training split."""
        train = self.split['train']
        bands, whole = [], []
        for k in range(0, len(train), 16):
            batch = self.plain(train[k:k + 16])
            bands.append(haar(batch.volumes))
            whole.append(-torch.nn.functional.max_pool3d(-batch.scanned[:, None].float(), 2)[:, 0] > 0.5)
        bands, whole = torch.cat(bands), torch.cat(whole)
        self.codec = Codec.fitted(bands, whole).to(self.device)
        # Differences along all three axes at once are the scanner's noise.
        finest = bands[:, BANDS - 1] * whole
        grain = (finest.square().sum(dim=(1, 2, 3)) / whole.sum(dim=(1, 2, 3))).sqrt()
        self.grain = torch.zeros(len(self.canvases), device=self.device)
        self.grain[train] = grain
        sizes = torch.stack([self.mm3.sum(1), self.mm3[:, 0], self.mm3[:, 1]], dim=1)[train]
        ranks = torch.tensor([k / CLASSES for k in range(1, CLASSES)], device=self.device)
        self.thresholds = torch.quantile(torch.cat([sizes, grain[:, None]], dim=1), ranks, dim=0)     # (2, 4)

    def prompts_for(self, indices, mm3):
        """A phrasing that fits each volume, drawn at random; mm3 (n, 2) as it is after augmentation → ids (n, tokens)."""
        measures = torch.stack([mm3.sum(1), mm3[:, 0], mm3[:, 1], self.grain[indices]], dim=1)
        classes = (measures[None] > self.thresholds[:, None]).sum(0)                   # (n, 4)
        places = (classes * torch.tensor([27, 9, 3, 1], device=self.device)).sum(1)
        phrasing = torch.randint(0, self.prompts.shape[1], (len(places),), device=self.device)
        return self.prompts[places, phrasing]
