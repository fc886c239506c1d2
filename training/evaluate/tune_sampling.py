"""Which scheduler, σ spacing and time shift, at how many steps? KID, coverage and label agreement of each choice.

    python -m training.evaluate.tune_sampling --package public/models/phantoscope-medical-256 --data DIR --steps 4 --out runs/sampling.json
    python -m training.evaluate.tune_sampling --package public/models/phantoscope-medical-256 --best --data DIR --steps 6 8 12

Pictures are drawn by PyTorch with the weights that the package stores, for captions of training rows, and compared with other training
rows of the same labels: no held-out image is looked at, so the choice cannot flatter the evaluation. It goes on where it was cut.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from training.common.errors import BadSetting, named_errors
from training.common.files import out_file
from training.data.dataset import load_dataset
from training.evaluate.conditions import label_agreement
from training.evaluate.evaluate import write_json
from training.evaluate.fidelity import matched_training_rows
from training.evaluate.judged import PAGE_NETWORK, caption_images
from training.evaluate.tune_guidance import by_set, rows_of_sets
from training.export.package import package_digest, read_entry, read_package, with_unet_of
from training.judges.features import generic_features
from training.judges.judges import load_label_network
from training.model.generated import Generator, ImageStore

#: (solver, spacing, shift). Multistep solvers need more than two steps; a shift above 1 spends more of them near noise.
WAYS = (('flow-match-euler', 'trailing', 1.0), ('dpm-solver-multistep', 'trailing', 1.0), ('flow-match-euler', 'trailing', 1.5),
        ('flow-match-euler', 'trailing', 0.6), ('dpm-solver-multistep', 'trailing', 1.5), ('dpm-solver-multistep', 'trailing', 0.6),
        ('flow-match-euler', 'linspace', 1.0), ('flow-match-euler', 'trailing', 2.5))


def measure(generator, dataset, chosen, judge, cache):
    """{kid, coverage, label_agreement, sets} of the pictures that `generator` draws for the chosen rows; means over the sets."""
    rows, images, validation = dataset
    network, classes = judge
    reference = matched_training_rows(rows, chosen, np.setdiff1d(np.nonzero(~validation)[0], chosen))
    real_images = np.stack([images[i] for i in reference])
    made = caption_images(generator, rows, chosen)
    labels = label_agreement(network, classes, [rows[i] for i in chosen], made, real_images)
    sets = by_set(rows, chosen, generic_features(real_images, cache), generic_features(made, cache), labels)
    means = {key: float(np.mean([part[key] for part in sets.values() if part[key] is not None])) for key in ('kid', 'coverage', 'label_agreement')}
    return {**means, 'sets': sets}


def package_generator(args):
    """What draws: the package's default weights, or with --best those of its many-step entry, with that entry's guidance."""
    entry = read_entry(args.manifest, Path(args.package).name)
    pipeline, used = read_package(args.package, entry, 'cpu'), entry
    if args.best:
        used = read_entry(args.manifest, f"{entry['id']}-guided")
        pipeline = with_unet_of(pipeline, args.package, entry, used)
    defaults = used['defaults']
    return Generator(pipeline, f'torch {package_digest(args.package, used)}', ImageStore(args.store), defaults['numInferenceSteps'],
                     defaults['guidanceScale'], tuple(defaults.get('guidanceInterval', (0.0, 1.0))), batch=8, precision=args.precision)


def choices(steps, ways=WAYS):
    """Every way at every number of steps, the number outermost."""
    return [(n, *way) for n in steps for way in ways]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--package', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--best', action='store_true', help="the package's many-step entry with its guidance")
    parser.add_argument('--steps', type=int, nargs='+', default=[4])
    parser.add_argument('--per-set', type=int, default=24)
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--store', default='runs/sampling')
    parser.add_argument('--precision', choices=['fp32', 'bf16'], default='bf16')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--out', type=out_file, default='runs/sampling.json')
    args = parser.parse_args()
    if min(args.steps) < 2:
        raise BadSetting(f'--steps has to be 2 or more to compare ways of spacing them, got {min(args.steps)}.')
    return args


@named_errors
def main():
    args, started = arguments(), time.time()
    torch.set_num_threads(args.threads)
    rows, images, _, validation = load_dataset(args.data, args.cache)
    judge = load_label_network(PAGE_NETWORK, rows, 'cpu')
    chosen = rows_of_sets(rows, ~validation, args.per_set)
    generator, out = package_generator(args), Path(args.out)
    found = json.loads(out.read_text()) if out.exists() else []
    done = {tuple(part['way']) for part in found if part['weights'] == generator.weights}
    for way in choices(args.steps):
        if way in done:
            continue
        steps, solver, spacing, shift = way
        figures = measure(generator.with_steps(steps, solver=solver, spacing=spacing, shift=shift), (rows, images, validation), chosen, judge,
                          str(Path(args.cache) / 'features'))
        found.append({'way': list(way), 'weights': generator.weights, 'pictures': len(chosen), **figures})
        write_json(out, found)
        print(f"[{time.time() - started:6.0f}] {steps} steps, {solver}, {spacing}, shift {shift:g}: KID {figures['kid']:.4f}, coverage "
              f"{figures['coverage']:.3f}, labels {figures['label_agreement']:.3f}", flush=True)


if __name__ == '__main__':
    main()
