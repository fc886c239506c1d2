"""What an output that was begun says to the next command: with what it may go on."""

import json
from types import SimpleNamespace

import pytest

pytest.importorskip('ray')
from phantoscope_batch.errors import OutputNotEmpty  # noqa: E402
from phantoscope_batch.place import Place  # noqa: E402
from phantoscope_batch.run import Job, start  # noqa: E402


def _begun(place, choice, **reasons):
    """A command on an output that was begun without --copies, from which pictures are left out for these reasons."""
    job = Job({'rows': []}, SimpleNamespace(entry={'id': 'tiny'}, sha256='ab'), place, comparison=SimpleNamespace(choice=choice))
    start(Job(**vars(job) | {'comparison': SimpleNamespace(choice=None)}))
    place.write(json.dumps(reasons).encode(), 'run', 'left-out', 'pictures.tar.json')
    return job


@pytest.mark.parametrize('choice', [None, 'mark', 'leave-out'])
def test_pictures_that_a_check_dropped_leave_every_choice_about_copies(tmp_path, choice):
    start(_begun(Place(str(tmp_path)), choice, **{'3': 'unconfirmed'}))


def test_copies_that_are_out_already_are_not_marked(tmp_path):
    job = _begun(Place(str(tmp_path)), 'mark', **{'3': 'unconfirmed', '4': 'copy'})
    with pytest.raises(OutputNotEmpty, match='taken out already'):
        start(job)
