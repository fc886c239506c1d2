"""Places of an output: folders and URIs."""

import pytest

pytest.importorskip('pyarrow')
from phantoscope_batch.errors import ModelMissing, OutputFull, RunFailed  # noqa: E402
from phantoscope_batch.place import Place, named  # noqa: E402


@pytest.mark.parametrize('scheme', ['', 'file://', 'local://'])    # pyarrow knows the second, fsspec alone the third
def test_a_place_is_a_folder_or_a_uri(tmp_path, scheme):
    place = Place(f'{scheme}{tmp_path}/out')
    assert place.is_empty() and place.list('a') == [] and place.read('a', 'b.txt') is None
    place.write(b'one', 'a', 'b.txt')
    place.write(b'another', 'a', 'b.txt')
    assert (tmp_path / 'out' / 'a' / 'b.txt').read_bytes() == b'another' == place.read('a', 'b.txt')
    assert place.list('a') == [('b.txt', 7)] and not place.is_empty()
    place.remove('a')
    place.remove('a')
    assert place.list('a') == []


def test_a_full_disk_is_named_and_leaves_what_was_there(tmp_path):
    (tmp_path / 'labels').mkdir()
    (tmp_path / 'labels' / 'sums').write_bytes(b'before')
    (tmp_path / 'labels' / 'sums.part').symlink_to('/dev/full')    # every write to it fails as on a full disk
    with pytest.raises(OutputFull, match='Free space there'):
        Place(str(tmp_path)).write(b'after' * 10_000, 'labels', 'sums')
    assert (tmp_path / 'labels' / 'sums').read_bytes() == b'before'


def test_an_error_keeps_its_name_however_deep_it_lies():
    quota = RuntimeError('a task failed')
    quota.cause = OSError(122, 'Disk quota exceeded')
    assert isinstance(named(quota), OutputFull)
    actor = named(RuntimeError('The actor died: phantoscope_batch.errors.ModelMissing: node b has no package at /m.\n  at line 3'))
    assert isinstance(actor, ModelMissing) and str(actor) == 'node b has no package at /m.'
    assert isinstance(named(ValueError('why')), RunFailed) and 'The run ended: why.' in str(named(ValueError('why')))
