"""A data set of one's own: a folder of images with captions, as rows, images and masks of the kind that dataset.py reads.

Captions come from captions.csv, metadata.csv, metadata.jsonl or a .txt beside each image (captions.py). A column `patient` of a
table keeps the images of one patient on one side of the split.
"""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from training.common.errors import NoCaptions, NoSuchImages
from training.data.captions import FILE_COLUMNS, TABLES, read_captions, read_rows_of, read_table

COLUMNS = ('file', 'set', 'modality', 'label', 'prompt', 'age', 'sex', 'view', 'patient', 'findings', 'skin_tone', 'ita', 'dr_grade', 'nwbv',
           'cdr', 'region', 'mask', 'nuclei', 'licence', 'csf_fraction')


def is_own(folder):
    """Whether a folder is a plain one, not the project's zips with a captions.csv that names their sets."""
    table = Path(folder) / 'captions.csv'
    if not table.exists():
        return True
    return not any('set' in row for row in read_table(table)[:1])


def patients_of(folder):
    """{path: patient} of the table of captions, where it has such a column."""
    for name in TABLES:
        path = Path(folder) / name
        if path.exists():
            rows = read_rows_of(path)
            named = ((next((row[c] for c in FILE_COLUMNS if row.get(c)), None), row.get('patient')) for row in rows)
            return {Path(folder) / file: str(patient) for file, patient in named if file and patient not in (None, '')}
    return {}


def own_rows(folder):
    """One row for each image, all columns of captions.csv, `set` "own". Raises NoSuchImages or NoCaptions."""
    folder = Path(folder)
    if not folder.is_dir():
        raise NoSuchImages(f'{folder} is no folder. Give one with images and captions.')
    try:
        pairs = read_captions(folder)
    except SystemExit as error:
        raise NoCaptions(f'{error} Put a .txt with the caption beside each image, or a captions.csv with the columns file and caption '
                         f'into {folder}.') from error
    patients = patients_of(folder)
    empty = [str(path) for path, caption in pairs if not caption.strip()]
    if empty:
        raise NoCaptions(f'{len(empty)} images of {folder} have an empty caption, {empty[0]} first. Say in a few words what each shows.')
    return [{**dict.fromkeys(COLUMNS, ''), 'set': 'own', 'modality': 'own', 'file': str(path), 'prompt': caption,
             'patient': patients.get(path, '')} for path, caption in pairs]


def own_image(path, size):
    """uint8 (size, size, 3): the middle square of an image file, scaled. Raises NoSuchImages where it cannot be read."""
    try:
        with Image.open(path) as file:
            image = file.convert('RGB')
    except (OSError, UnidentifiedImageError) as error:
        raise NoSuchImages(f'{path} cannot be read as an image ({error}). Convert it to PNG, or take it out of the captions.') from error
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BICUBIC))
