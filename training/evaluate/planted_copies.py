"""Plants copies of real images among others, and counts what the evaluation finds of them.

    python -m training.evaluate.planted_copies make --data DATA --out runs/planted --set kermany
    npm run evaluate -- --real runs/planted/real --synthetic runs/planted/synthetic --holdout runs/planted/holdout \
        --no-usefulness --out runs/planted/out
    python -m training.evaluate.planted_copies check --out runs/planted

`make` deals whole patients to real, held out and "synthetic" (real images that stand for synthetic ones that copy nobody), and hides
5 % copies among the last: mirrored, cut to 80 to 100 % of a side, and compressed again as JPEG. `check` compares the report with
what was planted, and ends with exit code 1 where fewer than 95 % were found or more than 1 % of the others were taken for copies.
"""

import argparse
import csv
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from scipy import stats

SHARE = 0.05


def read_rows(data, name):
    """Rows of captions.csv of one set, without masks, by patient in random order."""
    with open(Path(data) / 'captions.csv', newline='') as file:
        rows = [row for row in csv.DictReader(file) if row['set'] == name]
    return rows


def deal(rows, counts, rng):
    """Whole patients (an image without one stands for itself) to each part, until it is full."""
    by_patient = {}
    for row in rows:
        by_patient.setdefault(row['patient'] or row['file'], []).append(row)
    names = list(by_patient)
    rng.shuffle(names)
    parts = []
    for count in counts:
        part = []
        while len(part) < count and names:
            part += by_patient[names.pop()]
        parts.append(part[:count])
    return parts


def altered(image, rng):
    """A copy as somebody would try to hide it: mirrored or not, cut or not, compressed. Returns the image and what was done."""
    mirrored, side = bool(rng.integers(2)), float(rng.choice([1.0, rng.uniform(0.8, 1)]))
    quality = int(rng.integers(40, 95))
    width, height = (round(side * x) for x in image.size)
    left, top = (int(rng.integers(whole - part + 1)) for whole, part in zip(image.size, (width, height)))
    cut = image.crop((left, top, left + width, top + height)).resize(image.size, Image.Resampling.BICUBIC)
    if mirrored:
        cut = ImageOps.mirror(cut)
    buffer = io.BytesIO()
    cut.save(buffer, 'JPEG', quality=quality)
    return Image.open(buffer).convert('RGB'), {'mirrored': mirrored, 'side': round(side, 3), 'quality': quality}


def make(args):
    rng = np.random.default_rng(args.seed)
    rows = read_rows(args.data, args.set)
    real, holdout, others = deal(rows, (args.real, args.holdout, args.synthetic), rng)
    archive = zipfile.ZipFile(Path(args.data) / f'{args.set}.zip')
    names = {Path(name).name: name for name in archive.namelist()}

    def image_of(row):
        return Image.open(io.BytesIO(archive.read(names[Path(row['file']).name]))).convert('RGB')

    def save(image, part, name):
        folder = Path(args.out) / part
        folder.mkdir(parents=True, exist_ok=True)
        image.save(folder / f'{name}.png')

    for part, chosen in (('real', real), ('holdout', holdout), ('synthetic', others)):
        for row in chosen:
            save(image_of(row), part, Path(row['file']).stem)
    planted = {}
    for k in rng.choice(len(real), round(len(others) * SHARE / (1 - SHARE)), replace=False):
        image, done = altered(image_of(real[k]), rng)
        save(image, 'synthetic', f'planted-{k}')
        planted[f'planted-{k}.png'] = {'of': f'{Path(real[k]["file"]).stem}.png', **done}
    (Path(args.out) / 'planted.json').write_text(json.dumps(planted, indent=1) + '\n')
    print({'real': len(real), 'holdout': len(holdout), 'others': len(others), 'planted': len(planted)})


def rate(count, total):
    """A share with its exact 95 % interval."""
    low, high = stats.binomtest(count, total).proportion_ci(method='exact')
    return {'count': count, 'of': total, 'share': round(count / total, 4), 'low': round(float(low), 4), 'high': round(float(high), 4)}


def check(args):
    planted = json.loads((Path(args.out) / 'planted.json').read_text())
    report = json.loads((Path(args.out) / 'out' / 'report.json').read_text())
    suspects = {Path(name).name for name in report['copies']['suspects']}
    found = rate(len(suspects & set(planted)), len(planted))
    alarms = rate(len(suspects - set(planted)), report['copies']['numSynthetic'] - len(planted))
    missed = {name: planted[name] for name in sorted(set(planted) - suspects)}
    print(json.dumps({'found': found, 'falseAlarms': alarms, 'threshold': report['copies']['threshold'],
                      'holdoutRate': report['copies']['holdoutRate'], 'seconds': report['seconds'], 'missed': missed}, indent=1))
    return 0 if found['share'] >= 0.95 and alarms['share'] <= 0.01 else 1


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    making = commands.add_parser('make')
    making.add_argument('--data', required=True)
    making.add_argument('--set', default='kermany')
    for name, count in (('real', 2000), ('holdout', 500), ('synthetic', 760), ('seed', 0)):
        making.add_argument(f'--{name}', type=int, default=count)
    for command in (making, commands.add_parser('check')):
        command.add_argument('--out', required=True)
    arguments = parser.parse_args()
    sys.exit({'make': make, 'check': check}[arguments.command](arguments))
