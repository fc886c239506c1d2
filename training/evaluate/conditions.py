"""Does an image show what was asked for? Labels, masks, skin tone and fluid, and labels switched by image to image.

The effect of every covariate, for the manifest, is in effects.py.
"""

import numpy as np
from scipy.stats import ks_2samp, rankdata

from training.data.dataset import SKIN_TONES, mask_channels
from training.evaluate.fidelity import grey_small
from training.judges.judges import agreement, judge, named_right
from training.judges.measures import csf_measure, ita_measure, nuclei_areas, of_each
from training.judges.metrics import dice, exact_interval, ms_ssim
from training.model.generated import row_covariates


def share(counts):
    """{name: (right, n)} → mean share over the names, each counting alike."""
    return float(np.mean([right / n for right, n in counts.values()]))


def agreement_ratio(right_made, right_real, sets, rounds=1000, seed=0):
    """Mean over the sets of the share named right, generated over real, with a bootstrap 95 % interval of the rows of each set.

    right_made, right_real: (n,) of 0, 1 and NaN (named_right); sets (n,). {ratio, low, high, generated, real}, the last two by set with
    exact intervals.
    """
    rng, names = np.random.default_rng(seed), [name for name in np.unique(sets) if not np.isnan(right_real[sets == name]).any()]
    drawn = {side: [] for side in ('made', 'real')}
    for name in names:
        at = np.nonzero(sets == name)[0]
        pick = at[rng.integers(0, len(at), (rounds, len(at)))]
        drawn['made'].append(right_made[pick].mean(1))
        drawn['real'].append(right_real[pick].mean(1))
    low, high = np.percentile(np.mean(drawn['made'], 0) / np.mean(drawn['real'], 0), [2.5, 97.5])

    def by_set(right):
        return {str(name): exact_interval(int(right[sets == name].sum()), int((sets == name).sum())) for name in names}
    made, real = by_set(right_made), by_set(right_real)
    ratio = np.mean([part['value'] for part in made.values()]) / np.mean([part['value'] for part in real.values()])
    return {'ratio': float(ratio), 'low': float(low), 'high': float(high), 'by_set': {'generated': made, 'real': real}}


def label_agreement(network, classes, rows, made, real):
    """Labels named by a network that learned from real images only, generated over real held-out ones.

    made, real: uint8 images aligned to rows. The ratio is of means over the sets, each set counting alike; `generated` and `real` are
    {set: (right, n)}.
    """
    logits = {name: judge(network, images)[1] for name, images in (('generated', made), ('real', real))}
    right = {name: named_right(found, rows, classes) for name, found in logits.items()}
    counts = {name: agreement(found, rows, classes) for name, found in logits.items()}
    return agreement_ratio(right['generated'], right['real'], np.array([row['set'] for row in rows])) | counts


def mask_dice(generator, segment, rows, masks, chosen):
    """Mean foreground Dice of the mask asked for and the one that `segment` finds, with a bootstrap interval over the images.

    segment: uint8 (n, 256, 256, 3) → bool (n, 256, 256), trained on real images only. chosen: held-out rows with a mask.
    """
    planes = np.stack([mask_channels(masks[i]) for i in chosen]).astype(np.float32) / 255
    made = generator.images([rows[i]['prompt'] for i in chosen], masks=planes, first_seed=7000)
    values = dice(segment(made), np.stack([masks[i] for i in chosen]) > 0)
    draws = values[np.random.default_rng(0).integers(0, len(values), (1000, len(values)))].mean(1)
    low, high = np.percentile(draws, [2.5, 97.5])
    by = {}
    for k, i in enumerate(chosen):
        by.setdefault(rows[i]['label'], []).append(values[k])
    return {'value': float(values.mean()), 'low': float(low), 'high': float(high),
            'by_label': {name: [float(np.mean(part)), len(part)] for name, part in by.items()}, 'n': len(chosen)}


def _of_fields(fields):
    """What a list of arrays of nuclei areas has in common: counts and areas with their quartiles, and fields with no nucleus."""
    counts = np.array([len(areas) for areas in fields])
    areas = np.concatenate(fields)
    quartiles = {name: [round(float(v), 1) for v in np.percentile(values, [25, 50, 75])] if len(values) else None
                 for name, values in (('count', counts), ('area', areas))}
    return {'count_quartiles': quartiles['count'], 'area_quartiles': quartiles['area'], 'count_mean': float(counts.mean()),
            'empty': exact_interval(int((counts == 0).sum()), len(counts))}


def nuclei_fields(segment, rows, made, real, masks):
    """Counts and areas of the nuclei that the same segmenter finds in generated and in real fields, by stain.

    made, real: uint8 images aligned to rows (of microscopy); masks: their true instance masks, beside which the segmenter's own counts
    on the real ones are told. The distances are Kolmogorov and Smirnov's (0: alike, 1: apart), with their two-sided p.
    """
    stains = np.array([row['label'] for row in rows])
    found = {name: of_each(nuclei_areas, segment(images)) for name, images in (('generated', made), ('real', real))}
    out = {}
    for stain in ['all', *sorted(set(stains))]:
        at = np.nonzero((stains == stain) | (stain == 'all'))[0]
        fields = {name: [parts[k] for k in at] for name, parts in found.items()}
        counts = [[len(areas) for areas in parts] for parts in fields.values()]
        areas = [np.concatenate(parts) for parts in fields.values()]
        out[stain] = {name: _of_fields(parts) for name, parts in fields.items()} | {'n': len(at), 'count_distance': _distance(*counts),
                                                                                   'area_distance': _distance(*areas)}
    truth = [len(np.unique(mask)) - 1 for mask in masks]
    out['segmenter_count_on_real'] = spearman(truth, [len(areas) for areas in found['real']])
    return out


