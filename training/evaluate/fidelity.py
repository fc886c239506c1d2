"""Are the images realistic, varied and nobody's copy? Compares generated with real held-out images, feature by feature.

Image k of a generated set was made from the caption and covariates of held-out row k, so both have the same labels in the
same numbers, and the floor (real against real) takes as many training images of the same labels.
"""

import numpy as np
import torch
import torch.nn.functional as F

from training.data.dataset import MODALITIES, modality_index
from training.judges.measures import laplacian_variance, of_each, vessel_share
from training.judges.metrics import KidParts, density_coverage, exact_interval, kid, ms_ssim, polynomial_mmd2, squared_distances, subsets
from training.model.generated import row_covariates
from training.model.sample import rounding, scale_covariates
from training.model.text_encoder import tokenize


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


def set_groups(rows, chosen):
    """{set: positions} of the chosen rows."""
    out = {}
    for k, i in enumerate(chosen):
        out.setdefault(rows[i]['set'], []).append(k)
    return {name: np.array(at) for name, at in sorted(out.items())}


def _mean_kids(real, sets, at_groups, rounds, seed=0):
    """For each of the generated `sets` of features: (mean KID over the groups, the same of halves (rounds,), drawn alike for all)."""
    values, draws = [], np.zeros((len(sets), rounds))
    for made in sets:
        values.append(float(np.mean([polynomial_mmd2(made[at], real[at]) for at in at_groups])))
    for at in at_groups:
        take = subsets(np.random.default_rng([seed, len(at), int(at[0])]), len(at), rounds)
        for k, made in enumerate(sets):
            draws[k] += KidParts(made[at], real[at])(take, take) / len(at_groups)
    return values, draws


def kid_mean(real, made, at_groups, rounds=200):
    """Mean KID over the groups with a 95 % interval: {value, low, high}. The spread of halves stands for that of the whole (metrics.kid)."""
    (value,), (draws,) = _mean_kids(real, [made], at_groups, rounds)
    low, high = np.percentile(draws - draws.mean(), [2.5, 97.5])
    return {'value': value, 'low': value + float(low), 'high': value + float(high)}


def kid_ratio(real, few, many, at_groups, rounds=200, seed=0):
    """Mean KID over the groups of `few` over that of `many`, with a 95 % interval from halves drawn alike for both.

    The spread of subsets of half the images stands for that of the whole (see metrics.kid). low and high are None where the KID of
    `many` is not clearly above 0: a ratio to it says nothing.
    """
    values, draws = _mean_kids(real, [few, many], at_groups, rounds, seed)
    value, parts = values[0] / values[1], draws[0] / draws[1]
    if np.percentile(draws[1], 2.5) <= 0:
        return {'value': value, 'low': None, 'high': None}
    low, high = np.percentile(parts - parts.mean(), [2.5, 97.5])
    return {'value': value, 'low': value + float(low), 'high': value + float(high)}


def covered(real, made, k=5):
    """(n,) bool: does the ball of each real sample, out to its k-th neighbour, hold a generated one? The mean is coverage."""
    radius = np.sort(squared_distances(real, real), axis=1)[:, k]
    return (squared_distances(real, made) <= radius[:, None]).any(1)


def coverage_over(real, made, reference, at_groups, rounds=1000, seed=0):
    """Coverage of `made` over that of `reference` (as many images), means over the groups, real images resampled: {value, low, high}."""
    rng, parts, draws = np.random.default_rng(seed), [], []
    for at in at_groups:
        pair = np.stack([covered(real[at], made[at]), covered(real[at], reference[at])]).astype(float)
        pick = rng.integers(0, len(at), (rounds, len(at)))
        parts.append(pair.mean(1))
        draws.append(pair[:, pick].mean(2))
    over, drawn = np.mean(parts, 0), np.mean(draws, 0)
    with np.errstate(divide='ignore', invalid='ignore'):
        low, high = np.nanpercentile(drawn[0] / drawn[1], [2.5, 97.5])
    return {'value': float(over[0] / over[1]), 'low': float(low), 'high': float(high)}


def sharpness(rows, chosen, made, real, decoded):
    """Median Laplacian variance of generated and of real images by set, and of real ones of the same labels that only went through the
    autoencoder: {set: {generated, real, decoded, n}}."""
    sides = {'generated': made, 'real': real, 'decoded': decoded}
    found = {side: np.array(of_each(laplacian_variance, images)) for side, images in sides.items()}
    return {name: {side: float(np.median(values[at])) for side, values in found.items()} | {'n': len(at)}
            for name, at in set_groups(rows, chosen).items()}


def vessels(rows, chosen, made, real, rounds=1000, seed=0):
    """Share of vessel pixels in fundus photos by a fixed ridge filter: means, and generated over real with a bootstrap interval."""
    at = [k for k, i in enumerate(chosen) if rows[i]['set'] == 'idrid']
    shares = [np.array(of_each(vessel_share, images[at])) for images in (made, real)]
    rng = np.random.default_rng(seed)
    drawn = [np.nanmean(values[rng.integers(0, len(at), (rounds, len(at)))], axis=1) for values in shares]
    low, high = np.nanpercentile(drawn[0] / drawn[1], [2.5, 97.5])
    generated, true = (float(np.nanmean(values)) for values in shares)
    return {'generated': generated, 'real': true, 'ratio': {'value': generated / true, 'low': float(low), 'high': float(high)}, 'n': len(at),
            'without_disc': int(np.isnan(shares[0]).sum())}


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


