"""Everything a training step reads, on the training device: latents of all variants, prompts, covariates, masks.

There is no data loader: `TrainingData.draw` makes a batch with a dozen tensor operations where the network runs.
"""

import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from training.data.augment import NUM_AUGMENTATIONS, augment_images, augment_masks, draw_augmentations, mask_planes
from training.data.dataset import covariate_vector
from training.data.prompts import compose_prompt
from training.model.text_encoder import tokenize


class Batch(NamedTuple):
    """x0 (n, 8, h, w) scaled; ids int64 (n, 40); covariates, present (n, 8); mask (n, 2, 2h, 2w); mask_present (n, 1); augmentation (n, 9)."""
    x0: torch.Tensor
    ids: torch.Tensor
    covariates: torch.Tensor
    present: torch.Tensor
    mask: torch.Tensor
    mask_present: torch.Tensor
    augmentation: torch.Tensor


@torch.no_grad()
def encode(autoencoder, images, device):
    """Images in −1…1 (n, 3, H, W) → float16 latents (n, 8, H/8, W/8), unscaled."""
    with torch.autocast(device.type, torch.bfloat16):
        return autoencoder.encode(images.contiguous(memory_format=torch.channels_last)).half()


@torch.no_grad()
def encode_variants(autoencoder, rows, images, masks, *, variants, half, seed, device, batch=32):
    """Latents of every image as it is and of `variants` − 1 augmented ones, on the CPU.

    images: uint8 (n, 256, 256, 3); masks: uint8 (n, 256, 256). Returns `latents` float16 (variants, n, 8, 32, 32), unscaled;
    `half`, those of the images shrunk to half (variants, n, 8, 16, 16), or None; `augmentations` float32 (variants, n, 9);
    `planes` uint8 (variants, m, 2, 64, 64) of the m rows with a mask; `slots` int64 (n,): their place there, −1 without one.
    """
    n, rng = len(rows), np.random.default_rng(seed)
    marked = [i for i, row in enumerate(rows) if row['mask']]
    slots = torch.full((n,), -1, dtype=torch.long)
    slots[marked] = torch.arange(len(marked))
    numbers = torch.zeros(variants, n, NUM_AUGMENTATIONS)
    latents, shrunk, planes = [], [], torch.zeros(variants, max(1, len(marked)), 2, 64, 64, dtype=torch.uint8)
    for v in range(variants):
        if v:
            numbers[v] = torch.from_numpy(draw_augmentations(rows, rng))
        for k in range(0, n, batch):
            x = torch.from_numpy(np.array(images[k:k + batch])).permute(0, 3, 1, 2).to(device).float() / 127.5 - 1
            a = numbers[v, k:k + batch].to(device)
            x = augment_images(x, a) if v else x
            latents.append(encode(autoencoder, x, device).cpu())
            if half:
                shrunk.append(encode(autoencoder, F.avg_pool2d(x, 2), device).cpu())
        for k in range(0, len(marked), batch):
            at = marked[k:k + batch]
            instances = torch.from_numpy(np.stack([masks[i] for i in at])).int().to(device)
            instances = augment_masks(instances, numbers[v, at].to(device)) if v else instances
            planes[v, k:k + batch] = mask_planes(instances).cpu()
    join = lambda parts: torch.cat(parts).unflatten(0, (variants, n))                          # noqa: E731
    return {'latents': join(latents), 'half': join(shrunk) if half else None, 'augmentations': numbers, 'planes': planes, 'slots': slots}


def prompt_bank(rows, tokenizer, phrasings, seed):
    """int16 (n, phrasings, 40): token ids of so many fresh phrasings of each row. Leaves `random` as it was."""
    state = random.getstate()
    random.seed(seed)
    bank = torch.stack([tokenize(tokenizer, [compose_prompt(row) for _ in range(phrasings)]).short() for row in rows])
    random.setstate(state)
    return bank


def covariates_of(rows):
    """Covariates and flags of rows, two float32 (n, 8)."""
    pairs = [covariate_vector(row) for row in rows]
    return tuple(torch.from_numpy(np.stack(part)) for part in zip(*pairs))


@dataclass
class Drops:
    """Shares of a batch that lose a condition, so that any subset works at inference."""
    all: float = 0.1              # everything: what guidance starts from
    text: float = 0.05
    covariates: float = 0.25      # all covariates at once
    covariate: float = 0.15       # each by itself
    mask: float = 0.35

    @classmethod
    def of(cls, config):
        return cls(*(config[f'drop_{name}'] for name in ('all', 'text', 'covariates', 'covariate', 'mask')))