def _distance(a, b):
    """Kolmogorov and Smirnov's distance of two samples and its p, or None where one is empty."""
    if not len(a) or not len(b):
        return None
    found = ks_2samp(a, b)
    return {'value': float(found.statistic), 'p': float(found.pvalue)}


def _correlation(ranks_a, ranks_b):
    """Pearson's correlation along the last axis."""
    a, b = (ranks - ranks.mean(-1, keepdims=True) for ranks in (ranks_a, ranks_b))
    with np.errstate(invalid='ignore', divide='ignore'):
        return (a * b).sum(-1) / np.sqrt((a**2).sum(-1) * (b**2).sum(-1))


def spearman(asked, measured, rounds=500, seed=0):
    """Rank correlation with a bootstrap 95 % interval; images without a measure count as nothing, but are counted.

    Fewer than three measured images, or measures that do not differ, give 0 with the interval −1…1.
    """
    asked, measured = np.asarray(asked, float), np.asarray(measured, float)
    kept = np.isfinite(measured)
    a, m = asked[kept], measured[kept]
    counts = {'n': int(kept.sum()), 'unmeasured': int((~kept).sum())}
    if len(a) < 3 or not np.ptp(a) or not np.ptp(m):
        return {'value': 0.0, 'low': -1.0, 'high': 1.0, **counts}
    at = np.random.default_rng(seed).integers(0, len(a), (rounds, len(a)))
    draws = _correlation(rankdata(a[at], axis=1), rankdata(m[at], axis=1))
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return {'value': float(_correlation(rankdata(a), rankdata(m))), 'low': float(low), 'high': float(high), **counts}


def skin_tone_response(generator, per_tone=16):
    """Asked ITA class against measured ITA: by covariate and words, and by covariate alone."""
    lesions = ['nevus', 'basal cell carcinoma', 'actinic keratosis', 'seborrheic keratosis']
    asked = [tone for tone in range(len(SKIN_TONES)) for _ in range(per_tone)]
    covariates = [{'skin_tone': tone} for tone in asked]
    words = [f'clinical skin photo, {SKIN_TONES[tone]} skin, {lesions[k % 4]}' for k, tone in enumerate(asked)]
    plain = [f'clinical skin photo, {lesions[k % 4]}' for k in range(len(asked))]
    out = {}
    for name, prompts in (('words_and_covariate', words), ('covariate', plain)):
        made = generator.images(prompts, covariates=covariates, first_seed=8000)
        out[name] = spearman(asked, of_each(ita_measure, made))
    return out


def csf_response(generator, count=80):
    """Asked csf_fraction (uniform over its 5th to 95th percentile in OASIS-1) against the fluid measured in axial slices."""
    asked = np.linspace(0.14, 0.53, count)
    made = generator.images(['axial T1 brain MRI'] * count, covariates=[{'csf_fraction': float(v)} for v in asked], first_seed=8500)
    return spearman(asked, of_each(csf_measure, made))


def age_csf_response(generator, rows, images, chosen, repeats=4):
    """Age asked, fluid measured but never asked; beside the same measure on the real axial slices of `chosen` rows."""
    asked = [row_covariates(rows[i])['age'] for i in chosen for _ in range(repeats)]
    sexes = [row_covariates(rows[i]).get('sex', 0) for i in chosen for _ in range(repeats)]
    prompts = [f"axial T1 brain MRI, {age:.0f} year old {'man' if sex else 'woman'}" for age, sex in zip(asked, sexes)]
    made = generator.images(prompts, covariates=[{'age': a, 'sex': s} for a, s in zip(asked, sexes)], first_seed=8800)
    generated = spearman(asked, of_each(csf_measure, made))
    real = spearman([row_covariates(rows[i])['age'] for i in chosen], of_each(csf_measure, [np.asarray(images[i]) for i in chosen]))
    return {'generated': generated, 'real': real}


SWITCHES = [('kermany', 'normal', 'bacterial pneumonia', 'pediatric frontal chest x-ray, bacterial pneumonia'),
            ('nickparvar', 'notumor', 'glioma', 'brain MRI slice, glioma tumor'),
            ('busi', 'benign', 'malignant', 'breast ultrasound, malignant lesion')]


def image_to_image_switch(generator, network, classes, rows, images, validation, strengths=(0.3, 0.5, 0.7), count=24):
    """For each switch and strength: share of images that the label network gives the new label, and MS-SSIM to the source."""
    out = {}
    for owner, before, after, prompt in SWITCHES:
        chosen = [i for i in np.nonzero(validation)[0] if rows[i]['set'] == owner and rows[i]['label'] == before][:count]
        source = np.stack([images[i] for i in chosen])
        wanted = [{**rows[i], 'label': after} for i in chosen]
        (right, n), = agreement(judge(network, source)[1], wanted, classes).values()
        out[f'{owner}: {before} to {after}'] = entry = {'n': n, 'switched_before': right / n}
        for strength in strengths:
            made = generator.images([prompt] * len(chosen), source=source, strength=strength, first_seed=9500)
            (right, n), = agreement(judge(network, made)[1], wanted, classes).values()
            entry[f'strength_{strength}'] = {'switched': right / n, 'ms_ssim': float(ms_ssim(grey_small(made), grey_small(source)).mean())}
    return out
