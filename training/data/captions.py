"""Reads a folder of images with captions, in the layouts that people have."""

import csv
import json
from pathlib import Path

from training.common.errors import NoCaptions

SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp', '.tif', '.tiff')
TABLES = ('captions.csv', 'metadata.csv', 'metadata.jsonl')
FILE_COLUMNS, CAPTION_COLUMNS = ('file_name', 'file', 'image', 'path'), ('caption', 'text', 'prompt')


def read_table(path):
    """Rows of a CSV as dicts, header names in lower case: UTF-8 with or without a byte order mark, as spreadsheets write it, separated by
    comma, semicolon or tab, whichever the first line has most of; as the page reads it (src/dataset/csv-labels.ts). Raises NoCaptions
    for other encodings."""
    try:
        with open(path, newline='', encoding='utf-8-sig') as file:
            first = file.readline()
            file.seek(0)
            header, *rows = list(csv.reader(file, delimiter=max(',;\t', key=first.count))) or [[]]
    except UnicodeDecodeError as error:
        raise NoCaptions(f'{path} is not in UTF-8 ({error}). Save it as "CSV UTF-8".') from error
    names = [name.strip().lower() for name in header]
    return [dict(zip(names, row)) for row in rows if any(row)]


def read_rows_of(path):
    """Rows of a table of captions, CSV or JSON lines."""
    if path.suffix != '.jsonl':
        return read_table(path)
    return [json.loads(line) for line in path.read_text(encoding='utf-8-sig').split('\n') if line.strip()]


def read_captions(folder, caption=None):
    """[(image path, caption)] of a folder, in a fixed order. Fails where an image has no caption or a caption no image."""
    folder = Path(folder)
    rows = []
    for name in TABLES:
        if not (folder / name).exists():
            continue
        for row in read_rows_of(folder / name):
            path = next((row[column] for column in FILE_COLUMNS if row.get(column)), None)
            text = next((row[column] for column in CAPTION_COLUMNS if row.get(column)), caption)
            if path is None or text is None:
                raise SystemExit(f'{folder / name} has a row without {FILE_COLUMNS} or {CAPTION_COLUMNS}: {row}')
            rows.append((folder / path, text))
        break
    else:
        for path in sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES):
            beside = path.with_suffix('.txt')
            text = beside.read_text(encoding='utf-8-sig').strip() if beside.exists() else caption
            if text is None:
                raise SystemExit(f'{path} has no caption (expected {beside.name} beside it, a captions.csv in {folder}, or --caption).')
            rows.append((path, text))
    missing = [path for path, _ in rows if not path.exists()]
    if missing or not rows:
        raise SystemExit(f'{folder} has {len(rows)} captioned images; missing: {[str(path) for path in missing[:3]]}')
    return rows
