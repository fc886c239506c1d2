"""Do synthetic skin photos with balanced tones help diagnosis where real ones are rare? Called by usefulness.py.

Six diagnoses of PAD-UFES, real training photos against real + synthetic ("mixed" of ways_to_train.py), by groups of the
measured skin tone. Two tests:

`validation`: photos that neither generator nor classifier saw. Fewer than 50 photos in a group: insufficient.
Only diagnoses with five or more photos in a group count there.
`cross_validated`: training photos, patients kept together, each predicted by classifiers that did not see its patient. The
generator was trained on these photos, so that what synthetic images gain here is an upper bound, not held-out evidence.
"""

import time

import numpy as np

from training.data.dataset import SKIN_TONES
from training.judges.features import generic_features
from training.judges.linear_head import folds_of
from training.usefulness.comparison import balanced_accuracies, compare, resampled_weights, verdict
from training.usefulness.synthetic import prompts_of
from training.usefulness.ways_to_train import Subset, Ways, view_features

CLASSES = ['ACK', 'BCC', 'MEL', 'NEV', 'SCC', 'SEK']
TONE_GROUPS = {'dark, brown, tan': ['dark', 'brown', 'tan'], 'intermediate': ['intermediate'],
               'light, very light': ['light', 'very light']}
ENOUGH, FEWEST = 50, 5
WAYS = ('real', 'mixed')


def synthetic_skin(generator, rows, validation, per_cell):
    """(images, labels): per_cell photos of every diagnosis in every tone, asked by prompt and covariate.

    Region, age and sex of a prompt are those of a training row of the diagnosis.
    """
    rng = np.random.default_rng(0)
    asked, covariates, labels = [], [], []
    for label, name in enumerate(CLASSES):
        pool = [i for i in np.nonzero(~validation)[0] if rows[i]['set'] == 'pad_ufes' and rows[i]['label'] == name]
        for value, tone in enumerate(SKIN_TONES):
            for i in rng.choice(pool, per_cell) if pool else ():
                row = rows[i]
                prompt = row['prompt'].replace(f"{row['skin_tone']} skin", f'{tone} skin') if row['skin_tone'] else row['prompt']
                asked.append(row | {'skin_tone': tone, 'prompt': prompt})
                covariates.append({'skin_tone': float(value)})
                labels.append(label)
    # In random order: a part of the set is then still balanced.
    order = rng.permutation(len(asked))
    prompts = prompts_of([asked[k] for k in order])
    images = generator.images(prompts, first_seed=30_000, covariates=[covariates[k] for k in order])
    return images, np.array(labels)[order]


def members(labels, tones):
    """{tone group: bool (n,)} of the photos that count: those of diagnoses with at least FEWEST photos in the group.

    The recall of one or two photos is a coin toss that would weigh as much as that of fifty.
    """
    out = {}
    for name, of in TONE_GROUPS.items():
        inside = np.isin(tones, of)
        counts = np.bincount(labels[inside], minlength=len(CLASSES))
        inside &= counts[labels] >= FEWEST
        if inside.any():
            out[name] = inside
    if not out:
        raise ValueError(f'no tone group has {FEWEST} photos of one diagnosis: give more test photos, got {len(labels)}')
    return out


def by_group(scores, labels, tones, patients, rounds):
    """Balanced accuracy of each tone group, gains, and the worst group before and after.

    scores: {'real', 'mixed': (seeds, n, 6)}.
    """
    groups = {}
    for name, inside in members(labels, tones).items():
        found = compare(balanced_accuracies, {way: s[:, inside] for way, s in scores.items()}, labels[inside], patients[inside], 'real', rounds)
        if inside.sum() < ENOUGH:
            found['mixed']['gain']['verdict'] = 'insufficient'
        groups[name] = {'n': int(inside.sum()), 'patients': len(set(patients[inside])),
                        'diagnoses': {CLASSES[k]: int((labels[inside] == k).sum()) for k in np.unique(labels[inside])}, **found}
    whole = {'n': len(labels), **compare(balanced_accuracies, scores, labels, patients, 'real', rounds)}
    return {'groups': groups, 'all': whole, 'worst_group': _worst_group(scores, labels, tones, patients, rounds)}


