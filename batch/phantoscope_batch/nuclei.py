"""Layouts of cell nuclei as the page draws them from a recipe: src/image/nuclei-layout.ts and mask.ts, number for number."""

import json
import math
from importlib.resources import files

import numpy as np

from phantoscope_batch.philox import philox4x32

MAX_NUCLEI = 250
_SIDE = 256                                                        # what layouts are drawn on; settings count in its pixels
_OVERLAP, _ATTEMPTS = 0.15, 30
_MEASUREMENTS = json.loads(files('phantoscope_batch').joinpath('nuclei-measurements.json').read_text())
STAINS = tuple(_MEASUREMENTS)


class _Random:
    """Philox with key (seed, 0) and counter (block, stream, index, 1)."""

    def __init__(self, seed, index, stream):
        self.seed, self.index, self.stream, self.block, self.words = seed, index, stream, 0, []

    def word(self):
        if not self.words:
            counter = np.zeros((64, 4), np.uint64)                 # 64 blocks at once
            counter[:, 0], counter[:, 1], counter[:, 2], counter[:, 3] = self.block + np.arange(64), self.stream, self.index, 1
            self.words = philox4x32(counter, (self.seed, 0)).reshape(-1)[::-1].tolist()
            self.block += 64
        return self.words.pop()

    def uniform(self):
        return self.word() / 2**32

    def normal(self):
        radius = math.sqrt(-2 * math.log((self.word() + 0.5) / 2**32))
        return radius * math.cos(2 * math.pi * self.uniform())

    def below(self, n):
        return math.floor(self.uniform() * n)


def nuclei_mask(settings, seed, index, width, height):
    """Instance ids uint16 (height, width), 0 is background, for a recipe's mask settings; the same for the same seed and index."""
    if 'stain' in settings:
        settings = _settings_like(settings['stain'], seed, index)
    values = _draw_nuclei(settings, seed, index)
    rows = ((np.arange(height) + 0.5) * _SIDE / height).astype(int)
    columns = ((np.arange(width) + 0.5) * _SIDE / width).astype(int)
    return values[rows[:, None], columns]


def _settings_like(stain, seed, index):
    random = _Random(seed, index, 1)
    rows = _MEASUREMENTS[stain]
    count, log_diameter, spread, elongation, clustered = rows[random.below(len(rows))]
    varied = math.floor(count * math.exp(random.normal() * 0.2) + 0.5)
    return {'count': min(max(varied, 1), MAX_NUCLEI), 'diameter': math.exp(log_diameter + random.normal() * 0.08),
            'sizeSpread': max(spread, 0.05), 'elongation': elongation, 'clustering': clustered, 'overlap': _OVERLAP}


def _draw_nuclei(settings, seed, index):
    random, instances, centres = _Random(seed, index, 0), np.zeros((_SIDE, _SIDE), np.uint16), []
    for _ in range(min(settings['count'], MAX_NUCLEI)):
        log_diameter = math.log(settings['diameter']) + random.normal() * settings['sizeSpread']
        diameter = min(max(math.exp(log_diameter), 4), _SIDE / 2)
        elongation = max(1, settings['elongation'] * math.exp(random.normal() * 0.12))
        shape = _shape(random, diameter, elongation)
        for _ in range(_ATTEMPTS):
            centre = _centre(random, centres, diameter, settings['clustering'])
            if _place(instances, shape, centre, len(centres) + 1, settings['overlap']):
                centres.append(centre)
                break
    return instances


def _shape(random, diameter, elongation):
    """(rows, columns) of one nucleus around (0, 0): an ellipse whose outline is moved by three waves."""
    long, short = diameter / 2 * math.sqrt(elongation), diameter / 2 / math.sqrt(elongation)
    reach = min(math.ceil(1.3 * long) + 1, _SIDE)
    turn = random.uniform() * math.pi
    waves = [(k, random.normal() * 0.06 / k, random.uniform() * 2 * math.pi) for k in (2, 3, 4)]
    dy, dx = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    u, v = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
    angle, wobble = np.arctan2(v, u), 1.0
    for k, height, phase in waves:
        wobble = wobble + height * np.cos(k * angle + phase)
    radius = np.hypot(u / long, v / short)
    rows, columns = np.nonzero((radius <= 2) & (radius <= wobble))
    return rows - reach, columns - reach


def _centre(random, centres, diameter, clustering):
    anywhere = random.uniform() * _SIDE, random.uniform() * _SIDE
    if not centres or random.uniform() >= 0.75 * clustering:
        return anywhere
    angle = random.uniform() * 2 * math.pi
    away = diameter * (0.9 + 0.4 * random.uniform())
    row, column = centres[random.below(len(centres))]
    return row + away * math.sin(angle), column + away * math.cos(angle)


def _place(instances, shape, centre, number, overlap):
    """Draws a nucleus on free ground; False where too little of it would be seen."""
    rows, columns = shape[0] + math.trunc(centre[0]), shape[1] + math.trunc(centre[1])
    seen = (rows >= 0) & (rows < _SIDE) & (columns >= 0) & (columns < _SIDE)
    rows, columns = rows[seen], columns[seen]
    free = instances[rows, columns] == 0
    if free.sum() < 6 or free.sum() < (1 - overlap) * len(rows):
        return False
    instances[rows[free], columns[free]] = number
    return True


def mask_channels(instances, size=64):
    """What the UNet sees of an instance mask: foreground and boundary, both as area fractions.

    instances: square, integers, 0 = background, 1…n = instances. Returns uint8 (2, size, size), 255 = all.
    A boundary pixel has a 4-neighbour of another instance or of the background.
    """
    foreground = instances > 0
    boundary = np.zeros_like(foreground)
    for axis in (0, 1):
        differs = np.diff(instances, axis=axis) != 0
        before = [slice(None)] * 2
        after = [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        boundary[tuple(before)] |= differs
        boundary[tuple(after)] |= differs
    boundary &= foreground
    step = instances.shape[0] // size
    planes = np.stack([foreground, boundary]).astype(np.float32)
    areas = planes.reshape(2, size, step, size, step).mean(axis=(2, 4))
    return np.round(areas * 255).astype(np.uint8)
