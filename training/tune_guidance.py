"""Chooses the guidance scale on training rows: KID against training images, and how often the label asked for is named.

    python training/tune_guidance.py --pipeline runs/base/pipeline --data DIR --scales 1.5 2 3 4

No held-out image is looked at, so the choice does not flatter the evaluation.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from conditions import share
from data import MODALITIES, load_dataset
from evaluate import balanced_rows, caption_images
from features import generic_features
from fidelity import groups, matched_training_rows
from generated import CachedGenerator
from judges import agreement, judge, load_label_network
from metrics import density_coverage, polynomial_mmd2

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--scales', type=float, nargs='+', default=[1.5, 2, 3, 4])
    parser.add_argument('--steps', type=int, default=12)
    parser.add_argument('--count', type=int, default=240)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows, images, _, validation = load_dataset(args.data, args.cache)
    network, classes = load_label_network(Path(args.cache) / 'label-network.pt', rows)
    chosen = balanced_rows(rows, ~validation, args.count, seed=5)
    train = np.setdiff1d(np.nonzero(~validation)[0], chosen)
    reference = np.stack([images[i] for i in matched_training_rows(rows, chosen, train, seed=6)])
    spaces = {'generic': generic_features, 'in-domain': lambda x: judge(network, x)[0]}
    parts = [at for name, at in groups(rows, chosen).items() if name in MODALITIES]
    for scale in args.scales:
        made = caption_images(CachedGenerator(args.pipeline, args.steps, scale), rows, chosen)
        labels = share(agreement(judge(network, made)[1], [rows[i] for i in chosen], classes))
        line = f'guidance {scale}: label named {labels:.3f}'
        for name, space in spaces.items():
            real, features = space(reference), space(made)
            kid = np.mean([polynomial_mmd2(features[at], real[at]) for at in parts])
            coverage = np.mean([density_coverage(real[at], features[at])[1] for at in parts])
            line += f'; {name}: KID {kid:.4f}, coverage {coverage:.3f}'
        print(line, flush=True)
