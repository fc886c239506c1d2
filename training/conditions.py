"""Does an image show what was asked for? Labels, masks, covariates, and labels switched by image to image."""

import numpy as np
from data import SKIN_TONES, mask_channels
from fidelity import grey_small
from generated import row_covariates
from judges import agreement, judge
from measures import csf_measure, ita_measure
from metrics import dice, ms_ssim
from scipy.stats import spearmanr


def share(counts):
    """{name: (right, n)} → mean share over the names, each counting alike."""
    return float(np.mean([right / n for right, n in counts.values()]))


def label_agreement(network, classes, rows, made, real):
    """Labels named by a network that learned from real images only, generated over real held-out ones.

    made, real: uint8 images aligned to rows. The ratio is of means over the sets, each set counting alike.
    """
    by = {name: agreement(judge(network, images)[1], rows, classes) for name, images in (('generated', made), ('real', real))}
    return {'ratio': share(by['generated']) / share(by['real']), **by}


def mask_dice(generator, segment, rows, masks, chosen):
    """Mean foreground Dice of the mask asked for and the one that `segment` finds; and the same on the real images' side.

    segment: uint8 (n, 256, 256, 3) → bool (n, 256, 256), trained on real images only. chosen: held-out rows with a mask.
    """
    planes = np.stack([mask_channels(masks[i]) for i in chosen]).astype(np.float32) / 255
    made = generator.images([rows[i]['prompt'] for i in chosen], masks=planes, first_seed=7000)
    values = dice(segment(made), np.stack([masks[i] for i in chosen]) > 0)
    by = {}
    for k, i in enumerate(chosen):
        by.setdefault(rows[i]['label'], []).append(values[k])
    return {'value': float(values.mean()), 'by_label': {name: [float(np.mean(part)), len(part)] for name, part in by.items()}, 'n': len(chosen)}


def spearman(asked, measured, rounds=500, seed=0):
    """Rank correlation with a bootstrap 95 % interval; images without a measure count as nothing, but are counted."""
    asked, measured = np.asarray(asked, float), np.asarray(measured, float)
    kept = np.isfinite(measured)
    a, m = asked[kept], measured[kept]
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(rounds):
        at = rng.choice(len(a), len(a))
        draws.append(spearmanr(a[at], m[at])[0])
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return {'value': float(spearmanr(a, m)[0]), 'low': float(low), 'high': float(high), 'n': int(kept.sum()), 'unmeasured': int((~kept).sum())}


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
        out[name] = spearman(asked, [ita_measure(image) for image in made])
    return out


def csf_response(generator, count=80):
    """Asked csf_fraction (uniform over its 5th to 95th percentile in OASIS-1) against the fluid measured in axial slices."""
    asked = np.linspace(0.14, 0.53, count)
    made = generator.images(['axial T1 brain MRI'] * count, covariates=[{'csf_fraction': float(v)} for v in asked], first_seed=8500)
    return spearman(asked, [csf_measure(image) for image in made])


def age_csf_response(generator, rows, images, chosen, repeats=4):
    """Age asked, fluid measured but never asked; beside the same measure on the real axial slices of `chosen` rows."""
    asked = [row_covariates(rows[i])['age'] for i in chosen for _ in range(repeats)]
    sexes = [row_covariates(rows[i]).get('sex', 0) for i in chosen for _ in range(repeats)]
    prompts = [f"axial T1 brain MRI, {age:.0f} year old {'man' if sex else 'woman'}" for age, sex in zip(asked, sexes)]
    made = generator.images(prompts, covariates=[{'age': a, 'sex': s} for a, s in zip(asked, sexes)], first_seed=8800)
    generated = spearman(asked, [csf_measure(image) for image in made])
    real = spearman([row_covariates(rows[i])['age'] for i in chosen], [csf_measure(np.asarray(images[i])) for i in chosen])
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
