"""Are the images realistic, varied and nobody's copy? Compares generated with real held-out images, feature by feature.

Image k of a generated set was made from the caption and covariates of held-out row k, so both have the same labels in the
same numbers, and the floor (real against real) takes as many training images of the same labels.
"""

import numpy as np
import torch
import torch.nn.functional as F
from data import MODALITIES, modality_index
from metrics import copy_rate, density_coverage, kid, ms_ssim, polynomial_mmd2, squared_distances
from sample import scale_covariates
from text_encoder import tokenize
from generated import row_covariates


def matched_training_rows(rows, chosen, train, seed=0):
    """For each chosen row one training row of the same set and label, none twice where there are enough: indices (n,)."""
    rng = np.random.default_rng(seed)
    pools = {}
    for i in rng.permutation(train):
        pools.setdefault((rows[i]['set'], rows[i]['label']), []).append(int(i))
    taken = {}
    out = []
    for i in chosen:
        key = (rows[i]['set'], rows[i]['label'])
        pool = pools[key]
        out.append(pool[taken.get(key, 0) % len(pool)])
        taken[key] = taken.get(key, 0) + 1
    return np.array(out)


def groups(rows, chosen, least=20):
    """{name: positions} for every modality, and every label of at least `least` images."""
    out = {}
    for k, i in enumerate(chosen):
        out.setdefault(MODALITIES[modality_index(rows[i])], []).append(k)
        out.setdefault(f"{rows[i]['set']}: {rows[i]['label']}", []).append(k)
    return {name: np.array(at) for name, at in out.items() if name in MODALITIES or len(at) >= least}


def fidelity_table(rows, chosen, real, matched, made, rounds=60):
    """{group: kid, low, high, floor, density, coverage, density and coverage of real images, n}; features (n, d), aligned."""
    out = {}
    for name, at in groups(rows, chosen).items():
        value = kid(made[at], real[at], rounds=rounds)
        density, coverage = density_coverage(real[at], made[at])
        real_density, real_coverage = density_coverage(real[at], matched[at])
        out[name] = {'n': len(at), 'kid': value['value'], 'low': value['low'], 'high': value['high'],
                     'floor': polynomial_mmd2(matched[at], real[at]), 'density': density, 'coverage': coverage,
                     'density_real': real_density, 'coverage_real': real_coverage}
    return out


def headline(table):
    """Means over the modalities of a fidelity table: {kid, floor, coverage, coverage_real, coverage_ratio}."""
    parts = [table[name] for name in MODALITIES if name in table]
    mean = {key: float(np.mean([part[key] for part in parts])) for key in ('kid', 'floor', 'coverage', 'coverage_real')}
    return {**mean, 'coverage_ratio': mean['coverage'] / mean['coverage_real']}


