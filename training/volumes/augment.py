"""Batches of changed volumes, on the device that trains, each with twelve numbers that say what was done to it.

All numbers are zero for a volume that is only shifted by whole voxels, which a third of all are.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from training.volumes.data import CANVAS, FRAME
from training.volumes.fields import labels_of, part_volumes

AUGMENTATIONS = 12                   # mirrored; 3 zooms; 3 rotations; elastic; gain; gamma; shading; resampled
UNTOUCHED = 0.35
MAX_SHIFT = 2                        # voxels


@dataclass
class Batch:
    """volumes (n, 3, 40, 56, 40): image in −1…1 and the two fields; labels (n, 40, 56, 40); scanned (n, 40, 56, 40) bool;
    mm3 (n, 2); augmentations (n, 12)."""
    volumes: torch.Tensor
    labels: torch.Tensor
    scanned: torch.Tensor
    mm3: torch.Tensor
    augmentations: torch.Tensor


def draw_augmentations(n, device):
    """(n, 12), in the order of AUGMENTATIONS: log zooms, radians, voxels/2, log gain, log gamma, share."""
    normal, uniform = (lambda *s: torch.randn(*s, device=device)), (lambda *s: torch.rand(*s, device=device))
    warped = (uniform(n, 1) < 0.75).float()
    toned = (uniform(n, 1) < 0.6).float()
    mirrored = (uniform(n, 1) < 0.4).float()
    zooms = (0.05 * normal(n, 1) + 0.05 * normal(n, 3)).clamp(-0.2, 0.15) * warped
    rotations = (0.10 * normal(n, 3)).clamp(-0.3, 0.3) * warped
    elastic = uniform(n, 1) * warped
    tone = torch.cat([0.06 * normal(n, 1), 0.12 * normal(n, 1), 0.10 * uniform(n, 1)], dim=1) * toned
    drawn = torch.cat([mirrored, zooms, rotations, elastic, tone, warped], dim=1)
    return drawn * (uniform(n, 1) >= UNTOUCHED).float()


def rotation_of(angles):
    """Angles about the three axes, radians (n, 3) → rotation matrices (n, 3, 3)."""
    cos, sin = torch.cos(angles), torch.sin(angles)
    out = torch.eye(3, device=angles.device).repeat(len(angles), 1, 1)
    for axis in range(3):
        a, b = [k for k in range(3) if k != axis]
        turn = torch.eye(3, device=angles.device).repeat(len(angles), 1, 1)
        turn[:, a, a], turn[:, b, b] = cos[:, axis], cos[:, axis]
        turn[:, a, b], turn[:, b, a] = -sin[:, axis], sin[:, axis]
        out = out @ turn
    return out


def frame_places(device):
    """Where the frame's voxels lie, in voxels from the canvas' middle: (40, 56, 40, 3)."""
    axes = [torch.arange(f, device=device, dtype=torch.float32) - (f - 1) / 2 for f in FRAME]
    return torch.stack(torch.meshgrid(*axes, indexing='ij'), dim=-1)


def sampling_places(augmentations, shifts):
    """Where each voxel of the frame is read from, in voxels from the canvas' middle: (n, 40, 56, 40, 3)."""
    n = len(augmentations)
    zoom = torch.diag_embed(torch.exp(-augmentations[:, 1:4]))
    places = frame_places(augmentations.device).reshape(1, -1, 3)
    moved = (places @ (rotation_of(augmentations[:, 4:7]) @ zoom).transpose(1, 2)).reshape(n, *FRAME, 3)
    coarse = torch.randn(n, 3, 5, 7, 5, device=augmentations.device) * 2 * augmentations[:, 7].view(n, 1, 1, 1, 1)
    bend = F.interpolate(coarse, size=FRAME, mode='trilinear', align_corners=True).movedim(1, -1)
    return moved + bend + shifts.view(n, 1, 1, 1, 3)


def resample(canvases, places):
    """Trilinear; canvases (n, c, 48, 64, 48) at `places` → (n, c, 40, 56, 40). Beyond the canvas its edge repeats."""
    half = torch.tensor([(c - 1) / 2 for c in CANVAS], device=canvases.device)
    grid = (places / half).flip(-1)                                                    # grid_sample wants z, y, x
    return F.grid_sample(canvases, grid, mode='bilinear', padding_mode='border', align_corners=True)


def change_tone(images, augmentations):
    """Gain, gamma and a smooth shading, where asked for; images (n, X, Y, Z) in −1…1."""
    gain, gamma, shading = (augmentations[:, k].view(-1, 1, 1, 1) for k in (8, 9, 10))
    coarse = torch.randn(len(images), 1, 3, 3, 3, device=images.device)
    field = F.interpolate(coarse, size=images.shape[1:], mode='trilinear', align_corners=True)[:, 0]
    brightness = ((images + 1) / 2).clamp_min(1e-4) ** torch.exp(gamma) * torch.exp(gain + shading * field)
    toned = brightness.clamp(0, 1) * 2 - 1
    return torch.where((gain != 0) | (gamma != 0) | (shading != 0), toned, images)


def make_batch(canvases, scanned, augmentations, shifts):
    """canvases (n, 3, 48, 64, 48) float; scanned (n, 48, 64, 48); shifts (n, 3) whole voxels → Batch."""
    places = sampling_places(augmentations, shifts)
    both = resample(torch.cat([canvases, scanned[:, None].to(canvases.dtype)], dim=1), places)
    mirrored = augmentations[:, 0].view(-1, 1, 1, 1, 1) > 0
    both = torch.where(mirrored, both.flip(2), both)
    image = change_tone(both[:, 0], augmentations)
    volumes = torch.cat([image[:, None], both[:, 1:3]], dim=1)
    labels = labels_of(volumes[:, 1:])
    return Batch(volumes, labels, both[:, 3] > 0.99, part_volumes(labels), augmentations)


def plain_batch(canvases, scanned):
    """The volumes as they are, in the middle of the frame."""
    nothing = torch.zeros(len(canvases), AUGMENTATIONS, device=canvases.device)
    return make_batch(canvases, scanned, nothing, torch.zeros(len(canvases), 3, device=canvases.device))


def changed_batch(canvases, scanned):
    """Each volume shifted, most of them changed."""
    n, device = len(canvases), canvases.device
    shifts = torch.randint(-MAX_SHIFT, MAX_SHIFT + 1, (n, 3), device=device).float()
    return make_batch(canvases, scanned, draw_augmentations(n, device), shifts)
