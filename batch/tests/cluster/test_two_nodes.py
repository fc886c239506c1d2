"""Sixty pictures on two nodes: what a run leaves, how it goes on, and what it refuses."""

import io
import json
import shutil

import numpy as np
import pytest

pytest.importorskip('ray')
import ray  # noqa: E402
from two_nodes import TINY, is_whole, pictures, recipe_file  # noqa: E402
from PIL import Image  # noqa: E402
from pyarrow import parquet  # noqa: E402

from phantoscope_batch import __version__  # noqa: E402
from phantoscope_batch import run as running  # noqa: E402
from phantoscope_batch.__main__ import arguments, join, read_job  # noqa: E402
from phantoscope_batch.draw import Painter  # noqa: E402
from phantoscope_batch.errors import ModelMissing, NodeDiffers, OutputFull, OutputNotEmpty, RequestInvalid  # noqa: E402
from phantoscope_batch.modality import without_colour  # noqa: E402
from phantoscope_batch.package import read_package  # noqa: E402
from phantoscope_batch.place import Place  # noqa: E402
from phantoscope_batch.recipe import Plan  # noqa: E402
from phantoscope_batch.stages import node_facts, same_version  # noqa: E402

COUNT = 60


@pytest.fixture(scope='module')
def joined(cluster):
    yield cluster.address
    ray.shutdown()


@pytest.fixture(scope='module')
def started(joined, tmp_path_factory):
    """A job of sixty pictures, joined to the cluster"""
    folder = tmp_path_factory.mktemp('sixty')
    args = arguments([str(recipe_file(folder, COUNT)), '--model', str(TINY), '--out', str(folder / 'out'), '--address', joined,
                      '--workers', '2', '--shard', '8'])
    job = read_job(args)
    join(args, job)
    return args, job, folder / 'out'


def test_a_run_that_broke_goes_on_and_its_output_is_what_the_recipe_says(started):
    args, job, out = started
    whole, drawn = running.write_labels, []

    def full_disk(_):
        drawn.append(len(pictures(out)))
        raise OSError(28, 'No space left on device')
    running.write_labels = full_disk
    try:
        with pytest.raises(OutputFull, match='Free space there'):
            running.make(job)
    finally:
        running.write_labels = whole
    first = {path.name: path.stat().st_mtime_ns for path in (out / 'shards').iterdir()}
    # Two shards lose their commit, as where a driver dies between a shard and its checkpoint.
    for path in sorted((out / 'run' / 'checkpoint').glob('*.parquet'))[:2]:
        path.rename(path.with_name(path.name.replace('.parquet', '.pending.parquet')))
    said = []
    made = running.make(read_again(args, job), said.append)
    kept = {path.name for path in (out / 'shards').iterdir() if first.get(path.name) == path.stat().st_mtime_ns}
    assert drawn == [COUNT] and 0 < made <= 16 and said == [f'Going on: {COUNT - made} of {COUNT} pictures are there.']
    assert len(kept) == len(first) - 2 and is_whole(out, COUNT)

    labels = parquet.read_table(out / 'labels').to_pylist()
    assert sorted(row['image_index'] for row in labels) == list(range(COUNT))
    plan, painter, found = Plan(job.recipe), Painter(job.package, 'CPUExecutionProvider', 1), pictures(out)
    for row in labels[::7]:
        planned = plan.image(row['image_index'])
        pixels = np.asarray(Image.open(io.BytesIO(found[row['file']]))).astype(int)
        own = without_colour(painter.draw([planned])[0][0], row['prompt'])
        assert row['prompt'] == planned.request['prompt'] and own.shape == pixels.shape and np.abs(own - pixels).max() <= 1
    assert running.make(read_again(args, job), said.append) == 0 and 'is finished already' in said[-1]


def read_again(args, job):
    """The same job as a second call reads it."""
    again = read_job(args)
    again.workers, again.batch = job.workers, job.batch
    return again


def test_an_output_of_something_else_is_refused_and_left_as_it_is(started, tmp_path):
    args, job, out = started
    before = sorted(path for path in out.rglob('*'))
    other = read_again(args, job)
    other.recipe = job.recipe | {'seed': 1}
    with pytest.raises(OutputNotEmpty, match='another recipe'):
        running.make(other)
    newer = read_again(args, job)
    newer.package = type(job.package)(job.package.folder, job.package.entry, '0' * 64)
    with pytest.raises(OutputNotEmpty, match='another version of the model tiny'):
        running.make(newer)
    (tmp_path / 'mine.txt').write_text('mine')
    foreign = read_again(args, job)
    foreign.place = Place(str(tmp_path))
    with pytest.raises(OutputNotEmpty, match='got mine.txt'):
        running.make(foreign)
    assert sorted(path for path in out.rglob('*')) == before and [path.name for path in tmp_path.iterdir()] == ['mine.txt']


def test_a_node_without_the_package_or_of_another_version_is_named_before_anything_is_drawn(started, tmp_path):
    args, job, _ = started
    shutil.copytree(TINY, tmp_path / 'model')
    lacking = read_again(args, job)
    lacking.package, lacking.place = read_package(tmp_path / 'model', 'tiny'), Place(str(tmp_path / 'out'))
    (tmp_path / 'model' / 'models' / 'tiny' / 'unet-0.bin').unlink()
    with pytest.raises(ModelMissing, match='node .* has no package at .*unet-0.bin'):
        running.make(lacking)
    assert not (tmp_path / 'out' / 'shards').exists()
    with pytest.raises(NodeDiffers, match='Node b has phantoscope-batch 0.0.1'):
        same_version({'a': __version__, 'b': '0.0.1'})
    with pytest.raises(NodeDiffers, match='has no no_such_module'):
        node_facts([], ['json', 'no_such_module'])


def test_numbers_of_the_command_are_refused_by_name(tmp_path):
    with pytest.raises(RequestInvalid, match='--workers expects a whole number from 1, got 0'):
        arguments(['r', '--model', 'm', '--out', 'o', '--workers', '0'])
    (tmp_path / 'broken.json').write_text(json.dumps({'version': 3}))
    with pytest.raises(RequestInvalid, match='another version'):
        read_job(arguments([str(tmp_path / 'broken.json'), '--model', str(TINY), '--out', 'o']))
