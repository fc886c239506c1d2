"""Checked while drawing, as the page does it: a picture is drawn again until the label network calls it what was asked for.

What comes of it is judged by another judge (judges.FeatureJudge): a set must not be judged by the network that chose it.
"""

import numpy as np

from training.common.philox import philox4x32
from training.evaluate.conditions import agreement_ratio
from training.evaluate.fidelity import coverage_over
from training.judges.judges import judge, named_right
from training.model.generated import row_covariates


def try_seed(seed, attempt):
    """The seed of a try, as src/diffusion/checked.ts takes it: the seed itself, then words of Philox with key (seed, 1)."""
    return seed if attempt == 0 else int(philox4x32(np.array([attempt, 0, 0, 0]), (seed, 1))[0])


def asked_probability(logits, rows, classes):
    """(n,) probability of the label asked for among the labels of its own set; 1 where a set has one label."""
    out = np.ones(len(rows))
    for k, row in enumerate(rows):
        own = [i for i, (owner, _) in enumerate(classes) if owner == row['set']]
        odds = np.exp(logits[k][own] - logits[k][own].max())
        out[k] = odds[own.index(classes.index((row['set'], row['label'])))] / odds.sum()
    return out


def draw_checked(generator, network, classes, rows, first, tries=4, first_seed=1000):
    """Pictures of the rows' captions, each drawn until the network calls it what was asked for, at most `tries` times.

    first: the pictures of the first try, drawn with seeds first_seed + k; the seeds of later tries are the page's (try_seed). After the last try without success the likeliest one is kept. {images, tries (n,), confirmed (n,), checkable (n,)}.
    """
    kept, taken, logits = np.array(first), np.ones(len(rows), int), judge(network, first)[1]
    best, right = asked_probability(logits, rows, classes), named_right(logits, rows, classes)
    checkable, confirmed = ~np.isnan(right), right == 1
    for attempt in range(1, tries):
        again = np.nonzero(checkable & ~confirmed)[0]
        if not len(again):
            break
        asked = [rows[k] for k in again]
        made = generator.images([row['prompt'] for row in asked], covariates=[row_covariates(row) for row in asked],
                                seeds=[try_seed(int(first_seed + k), attempt) for k in again])
        logits = judge(network, made)[1]
        chances, named = asked_probability(logits, asked, classes), named_right(logits, asked, classes)
        better = (named == 1) | (chances > best[again])
        kept[again[better]], best[again[better]] = made[better], chances[better]
        taken[again] += 1
        confirmed[again] = named == 1
    return {'images': kept, 'tries': taken, 'confirmed': confirmed, 'checkable': checkable}


def checked_figures(judged, generator, first, tries=4):
    """Mean tries, what the second judge says of checked and of unchecked pictures, and the coverage that checking costs.

    first: default pictures of the chosen rows (judged.py).
    """
    found = draw_checked(generator, judged.network, judged.classes, judged.asked, first, tries)
    features = {name: judged.generic(images) for name, images in (('unchecked', first), ('checked', found['images']))}
    right = {name: named_right(judged.second_judge.logits(x), judged.asked, judged.second_judge.classes)
             for name, x in {**features, 'real': judged.real['generic']}.items()}
    of = found['checkable']
    return {'tries': tries, 'mean_tries': float(found['tries'][of].mean()), 'confirmed': float(found['confirmed'][of].mean()), 'n': int(of.sum()),
            'unchecked': agreement_ratio(right['unchecked'], right['real'], judged.sets),
            'checked': agreement_ratio(right['checked'], right['real'], judged.sets),
            'coverage_over_unchecked': coverage_over(judged.real['generic'], features['checked'], features['unchecked'], judged.modality_at)}