def _worst_group(scores, labels, tones, patients, rounds):
    """The lowest balanced accuracy of any group, mixed less real; the worst group is found anew in each resampling."""
    each = list(members(labels, tones).values())
    rng = np.random.default_rng(0)
    seeds = len(scores['real'])

    def worst(weights, pick):
        return {way: np.min([np.take_along_axis(balanced_accuracies(s[:, inside], labels[inside], weights[:, inside]), pick, axis=1).mean(1)
                             for inside in each], axis=0) for way, s in scores.items()}
    plain = worst(np.ones((1, len(labels))), np.arange(seeds)[None])
    drawn = worst(resampled_weights(patients, rounds), rng.integers(0, seeds, (rounds, seeds)))
    low, high = np.nanpercentile(drawn['mixed'] - drawn['real'], [2.5, 97.5])
    gain = {'value': round(float((plain['mixed'] - plain['real'])[0]), 4), 'low': round(float(low), 4), 'high': round(float(high), 4),
            'verdict': verdict(low, high) if all(inside.sum() >= ENOUGH for inside in each) else 'insufficient'}
    return {way: round(float(value[0]), 4) for way, value in plain.items()} | {'gain': gain}


def _predict(views, labels, patients, parts, seeds, tests, synthetic, synthetic_labels, device):
    """{way: [log probabilities (n of test, 6)]} and {way: [setting]}, one for each part of the training photos and the features it is
    tested on; settings were chosen among the photos of the part."""
    ways = Ways([Subset(views[:, part], labels[part], patients[part], seed) for part, seed in zip(parts, seeds)], synthetic, synthetic_labels,
                len(CLASSES), folds=3, device=device)
    scores, settings = {}, {}
    for way in WAYS:
        found = ways.best(way)
        scores[way] = [head.log_probabilities(to_real(test)) for (head, _), to_real, test in zip(found, ways.to_real, tests)]
        settings[way] = [setting for _, setting in found]
    return scores, settings


def _held_out_and_crossed(views, labels, patients, test, made, made_labels, seeds, outer_folds, device):
    """Scores {way: (seeds, n, 6)} on test photos and, cross-validated, on the training photos; and the settings of the former."""
    def predict(*what):
        return _predict(views, labels, patients, *what, made, made_labels, device)
    parts = [np.nonzero(folds_of(patients, labels, 5, seed) != 0)[0] for seed in range(seeds)]
    held_out, settings = predict(parts, range(seeds), [test] * seeds)
    sides = [(seed, fold == k) for seed in range(seeds) for fold in [folds_of(patients, labels, outer_folds, 100 + seed)]
             for k in range(outer_folds)]
    found, _ = predict([np.nonzero(~out)[0] for _, out in sides], [seed for seed, _ in sides], [views[0, out] for _, out in sides])
    crossed = {way: np.zeros((seeds, len(labels), len(CLASSES))) for way in WAYS}
    for way in WAYS:
        for (seed, out), scores in zip(sides, found[way]):
            crossed[way][seed, out] = scores
    return {way: np.stack(scores) for way, scores in held_out.items()}, crossed, settings


def skin_usefulness(generator, rows, images, validation, *, per_cell=10, seeds=5, outer_folds=3, cache='runs/useful', rounds=1000,
                    device='cpu'):
    """Balanced accuracy by tone group, real against real + synthetic, on validation photos and cross-validated.

    On validation each seed trains with 80 % of the training patients. Flat keys skin_worst_group_gain (and _low, _high)
    are of the validation photos, skin_worst_group_gain_cross_validated (and _low, _high) of the others.
    """
    start = time.time()
    made, made_labels = synthetic_skin(generator, rows, validation, per_cell)
    made_features = view_features(made, cache, device)
    known = np.array([row['set'] == 'pad_ufes' and row['label'] in CLASSES and row['skin_tone'] in SKIN_TONES for row in rows])
    training, test = np.nonzero(known & ~validation)[0], np.nonzero(known & validation)[0]
    views, test_features = view_features(images[training], cache, device), generic_features(images[test], cache, device=device)

    def of(index):
        return (np.array([CLASSES.index(rows[i]['label']) for i in index]), np.array([rows[i]['skin_tone'] for i in index]),
                np.array([rows[i]['patient'] for i in index]))
    labels, tones, patients = of(training)
    held_out, crossed, settings = _held_out_and_crossed(views, labels, patients, test_features, made_features, made_labels, seeds, outer_folds,
                                                        device)
    result = {'validation': by_group(held_out, *of(test), rounds),
              'cross_validated': by_group(crossed, labels, tones, patients, rounds) | {'generator_saw_these_photos': True}}
    for name, kind in (('skin_worst_group_gain', 'validation'), ('skin_worst_group_gain_cross_validated', 'cross_validated')):
        gain = result[kind]['worst_group']['gain']
        result |= {name: gain['value'], f'{name}_low': gain['low'], f'{name}_high': gain['high'], f'{name}_verdict': gain['verdict']}
        print(f"  {kind}: worst group {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] {gain['verdict']}", flush=True)
    return result | {'real_photos': len(training), 'synthetic_photos': len(made), 'per_cell': per_cell, 'seeds': seeds, 'settings': settings,
                     'steps': generator.steps, 'guidance': generator.guidance, 'seconds': round(time.time() - start)}
