"""What an autoencoder's picture is compared by. Images are in −1…1, (batch, 3, H, W)."""

import torch
import torch.nn.functional as F


def psnr(a, b):
    """Peak signal-to-noise ratio in dB of images in −1…1, one value per image. (batch, 3, H, W) → (batch,)."""
    mse = ((a.clamp(-1, 1) - b) ** 2).mean(dim=(1, 2, 3)).clamp_min(1e-10)
    return 10 * torch.log10(4 / mse)


def detail_loss(x, y, levels=3):
    """L1 between image gradients at several scales: keeps vessels and edges that plain L1 smooths away."""
    total = 0
    for level in range(levels):
        total = total + F.l1_loss(x.diff(dim=-1), y.diff(dim=-1)) + F.l1_loss(x.diff(dim=-2), y.diff(dim=-2))
        if level + 1 < levels:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return total / levels


def frequency_loss(x, y):
    """L1 between orthonormal FFTs (Jiang et al. 2021, https://arxiv.org/abs/2012.12821, without its weights)."""
    return (torch.fft.rfft2(x.float(), norm='ortho') - torch.fft.rfft2(y.float(), norm='ortho')).abs().mean()


def colour_loss(x, y):
    """L1 between the coarse colour differences R − G and B − G. Most sets are grey, so plain L1 lets colour fade."""
    def differences(image):
        return F.avg_pool2d(image[:, [0, 2]] - image[:, 1:2], 4)
    return F.l1_loss(differences(x), differences(y))


def pixel_loss(x, y):
    """The four of them, weighted: a scalar."""
    return F.l1_loss(x, y) + 0.5 * detail_loss(x, y) + 0.2 * frequency_loss(x, y) + 2 * colour_loss(x, y)
