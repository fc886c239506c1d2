"""Finished shards to labels: each picture compared with its hash and with what the recipe says of it; what is left out is taken out."""

import hashlib
import io
import json
import tarfile

import pyarrow as pa

from phantoscope_batch.errors import OutputIncomplete
from phantoscope_batch.evaluation.checker import try_seed
from phantoscope_batch.labels import label_row, parquet_columns
from phantoscope_batch.recipe import Plan
from phantoscope_batch.splits import SPLITS
from phantoscope_batch.stages import LEFT_OUT

_ARROW = {'sc:Text': pa.string(), 'sc:Integer': pa.int64(), 'sc:Float': pa.float64(), 'sc:DateTime': pa.string()}
# Of what the recipe alone does not decide.
_FOUND = ('suspected_copy', 'seed')


class ReadShard:
    """A Ray Data actor: names of shards to rows of labels."""

    def __init__(self, job):
        self.job, self.plan, self.splits, self.columns = job, Plan(job.recipe), job.splits(), job.columns()

    def __call__(self, batch):
        rows = [row for name in batch['shard'] for row in self._rows(name)]
        schema = pa.schema([(name, _ARROW[kind]) for name, kind, _ in parquet_columns(self.columns)])
        return pa.table({name: [row[name] for row in rows] for name in schema.names}, schema=schema)

    def _rows(self, name):
        raw = self.job.place.read('shards', name)
        try:
            with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
                members = {member.name: archive.extractfile(member).read() for member in archive}
        except tarfile.TarError as error:
            raise _broken(name, f'a whole tar file, got {error}') from error
        rows = {key: json.loads(members[f'{key}.json']) for key in (one.removesuffix('.json') for one in members if one.endswith('.json'))}
        for key, row in rows.items():
            self._compare(name, key, row, members)
        out = {key: why for key, row in rows.items() if (why := self._why_left_out(row))}
        if out:
            raw = self._take_out(name, {rows[key]['image_index']: why for key, why in out.items()},
                                 {member: content for member, content in members.items() if member.partition('.')[0] not in out})
        digest = hashlib.sha256(raw).hexdigest()
        return [row | {'shard': f'shards/{name}', 'shard_sha256': digest} for key, row in rows.items() if key not in out]

    def _compare(self, name, key, row, members):
        """Raises OutputIncomplete unless a picture is that of its hash, and its labels are those of the recipe."""
        if LEFT_OUT not in row and hashlib.sha256(members.get(row['file'], b'')).hexdigest() != row['sha256']:
            raise _broken(name, f'{row["file"]} of hash {row["sha256"][:12]}…, got another')
        planned = self.plan.image(row['image_index'])
        wanted = label_row(planned, SPLITS[self.splits[planned.index]], self.job.package.sha256, self.job.created_at, self.columns)
        if self.job.format == 'dicom' and LEFT_OUT not in row:
            wanted |= {column: wanted[column] and wanted[column].replace('.png', '.dcm') for column in ('file', 'mask')}
        tries = range(self.job.recipe['check']['maxTries'] if row.get('check_tries') else 1)
        right = all(row.get(column) == value for column, value in wanted.items() if column not in _FOUND and not column.startswith('check_'))
        if not right or row['seed'] not in (try_seed(wanted['seed'], attempt) for attempt in tries):
            raise _broken(name, f'{key}.json with the labels of the recipe, got others')

    def _why_left_out(self, row):
        copies = self.job.comparison and self.job.comparison.choice == 'leave-out' and row.get('suspected_copy') == 'yes'
        return row.get(LEFT_OUT) or ('copy' if copies else None)

    def _take_out(self, name, reasons, members):
        """Writes the shard without them, after what it leaves out: whoever is stopped between the two finds both. Its new bytes."""
        place = self.job.place
        place.write(json.dumps({str(index): why for index, why in reasons.items()}).encode(), 'run', 'left-out', f'{name}.json')
        if not members:
            place.remove('shards', name)
            return b''
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode='w') as archive:
            for member, content in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        place.write(buffer.getvalue(), 'shards', name)
        return buffer.getvalue()


def left_out(place):
    """{image index: why} of all pictures that were taken out."""
    found = {}
    for name, _ in place.list('run', 'left-out'):
        found |= {int(index): why for index, why in json.loads(place.read('run', 'left-out', name)).items()}
    return found


def _broken(name, expected):
    return OutputIncomplete(f'shards/{name} is damaged (expected {expected}). Delete that file and its checkpoint '
                            f'run/checkpoint/{name.removesuffix(".tar")}.parquet, then give the same command again.')
