"""Measures real training masks for the page's nuclei layouts: src/image/nuclei-measurements.json.

    python -m training.goldens.make_nuclei_measurements --data DIR --out src/image/nuclei-measurements.json

Per stain up to 32 rows of [count, mean of the log diameter, its spread, elongation, share clustered] (measure_mask of
nuclei_layout.py, pixels of a 256² image): what a layout follows, no outline. Held-out images are not among them.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from training.data.dataset import load_dataset
from training.data.nuclei_layout import measure_mask

STAINS = {'fluorescence': 'fluorescence', 'histology': 'H&E / purple stained histology', 'brightfield': 'brightfield grey'}

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    rows, _, masks, validation = load_dataset(args.data, args.cache)
    rng, found = np.random.default_rng(0), {}
    for name, label in STAINS.items():
        training = [i for i in np.nonzero(~validation)[0] if rows[i]['label'] == label and rows[i]['set'] == 'dsb2018']
        chosen = rng.permutation(training)[:40]
        measured = [m for m in (measure_mask(np.array(masks[i])) for i in chosen) if m][:32]
        found[name] = [[round(float(value), 3) for value in m.values()] for m in measured]
    Path(args.out).write_text(json.dumps(found) + '\n')
    print({name: len(measured) for name, measured in found.items()})
