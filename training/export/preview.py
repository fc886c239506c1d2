"""The linear preview: latents to small pictures by one matrix."""

import numpy as np
import torch


def fit_preview(latents, images, patch=4):
    """Least squares from a latent pixel to a patch×patch block of RGB in 0…1: rows [3·patch²][channels + 1].

    latents float (n, channels, h, w), scaled; images uint8 (n, H, W, 3).
    """
    n, channels, h, w = latents.shape
    step = images.shape[1] // (h * patch)
    small = images.reshape(n, h, patch, step, w, patch, step, 3).astype(np.float32).mean(axis=(3, 6)) / 255
    target = small.transpose(0, 1, 3, 5, 2, 4).reshape(n * h * w, 3 * patch * patch)
    x = np.asarray(latents, np.float32).transpose(0, 2, 3, 1).reshape(n * h * w, channels)
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
    solution, *_ = np.linalg.lstsq(x, target, rcond=None)
    return {'patch': patch, 'weights': [[float(f'{v:.5g}') for v in row] for row in solution.T]}


def preview_of(vae, images):
    """The linear preview of what the autoencoder makes of uint8 images (n, H, W, 3)."""
    scale = vae.config.scaling_factor
    with torch.no_grad():
        latents = [vae.encode(torch.from_numpy(part.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1) for part in
                   np.array_split(images, max(1, len(images) // 16))]
    return fit_preview((torch.cat(latents) * scale).numpy(), images)
