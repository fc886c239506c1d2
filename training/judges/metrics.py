"""Figures that compare two sets of images by their features: KID, density, coverage, copies; and MS-SSIM.

Features are float arrays (n, d), images float tensors (n, channels, H, W). Sources are named at each function.
"""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import beta


def polynomial_mmd2(x, y):
    """Unbiased squared maximum mean discrepancy with k(a, b) = (a·b / d + 1)³: the kernel of KID.

    Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401. x (n, d), y (m, d), n, m ≥ 2; may be slightly negative.
    """
    d = x.shape[1]
    kxx, kyy, kxy = (x @ x.T / d + 1) ** 3, (y @ y.T / d + 1) ** 3, (x @ y.T / d + 1) ** 3
    n, m = len(x), len(y)
    within_x = (kxx.sum() - np.trace(kxx)) / (n * (n - 1))
    within_y = (kyy.sum() - np.trace(kyy)) / (m * (m - 1))
    return float(within_x + within_y - 2 * kxy.mean())


class KidParts:
    """The kernel matrices of one pair of sets, from which the KID of any subset is a sum: x, y (n, d)."""

    def __init__(self, x, y):
        d = x.shape[1]
        self.xx, self.yy, self.xy = ((a @ b.T / d + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
        for own in (self.xx, self.yy):
            np.fill_diagonal(own, 0)

    def __call__(self, take_x, take_y):
        """KID (rounds,) of subsets: take_x (rounds, n), take_y (rounds, m), 1 where a sample is in the subset, else 0."""
        n, m = take_x.sum(1), take_y.sum(1)
        within_x = ((take_x @ self.xx) * take_x).sum(1) / (n * (n - 1))
        within_y = ((take_y @ self.yy) * take_y).sum(1) / (m * (m - 1))
        return within_x + within_y - 2 * ((take_x @ self.xy) * take_y).sum(1) / (n * m)


def subsets(rng, count, rounds, share=0.5):
    """Zeros and ones (rounds, count): in each round max(2, ⌊share · count⌋) samples, drawn without replacement."""
    size = max(2, int(count * share))
    return (rng.random((rounds, count)).argsort(1).argsort(1) < size).astype(np.float32)


def kid(x, y, rounds=100, share=0.5, seed=0):
    """KID of all samples and a 95 % interval from subsets drawn without replacement: {value, low, high}.

    The spread of subsets of a share s of n overstates that of the whole by about √((1 − s)/s), which is divided out.
    """
    rng = np.random.default_rng(seed)
    value, parts = polynomial_mmd2(x, y), KidParts(x, y)
    draws = parts(subsets(rng, len(x), rounds, share), subsets(rng, len(y), rounds, share))
    spread = (draws - draws.mean()) / np.sqrt((1 - share) / share)
    low, high = np.percentile(spread, [2.5, 97.5])
    return {'value': value, 'low': value + float(low), 'high': value + float(high)}


def exact_interval(hits, n, level=0.95):
    """Clopper and Pearson's exact interval of a proportion: {value, low, high, hits, n}; value is NaN where n is 0."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return {'value': hits / n if n else float('nan'), 'low': low, 'high': high, 'hits': int(hits), 'n': int(n)}


def squared_distances(x, y):
    """(n, d), (m, d) → (n, m), never negative."""
    return np.maximum((x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T, 0)


def density_coverage(real, generated, k=5):
    """Density and coverage (Naeem et al. 2020, https://arxiv.org/abs/2002.09797), k = 5, equal n.

    A real sample's ball reaches to its k-th nearest other real sample. Density counts the balls that hold a generated
    sample, over k; coverage is the share of real balls that hold at least one.
    """
    if len(real) != len(generated):
        raise ValueError(f'density and coverage need equal numbers, got {len(real)} real and {len(generated)} generated')
    radius = np.sort(squared_distances(real, real), axis=1)[:, k]
    inside = squared_distances(real, generated) <= radius[:, None]
    return float(inside.sum() / (k * len(generated))), float(inside.any(axis=1).mean())


def dice(predicted, truth):
    """Foreground Dice of each mask, 1 where both are empty: bool (…, h, w) → (…)."""
    both, sizes = (predicted & truth).sum((-2, -1)), predicted.sum((-2, -1)) + truth.sum((-2, -1))
    return np.where(sizes > 0, 2 * both / np.maximum(sizes, 1), 1.0)


def ssim_parts(a, b, window, data_range=1.0):
    """Luminance and contrast-structure terms of SSIM with a uniform window, each (n,). a, b (n, channels, H, W)."""
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    def mean(x):
        return F.avg_pool2d(x, window, stride=1)
    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    luminance = (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
    structure = (2 * cov + c2) / (va + vb + c2)
    return (luminance * structure).mean(dim=(1, 2, 3)), structure.mean(dim=(1, 2, 3))


def ms_ssim(a, b, window=8):
    """Multi-scale SSIM over five scales (Wang, Simoncelli, Bovik 2003). a, b float (n, 1, H, W) in 0…1; returns (n,)."""
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    out = torch.ones(len(a))
    for level, weight in enumerate(weights):
        whole, structure = ssim_parts(a, b, min(window, a.shape[-1]))
        last = level + 1 == len(weights)
        out = out * (whole if last else structure).clamp_min(1e-6) ** weight
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return out