def kid_ratio(real, few, many, at_groups, rounds=200, seed=0):
    """Mean KID over the groups of `few` over that of `many`, with a 95 % interval from halves drawn alike for both.

    The spread of subsets of half the images stands for that of the whole (see metrics.kid).
    """
    rng = np.random.default_rng(seed)

    def ratio(parts):
        return (np.mean([polynomial_mmd2(few[p], real[p]) for p in parts]) / np.mean([polynomial_mmd2(many[p], real[p]) for p in parts]))

    value = ratio(at_groups)
    draws = [ratio([rng.choice(at, len(at) // 2, replace=False) for at in at_groups]) for _ in range(rounds)]
    low, high = np.percentile(draws - np.mean(draws), [2.5, 97.5])
    return {'value': float(value), 'low': float(value + low), 'high': float(value + high)}


def grey_small(images, size=176):
    """uint8 (n, 256, 256, 3) → float (n, 1, size, size) in 0…1; five scales of MS-SSIM need 8·2⁴ pixels or more."""
    x = torch.from_numpy(np.array(images)).float().mean(dim=3)[:, None] / 255
    return F.interpolate(x, size=(size, size), mode='area')


def class_ms_ssim(images, labels, pairs=12, seed=0):
    """Mean MS-SSIM of random pairs within a label: nearer 1 means less variety. images uint8, labels (n,)."""
    rng = np.random.default_rng(seed)
    left, right = [], []
    for label in sorted(set(labels)):
        at = np.nonzero(np.asarray(labels) == label)[0]
        if len(at) < 2:
            continue
        for _ in range(pairs):
            a, b = rng.choice(at, 2, replace=False)
            left.append(a)
            right.append(b)
    x = grey_small(images)
    return float(ms_ssim(x[left], x[right]).mean())


def copies(rows, chosen, train, made, held_out, training):
    """Copy rates with a threshold of its own for each modality, pooled: {copy_rate, holdout_rate, points, by_modality, nearest}.

    A copy lies nearer to a training image than the nearest 5 % of held-out real ones do. made, held_out: features (n, d) of
    the chosen rows; training: features of `train`. `nearest` holds the ten closest (position, training row, distance/threshold).
    """
    kinds = np.array([modality_index(rows[i]) for i in chosen])
    train_kinds = np.array([modality_index(rows[i]) for i in train])
    by, nearest = {}, []
    for kind, name in enumerate(MODALITIES):
        at, base = np.nonzero(kinds == kind)[0], np.nonzero(train_kinds == kind)[0]
        if len(at) < 10:
            continue
        rate, holdout, threshold = copy_rate(made[at], training[base], held_out[at])
        by[name] = {'copy_rate': rate, 'holdout_rate': holdout, 'n': len(at)}
        distance = np.sqrt(squared_distances(made[at], training[base]))
        for k, row in zip(at, distance):
            j = int(row.argmin())
            nearest.append((float(row[j] / threshold), int(k), int(train[base[j]])))
    total = sum(part['n'] for part in by.values())
    rate = sum(part['copy_rate'] * part['n'] for part in by.values()) / total
    holdout = sum(part['holdout_rate'] * part['n'] for part in by.values()) / total
    return {'copy_rate': rate, 'holdout_rate': holdout, 'points': 100 * (rate - holdout), 'by_modality': by,
            'nearest': [(k, i, round(ratio, 3)) for ratio, k, i in sorted(nearest)[:20]]}


@torch.no_grad()
def denoising_losses(pipeline, latents, rows, sigmas=(0.2, 0.4, 0.6, 0.8), seed=0):
    """Velocity error of each image, its own caption and covariates given, the same noise for all: (n,). latents scaled."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(latents.shape[1:], generator=generator)
    total = torch.zeros(len(latents))
    for k in range(0, len(latents), 64):
        x0, part = latents[k:k + 64], rows[k:k + 64]
        n = len(part)
        with torch.autocast('cpu', torch.bfloat16):
            embeds = pipeline.text_encoder(tokenize(pipeline.tokenizer, [row['prompt'] for row in part]))
            pairs = [scale_covariates(row_covariates(row)) for row in part]
            values, flags = (torch.from_numpy(np.stack(column)) for column in zip(*pairs))
            for sigma in sigmas:
                x = (1 - sigma) * x0 + sigma * noise
                guess = pipeline.unet(x, torch.full((n,), sigma * 1000.0), embeds, values, flags, torch.zeros(n, 2, 64, 64), torch.zeros(n, 1))
                total[k:k + n] += ((guess.float() - (noise - x0)) ** 2).mean(dim=(1, 2, 3))
    return total.numpy() / len(sigmas)


def auc_with_interval(members, others, rounds=500, seed=0):
    """Chance that a member's loss is lower than another's, with a bootstrap 95 % interval; 0.5 means nothing is betrayed."""
    def auc(a, b):
        return float((a[:, None] < b[None]).mean() + 0.5 * (a[:, None] == b[None]).mean())
    rng = np.random.default_rng(seed)
    draws = [auc(rng.choice(members, len(members)), rng.choice(others, len(others))) for _ in range(rounds)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return {'value': auc(members, others), 'low': float(low), 'high': float(high)}
