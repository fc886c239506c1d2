"""Figures about sets of volumes. All take uint8 arrays (n, 40, 56, 40)."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy import stats

from training.judges import metrics
from training.volumes.haar import haar

MARGIN = 3                # blocks of 2 voxels: what nearly every scan covers lies further in
SHIFTS = (-1, 0, 1)       # blocks


def spearman(asked, found):
    """Rank correlation."""
    return float(stats.spearmanr(asked, found).statistic)


def relative_error(asked, found):
    """Mean |found − asked| / asked."""
    asked, found = np.asarray(asked, float), np.asarray(found, float)
    return float(np.mean(np.abs(found - asked) / asked))


def exact_interval(hits, n):
    """(low, high) of the exact 95 % interval of a share: see metrics.exact_interval."""
    found = metrics.exact_interval(hits, n)
    return found['low'], found['high']


def block_means(images):
    """(n, x, y, z) means of blocks of 2×2×2 voxels, float."""
    return torch.cat([haar(torch.as_tensor(images[k:k + 16])[:, None].float())[:, 0] for k in range(0, len(images), 16)])


def _features(means, shift=(0, 0, 0)):
    x, y, z = (slice(MARGIN + s, n - MARGIN + s) for s, n in zip(shift, means.shape[1:]))
    flat = means[:, x, y, z].flatten(1)
    return F.normalize(flat - flat.mean(1, keepdim=True), dim=1)


def nearest_correlation(images, others):
    """The highest correlation of each image with any of the others, mirrored or not and shifted by up to a block: (n,)."""
    against = _features(block_means(others)).T
    means = block_means(images)
    best = torch.full((len(means),), -1.0)
    for turned in (means, means.flip(1)):
        for shift in np.stack(np.meshgrid(SHIFTS, SHIFTS, SHIFTS), -1).reshape(-1, 3):
            best = torch.maximum(best, (_features(turned, shift) @ against).amax(1))
    return best.numpy()


def copies(generated, train, held_out):
    """How many generated volumes are nearer to training than 19 of 20 held-out real ones are, with exact intervals."""
    real = nearest_correlation(held_out, train)
    limit = float(np.quantile(real, 0.95))
    near = nearest_correlation(generated, train)
    hits, real_hits = int((near > limit).sum()), int((real > limit).sum())
    table = [[hits, len(near) - hits], [real_hits, len(real) - real_hits]]
    return {'copies': hits, 'of': len(near), 'interval': exact_interval(hits, len(near)), 'held_out_copies': real_hits,
            'held_out': len(real), 'p_above': float(stats.fisher_exact(table, alternative='greater').pvalue), 'limit': limit,
            'median': float(np.median(near)), 'held_out_median': float(np.median(real))}


def ms_ssim(a, b, scales=3, window=5):
    """Multi-scale structural similarity of volumes in pairs, (n,). Wang et al. 2003, https://doi.org/10.1109/ACSSC.2003.1292216;
    flat window, equal weights."""
    a, b = (torch.as_tensor(v)[:, None].float() / 255 for v in (a, b))
    c1, c2, product = 0.01**2, 0.03**2, 1.0
    for scale in range(scales):
        mean = [F.avg_pool3d(v, window, 1) for v in (a, b)]
        var = [(F.avg_pool3d(v * v, window, 1) - m * m).clamp_min(0) for v, m in zip((a, b), mean)]
        covariance = F.avg_pool3d(a * b, window, 1) - mean[0] * mean[1]
        structure = (2 * covariance + c2) / (var[0] + var[1] + c2)
        if scale == scales - 1:
            structure = structure * (2 * mean[0] * mean[1] + c1) / (mean[0] ** 2 + mean[1] ** 2 + c1)
        product = product * structure.mean(dim=(1, 2, 3, 4)).clamp_min(0) ** (1 / scales)
        a, b = F.avg_pool3d(a, 2), F.avg_pool3d(b, 2)
    return product.numpy()


def diversity(images, pairs=64, seed=0):
    """Mean MS-SSIM of random pairs within a set, in the part that nearly every scan covers."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(images), pairs)
    second = (first + rng.integers(1, len(images), pairs)) % len(images)
    inner = np.ascontiguousarray(images[:, 4:-4, 4:-4, 4:-4])
    return float(ms_ssim(inner[first], inner[second]).mean())


def morphometry(labels):
    """Volumes in mm³, surface in mm² (faces of voxels) and the anterior share of each label map."""
    labels = np.asarray(labels)
    anterior, posterior = ((labels == part).sum((1, 2, 3)) for part in (1, 2))
    inside = np.pad(labels > 0, ((0, 0), (1, 1), (1, 1), (1, 1)))
    surface = sum(np.abs(np.diff(inside.astype(np.int8), axis=axis)).sum((1, 2, 3)) for axis in (1, 2, 3))
    return {'anterior_mm3': anterior, 'posterior_mm3': posterior, 'surface_mm2': surface,
            'anterior_share': anterior / np.maximum(1, anterior + posterior)}


def compare_morphometry(labels, real):
    """Mean and spread of each measure in both sets, and the Kolmogorov-Smirnov test between them."""
    found, expected = morphometry(labels), morphometry(real)
    return {name: {'mean': float(found[name].mean()), 'sd': float(found[name].std()), 'real_mean': float(expected[name].mean()),
                   'real_sd': float(expected[name].std()), 'ks_p': float(stats.ks_2samp(found[name], expected[name]).pvalue)}
            for name in found}


def auc(members, others):
    """Chance that a member's loss lies below another's, and its 95 % interval from 2,000 resamples."""
    members, others = np.asarray(members), np.asarray(others)
    def value(a, b):
        return float(((a[:, None] < b[None]) + 0.5 * (a[:, None] == b[None])).mean())
    rng = np.random.default_rng(0)
    drawn = [value(rng.choice(members, len(members)), rng.choice(others, len(others))) for _ in range(2000)]
    return {'auc': value(members, others), 'interval': [float(q) for q in np.quantile(drawn, [0.025, 0.975])]}
