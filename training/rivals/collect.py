"""Gathers the results of a run into one small JSON file a task, and its samples into one picture: what docs/comparison.md is made of."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from training.rivals.registry import BY_TASK
from training.rivals.training import write_json

COLUMNS = 9                                                               # pictures of a method on the sheet
TITLE_WIDTH, TITLE = 250, 14


def records(run, task):
    """Every result of a task, in the order of the registry, then by time and seed."""
    order = [cls.key for cls in BY_TASK[task]]
    found = [json.loads(file.read_text()) | {'folder': file.parent.name} for file in (Path(run) / task).glob('*/result.json')]
    return sorted(found, key=lambda r: (order.index(r['key']), r['seconds'] or 0, r['seed'] or 0))


def collect(run, out):
    """Writes OUT/TASK.json for each task that has results; returns {task: {real, methods}}."""
    out, tasks = Path(out), {}
    out.mkdir(parents=True, exist_ok=True)
    for task in BY_TASK:
        found = records(run, task)
        if found:
            real = json.loads((Path(run) / task / 'real.json').read_text())
            tasks[task] = {'real': real, 'methods': [_small(record) for record in found]}
            write_json(out / f'{task}.json', tasks[task])
    return tasks


def _small(record):
    """A record without its curve of losses."""
    training = {name: value for name, value in record['training'].items() if name != 'losses'}
    return record | {'training': training}


def _strip(run, task, record):
    """Samples of a method beside each other, uint8 (128, 128 · COLUMNS, 3); of one that diverged its last sheet; None without either."""
    folder = Path(run) / task / record['folder']
    if (folder / 'samples.npz').exists():
        images = np.load(folder / 'samples.npz')['images']
        at = np.linspace(0, len(images) - 1, COLUMNS).round().astype(int)
        return np.concatenate(list(images[at]), 1)
    if (folder / 'look.png').exists():
        sheet = np.asarray(Image.open(folder / 'look.png').convert('RGB'))
        return np.pad(sheet[:, :128 * COLUMNS], ((0, 0), (0, max(0, 128 * COLUMNS - sheet.shape[1])), (0, 0)))
    return None


def sheet(run, tasks, real, out):
    """Writes the picture: a row a method, real images first. real: {task: uint8 (n, 128, 128, 3)} or {}."""
    rows = []
    for task, found in tasks.items():
        if task in real:
            images = real[task]
            at = np.linspace(0, len(images) - 1, COLUMNS).round().astype(int)
            rows.append((f'{task}: real, held out', np.concatenate(list(images[at]), 1)))
        for record in compared(found['methods']):
            strip = _strip(run, task, record)
            if strip is not None:
                rows.append((record['title'].removeprefix('control: '), strip))
    picture = Image.new('RGB', (TITLE_WIDTH + 64 * COLUMNS, 66 * len(rows)), 'white')
    pen = ImageDraw.Draw(picture)
    for k, (title, strip) in enumerate(rows):
        small = Image.fromarray(strip).resize((64 * COLUMNS, 64), Image.Resampling.LANCZOS)
        picture.paste(small, (TITLE_WIDTH, 66 * k))
        pen.text((6, 66 * k + 32 - TITLE // 2), _cut(pen, title), fill='black', font_size=TITLE)
    picture.save(out, optimize=True)


def _cut(pen, title):
    """The title in two lines where one is too narrow."""
    words, lines = title.split(), ['']
    for word in words:
        if lines[-1] and pen.textlength(f'{lines[-1]} {word}', font_size=TITLE) > TITLE_WIDTH - 12:
            lines.append('')
        lines[-1] = f'{lines[-1]} {word}'.strip()
    return '\n'.join(lines)


def compared(methods):
    """One record a method: those of seed 0 trained for the time that most methods were trained for (of two, the longer), and the untrained."""
    trained = [record for record in methods if record['seed'] == 0]
    counts = Counter(record['seconds'] for record in trained)
    time = max(counts, key=lambda seconds: (counts[seconds], seconds), default=None)
    return [record for record in methods if record['seed'] is None or (record in trained and record['seconds'] == time)]