def thumbnails(images, side=32):
    """Features of the picture itself: grey, side×side pixels, less their mean, of length 1: uint8 (n, h, w, 3) → float32 (n, side²).

    The distance of two is √(2 − 2·correlation): what a copy with other brightness and contrast keeps.
    """
    grey = torch.from_numpy(np.ascontiguousarray(images)).float().mean(3)
    x = F.adaptive_avg_pool2d(grey[:, None], side).flatten(1)
    return F.normalize(x - x.mean(1, keepdim=True), dim=1).numpy()


def copies(rows, chosen, train, made, held_out, training, percentile=5):
    """Copies, with a threshold of its own for each set: {copy_rate, holdout_rate, points, pooled, by_set, above, nearest}.

    A copy lies nearer to a training image of its set than the nearest 5 % of held-out real ones do. made, held_out: features (n, d)
    of the chosen rows; training: features of `train`. Shares of each set have exact intervals; `above` names the sets whose interval
    lies above the share of held-out images (as src/evaluation refuses an export). `nearest` holds the twenty closest
    (position, training row, distance/threshold).
    """
    train_sets, by, nearest = np.array([rows[i]['set'] for i in train]), {}, []
    for name, at in set_groups(rows, chosen).items():
        base = np.nonzero(train_sets == name)[0]
        if len(at) < 10 or not len(base):
            continue
        distance = np.sqrt(squared_distances(made[at], training[base]))
        held = np.sqrt(squared_distances(held_out[at], training[base]).min(1))
        threshold = np.percentile(held, percentile)
        by[name] = {'generated': exact_interval(int((distance.min(1) < threshold).sum()), len(at)),
                    'held_out': exact_interval(int((held < threshold).sum()), len(at))}
        nearest += [(float(row.min() / threshold), int(k), int(train[base[row.argmin()]])) for k, row in zip(at, distance)]
    pooled = {side: exact_interval(*(sum(part[side][key] for part in by.values()) for key in ('hits', 'n'))) for side in ('generated', 'held_out')}
    rate, holdout = pooled['generated']['value'], pooled['held_out']['value']
    return {'copy_rate': rate, 'holdout_rate': holdout, 'points': 100 * (rate - holdout), 'pooled': pooled, 'by_set': by,
            'above': [name for name, part in by.items() if part['generated']['low'] > part['held_out']['value']],
            'nearest': [(k, i, round(ratio, 3)) for ratio, k, i in sorted(nearest)[:20]]}


@torch.no_grad()
def denoising_losses(pipeline, latents, rows, sigmas=(0.2, 0.4, 0.6, 0.8), seed=0, batch=64, precision='bf16'):
    """Velocity error of each image, its own caption and covariates given, the same noise for all: (n,). latents scaled."""
    noise = torch.randn(latents.shape[1:], generator=torch.Generator().manual_seed(seed)).to(pipeline.device)
    config, total = pipeline.unet.config, torch.zeros(len(latents))
    for k in range(0, len(latents), batch):
        x0, part = latents[k:k + batch].to(pipeline.device), rows[k:k + batch]
        n = len(part)
        pairs = [scale_covariates(row_covariates(row), pipeline.covariates) for row in part]
        values, flags = (torch.from_numpy(np.stack(column)).to(x0.device) for column in zip(*pairs))
        mask = torch.zeros(n, config.mask_channels, config.mask_size, config.mask_size, device=x0.device)
        with rounding(pipeline.device, precision):
            embeds = pipeline.text_encoder(tokenize(pipeline.tokenizer, [row['prompt'] for row in part]).to(x0.device))
            for sigma in sigmas:
                x = (1 - sigma) * x0 + sigma * noise
                guess = pipeline.unet(x, torch.full((n,), sigma * 1000.0, device=x0.device), embeds, values, flags, mask, mask[:, :1, 0, 0])
                total[k:k + n] += ((guess.float() - (noise - x0)) ** 2).mean(dim=(1, 2, 3)).cpu()
    return total.numpy() / len(sigmas)


def nearest_generated(targets, target_kinds, pool, pool_kinds):
    """Distance (n,) of each target's features to the nearest generated ones of its modality: small ones may betray a member.

    Chen et al. 2020, GAN-Leaks, https://arxiv.org/abs/1909.03935, full black box.
    """
    out = np.full(len(targets), np.nan)
    for kind in np.unique(target_kinds):
        at = np.nonzero(target_kinds == kind)[0]
        out[at] = np.sqrt(squared_distances(targets[at], pool[pool_kinds == kind]).min(1))
    return out


def auc_with_interval(members, others, rounds=500, seed=0):
    """Chance that a member's loss is lower than another's, with a bootstrap 95 % interval; 0.5 means nothing is betrayed."""
    before = (members[:, None] < others[None]) + 0.5 * (members[:, None] == others[None])
    rng = np.random.default_rng(seed)
    a, b = (rng.multinomial(n, np.full(n, 1 / n), rounds) / n for n in before.shape)
    low, high = np.percentile(((a @ before) * b).sum(1), [2.5, 97.5])
    return {'value': float(before.mean()), 'low': float(low), 'high': float(high)}
