"""Writes the numbers that src/evaluation must meet, from NumPy, SciPy and PyTorch.

    python training/make_metric_goldens.py --out tests/fixtures

makes metrics.json. Inputs are drawn by NumPy, rounded to what JSON keeps, and stored beside the answers.
"""

import argparse
import base64
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from metrics import density_coverage, polynomial_mmd2
from scipy import linalg, stats


def rounded(x, digits=4):
    return np.round(np.asarray(x, np.float64), digits)


def as_float32(x):
    """What a Float32Array makes of it, in double precision again."""
    return rounded(x).astype(np.float32).astype(np.float64)


def fid(x, y):
    """Heusel et al. 2017, eq. 6, by a general matrix square root."""
    cx, cy = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(cx + cy - 2 * np.real(linalg.sqrtm(cx @ cy))))


def gaussian_ms_ssim(a, b):
    """Wang et al. 2003, whole windows only, in double precision: a, b (H, W) in 0…1."""
    axis = torch.arange(11, dtype=torch.float64) - 5
    line = torch.exp(-axis**2 / (2 * 1.5**2))
    window = (line[:, None] * line[None] / line.sum() ** 2)[None, None]
    a, b = (torch.from_numpy(x.astype(np.float64))[None, None] for x in (a, b))
    product = 1.0
    for level, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        ma, mb = F.conv2d(a, window), F.conv2d(b, window)
        va, vb, cov = F.conv2d(a * a, window) - ma**2, F.conv2d(b * b, window) - mb**2, F.conv2d(a * b, window) - ma * mb
        contrast = (2 * cov + 0.03**2) / (va + vb + 0.03**2)
        whole = contrast * (2 * ma * mb + 0.01**2) / (ma**2 + mb**2 + 0.01**2)
        product *= max(0.0, float((whole if level == 4 else contrast).mean())) ** weight
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return product


def pattern(size, shift, noise, rng):
    """A picture, uint8 (size, size)."""
    y, x = np.mgrid[:size, :size]
    plain = 0.5 + 0.3 * np.sin((x + shift) / 9) * np.cos(y / 13)
    return np.round(255 * np.clip(plain + noise * rng.standard_normal((size, size)), 0, 1)).astype(np.uint8)


def power_trials(rate, power=0.8):
    for n in range(5, 5000):
        reach = next(k for k in range(n + 2) if stats.binom.sf(k - 1, n, 0.5) <= 0.025)
        if stats.binom.sf(reach - 1, n, rate) + stats.binom.cdf(n - reach, n, rate) >= power:
            return n
    raise ValueError(rate)


def calibration_error(p, labels, bins=15):
    confidence, right = p.max(1), (p.argmax(1) == labels).astype(float)
    edges, total = np.linspace(0, 1, bins + 1), 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def classification(rng, n=60, classes=3):
    labels = rng.integers(0, classes, n)
    raw = rng.standard_normal((n, classes)) + 1.2 * np.eye(classes)[labels]
    p = rounded(np.exp(raw) / np.exp(raw).sum(1, keepdims=True), 2)          # two digits: ties happen
    auc = []
    for c in range(classes):
        u = stats.mannwhitneyu(p[labels == c, c], p[labels != c, c], method='asymptotic').statistic
        auc.append(u / ((labels == c).sum() * (labels != c).sum()))
    guess = p.argmax(1)
    recall = [(guess[labels == c] == c).mean() for c in range(classes)]
    f1 = [2 * ((guess == c) & (labels == c)).sum() / ((guess == c).sum() + (labels == c).sum()) for c in range(classes)]
    return {'probabilities': p.flatten().tolist(), 'labels': labels.tolist(), 'classes': classes, 'macroAuroc': float(np.mean(auc)),
            'accuracy': float((guess == labels).mean()), 'balancedAccuracy': float(np.mean(recall)), 'macroF1': float(np.mean(f1)),
            'calibrationError': float(calibration_error(p, labels))}


def head_golden(rng, n=40, d=6, classes=3, strength=0.05):
    """Softmax regression to convergence: the minimum is unique, so any optimiser must reach it."""
    from linear_head import fit_head
    labels = rng.integers(0, classes, n)
    x = as_float32(rng.standard_normal((n, d)) + 1.5 * np.eye(d)[labels])
    torch.set_default_dtype(torch.float64)
    head = fit_head(x.astype(np.float32), labels, classes, strength, max_iterations=2000)
    return {'x': x.flatten().tolist(), 'labels': labels.tolist(), 'size': d, 'classes': classes, 'strength': strength,
            'logProbabilities': head.log_probabilities(x).flatten().tolist()}


def main(out):
    rng = np.random.default_rng(0)
    x, y = as_float32(rng.standard_normal((24, 8))), as_float32(0.8 * rng.standard_normal((30, 8)) + 0.3)
    equal = y[:24]
    planes = [pattern(180, 0, 0.0, rng), pattern(180, 2, 0.05, rng)]
    goldens = {
        'x': {'rows': len(x), 'size': 8, 'values': x.flatten().tolist()}, 'y': {'rows': len(y), 'size': 8, 'values': y.flatten().tolist()},
        'kid': polynomial_mmd2(x, y), 'fid': fid(x, y), 'densityCoverage': density_coverage(equal, x),
        'msSsim': {'size': 180, **{name: base64.b64encode(p.tobytes()).decode() for name, p in zip('ab', planes)},
                   'value': gaussian_ms_ssim(*(p.astype(np.float32) / np.float32(255) for p in planes))},
        'binomial': [{'k': k, 'n': n, 'low': float(c.low), 'high': float(c.high)} for k, n in ((0, 10), (7, 20), (50, 60), (300, 300), (412, 1000))
                     for c in [stats.binomtest(k, n).proportion_ci(method='exact')]],
        'power': [{'rate': rate, 'trials': power_trials(rate)} for rate in (0.6, 0.65, 0.75, 0.9)],
        'classification': classification(rng), 'head': head_golden(rng),
    }
    (Path(out) / 'metrics.json').write_text(json.dumps(goldens) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    main(parser.parse_args().out)
