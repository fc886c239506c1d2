"""One run at a time on one output."""

import json
import os
import socket
import subprocess
import sys

import pytest

pytest.importorskip('ray')
from phantoscope_batch import claim as claims  # noqa: E402
from phantoscope_batch.claim import Claim  # noqa: E402
from phantoscope_batch.errors import OutputInUse  # noqa: E402
from phantoscope_batch.place import Place  # noqa: E402

SHOUT = 'import sys; sys.path.insert(0, sys.argv[1]); from phantoscope_batch.claim import Claim; from phantoscope_batch.place import Place; ' \
        'claim = Claim(Place(sys.argv[2])); claim.__enter__(); print("held", flush=True); sys.stdin.read()'


@pytest.fixture
def place(tmp_path):
    return Place(str(tmp_path / 'out'))


def _holder(place):
    """Another process with the claim."""
    package = os.path.dirname(os.path.dirname(claims.__file__))
    process = subprocess.Popen([sys.executable, '-c', SHOUT, package, place.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == 'held\n'
    return process


def test_a_second_run_on_one_output_is_refused_and_leaves_the_first_alone(place):
    holder = _holder(place)
    try:
        with pytest.raises(OutputInUse, match=f'in use by process {holder.pid}'), Claim(place):
            pytest.fail('both hold it')
        assert len(place.list('run', 'claims')) == 1
    finally:
        holder.kill()
        holder.wait()
    with Claim(place):                                              # killed: its claim is there, its process is not
        assert len(place.list('run', 'claims')) == 1
    assert place.list('run', 'claims') == []


def test_a_claim_of_another_machine_lives_while_it_changes(place, monkeypatch):
    monkeypatch.setattr(claims, 'HEARTBEAT_S', 0.2)
    monkeypatch.setattr(claims, 'WATCH_S', 0.8)
    other = {'host': socket.gethostname() + '-2', 'pid': 1, 'started': 1, 'beats': 1}
    place.write(json.dumps(other).encode(), 'run', 'claims', 'other.json')
    changed, read = [], place.read

    def beating(*names):
        """The other machine writes between two looks."""
        changed.append(names)
        return json.dumps(other | {'beats': len(changed)}).encode() if names[-1] == 'other.json' else read(*names)
    monkeypatch.setattr(place, 'read', beating)
    with pytest.raises(OutputInUse, match=f'on {socket.gethostname()}-2'), Claim(place):
        pytest.fail('both hold it')
    monkeypatch.setattr(place, 'read', read)
    with Claim(place) as claim:                                     # it stands still now
        claim.check()


def test_a_run_that_stood_still_ends_when_another_took_over(place, monkeypatch):
    monkeypatch.setattr(claims, 'HEARTBEAT_S', 0.05)
    with pytest.raises(KeyboardInterrupt), Claim(place) as claim:
        place.remove('run', 'claims')
        claim.over.wait(1)
    with pytest.raises(OutputInUse, match='took .* over'):
        claim.check()
