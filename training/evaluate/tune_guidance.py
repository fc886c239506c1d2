"""Which guidance, over which part of σ, for which set? KID, coverage and label agreement of each choice, by set.

    python -m training.evaluate.tune_guidance --pipeline runs/base/pipeline --data DIR --out runs/guidance.json

On validation rows; with `--training` on training rows against other training rows of the same labels, so that no held-out image is
looked at and the choice cannot flatter the evaluation.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.common.files import out_file
from training.evaluate.conditions import label_agreement
from training.evaluate.fidelity import matched_training_rows, set_groups
from training.evaluate.judged import caption_images
from training.judges.features import generic_features
from training.judges.judges import load_label_network
from training.judges.metrics import density_coverage, polynomial_mmd2
from training.model.generated import CachedGenerator

SCALES = (1.0, 1.25, 1.5, 2.0)
INTERVALS = ((0.0, 1.0), (0.2, 0.8), (0.0, 0.6), (0.4, 1.0))


def rows_of_sets(rows, allowed, per_set, seed=5):
    """Up to `per_set` of the allowed rows (bool (n,)) of each set: indices."""
    rng, out = np.random.default_rng(seed), []
    for name in sorted({row['set'] for row in rows}):
        at = [i for i in np.nonzero(allowed)[0] if rows[i]['set'] == name]
        out += sorted(int(i) for i in rng.permutation(at)[:per_set])
    return out


def by_set(rows, chosen, real, made, labels):
    """{set: {kid, coverage, label_agreement, n}} of features aligned to the chosen rows."""
    out = {}
    for name, at in set_groups(rows, chosen).items():
        named = labels['by_set']['generated'].get(name)
        out[name] = {'kid': polynomial_mmd2(made[at], real[at]), 'coverage': density_coverage(real[at], made[at])[1] if len(at) > 5 else None,
                     'label_agreement': named and named['value'], 'n': len(at)}
    return out


def tune_guidance(generator, rows, images, chosen, network, classes, *, scales=SCALES, intervals=INTERVALS, cache=None, device='cpu',
                  reference=None):
    """[{guidance, interval, sets: {set: {kid, coverage, label_agreement, n}}, kid, coverage, label_agreement}], the last three means over sets.

    generator: what draws, with its steps (generated.py). chosen: rows whose captions and covariates are asked for; reference: rows whose
    real images they are compared with (default: the chosen ones). At guidance 1 the interval says nothing and is measured once.
    """
    real_images = np.stack([images[i] for i in (chosen if reference is None else reference)])
    real, asked = generic_features(real_images, cache, device=device), [rows[i] for i in chosen]
    out = []
    for scale in scales:
        for interval in intervals if scale != 1 else intervals[:1]:
            made = caption_images(generator.with_steps(generator.steps, guidance=scale, interval=tuple(interval)), rows, chosen)
            labels = label_agreement(network, classes, asked, made, real_images)
            sets = by_set(rows, chosen, real, generic_features(made, cache, device=device), labels)
            means = {key: float(np.mean([part[key] for part in sets.values() if part[key] is not None]))
                     for key in ('kid', 'coverage', 'label_agreement')}
            out.append({'guidance': scale, 'interval': list(interval), 'sets': sets, **means})
            print(f"guidance {scale} over σ {interval[0]}–{interval[1]}: KID {means['kid']:.4f}, coverage {means['coverage']:.3f}, "
                  f"labels {means['label_agreement']:.3f}", flush=True)
    return out


def best_by_set(found, least_labels=0.0):
    """{set: {guidance, interval}} with the lowest KID among the choices that name at least `least_labels` of the labels right."""
    out = {}
    for name in found[0]['sets']:
        fit = [part for part in found if (part['sets'][name]['label_agreement'] or 1) >= least_labels] or found
        best = min(fit, key=lambda part: part['sets'][name]['kid'])
        out[name] = {'guidance': best['guidance'], 'interval': best['interval']}
    return out


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--store', default='runs/evaluation')
    parser.add_argument('--judge', help="the label network: judges.py's .pt or the page's .onnx")
    parser.add_argument('--scales', type=float, nargs='+', default=SCALES)
    parser.add_argument('--steps', type=int, default=12)
    parser.add_argument('--per-set', type=int, default=40)
    parser.add_argument('--training', action='store_true', help='rows of the training split')
    parser.add_argument('--out', type=out_file)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    from training.data.dataset import load_dataset
    from training.evaluate.judged import PAGE_NETWORK
    rows, images, _, validation = load_dataset(args.data, args.cache)
    network, classes = load_label_network(args.judge or PAGE_NETWORK, rows, args.device)
    chosen = rows_of_sets(rows, ~validation if args.training else validation, args.per_set)
    reference = matched_training_rows(rows, chosen, np.setdiff1d(np.nonzero(~validation)[0], chosen)) if args.training else None
    generator = CachedGenerator(args.pipeline, args.steps, 1.0, args.store, device=args.device, batch=8 if args.device == 'cpu' else 256)
    found = tune_guidance(generator, rows, images, chosen, network, classes, scales=args.scales, device=args.device, reference=reference,
                          cache=str(Path(args.cache) / 'features') if args.device == 'cpu' else None)
    print(json.dumps(best_by_set(found), indent=1))
    if args.out:
        Path(args.out).write_text(json.dumps({'steps': args.steps, 'rows': len(chosen), 'choices': found, 'best': best_by_set(found)}, indent=1) + '\n')
