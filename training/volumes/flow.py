"""Rectified flow over volumes: the loss, the conditions of a batch, and the walk from noise."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from training.volumes.data import VOLUME_RANGES
from training.volumes.fields import part_planes
from training.volumes.haar import BANDS

DROPS = {'text': 0.3, 'each': 0.2, 'both': 0.15}     # how often a condition is left out
LABEL_GIVEN = 0.25                                   # how often the label map is an input
LABEL_WEIGHT = 2.0                                   # of the two bands that hold most of the label map


class FlowModel(nn.Module):
    """The network and its text encoder, so that one state holds both."""

    def __init__(self, unet, text_encoder):
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder
        self.bf16 = False                                # here alone: places and Haar bands need all their digits

    def forward(self, latents, timestep, conditions, augmentations=None):
        """conditions: {ids, covariates, covariates_present, mask, mask_present} → velocity."""
        with torch.autocast(latents.device.type, torch.bfloat16, enabled=self.bf16):
            embeds = self.text_encoder(conditions['ids'])
            return self.unet(latents, timestep, embeds, conditions['covariates'], conditions['covariates_present'],
                             conditions['mask'], conditions['mask_present'], augmentations)


def scaled_mm3(mm3):
    """mm³ (n, 2) → −1…1 over VOLUME_RANGES."""
    low, high = torch.tensor(VOLUME_RANGES, dtype=torch.float32, device=mm3.device).T
    return (mm3 - low) / (high - low) * 2 - 1


def conditions_of(ids, mm3, labels, text, volumes, given):
    """The inputs of FlowModel. ids (n, tokens); mm3 (n, 2); labels (n, X, Y, Z); which of them are said: text (n,), volumes
    (n, 2), given (n,), bool."""
    empty = torch.zeros_like(ids)
    empty[:, 0], empty[:, 1] = 2, 3                                                    # [BOS] [EOS]
    present = volumes.float()
    return {'ids': torch.where(text[:, None], ids, empty), 'covariates': scaled_mm3(mm3) * present, 'covariates_present': present,
            'mask': part_planes(labels) * given.view(-1, 1, 1, 1, 1), 'mask_present': given.float()[:, None]}


def dropped_conditions(ids, mm3, labels):
    """conditions_of with every condition left out at random, so that any subset works later."""
    n, device = len(ids), ids.device
    chance = lambda *shape: torch.rand(*shape, device=device)
    volumes = (chance(n, 2) >= DROPS['each']) & (chance(n, 1) >= DROPS['both'])
    return conditions_of(ids, mm3, labels, chance(n) >= DROPS['text'], volumes, chance(n) < LABEL_GIVEN)


def draw_sigmas(n, device):
    """Half uniform, half logit-normal (Esser et al. 2024, https://arxiv.org/abs/2403.03206), in 0…1."""
    uniform = torch.rand(n, device=device)
    return torch.where(torch.rand(n, device=device) < 0.5, uniform, torch.sigmoid(torch.randn(n, device=device)))


def loss_weights(scanned):
    """(n, X, Y, Z) bool → (n, 24, X/2, Y/2, Z/2): 0 for bands of the image that hold a voxel which was not scanned."""
    whole = (F.avg_pool3d(scanned[:, None].float(), 2) > 0.999).float()
    weights = torch.ones(len(scanned), 3 * BANDS, *whole.shape[2:], device=scanned.device)
    weights[:, :BANDS] = whole
    weights[:, [BANDS, 2 * BANDS]] = LABEL_WEIGHT
    return weights


def flow_loss(model, x0, noise, sigma, weights, conditions, augmentations=None):
    """Weighted mean squared error of the velocity (Liu et al. 2022, https://arxiv.org/abs/2209.03003), one number a volume.

    x0, noise, weights (n, 24, 20, 28, 20); sigma (n,).
    """
    s = sigma.view(-1, 1, 1, 1, 1)
    velocity = model((1 - s) * x0 + s * noise, sigma * 1000, conditions, augmentations)
    error = weights * (velocity.float() - (noise - x0)) ** 2
    return error.sum(dim=(1, 2, 3, 4)) / weights.sum(dim=(1, 2, 3, 4))


@dataclass
class Guidance:
    """Classifier-free guidance (Ho & Salimans 2022, https://arxiv.org/abs/2207.12598) where low ≤ σ ≤ high; elsewhere none
    (Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724)."""
    scale: float = 1.0
    low: float = 0.0
    high: float = 1.0

    def at(self, sigma):
        return self.scale > 1 and self.low <= sigma <= self.high


def guided_velocity(model, latents, timestep, conditions, unsaid, scale):
    """unsaid + scale · (said − unsaid), of one batch with both in it; unsaid: conditions of which none is said."""
    both = {name: torch.cat([unsaid[name], said]) for name, said in conditions.items()}
    first, second = model(torch.cat([latents, latents]), torch.cat([timestep, timestep]), both).float().chunk(2)
    return first + scale * (second - first)


@torch.no_grad()
def walk(model, noise, conditions, steps=8, guidance=None, unsaid=None):
    """Euler from σ = 1 to 0 in equal steps; noise (n, 24, 20, 28, 20) → latents. `guidance` needs the conditions `unsaid`."""
    sigmas = torch.linspace(1, 0, steps + 1, device=noise.device)
    latents = noise
    for k in range(steps):
        timestep = sigmas[k].expand(len(noise)) * 1000
        if guidance and guidance.at(sigmas[k].item()):
            velocity = guided_velocity(model, latents, timestep, conditions, unsaid, guidance.scale)
        else:
            velocity = model(latents, timestep, conditions).float()
        latents = latents + (sigmas[k + 1] - sigmas[k]) * velocity
    return latents
