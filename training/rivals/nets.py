"""Networks that several generators of one step share: from a vector to a picture, and from a picture to a number.

Pictures are 128×128. The last doubling is a pixel-shuffle, so that no layer but the last is paid at full size. A mask, where
there is one, stands beside the features of every size.
"""

import torch
import torch.nn.functional as F
from torch import nn

LEAK = 0.2


def beside(x, mask):
    """Features (n, c, s, s) with the mask's area means as one more channel: (n, c + 1, s, s)."""
    return x if mask is None else torch.cat([x, F.avg_pool2d(mask, mask.shape[-1] // x.shape[-1])], 1)


class Doubled(nn.Module):
    """Twice as large, convolved, and scaled and moved by what the vector says (adaptive group norm)."""

    def __init__(self, before, after, vector, mask):
        super().__init__()
        self.conv = nn.Conv2d(before + mask, after, 3, padding=1)
        self.again = nn.Conv2d(after, after, 3, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(8, after, affine=False) for _ in range(2))
        self.style = nn.Linear(vector, 4 * after)

    def forward(self, x, vector, mask):
        x = F.interpolate(x, scale_factor=2.0, mode='nearest')
        styles = self.style(vector)[:, :, None, None].chunk(4, 1)
        for k, conv in enumerate((self.conv, self.again)):
            x = conv(beside(x, mask)) if k == 0 else conv(x)
            x = F.leaky_relu(self.norms[k](x) * (1 + styles[2 * k]) + styles[2 * k + 1], LEAK)
        return x


class Grower(nn.Module):
    """noise (n, Z), labels (n, K)[, mask (n, 1, 128, 128)] → picture (n, C, 128, 128) in −1…1."""

    def __init__(self, noise, shape, widths=(128, 128, 64, 48, 32)):
        super().__init__()
        vector = noise + 32
        self.words = nn.Linear(shape.classes, 32)
        self.first = nn.Linear(vector, widths[0] * 16)
        self.stages = nn.ModuleList(Doubled(before, after, vector, shape.mask) for before, after in zip(widths, widths[1:]))
        self.last = nn.Conv2d(widths[-1] + shape.mask, 4 * shape.channels, 3, padding=1)

    def forward(self, noise, labels, mask=None):
        vector = torch.cat([noise, self.words(labels)], 1)
        x = self.first(vector).unflatten(1, (-1, 4, 4))
        for stage in self.stages:
            x = stage(x, vector, mask)
        return torch.tanh(F.pixel_shuffle(self.last(beside(x, mask)), 2))


class Shrinker(nn.Module):
    """picture (n, C, 128, 128)[, mask] → features (n, width, 4, 4): the half of an encoder that looks."""

    def __init__(self, shape, widths=(24, 48, 96, 128, 160)):
        super().__init__()
        widths = (shape.channels + shape.mask, *widths)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 4, stride=2, padding=1) for before, after in zip(widths, widths[1:]))

    def forward(self, x, mask=None):
        x = beside(x, mask)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), LEAK)
        return x


def differentiable_augmentation(x, mask=None):
    """Brightness, contrast, shift by up to an eighth, a square cut out: the same for picture and mask where it moves.

    Zhao et al. 2020, https://arxiv.org/abs/2006.10738. x (n, C, h, w); returns (x, mask).
    """
    n, _, h, w = x.shape

    def drawn(*size):
        return torch.rand(n, *size)
    x = x + drawn(1, 1, 1) - 0.5
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    x = (x - mean) * (drawn(1, 1, 1) + 0.5) + mean
    theta = torch.eye(2, 3).repeat(n, 1, 1)
    theta[:, :, 2] = (drawn(2) - 0.5) / 2
    grid = F.affine_grid(theta, (n, 1, h, w), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False)
    if mask is not None:
        mask = F.grid_sample(mask, grid, mode='nearest', align_corners=False)
    rows, columns = torch.arange(h).view(1, h, 1), torch.arange(w).view(1, 1, w)
    top, left = (drawn(1, 1) * h).floor(), (drawn(1, 1) * w).floor()
    hole = ((rows - top).abs() < h // 4) & ((columns - left).abs() < w // 4)
    return x * (~hole)[:, None].float(), mask
