"""Rectified flow: the loss, its noise levels, and the networks that learn it."""

import torch


def flow_timesteps(n, shift, device, uniform_share=0.0, generator=None):
    """Logit-normal σ in (0, 1), moved towards noise by `shift` (Esser et al. 2024, https://arxiv.org/abs/2403.03206).

    A logit-normal σ is above 0.9 once in seventy draws, but there it is decided what the picture shows: `uniform_share` of the
    draws are uniform instead.
    """
    sigma = torch.sigmoid(torch.randn(n, device=device, generator=generator))
    if uniform_share:
        uniform, turn = (torch.rand(n, device=device, generator=generator) for _ in range(2))
        sigma = torch.where(turn < uniform_share, uniform, sigma)
    return shift * sigma / (1 + (shift - 1) * sigma)


class FlowModel(torch.nn.Module):
    """UNet and text encoder with the loss as forward pass, so that accelerate can wrap them for many devices."""

    def __init__(self, unet, text_encoder):
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder

    def forward(self, batch, noise, sigma):
        """Mean squared error of the velocity (Liu et al. 2022, https://arxiv.org/abs/2209.03003), a scalar.

        batch: batches.Batch; noise like its x0; sigma (n,).
        """
        s = sigma.view(-1, 1, 1, 1)
        latents = ((1 - s) * batch.x0 + s * noise).contiguous(memory_format=torch.channels_last)
        augmentation = batch.augmentation if self.unet.config.num_augmentations else None
        velocity = self.unet(latents, sigma * 1000, self.text_encoder(batch.ids), batch.covariates, batch.present, batch.mask,
                             batch.mask_present, augmentation)
        return ((velocity.float() - (noise - batch.x0)) ** 2).mean()


@torch.no_grad()
def ema_update(model, ema, decay):
    """θ_ema ← decay·θ_ema + (1 − decay)·θ."""
    torch._foreach_lerp_(list(ema.parameters()), list(model.parameters()), 1 - decay)
