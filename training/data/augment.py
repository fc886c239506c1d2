"""Variants of the training images, and the nine numbers that tell the network how each was changed.

A network that is told of an augmentation need not draw it: at inference the numbers are zero (Karras et al. 2022,
https://arxiv.org/abs/2206.00364, appendix F.2). So geometry may be strong.
"""

import numpy as np
import torch
import torch.nn.functional as F

# mirrored left-right, upside down, transposed (0 or 1); log zoom; rotation in radians; shift in x and y, 1 = half the picture;
# log gain; log gamma.
NUM_AUGMENTATIONS = 9
ANY_WAY_UP = ('dsb2018', 'pad_ufes')             # sets without an up and a down: all eight symmetries


def draw_augmentations(rows, rng):
    """float32 (n, 9) for rows of captions.csv; rng: a numpy Generator. A zero changes nothing."""
    a = np.zeros((len(rows), NUM_AUGMENTATIONS), np.float32)
    for k, row in enumerate(rows):
        some = rng.random(8) < (0.5, 0.5, 0.5, 0.6, 0.5, 0.6, 0.4, 0.4)
        a[k, 0] = some[0]
        if row['set'] in ANY_WAY_UP:
            a[k, 1:3] = some[1:3]
        a[k, 3] = some[3] * rng.uniform(-0.12, 0.2)
        a[k, 4] = some[4] * rng.normal() * 0.10
        a[k, 5:7] = some[5] * rng.normal(size=2) * 0.05
        a[k, 7] = some[6] * rng.normal() * 0.08
        a[k, 8] = some[7] * rng.normal() * 0.12
    return a


def move(x, a, mode='bicubic'):
    """Zoom, rotation, shift and symmetries. x float (batch, channels, H, H), a (batch, 9) → same shape. Borders are reflected."""
    zoom, cos, sin = torch.exp(-a[:, 3]), torch.cos(a[:, 4]), torch.sin(a[:, 4])
    theta = torch.stack([zoom * cos, -zoom * sin, a[:, 5], zoom * sin, zoom * cos, a[:, 6]], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    moved = F.grid_sample(x, grid, mode=mode, padding_mode='reflection', align_corners=False)

    def where(condition, changed, x):
        return torch.where(condition.view(-1, 1, 1, 1), changed, x)
    x = where(a[:, 3:7].abs().sum(1) > 0, moved, x)
    x = where(a[:, 0] > 0, x.flip(-1), x)
    x = where(a[:, 1] > 0, x.flip(-2), x)
    return where(a[:, 2] > 0, x.transpose(-1, -2), x)


def tone(x, a):
    """Gain and gamma on images in −1…1, (batch, 3, H, W) → same shape."""
    gain, gamma = torch.exp(a[:, 7]).view(-1, 1, 1, 1), torch.exp(a[:, 8]).view(-1, 1, 1, 1)
    unit = ((x.clamp(-1, 1) + 1) / 2).clamp_min(1e-4)
    changed = (unit ** gamma * gain).clamp(0, 1) * 2 - 1
    return torch.where((a[:, 7:9].abs().sum(1) > 0).view(-1, 1, 1, 1), changed, x)


def augment_images(x, a):
    """Images in −1…1 (batch, 3, H, H) changed as a (batch, 9) says."""
    return tone(move(x, a), a).clamp(-1, 1)


def augment_masks(instances, a):
    """Instance numbers (batch, H, H), moved as the images are; int32."""
    return move(instances.float()[:, None], a, 'nearest')[:, 0].round().int()


def mask_planes(instances, size=64):
    """data.mask_channels for a batch on any device: integers (batch, H, H) → uint8 (batch, 2, size, size)."""
    foreground = instances > 0
    boundary = torch.zeros_like(foreground)
    down, right = instances[:, 1:] != instances[:, :-1], instances[:, :, 1:] != instances[:, :, :-1]
    boundary[:, 1:] |= down
    boundary[:, :-1] |= down
    boundary[:, :, 1:] |= right
    boundary[:, :, :-1] |= right
    planes = torch.stack([foreground, boundary & foreground], dim=1).float()
    return (F.avg_pool2d(planes, instances.shape[-1] // size) * 255).round().byte()
