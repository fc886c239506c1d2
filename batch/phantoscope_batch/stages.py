"""What runs on the workers: indices to pictures and their labels. Plain arrays and bytes in, the same out."""

import hashlib
import importlib.util
import io
import json
import os
import socket

import numpy as np
import pyarrow as pa
from PIL import Image
from ray.data import Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import FilenameProvider, ReadTask

from phantoscope_batch import __version__
from phantoscope_batch.dicom import encode_dicom, uids_of
from phantoscope_batch.draw import Painter
from phantoscope_batch.errors import NodeDiffers
from phantoscope_batch.evaluation.checker import Checker, is_dropped
from phantoscope_batch.evaluation.copies import nearest_real
from phantoscope_batch.evaluation.squares import NetworkSession, read_pixels, square_of, thumb_of
from phantoscope_batch.json_text import compact_json
from phantoscope_batch.labels import file_id, label_row
from phantoscope_batch.modality import without_colour
from phantoscope_batch.package import check_files
from phantoscope_batch.png import encode_mask, encode_png, picture_texts, recorded_request
from phantoscope_batch.recipe import Plan
from phantoscope_batch.splits import SPLITS

# Reading and writing wait for the disk: they ask for no core that a worker could draw on.
LIGHT = {'num_cpus': 0.01}


class Indices(Datasource):
    """0…total − 1 in blocks of `rows`: what a shard is made of. The id that a checkpoint remembers."""

    def __init__(self, total, rows):
        super().__init__()
        self.total, self.rows = total, rows

    def estimate_inmemory_data_size(self):
        return 8 * self.total

    def get_read_tasks(self, parallelism, per_task_row_limit=None, data_context=None):
        return [_read_indices(start, min(start + self.rows, self.total)) for start in range(0, self.total, self.rows)]


def _read_indices(start, end):
    metadata = BlockMetadata(num_rows=end - start, size_bytes=8 * (end - start), input_files=None, exec_stats=None)
    return ReadTask(lambda: [pa.table({'id': np.arange(start, end)})], metadata, schema=pa.schema([('id', pa.int64())]))


class ShardNames(FilenameProvider):
    """pictures-RUN-TASK.tar: the run is part of the name, so that one that goes on never meets a name of the one before."""

    def get_filename_for_task(self, write_uuid, task_index, *_):
        return f'pictures-{write_uuid[:12]}-{task_index:06d}.tar'

    def get_filename_for_row(self, row, write_uuid, task_index, block_index, row_index):
        return f'pictures-{write_uuid[:12]}-{task_index:06d}-{block_index:06d}-{row_index:06d}.tar'


class DrawPictures:
    """A Ray Data actor: a batch of ids to PNGs, masks and labels. A picture that the recipe's check drops has labels alone."""

    def __init__(self, job):
        self.job, self.plan, self.splits, self.columns = job, Plan(job.recipe), job.splits(), job.columns()
        check_files(job.package, f'node {socket.gethostname()}')
        self.painter = Painter(job.package, job.provider, job.threads)
        self.checker = job.checker and Checker(job.recipe['check'], job.checker)

    def __call__(self, batch):
        planned = [self.plan.image(int(k)) for k in batch['id']]
        samples = []
        for start in range(0, len(planned), self.job.batch):
            some = planned[start:start + self.job.batch]
            # One batch has one length of steps and one scale; a recipe has both once.
            drawn = (self.checker.draw(some, self.painter.draw) if self.checker
                     else [(one, None, None) for one in self.painter.draw(some)])
            samples += [self._sample(one, *parts) for one, parts in zip(some, drawn)]
        return _table(batch['id'], samples)

    def _sample(self, planned, drawn, seed, checked):
        (pixels, mask), package, name = drawn, self.job.package, file_id(planned.index)
        row = label_row(planned, SPLITS[self.splits[planned.index]], package.sha256, self.job.created_at, self.columns, seed, checked)
        if self.checker and is_dropped(self.job.recipe['check'], checked):
            return name, None, _json(row | {LEFT_OUT: 'unconfirmed'}), None
        request = recorded_request(planned, mask, seed, checked)
        png = encode_png(without_colour(pixels, request['prompt']), picture_texts(request, package.entry, package.sha256))
        row['sha256'] = hashlib.sha256(png).hexdigest()
        return name, png, _json(row), None if mask is None else encode_mask(mask)


