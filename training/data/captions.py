"""Reads a folder of images with captions, in the layouts that people have."""

import csv
import json
from pathlib import Path

SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp', '.tif', '.tiff')
FILE_COLUMNS, CAPTION_COLUMNS = ('file_name', 'file', 'image', 'path'), ('caption', 'text', 'prompt')


def read_captions(folder, caption=None):
    """[(image path, caption)] of a folder, in a fixed order. Fails where an image has no caption or a caption no image."""
    folder = Path(folder)
    rows = []
    for name in ('captions.csv', 'metadata.csv', 'metadata.jsonl'):
        if not (folder / name).exists():
            continue
        with open(folder / name, newline='') as file:
            table = [json.loads(line) for line in file if line.strip()] if name.endswith('jsonl') else list(csv.DictReader(file))
        for row in table:
            path = next((row[column] for column in FILE_COLUMNS if row.get(column)), None)
            text = next((row[column] for column in CAPTION_COLUMNS if row.get(column)), caption)
            if path is None or text is None:
                raise SystemExit(f'{folder / name} has a row without {FILE_COLUMNS} or {CAPTION_COLUMNS}: {row}')
            rows.append((folder / path, text))
        break
    else:
        for path in sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES):
            beside = path.with_suffix('.txt')
            text = beside.read_text().strip() if beside.exists() else caption
            if text is None:
                raise SystemExit(f'{path} has no caption (expected {beside.name} beside it, a captions.csv in {folder}, or --caption).')
            rows.append((path, text))
    missing = [path for path, _ in rows if not path.exists()]
    if missing or not rows:
        raise SystemExit(f'{folder} has {len(rows)} captioned images; missing: {[str(path) for path in missing[:3]]}')
    return rows
