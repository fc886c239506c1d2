"""How long each stage of training may take: minutes by the clock, read again while it runs.

A plan is a JSON file {stage: minutes}. It may be changed while a run goes on: a stage that is running takes its new length,
later ones too.
"""

import json
from pathlib import Path
from time import monotonic

from training.common.errors import BadSetting


class Plan:
    """The minutes of each stage in a file. Raises BadSetting where it cannot be read at first or lacks a stage."""

    def __init__(self, path):
        self.path, self.stamp, self.stages = Path(path), None, {}
        self._read()
        if not self.stages:
            raise BadSetting(f'{path} is no plan: it must be JSON like {{"full": 3.5}}, minutes by stage.')

    def _read(self):
        try:
            stamp = self.path.stat().st_mtime_ns
            if stamp != self.stamp:
                stages = json.loads(self.path.read_text())
                self.stages, self.stamp = {name: float(value) for name, value in stages.items()}, stamp
        except (OSError, ValueError, TypeError, AttributeError):
            pass                                                     # being written, or gone: what was read last holds

    def minutes(self, stage):
        self._read()
        if stage not in self.stages:
            raise BadSetting(f'{self.path} has no minutes for "{stage}"; it has {", ".join(self.stages)}.')
        return self.stages[stage]


class Clock:
    """How much of a stage is over, from 0. `minutes`: a number, or a function that gives the number of now."""

    def __init__(self, minutes, spent=0.0):
        self.minutes = minutes if callable(minutes) else lambda: minutes
        self.before = spent
        self.started = monotonic()

    def seconds(self):
        return self.before + monotonic() - self.started

    def restart(self):
        """Forgets what has passed since the start: compiling takes none of a stage's time."""
        self.started = monotonic()

    def progress(self):
        """0 at the start, 1 when the minutes are over, and more after that."""
        allowed = 60 * self.minutes()
        return self.seconds() / allowed if allowed > 0 else 1.0
