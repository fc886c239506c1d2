"""Cuts real images into folders that the browser's evaluation reads: what docs/report.md was measured on.

    python -m training.data.make_report_sets --data DIR --out runs/report

writes OUT/{chest,nuclei,skin}/{real,test}/*.png and OUT/NAME/labels.csv (file, label, patient, skin_tone). `real` is the
training split (at most 700 images of it), `test` the validation split of dataset.py: whole patients, or whole groups of near-duplicates, on one side. The
shipped generator learned from the training split, labels and masks included; nothing here was seen by it in `test`.
Nuclei come with NAME.mask.png. Skin has `real` and `test` for the four diagnoses that the validation split has enough photos of, and
`all` with both splits and all six: there the page holds patients out itself, and the generator knew most of them.
"""

import argparse
import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from training.data.dataset import _decode, _stretch, read_rows, split_rows

SETS = {'chest': 'kermany', 'nuclei': 'dsb2018', 'skin': 'pad_ufes'}
DIAGNOSES = {'ACK': 'actinic keratosis', 'BCC': 'basal cell carcinoma', 'MEL': 'melanoma', 'NEV': 'nevus',
             'SCC': 'squamous cell carcinoma', 'SEK': 'seborrheic keratosis'}
# Fewer validation photos of a diagnosis than this, and it cannot be tested on.
FEWEST = 5
# Thirds of the photos, by measured ITA: cut by counts alone, so that each can be judged where there are enough.
TONE_GROUPS = {'dark': 'dark, brown, tan', 'brown': 'dark, brown, tan', 'tan': 'dark, brown, tan',
               'intermediate': 'intermediate, light', 'light': 'intermediate, light', 'very light': 'very light'}
# Of the training split, whole patients: more than the largest real set of an arm, and the page reads each image.
MOST = 700
HEADER = ['file', 'label', 'patient', 'skin_tone']


def read_set(data_dir, rows, name):
    """uint8 (n, 256, 256, 3) of the set's rows, fluorescence stretched as in training, and masks (n, 256, 256) or None each."""
    images, masks = [], []
    with zipfile.ZipFile(Path(data_dir) / f'{name}.zip') as archive:
        names = {Path(path).name: path for path in archive.namelist()}
        for row in rows:
            image = _decode(archive.read(names[row['file']]))
            images.append(_stretch(image) if row['label'] == 'fluorescence' else image)
            mask = row.get('mask')
            masks.append(np.asarray(Image.open(io.BytesIO(archive.read(names[mask])))) if mask else None)
    return np.stack(images), masks


def label_of(row):
    """The class as the recipes in bench/report name it."""
    return DIAGNOSES.get(row['label'], row['label'])


def some_of(indices, groups, most=MOST):
    """At most so many of the indices, whole groups in the order of a hash of their names, so that it is always the same ones."""
    order = sorted(set(groups[i] for i in indices), key=lambda group: hashlib.sha256(f'some {group}'.encode()).hexdigest())
    rank = {group: k for k, group in enumerate(order)}
    return sorted(sorted(indices, key=lambda i: (rank[groups[i]], i))[:most])


def parts_of(kind, rows, validation, groups):
    """{folder: indices of rows}."""
    known = [i for i, row in enumerate(rows) if kind != 'skin' or row['skin_tone'] in TONE_GROUPS]
    if kind != 'skin':
        return {'real': some_of([i for i in known if not validation[i]], groups), 'test': [i for i in known if validation[i]]}
    tested = [rows[i]['label'] for i in known if validation[i]]
    enough = {label for label in tested if tested.count(label) >= FEWEST}
    usual = [i for i in known if rows[i]['label'] in enough]
    return {'real': [i for i in usual if not validation[i]], 'test': [i for i in usual if validation[i]], 'all': known}


def write_set(kind, data_dir, out):
    """Writes one set's folders and labels.csv; {folder: number of images}."""
    name = SETS[kind]
    rows = [row for row in read_rows(data_dir) if row['set'] == name]
    images, masks = read_set(data_dir, rows, name)
    validation, groups = split_rows(rows, images)
    parts = parts_of(kind, rows, validation, groups)
    for folder, indices in parts.items():
        place = out / kind / folder
        place.mkdir(parents=True, exist_ok=True)
        for i in indices:
            stem = Path(rows[i]['file']).stem
            Image.fromarray(images[i]).save(place / f'{stem}.png', compress_level=1)
            if masks[i] is not None:
                Image.fromarray(masks[i]).save(place / f'{stem}.mask.png')
    with open(out / kind / 'labels.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i in sorted({i for indices in parts.values() for i in indices}):
            row = rows[i]
            writer.writerow([f"{Path(row['file']).stem}.png", label_of(row), groups[i], TONE_GROUPS.get(row['skin_tone'], '')])
    return {folder: len(indices) for folder, indices in parts.items()}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--out', default='runs/report')
    parser.add_argument('sets', nargs='*', default=list(SETS))
    args = parser.parse_args()
    for kind in args.sets:
        print(json.dumps({kind: write_set(kind, args.data, Path(args.out))}))
