"""Reads the medical image sets: one zip of WebP images per set and one captions.csv.

    python -m training.data.dataset --data DIR --cache runs/cache --processes 8

decodes every image once to 256×256 RGB and prints what is there. Training scripts call `load_dataset`. DIR may also be a folder of
images with captions (own_data.py).
"""

import argparse
import csv
import hashlib
import io
import json
import multiprocessing
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from phantoscope_batch.nuclei import mask_channels
from training.common.errors import BadSetting
from training.data.own_data import is_own, own_image, own_rows

IMAGE_SIZE = 256

# The short name of each modality, as the classifier and the metrics use it.
MODALITIES = ['chest x-ray', 'brain MRI', 'microscopy', 'skin photo', 'fundus photo', 'breast ultrasound']
_MODALITY_OF_SET = {
    'kermany': 'chest x-ray', 'nih': 'chest x-ray', 'hannover': 'chest x-ray',
    'nickparvar': 'brain MRI', 'oasis1': 'brain MRI', 'dsb2018': 'microscopy',
    'pad_ufes': 'skin photo', 'idrid': 'fundus photo', 'busi': 'breast ultrasound',
}

# Index in the covariate vector → (column of captions.csv, lowest, highest, unit). Values are scaled to −1…1, and clipped.
# Weights know a covariate by its index: new ones go to the end (unet.widen_covariates).
COVARIATES = [
    ('age', 0.0, 100.0, 'years'),
    ('sex', 0.0, 1.0, 'female 0, male 1'),
    ('view', 0.0, 1.0, 'PA 0, AP 1'),
    ('nwbv', 0.64, 0.84, 'brain volume over intracranial volume'),
    ('csf_fraction', 0.1, 0.6, 'fraction of the brain mask'),
    ('skin_tone', 0.0, 5.0, 'ITA class: dark 0, brown 1, tan 2, intermediate 3, light 4, very light 5'),
    ('dr_grade', 0.0, 4.0, 'diabetic retinopathy grade'),
    ('nuclei', 0.0, 120.0, 'number of nuclei in the picture'),
]
SKIN_TONES = ['dark', 'brown', 'tan', 'intermediate', 'light', 'very light']
_CATEGORIES = {
    'sex': {'f': 0.0, 'female': 0.0, 'm': 1.0, 'male': 1.0},
    'view': {'pa': 0.0, 'ap': 1.0},
    'skin_tone': {name: float(i) for i, name in enumerate(SKIN_TONES)},
}


def covariate_value(name, text):
    """The number behind a cell of captions.csv, in the covariate's own unit, or None where it is blank."""
    text = (text or '').strip().lower()
    if not text:
        return None
    if name in _CATEGORIES:
        return _CATEGORIES[name].get(text)
    return float(text)


def covariate_vector(row):
    """Two float32 vectors (covariates,): values scaled to −1…1 (0 where absent) and presence flags in {0, 1}."""
    values = np.zeros(len(COVARIATES), np.float32)
    present = np.zeros(len(COVARIATES), np.float32)
    for i, (name, low, high, _) in enumerate(COVARIATES):
        value = covariate_value(name, row.get(name))
        if value is not None:
            values[i] = np.clip(2 * (value - low) / (high - low) - 1, -1, 1)
            present[i] = 1
    return values, present


def modality_index(row):
    """Index into MODALITIES."""
    return MODALITIES.index(_MODALITY_OF_SET[row['set']])


def read_rows(data_dir):
    """The rows of captions.csv as dicts, in file order; of a folder of one's own, own_data.own_rows."""
    if is_own(data_dir):
        return own_rows(data_dir)
    with open(Path(data_dir) / 'captions.csv', newline='') as file:
        return list(csv.DictReader(file))


def _decode(blob):
    image = Image.open(io.BytesIO(blob)).convert('RGB')
    if image.size != (IMAGE_SIZE, IMAGE_SIZE):
        image = image.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
    return np.asarray(image)


def _stretch(image):
    """Fluorescence images are often nearly black: stretch the 99.8th percentile to white."""
    top = np.percentile(image, 99.8)
    if top >= 250 or top < 1:
        return image
    return np.clip(image.astype(np.float32) * (255 / top), 0, 255).astype(np.uint8)


def _decode_rows(job):
    """Decodes the rows at some indices of one set into the open arrays of the cache."""
    data_dir, cache_dir, rows, indices = job
    images, masks = (np.load(cache_dir / name, mmap_mode='r+') for name in ('images.npy', 'masks.npy'))
    if rows[0]['set'] == 'own':                                      # files of a folder, without masks
        for i, row in zip(indices, rows):
            images[i] = own_image(row['file'], IMAGE_SIZE)
        return
    with zipfile.ZipFile(Path(data_dir) / f"{rows[0]['set']}.zip") as archive:
        by_file = {Path(name).name: name for name in archive.namelist()}
        for i, row in zip(indices, rows):
            image = _decode(archive.read(by_file[row['file']]))
            images[i] = _stretch(image) if row['label'] == 'fluorescence' else image
            if row.get('mask'):
                masks[i] = np.asarray(Image.open(io.BytesIO(archive.read(by_file[row['mask']]))))


