"""What runs on the workers: indices to pictures, and shards to labels. Plain arrays and bytes in, the same out."""

import hashlib
import io
import json
import os
import socket
import tarfile

import numpy as np
import pyarrow as pa
from ray.data import Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import FilenameProvider, ReadTask

from phantoscope_batch import __version__
from phantoscope_batch.draw import Painter
from phantoscope_batch.errors import NodeDiffers, OutputIncomplete
from phantoscope_batch.json_text import compact_json
from phantoscope_batch.labels import file_id, label_row, parquet_columns, used_covariates
from phantoscope_batch.package import check_files
from phantoscope_batch.png import encode_mask, encode_png, picture_texts
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
    """A Ray Data actor: a batch of ids to PNGs, masks and labels."""

    def __init__(self, job):
        self.job, self.plan = job, Plan(job.recipe)
        check_files(job.package, f'node {socket.gethostname()}')
        self.painter = Painter(job.package, job.provider, job.threads)
        self.covariates = used_covariates(job.recipe, job.package.entry)
        self.splits = job.splits()

    def __call__(self, batch):
        planned = [self.plan.image(int(k)) for k in batch['id']]
        samples = []
        for start in range(0, len(planned), self.job.batch):
            some = planned[start:start + self.job.batch]
            # One batch has one length of steps and one scale; a recipe has both once.
            samples += [self._sample(one, *drawn) for one, drawn in zip(some, self.painter.draw(some))]
        names = ('__key__', 'png', 'json', 'mask.png')
        columns = dict(zip(names, (list(column) for column in zip(*samples))))
        kinds = (pa.string(), pa.binary(), pa.binary(), pa.binary())
        return pa.table({'id': pa.array(batch['id'], pa.int64())} | {name: pa.array(columns[name], kind) for name, kind in zip(names, kinds)})

    def _sample(self, planned, pixels, mask):
        package = self.job.package
        png = encode_png(pixels, picture_texts(planned, mask, package.entry, package.sha256))
        row = label_row(planned, SPLITS[self.splits[planned.index]], package.sha256, self.job.created_at, self.covariates)
        row['sha256'] = hashlib.sha256(png).hexdigest()
        return file_id(planned.index), png, (compact_json(row) + '\n').encode(), None if mask is None else encode_mask(mask)


def as_files(sample):
    """What of a row becomes a file of the shard: Ray's writer takes names and bytes."""
    return {name: value for name, value in sample.items() if name != 'id'}


_ARROW = {'sc:Text': pa.string(), 'sc:Integer': pa.int64(), 'sc:Float': pa.float64(), 'sc:DateTime': pa.string()}


class ReadShard:
    """A shard to rows of labels, each picture compared with its hash and with what the recipe says of it."""

    def __init__(self, job):
        self.job, self.plan, self.splits = job, Plan(job.recipe), job.splits()
        self.covariates = used_covariates(job.recipe, job.package.entry)

    def __call__(self, batch):
        rows = [row for name in batch['shard'] for row in self._rows(name)]
        schema = pa.schema([(name, _ARROW[kind]) for name, kind, _ in parquet_columns(self.covariates)])
        return pa.table({name: [row[name] for row in rows] for name in schema.names}, schema=schema)

    def _rows(self, name):
        raw = self.job.place.read('shards', name)
        digest = hashlib.sha256(raw).hexdigest()
        try:
            with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
                members = {member.name: archive.extractfile(member).read() for member in archive}
        except tarfile.TarError as error:
            raise _broken(name, f'a whole tar file, got {error}') from error
        for key in [member.removesuffix('.json') for member in members if member.endswith('.json')]:
            row, png = json.loads(members[f'{key}.json']), members.get(f'{key}.png', b'')
            if hashlib.sha256(png).hexdigest() != row['sha256']:
                raise _broken(name, f'{key}.png of hash {row["sha256"][:12]}…, got another')
            planned = self.plan.image(row['image_index'])
            wanted = label_row(planned, SPLITS[self.splits[planned.index]], self.job.package.sha256, self.job.created_at, self.covariates)
            if any(row.get(column) != value for column, value in wanted.items()):
                raise _broken(name, f'{key}.json with the labels of the recipe, got others')
            yield row | {'shard': f'shards/{name}', 'shard_sha256': digest}


def _broken(name, expected):
    return OutputIncomplete(f'shards/{name} is damaged (expected {expected}). Delete that file and its checkpoint '
                            f'run/checkpoint/{name.removesuffix(".tar")}.parquet, then give the same command again.')


def node_facts(package):
    """What a node says of itself before it gets work. Raises ModelMissing or ModelCorrupt."""
    check_files(package, f'node {socket.gethostname()}')
    return __version__, os.cpu_count()


def same_version(versions):
    """Raises NodeDiffers unless all nodes run this version. versions: {node: version}."""
    for node, version in versions.items():
        if version != __version__:
            raise NodeDiffers(f'Node {node} has phantoscope-batch {version} (expected {__version__}). Install the same version on every node.')
