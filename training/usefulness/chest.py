"""Does pre-training on synthetic chest X-rays help a classifier of few real ones? Called by usefulness.py.

Classes of Kermany: normal, bacterial, viral. The ways to train are those of ways_to_train.py; settings are chosen inside
the real training images of each seed. Validation images are only tested on. The generator itself was trained on all
training images, labels included: a gain says what it carries over from them.

Why a linear head: on 500 training images of other patients it and a small network trained from scratch (four convolutions,
64×64, 200–600 steps) gave balanced accuracies of 0.67 and 0.67 from 50 images, 0.70 and 0.71–0.74 from 100, 0.75 and
0.74–0.75 from 500, one seed each; the head takes a hundredth of the time and so can choose its settings anew in each subset.
"""

import time

import numpy as np

from training.judges.features import generic_features
from training.usefulness.comparison import balanced_accuracies, compare, macro_aurocs
from training.usefulness.synthetic import prompts_of
from training.usefulness.ways_to_train import SETTINGS, Subset, Ways, view_features

CLASSES = ['normal', 'bacterial pneumonia', 'viral pneumonia']


def real_subset(rows, candidates, size, seed):
    """Row indices (size,): one image of each patient drawn, the classes in the shares they have among the candidates.

    For one seed, a smaller subset is part of a larger one.
    """
    rng = np.random.default_rng(seed)
    by_class = [[i for i in candidates if rows[i]['label'] == name] for name in CLASSES]
    chosen = []
    for indices in by_class:
        order, patients = [], set()
        for i in rng.permutation(indices):
            if rows[i]['patient'] not in patients:
                patients.add(rows[i]['patient'])
                order.append(int(i))
        wanted = round(size * len(indices) / len(candidates))
        if len(order) < wanted:
            raise ValueError(f'{size} images need {wanted} patients of one class, but there are {len(order)}: ask for fewer')
        chosen += order[:wanted]
    return np.array(chosen)


def synthetic_chest(generator, rows, validation, count):
    """(images uint8 (count, 256, 256, 3), labels (count,)), classes in equal shares; prompts phrase training rows."""
    rng = np.random.default_rng(0)
    pools = [[i for i in np.nonzero(~validation)[0] if rows[i]['set'] == 'kermany' and rows[i]['label'] == name] for name in CLASSES]
    labels = np.arange(count) % len(CLASSES)
    prompts = prompts_of([rows[rng.choice(pools[label])] for label in labels])
    return generator.images(prompts, first_seed=20_000), labels


def _by_size(ways, test, test_labels, groups, rounds):
    """What is found with the subsets of one size: balanced accuracy and macro AUROC of each way, and the settings chosen."""
    scores, settings = {}, {}
    for way in SETTINGS:
        found = ways.best(way)
        scores[way] = np.stack([head.log_probabilities(to_real(test)) for (head, _), to_real in zip(found, ways.to_real)])
        settings[way] = [setting for _, setting in found]
    return {'real_images': len(ways.subsets[0].labels), 'settings': settings,
            'balanced_accuracy': compare(balanced_accuracies, scores, test_labels, groups, 'real', rounds),
            'macro_auroc': compare(macro_aurocs, scores, test_labels, groups, 'real', min(rounds, 100))}


def chest_usefulness(generator, rows, images, validation, *, count=1500, sizes=(50, 100, 500), seeds=20, cache='runs/useful', rounds=1000,
                     device='cpu'):
    """Balanced accuracy and macro AUROC of each way at each size, and what synthetic images gain over real ones alone.

    Flat keys synth_then_real_gain_{size} (and _low, _high): difference of balanced accuracy from real only.
    """
    start = time.time()
    made, made_labels = synthetic_chest(generator, rows, validation, count)
    made_features = view_features(made, cache, device)
    label_of = {i: CLASSES.index(row['label']) for i, row in enumerate(rows) if row['set'] == 'kermany'}
    test, training = (np.array([i for i in label_of if validation[i] == side]) for side in (True, False))
    subsets = {size: [real_subset(rows, training, size, seed) for seed in range(seeds)] for size in sizes}
    pool = np.unique(np.concatenate([subset for of_size in subsets.values() for subset in of_size]))
    pool_features, test_features = view_features(images[pool], cache, device), generic_features(images[test], cache, device=device)
    test_labels = np.array([label_of[i] for i in test])
    groups = np.array([rows[i]['patient'] for i in test])
    result = {'test_images': len(test), 'test_patients': len(set(groups)), 'synthetic_images': count, 'seeds': seeds,
              'steps': generator.steps, 'guidance': generator.guidance, 'by_size': {}}
    for size in sizes:
        given = [Subset(pool_features[:, np.searchsorted(pool, subset)], np.array([label_of[i] for i in subset]),
                        np.array([rows[i]['patient'] for i in subset]), seed) for seed, subset in enumerate(subsets[size])]
        found = _by_size(Ways(given, made_features, made_labels, len(CLASSES), device=device), test_features, test_labels, groups, rounds)
        result['by_size'][str(size)] = found
        accuracy = found['balanced_accuracy']
        gain = accuracy['synthetic_then_real']['gain']
        result |= {f'synth_then_real_gain_{size}{end}': gain[part] for end, part in (('', 'value'), ('_low', 'low'), ('_high', 'high'))}
        print(f"  {size} real images: " + ', '.join(f"{way} {accuracy[way]['value']:.3f}" for way in SETTINGS)
              + f"; gain {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] {gain['verdict']}, {time.time() - start:.0f} s", flush=True)
    return result | {'seconds': round(time.time() - start)}