def digest_of(rows, data_dir):
    """SHA-256 of which images a data set has, in which order and of whom: what a cache of its pixels and its split rest on."""
    def told(row):
        own = row['set'] == 'own'                                    # a file of a folder; those of the project lie in zips that stay
        file = Path(row['file']).relative_to(data_dir).as_posix() if own else row['file']
        size = Path(row['file']).stat().st_size if own and Path(row['file']).exists() else ''
        return f"{row['set']}\t{file}\t{row.get('mask')}\t{row['patient']}\t{size}\n"
    return hashlib.sha256(''.join(map(told, rows)).encode()).hexdigest()


def build_cache(data_dir, cache_dir, processes=1):
    """Decodes every image and mask once: images.npy uint8 (n, 256, 256, 3), masks.npy uint8 (n, 256, 256)."""
    cache_dir = Path(cache_dir)
    rows = read_rows(data_dir)
    count, digest = str(len(rows)), digest_of(rows, data_dir)
    if (cache_dir / 'done').exists():
        if (cache_dir / 'done').read_text().split() not in ([count, digest], [count]):   # caches of earlier versions know the count alone
            raise BadSetting(f'{cache_dir} holds the images of another data set than {data_dir}, or of one that has changed since. '
                             'Say --cache with a folder of its own.')
        return
    cache_dir.mkdir(parents=True, exist_ok=True)
    for name, shape in (('images.npy', (IMAGE_SIZE, IMAGE_SIZE, 3)), ('masks.npy', (IMAGE_SIZE, IMAGE_SIZE))):
        np.lib.format.open_memmap(cache_dir / name, 'w+', np.uint8, (len(rows), *shape)).flush()
    jobs = []
    for name in sorted({row['set'] for row in rows}):
        own = [i for i, row in enumerate(rows) if row['set'] == name]
        jobs += [(data_dir, cache_dir, [rows[i] for i in own[k:k + 128]], own[k:k + 128]) for k in range(0, len(own), 128)]
    if processes == 1:
        for job in jobs:
            _decode_rows(job)
    else:
        with multiprocessing.Pool(processes) as pool:
            for _ in pool.imap_unordered(_decode_rows, jobs):
                pass
    (cache_dir / 'done').write_text(f'{count} {digest}')


def near_duplicate_groups(images, threshold=0.9):
    """Groups images of one set whose 16×16 grey thumbnails, less the set's mean thumbnail, correlate above
    `threshold` (what all fundus photos share is no sign of one patient). Returns one group id per image."""
    grey = images.mean(axis=3) if images.ndim == 4 else images
    step = grey.shape[1] // 16
    thumbs = grey.reshape(len(grey), 16, step, 16, step).mean(axis=(2, 4)).reshape(len(grey), 256)
    thumbs = thumbs - thumbs.mean(axis=0, keepdims=True)
    thumbs = thumbs - thumbs.mean(axis=1, keepdims=True)
    thumbs /= np.linalg.norm(thumbs, axis=1, keepdims=True) + 1e-6
    parent = list(range(len(images)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for start in range(0, len(thumbs), 512):
        similar = thumbs[start:start + 512] @ thumbs.T > threshold
        for i, j in zip(*np.nonzero(similar)):
            a, b = root(start + i), root(j)
            if a != b:
                parent[max(a, b)] = min(a, b)
    return [root(i) for i in range(len(images))]


def split_rows(rows, images, validation_share=0.1):
    """True for validation rows. Whole patients, or whole groups of near-duplicates, go to one side.

    The side is decided by a hash of the group's name, so that it never changes between runs.
    """
    groups = [f"{row['set']}/{row['patient']}" if row['patient'] else None for row in rows]
    for name in {row['set'] for row in rows}:
        blank = [i for i, row in enumerate(rows) if row['set'] == name and groups[i] is None]
        if not blank:
            continue
        ids = near_duplicate_groups(np.stack([images[i] for i in blank]))
        for i, group in zip(blank, ids):
            groups[i] = f"{name}/like/{rows[blank[group]]['file']}"
    validation = [
        int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 2**32 < validation_share for group in groups]
    return np.array(validation), groups


def load_dataset(data_dir, cache_dir):
    """Everything in memory-mapped form: rows, images (n, 256, 256, 3), masks (n, 256, 256), validation (n,) bool."""
    cache_dir = Path(cache_dir)
    build_cache(data_dir, cache_dir)
    rows = read_rows(data_dir)
    images = np.load(cache_dir / 'images.npy', mmap_mode='r')
    masks = np.load(cache_dir / 'masks.npy', mmap_mode='r')
    split_file = cache_dir / 'split.json'
    if split_file.exists():
        validation = np.array(json.loads(split_file.read_text())['validation'], bool)
    else:
        validation, groups = split_rows(rows, images)
        validation = validation & ~validation.all()                  # where all look like one patient, all are for training
        split_file.write_text(json.dumps({'validation': validation.astype(int).tolist(), 'groups': groups}))
    return rows, images, masks, validation


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--processes', type=int, default=1)
    args = parser.parse_args()
    build_cache(args.data, args.cache, args.processes)
    rows, images, masks, validation = load_dataset(args.data, args.cache)
    for name in sorted({row['set'] for row in rows}):
        inside = np.array([row['set'] == name for row in rows])
        print(f'{name:12s} {inside.sum():6d} images, {(inside & validation).sum():5d} of them for validation')