NOTHING_DROPPED = Drops(0, 0, 0, 0, 0)


class TrainingData:
    """Draws batches of the chosen rows. `encoded`: what encode_variants gave; bank: prompt_bank's; weights (n,): of each row, 0 for none."""

    def __init__(self, encoded, bank, rows, weights, scale, device):
        self.device, self.scale, self.rows = device, scale, rows
        self.latents, self.planes, self.slots, self.augmentations = (
            encoded[name].to(device) for name in ('latents', 'planes', 'slots', 'augmentations'))
        self.half = None if encoded['half'] is None else encoded['half'].to(device)
        self.bank = bank.to(device)
        self.values, self.present = (part.to(device) for part in covariates_of(rows))
        self.weights = torch.as_tensor(weights, dtype=torch.float32, device=device)
        self.empty = torch.zeros(bank.shape[2], dtype=torch.long, device=device)
        self.empty[:2] = torch.tensor([2, 3], device=device)                        # [BOS] [EOS]

    validation = torch.zeros(0, dtype=torch.long)

    def validation_batch(self, seed, most=256, part=32):
        """[(Batch, noise, σ)] of up to `most` held-out rows, always the same; None where no row is held out."""
        if not len(self.validation):
            return None
        fixed = torch.Generator().manual_seed(seed)
        chosen = self.validation[torch.randperm(len(self.validation), generator=fixed)[:most]]
        noise = torch.randn(len(chosen), *self.latents.shape[2:], generator=fixed)
        sigma = (torch.arange(len(chosen)) + 0.5) / len(chosen)
        out, own = [], torch.Generator(self.device).manual_seed(seed)
        for k in range(0, len(chosen), part):
            rows = chosen[k:k + part].to(self.device)
            first = torch.zeros_like(rows)
            batch = self.batch(rows, first, first, NOTHING_DROPPED, own)
            out.append((batch, noise[k:k + part].to(self.device), sigma[k:k + part].to(self.device)))
        return out

    def choose(self, n, generator):
        """Row numbers (n,), by the weights, and a random phrasing of each, (n,)."""
        chosen = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        return chosen, torch.randint(self.bank.shape[1], (n,), device=self.device, generator=generator)

    def conditions(self, chosen, ids, values, present, variant, drops, generator):
        """The conditions of a Batch for rows `chosen` (n,): ids, covariates, flags, mask, mask_present, some of them dropped."""
        n = len(chosen)

        def less_than(share, *shape):
            return torch.rand(n, *shape, device=self.device, generator=generator) < share
        nothing = less_than(drops.all)
        ids = torch.where((nothing | less_than(drops.text))[:, None], self.empty, ids)
        keep = ~less_than(drops.covariate, values.shape[1]) & ~(less_than(drops.covariates) | nothing)[:, None]
        flags = present * keep
        slots = self.slots[chosen]
        shown = (slots >= 0) & ~nothing & ~less_than(drops.mask)
        mask = self.planes[variant, slots.clamp_min(0)].float() / 255 * shown.view(-1, 1, 1, 1)
        return ids, values * flags, flags, mask, shown[:, None].float()

    def batch(self, chosen, phrasing, variant, drops, generator, half=False):
        """The Batch of given rows, phrasings and variants, each (n,)."""
        latents = self.half if half else self.latents
        x0 = latents[variant, chosen].float() * self.scale
        ids, values, flags, mask, shown = self.conditions(chosen, self.bank[chosen, phrasing].long(), self.values[chosen], self.present[chosen],
                                                          variant, drops, generator)
        mask = F.avg_pool2d(mask, 2) if half else mask
        return Batch(x0, ids, values, flags, mask, shown, self.augmentations[variant, chosen])

    def draw(self, n, drops, generator, half=False, untouched=0.5):
        """A Batch of n rows. A share `untouched` of the draws is the image as it is; the others are any variant."""
        chosen, phrasing = self.choose(n, generator)
        count = len(self.latents)
        variant = torch.randint(count, (n,), device=self.device, generator=generator)
        as_it_is = torch.rand(n, device=self.device, generator=generator) < untouched
        return self.batch(chosen, phrasing, variant.masked_fill(as_it_is, 0), drops, generator, half)
