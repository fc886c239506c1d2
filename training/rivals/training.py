"""Trains a method for so many seconds of the process's own CPU time, and keeps what it has learnt as one file.

CPU seconds and not the clock on the wall: another program beside it then takes nothing from a method. Images are drawn and
augmented inside the time, evaluation and pictures of progress are not.
"""

import json
import os
import time
from pathlib import Path

import numpy as np
import torch

from training.common.contact_sheet import contact_sheet
from training.common.errors import LossIsNotANumber
from training.rivals.task import Pool, small_pictures

LOOKS = 4                                                                 # pictures of progress in a training
MOST_PARAMETERS = 12_000_000


class CpuClock:
    """Seconds of CPU time of this process since the start, less what was spent in `paused`."""

    def __init__(self):
        self.start = time.process_time()

    def seconds(self):
        return time.process_time() - self.start

    def forget(self, seconds):
        self.start += seconds


def draw(method, task, request, batch=20):
    """(pictures uint8 (n, 128, 128, 3), masks uint8 (n, 128, 128) or None) of a method, in parts of `batch`."""
    if not method.trained:
        return method.answer(task, request)
    out = []
    for k in range(0, len(request), batch):
        x = method.draw(*request.part(slice(k, k + batch)).tensors(len(task.classes))).float()
        if not torch.isfinite(x).all():
            raise LossIsNotANumber(f'{method.title} draws what is not a number: its weights have diverged.')
        x = (x.clamp(-1, 1).expand(-1, 3, -1, -1) * 127.5 + 127.5).round().byte()
        out.append(x.permute(0, 2, 3, 1).numpy())
    return small_pictures(np.concatenate(out), task.shape.channels), request.masks()


def _look(method, task, request, file):
    """Keeps a small sheet of what the method draws now; returns the seconds it took."""
    start = time.process_time()
    images, _ = draw(method, task, request)
    contact_sheet(images, len(images)).save(file)
    return time.process_time() - start


def train(method, task, seconds, seed, look=None):
    """Trains a method that has begun; returns {status, seconds, steps, images, losses}.

    `look`: (a Request, a file) for a sheet of pictures now and then; a method that diverges leaves its last one there, and its
    status is 'diverged'.
    """
    torch.manual_seed(seed)
    np.random.seed(seed)
    pool, clock, steps, losses, looked = Pool(task, seed), CpuClock(), 0, [], 0
    status, started = 'trained', time.monotonic()
    while (progress := clock.seconds() / seconds) < 1:
        found = method.step(pool.draw(method.batch), progress)
        steps += 1
        values = {name: float(value) for name, value in found.items()}
        if not all(np.isfinite(v) for v in values.values()):
            status = 'diverged'
            break
        if steps == 1 or progress * 40 > len(losses):
            losses.append({'seconds': round(clock.seconds(), 2), **{name: round(v, 5) for name, v in values.items()}})
        if look and progress * LOOKS > looked + 1:
            looked += 1
            try:
                clock.forget(_look(method, task, *look))
            except LossIsNotANumber:
                status = 'diverged'
                break
    return {'status': status, 'seconds': round(clock.seconds(), 2), 'wall_seconds': round(time.monotonic() - started, 1), 'steps': steps,
            'images': steps * method.batch, 'losses': losses}


def write_whole(file, write):
    """Calls write(path) on a name beside `file` and then moves it there: a killed process leaves the whole file or none."""
    file = Path(file)
    part = file.with_name(f'part-{file.name}')
    write(part)
    os.replace(part, file)


def write_json(file, value):
    write_whole(file, lambda part: part.write_text(json.dumps(value, indent=1) + '\n'))
