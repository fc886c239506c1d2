"""The autoencoder: 256×256 RGB to latents of 32×32 with 8 channels, and back.

Convolutions start and end at half resolution (pixel-unshuffle, pixel-shuffle), because full-resolution layers cost most
and add least. There is no normalization: contrast is part of a medical image.
"""

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import nn

from training.common.errors import WeightsDoNotFit

DOWNSCALE = 8                # pixels of a latent pixel, along each axis


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside the identity. (batch, channels, h, w) → same shape."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        return x + self.conv2(F.silu(self.conv1(F.silu(x))))


def _stage(channels, num_blocks):
    return [ResidualBlock(channels) for _ in range(num_blocks)]


class MedicalAutoencoder(ModelMixin, ConfigMixin):
    """Images in −1…1, (batch, 3, H, W), to latents (batch, inner_channels, H/8, W/8) in −3…3, and back."""

    @register_to_config
    def __init__(self, encoder_channels=(64, 96, 160), decoder_channels=(64, 112, 192), encoder_blocks=(2, 3, 4),
                 decoder_blocks=(3, 4, 4), inner_channels=8, latent_limit=3.0, scaling_factor=1.0):
        super().__init__()
        e, d = encoder_channels, decoder_channels
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),                                        # (12, H/2, W/2)
            nn.Conv2d(12, e[0], 3, padding=1), *_stage(e[0], encoder_blocks[0]),
            nn.Conv2d(e[0], e[1], 3, stride=2, padding=1), *_stage(e[1], encoder_blocks[1]),
            nn.Conv2d(e[1], e[2], 3, stride=2, padding=1), *_stage(e[2], encoder_blocks[2]),
            nn.SiLU(), nn.Conv2d(e[2], inner_channels, 3, padding=1))    # (8, H/8, W/8)
        self.decoder = nn.Sequential(
            nn.Conv2d(inner_channels, d[2], 3, padding=1), *_stage(d[2], decoder_blocks[2]),
            nn.Upsample(scale_factor=2, mode='nearest'),
            nn.Conv2d(d[2], d[1], 3, padding=1), *_stage(d[1], decoder_blocks[1]),
            nn.Upsample(scale_factor=2, mode='nearest'),
            nn.Conv2d(d[1], d[0], 3, padding=1), *_stage(d[0], decoder_blocks[0]),
            nn.SiLU(), nn.Conv2d(d[0], 12, 3, padding=1),
            nn.PixelShuffle(2))                                          # (3, H, W)

    @classmethod
    def from_config(cls, config=None, **options):
        """As diffusers' own. A config of this project's trials may say `fold`: 1 is what this class does.

        Raises WeightsDoNotFit for another `fold`, by which latent pixels went into channels.
        """
        config = dict(config)
        fold = config.pop('fold', 1)
        if fold != 1:
            raise WeightsDoNotFit(f'This autoencoder folds {fold}×{fold} latent pixels into channels, which is no longer done. '
                                  'Train another with train_autoencoder.py, or use the code that it was made with.')
        return super().from_config(config, **options)

    def encode(self, images):
        """(batch, 3, H, W) → (batch, inner_channels, H/8, W/8), bounded so that a rare image cannot leave the scale."""
        limit = self.config.latent_limit
        return limit * torch.tanh(self.encoder(images) / limit)

    def decode(self, latents):
        """(batch, inner_channels, H/8, W/8) → (batch, 3, H, W); not clamped, so that training sees gradients."""
        return self.decoder(latents)

    def forward(self, images):
        return self.decode(self.encode(images))
