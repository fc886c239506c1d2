"""Writes the numbers that src/evaluation must meet, by the field's own packages.

    pip install --no-deps torchmetrics==1.9.0 lightning-utilities==0.15.3 prdc==0.2 scikit-learn==1.9.1 joblib==1.6.0 \\
        threadpoolctl==3.8.0 narwhals==2.29.0 cloudpickle==3.1.2
    python -m training.goldens.make_metric_goldens --out tests/fixtures

makes metrics.json: KID, FID, MS-SSIM, calibration and Dice from torchmetrics, density and coverage from prdc, AUROC, accuracies and
F1 from scikit-learn, exact intervals from SciPy. Inputs are drawn by NumPy, rounded to what JSON keeps, and stored beside the answers.
The packages serve this script alone, so they are not in requirements.txt.
"""

import argparse
import base64
import json
from pathlib import Path

import numpy as np
import torch
from prdc import compute_prdc
from scipy import stats
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score
from torchmetrics.functional.classification import binary_f1_score, multiclass_calibration_error
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from training.judges.metrics import polynomial_mmd2


def rounded(x, digits=4):
    return np.round(np.asarray(x, np.float64), digits)


def as_float32(x):
    """What a Float32Array makes of it, in double precision again."""
    return rounded(x).astype(np.float32).astype(np.float64)


def fid(x, y):
    """torchmetrics' FID of features (n, d)."""
    (mx, cx), (my, cy) = ((torch.from_numpy(z.mean(0)), torch.from_numpy(np.cov(z, rowvar=False))) for z in (x, y))
    return float(_compute_fid(mx, cx, my, cy))


def kid(x, y):
    """torchmetrics' KID of all features at once, (n, d) both: unbiased, cubic kernel."""
    return float(poly_mmd(torch.from_numpy(x), torch.from_numpy(y)))


def density_and_coverage(real, other):
    """prdc with k = 5; features (n, d)."""
    found = compute_prdc(real_features=real, fake_features=other, nearest_k=5)
    return [float(found['density']), float(found['coverage'])]


def gaussian_ms_ssim(a, b):
    """torchmetrics' MS-SSIM of planes (H, W) in 0…1."""
    a, b = (torch.from_numpy(x.astype(np.float64))[None, None] for x in (a, b))
    return float(multiscale_structural_similarity_index_measure(a, b, data_range=1.0))


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


def classification(rng, n=60, classes=3):
    labels = rng.integers(0, classes, n)
    raw = rng.standard_normal((n, classes)) + 1.2 * np.eye(classes)[labels]
    p = rounded(np.exp(raw) / np.exp(raw).sum(1, keepdims=True), 2)          # two digits: ties happen
    guess, names = p.argmax(1), range(classes)
    auc = np.mean([roc_auc_score(labels == c, p[:, c]) for c in names])
    calibration = multiclass_calibration_error(torch.from_numpy(p), torch.from_numpy(labels), classes, n_bins=15, norm='l1')
    return {'probabilities': p.flatten().tolist(), 'labels': labels.tolist(), 'classes': classes, 'macroAuroc': float(auc),
            'accuracy': float(accuracy_score(labels, guess)), 'balancedAccuracy': float(balanced_accuracy_score(labels, guess)),
            'macroF1': float(f1_score(labels, guess, average='macro')), 'calibrationError': float(calibration)}


def delong_golden(rng, members=30, others=24):
    """AUC by scikit-learn; its variance by DeLong et al. 1988, eq. 2 to 5, over all pairs. Two digits: ties happen."""
    a, b = rounded(rng.normal(0, 1, members), 1), rounded(rng.normal(0.6, 1, others), 1)
    wins = (b[None] > a[:, None]) + 0.5 * (b[None] == a[:, None])            # a member scores by its low loss
    variance = wins.mean(1).var(ddof=1) / members + wins.mean(0).var(ddof=1) / others
    auc = roc_auc_score(np.r_[np.ones(members), np.zeros(others)], -np.r_[a, b])
    return {'members': a.tolist(), 'others': b.tolist(), 'auc': float(auc), 'standardError': float(np.sqrt(variance))}


def dice_golden(rng, side=24):
    found, truth = (rng.random((2, side, side)) < [[[0.3]], [[0.4]]]).astype(int)
    return {'found': found.flatten().tolist(), 'truth': truth.flatten().tolist(),
            'dice': float(binary_f1_score(torch.from_numpy(found), torch.from_numpy(truth)))}


def head_golden(rng, n=40, d=6, classes=3, strength=0.05):
    """Softmax regression to convergence: the minimum is unique, so any optimiser must reach it."""
    from training.judges.linear_head import fit_head
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
        'kid': kid(x, equal), 'kidUnequal': polynomial_mmd2(x, y), 'fid': fid(x, y), 'densityCoverage': density_and_coverage(equal, x),
        'msSsim': {'size': 180, **{name: base64.b64encode(p.tobytes()).decode() for name, p in zip('ab', planes)},
                   'value': gaussian_ms_ssim(*(p.astype(np.float32) / np.float32(255) for p in planes))},
        'binomial': [{'k': k, 'n': n, 'low': float(c.low), 'high': float(c.high)} for k, n in ((0, 10), (7, 20), (50, 60), (300, 300), (412, 1000))
                     for c in [stats.binomtest(k, n).proportion_ci(method='exact')]],
        'power': [{'rate': rate, 'trials': power_trials(rate)} for rate in (0.6, 0.65, 0.75, 0.9)],
        'classification': classification(rng), 'head': head_golden(rng), 'delong': delong_golden(rng), 'dice': dice_golden(rng),
    }
    (Path(out) / 'metrics.json').write_text(json.dumps(goldens) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    main(parser.parse_args().out)