# In the labels of a picture that does not become a part of the output: why.
LEFT_OUT = 'left_out'
_FILES = ('__key__', 'png', 'json', 'mask.png')


def _json(row):
    return (compact_json(row) + '\n').encode()


def _table(ids, samples, names=_FILES):
    """An Arrow table of ids and [(key, image, labels, mask)]."""
    kinds = (pa.string(), pa.binary(), pa.binary(), pa.binary())
    columns = list(zip(*samples))
    return pa.table({'id': pa.array(ids, pa.int64())} | {name: pa.array(columns[at], kind) for at, (name, kind) in enumerate(zip(names, kinds))})


class FindCopies:
    """A Ray Data actor: looks every drawn picture up among the real images, and says in its labels what it found."""

    def __init__(self, job):
        self.comparison, self.columns = job.comparison, job.columns()
        self.real, self.network = self.comparison.side(), NetworkSession(self.comparison.network)

    def __call__(self, table):
        rows, pictures = [json.loads(raw) for raw in table['json'].to_pylist()], table['png'].to_pylist()
        there = [k for k, png in enumerate(pictures) if png is not None]
        squares = [square_of(read_pixels(pictures[k])) for k in there]
        found = nearest_real([thumb_of(one) for one in squares], self.network.features(squares), self.real) if there else []
        for k, near in zip(there, found):
            copy = near.distance <= self.comparison.rule.threshold
            row = rows[k] | {'suspected_copy': 'yes' if copy else 'no', 'copy_distance': near.distance}
            rows[k] = {name: row[name] for name, _, _ in self.columns} | {'copy_distance': near.distance, 'sha256': row['sha256']}
        return table.set_column(table.schema.get_field_index('json'), 'json', pa.array([_json(row) for row in rows], pa.binary()))


class AsDicom:
    """A Ray Data actor: PNGs and their masks become DICOM."""

    def __init__(self, job):
        self.job = job

    def __call__(self, table):
        samples = [self._sample(*(row[name] for name in _FILES)) for row in table.to_pylist()]
        return _table(table['id'].to_pylist(), samples, ('__key__', 'dcm', 'json', 'mask.dcm'))

    def _sample(self, key, png, raw, mask):
        if png is None:
            return key, None, raw, None
        row, package = json.loads(raw), self.job.package
        file = Image.open(io.BytesIO(png))
        request = json.loads(file.text['phantoscope:request'])

        def encode(samples, what):
            uids = uids_of(request, package.sha256, self.job.created_at, what)
            return encode_dicom(samples, request, package.entry, package.sha256, self.job.created_at, __version__, uids, mask=what == 'mask')
        dicom = encode(np.asarray(file), 'image')
        row |= {'file': f'{key}.dcm', 'mask': mask and f'{key}.mask.dcm', 'sha256': hashlib.sha256(dicom).hexdigest()}
        return key, dicom, _json(row), mask and encode(np.asarray(Image.open(io.BytesIO(mask))), 'mask')


def as_files(sample):
    """What of a row becomes a file of the shard: Ray's writer takes names and bytes."""
    return {name: value for name, value in sample.items() if name != 'id' and value is not None}


def node_facts(packages, modules=()):
    """What a node says of itself before it gets work. Raises NodeDiffers, ModelMissing or ModelCorrupt.

    packages: Packages and Networks that it will open; modules: names of Python packages that only some runs need.
    """
    for name in modules:
        if importlib.util.find_spec(name) is None:
            raise NodeDiffers(f'Node {socket.gethostname()} has no {name} (expected it for these flags). Install what they need on every node: '
                              'pip install "phantoscope-batch[copies,dicom]"')
    for package in packages:
        check_files(package, f'node {socket.gethostname()}')
    return __version__, os.cpu_count()


def same_version(versions):
    """Raises NodeDiffers unless all nodes run this version. versions: {node: version}."""
    for node, version in versions.items():
        if version != __version__:
            raise NodeDiffers(f'Node {node} has phantoscope-batch {version} (expected {__version__}). Install the same version on every node.')
