"""One run at a time on one output: each writes a claim there, and whoever sees another living claim withdraws.

Object stores have no locks, so a claim is a file that its run writes anew every few seconds. Clocks of machines are never
compared: a claim is dead when it does not change while somebody watches it, or when its process on this machine is gone.
"""

import _thread
import json
import os
import socket
import threading
import time
import uuid

from phantoscope_batch.errors import OutputInUse

HEARTBEAT_S = 5.0
WATCH_S = 4 * HEARTBEAT_S
_FOLDER = ('run', 'claims')


class Claim:
    """A context: the output is this run's inside it. Raises OutputInUse at once, or after WATCH_S where that cannot be told."""

    def __init__(self, place):
        self.place, self.name = place, f'{uuid.uuid4().hex}.json'
        self.beats, self.lost, self.over = 0, False, threading.Event()

    def __enter__(self):
        self._beat()
        try:
            for name, _ in self.place.list(*_FOLDER):
                if name.endswith('.json') and name != self.name:
                    self._bury(name)
        except BaseException:
            self._withdraw()
            raise
        self.thread = threading.Thread(target=self._keep, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self._withdraw()

    def check(self):
        """Raises OutputInUse where somebody took the output over."""
        if self.lost:
            raise OutputInUse(f'Another run took {self.place.uri} over while this one stood still (expected its claim, found none). '
                              'Let that one end.')

    def _withdraw(self):
        self.place.remove(*_FOLDER, self.name)

    def _beat(self):
        self.beats += 1
        said = {'host': socket.gethostname(), 'pid': os.getpid(), 'started': _start_of(os.getpid()), 'beats': self.beats}
        self.place.write(json.dumps(said).encode(), *_FOLDER, self.name)

    def _keep(self):
        while not self.over.wait(HEARTBEAT_S):
            if self.place.read(*_FOLDER, self.name) is None:
                self.lost = True
                _thread.interrupt_main()
                return
            self._beat()

    def _bury(self, name):
        """Removes a dead claim; raises OutputInUse for a living one."""
        first = self.place.read(*_FOLDER, name)
        if first is None:
            return
        said = json.loads(first)
        here = said['host'] == socket.gethostname()
        alive = here and _start_of(said['pid']) == said['started'] is not None
        until = time.monotonic() + (0 if here else WATCH_S)
        while not alive and time.monotonic() < until:
            time.sleep(HEARTBEAT_S / 4)
            alive = self.place.read(*_FOLDER, name) != first
        if alive and self.place.read(*_FOLDER, name) is not None:
            raise OutputInUse(f'{self.place.uri} is in use by process {said["pid"]} on {said["host"]} (expected nobody). '
                              'Wait for its end, or give another --out.')
        self.place.remove(*_FOLDER, name)


def _start_of(pid):
    """When a process began, in clock ticks since the machine did: numbers of processes come again. None: there is none, or no telling."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            fields = file.read().rpartition(b')')[2].split()
        return None if fields[0] in (b'Z', b'X') else int(fields[19])
    except OSError:
        return None
