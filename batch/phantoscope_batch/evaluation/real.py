"""Which files of a folder are real images, and whose: src/evaluation/list-images.ts and usefulness/pair-masks.ts."""

import csv
import posixpath
import re

from phantoscope_batch.errors import RequestInvalid

_ENDING = re.compile(r'\.(png|jpe?g|webp|dcm|dicom|ima|nii|nii\.gz)$', re.IGNORECASE)
_OTHER = re.compile(r'(DICOMDIR|README|LICEN[CS]E|NOTICE|CHANGELOG|CITATION|VERSION|Makefile|\w*SUMS?)$', re.IGNORECASE)
_FILE = ('file', 'filename', 'file_name', 'image', 'path', 'id')
_LABEL = ('label', 'class', 'finding', 'diagnosis', 'target', 'category')
_GROUP = ('patient', 'patient_id', 'patientid', 'subject', 'subject_id', 'group')


def list_images(paths, table=None):
    """[(path, patient or None)] of the images among paths, in their order as people count; masks are left out.

    table: the text of a CSV with file, label and patient; the labels are not needed here. Raises RequestInvalid where it is none,
    or where it names none of them.
    """
    files = sorted(filter(_may_be_image, paths), key=_natural)
    masks = set(_masks(files))
    images = [path for path in files if path not in masks]
    if table is None:
        return [(path, None) for path in images]
    groups = _groups(table)
    named = [next((groups[name] for name in _names(path) if name in groups), None) for path in images]
    if images and all(one is None for one in named):
        raise RequestInvalid(f'The CSV names none of the {len(images)} image files (it has "{next(iter(groups), "no rows")}", the folder has '
                             f'"{images[0]}"). Write paths as they are in the folder, or leave --labels out.')
    return [(path, group or None) for path, group in zip(images, named)]


def _may_be_image(path):
    """By one of the known endings; or none at all, or numbers only, as scanners and archives name DICOM files."""
    name = posixpath.basename(path)
    return bool(_ENDING.search(name) or re.fullmatch(r'[^.]+|[^.].*\.\d+', name) and not _OTHER.fullmatch(name))


def _masks(paths):
    """Those that are the mask of another one: NAME.mask.png or masks/NAME.png beside it, or masks/NAME.png for images/NAME.png."""
    known = set(paths)
    for path in paths:
        *folders, name = path.split('/')
        stem = re.sub(r'(\.nii)?\.[^.]+$', '', name, flags=re.IGNORECASE)
        exported = [*folders[:at], 'masks', *folders[at + 1:]] if (at := folders.index('images') if 'images' in folders else -1) >= 0 else None
        inside = [[*where, f'{stem}.{ending}'] for where in ([*folders, 'masks'], exported) if where for ending in ('png', 'nii.gz', 'dcm')]
        yield from [place for parts in ([*folders, f'{stem}.mask.png'], *inside) if (place := '/'.join(parts)) != path and place in known][:1]


def _groups(text):
    """{file: patient or ''} of a CSV."""
    text = text.removeprefix('\ufeff')
    first = text.splitlines()[0] if text.strip() else ''
    separator = max(',;\t', key=first.count)
    header, *rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row] or [[]]
    names = [name.strip().lower() for name in header]
    file, label, group = (next((at for at, name in enumerate(names) if name in known), -1) for known in (_FILE, _LABEL, _GROUP))
    if file < 0 or label < 0:
        raise RequestInvalid(f'The CSV does not say which column is which (expected one of {", ".join(_FILE)} and one of {", ".join(_LABEL)} in its '
                             f'first line, got {", ".join(names)[:80] or "nothing"}). Rename the columns, or leave --labels out.')

    def cell(row, at):
        return row[at].strip() if 0 <= at < len(row) else ''
    return {cell(row, file): cell(row, group) for row in rows}


def _names(path):
    """A CSV names files with their folders or without, with their ending or without."""
    name = posixpath.basename(path)
    return path, path.partition('/')[2], name, _ENDING.sub('', name)


def _natural(path):
    return [(0, int(part), '') if part.isdigit() else (1, 0, part.lower()) for part in re.split(r'(\d+)', path) if part], path
