"""Volumes ↔ the Haar bands that the network sees, each band brought to a spread of its own."""

import torch
from torch import nn

from training.volumes.fields import fields_of, labels_of
from training.volumes.haar import BANDS, haar, inverse_haar

# Spread of the bands after scaling: the mean of each block, and its differences, for image, surface and part. The differences
# of an image are mostly noise of the scanner; at full spread they would take most of the network.
SPREADS = ((1.0, 0.6), (1.0, 0.4), (1.0, 0.4))
MOST_SCALE = 8.0         # fields are smooth: what differs less than this brings out stays small


class Codec(nn.Module):
    """(image, labels) ↔ latents (batch, 24, X/2, Y/2, Z/2) = (haar(image, fields) − mean) · scale."""

    def __init__(self, mean=None, scale=None):
        super().__init__()
        self.register_buffer('mean', torch.zeros(3 * BANDS) if mean is None else torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer('scale', torch.ones(3 * BANDS) if scale is None else torch.as_tensor(scale, dtype=torch.float32))

    @classmethod
    def fitted(cls, bands, scanned):
        """A codec whose latents have the SPREADS. bands (n, 24, x, y, z); scanned (n, x, y, z) bool: where the image counts."""
        mean, scale = [], []
        for c in range(3):
            for b in range(BANDS):
                values = bands[:, c * BANDS + b]
                values = values[scanned] if c == 0 else values.flatten()
                mean.append(values.mean().item() if b == 0 else 0.0)
                scale.append(min(MOST_SCALE, SPREADS[c][min(b, 1)] / max(values.std().item(), 1e-3)))
        return cls(mean, scale)

    def encode(self, volumes):
        """volumes (batch, 3, X, Y, Z): image in −1…1, then the two fields → latents."""
        return (haar(volumes) - self.mean[:, None, None, None]) * self.scale[:, None, None, None]

    def decode(self, latents):
        """The inverse of encode."""
        return inverse_haar(latents / self.scale[:, None, None, None] + self.mean[:, None, None, None])

    def encode_pair(self, images, labels):
        """uint8 images and labels (n, X, Y, Z) → latents."""
        return self.encode(torch.cat([images[:, None].float() / 127.5 - 1, fields_of(labels)], dim=1))

    def decode_pair(self, latents):
        """latents → uint8 images and labels (n, X, Y, Z)."""
        volumes = self.decode(latents)
        images = ((volumes[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return images, labels_of(volumes[:, 1:])
