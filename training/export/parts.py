"""The parts of the model as modules that can be exported, with example inputs."""

import torch
from torch import nn

from training.export.graphs import EXAMPLE_BATCH
from training.model.text_encoder import MAX_LENGTH

RANK = 4                     # of the example factors; the graphs take any


class Decoder(nn.Module):
    """The VAE's second half as a module of its own: latents (batch, 8, 32, 32) → image (batch, 3, 256, 256)."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents)


class Encoder(nn.Module):
    """The VAE's first half: image (batch, 3, 256, 256) in −1…1 → latents (batch, 8, 32, 32)."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, image):
        return self.vae.encode(image)


def unet_inputs(config, batch=EXAMPLE_BATCH):
    """Example inputs in graph order."""
    size = config.sample_size
    return {
        'latents': torch.randn(batch, config.latent_channels, size, size), 'timestep': torch.full((batch,), 500.0),
        'prompt_embeds': torch.randn(batch, MAX_LENGTH, config.prompt_dim),
        'covariates': torch.zeros(batch, config.num_covariates), 'covariates_present': torch.ones(batch, config.num_covariates),
        'mask': torch.rand(batch, config.mask_channels, config.mask_size, config.mask_size), 'mask_present': torch.ones(batch, 1)}
