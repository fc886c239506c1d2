"""A recipe to a finished output: claim, nodes, pictures, labels, listing. Read `make` first."""

import hashlib
import json
import time
from dataclasses import dataclass

import ray
from pyarrow import parquet
from pyarrow.fs import FileSelector
from ray.data import ActorPoolStrategy, DataContext
from ray.data.checkpoint import CheckpointConfig
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from phantoscope_batch import __version__
from phantoscope_batch.claim import Claim
from phantoscope_batch.errors import NamedError, NodeDiffers, OutputNotEmpty
from phantoscope_batch.evaluation.compare import Comparison
from phantoscope_batch.json_text import compact_json
from phantoscope_batch.labels import label_columns, used_covariates
from phantoscope_batch.listing import finish, gate, is_committed, write_labels
from phantoscope_batch.package import Network, Package
from phantoscope_batch.place import Place, chain, named
from phantoscope_batch.shards import left_out
from phantoscope_batch.splits import assign_splits
from phantoscope_batch.stages import LIGHT, AsDicom, DrawPictures, FindCopies, Indices, ShardNames, as_files, node_facts, same_version

FORMAT = 2                                                         # of run/run.json


@dataclass
class Job:
    """All that a run is made of; every worker gets it."""
    recipe: dict
    package: Package
    place: Place
    provider: str | None = None
    threads: int = 1                                               # of each worker
    workers: int = 1
    gpus: float = 0                                                # of each worker
    batch: int = 1                                                 # pictures that a worker draws at once
    shard: int = 256                                               # most pictures of a tar file
    format: str = 'png'                                            # or 'dicom'
    checker: Network | None = None                                 # of a recipe that is checked while drawing
    comparison: Comparison | None = None                           # with real images
    created_at: str = ''
    num_left_out: int = 0                                          # known at the end
    split_ref: object = None

    @property
    def total(self):
        return sum(row['count'] for row in self.recipe['rows'])

    def columns(self):
        """[(name, type, description)] of a picture's labels."""
        return label_columns(used_covariates(self.recipe, self.package.entry), self.checker is not None, self.comparison is not None)

    def splits(self):
        return ray.get(self.split_ref)

    def rows_per_shard(self):
        """Small enough that every worker gets several: the last one must not draw alone."""
        return max(1, min(self.shard, -(-self.total // (4 * self.workers))))


def make(job, say=print):
    """Makes what is missing of a job's output, and its labels and listing; returns the number of pictures made now.

    Raises NamedErrors. What a killed run finished is kept by the checkpoints of Ray, and a second call goes on from there.
    """
    refuse_foreign(job.place)                                      # before a claim is written there
    with Claim(job.place) as claim:
        try:
            start(job)
            if job.place.read('SHA256SUMS') is not None:
                say(f'{job.place.uri} is finished already: {job.total} pictures.')
                return 0
            check_nodes(job)
            job.split_ref = ray.put(assign_splits([row['count'] for row in job.recipe['rows']], job.recipe['seed']))
            if job.comparison:
                same_real(job.place, job.comparison.prepare(job.workers, say))
            before = count_finished(job.place)
            if before:
                say(f'Going on: {before} of {job.total} pictures are there.')
            draw(job)
            claim.check()
            write_labels(job)
            gate(job)
            finish(job, __version__)
            return job.total - before
        except KeyboardInterrupt:
            claim.check()
            raise
        except NamedError:
            raise
        except Exception as error:
            raise named(error) from error


def start(job):
    """Writes down what this output is, or compares it with what is written there. Raises OutputNotEmpty."""
    place, facts = job.place, {'format': FORMAT, 'recipe': hashlib.sha256(compact_json(job.recipe).encode()).hexdigest(),
                               'model': job.package.entry['id'], 'model_sha256': job.package.sha256, 'images': job.format,
                               'compared': job.comparison is not None}
    raw = place.read('run', 'run.json')
    if raw is None:
        refuse_foreign(place)
        job.created_at = time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime())
        place.write(json.dumps(facts | {'created_at': job.created_at}).encode(), 'run', 'run.json')
        return
    found = json.loads(raw)
    what = {'format': 'another version of this package', 'recipe': 'another recipe', 'model': 'another model',
            'model_sha256': f'another version of the model {job.package.entry["id"]}', 'images': 'another format',
            'compared': 'a run without --real' if job.comparison else 'a run with --real'}
    for name, value in facts.items():
        if found.get(name) != value:
            raise OutputNotEmpty(f'{place.uri} holds pictures of {what[name]} (expected {str(value)[:12]}, got {str(found.get(name))[:12]}). '
                                 'Give an empty folder by --out; nothing was changed there.')
    job.created_at = found['created_at']
    # What a check could not confirm is left out whatever becomes of copies.
    if job.comparison and job.comparison.choice != 'leave-out' and 'copy' in left_out(place).values():
        raise OutputNotEmpty(f'{place.uri} was begun with --copies leave-out, and suspected copies are taken out already. Give it again, or '
                             'another --out.')


def same_real(place, digest):
    """Notes which real images the pictures are compared with. Raises OutputNotEmpty where an earlier run compared with others."""
    raw = place.read('run', 'real.json')
    if raw is None:
        place.write(json.dumps({'sha256': digest}).encode(), 'run', 'real.json')
    elif json.loads(raw)['sha256'] != digest:
        raise OutputNotEmpty(f'{place.uri} holds pictures that were compared with other real images (expected those of '
                             f'{json.loads(raw)["sha256"][:12]}…, got {digest[:12]}…). Give the same ones by --real, or another --out.')


def refuse_foreign(place):
    """Raises OutputNotEmpty where there are files and no run has begun."""
    found = place.files.get_file_info(FileSelector(place.root, allow_not_found=True))
    foreign = [one.base_name for one in found if one.base_name != 'run']
    if foreign and place.read('run', 'run.json') is None:
        raise OutputNotEmpty(f'{place.uri} is not empty and not of a run (expected nothing, got {foreign[0]}). Give an empty folder by --out.')


def check_nodes(job):
    """Raises NodeDiffers, ModelMissing or ModelCorrupt for the first node that could not draw."""
    facts = ray.remote(node_facts)
    networks = [one for one in (job.checker, job.comparison and job.comparison.network) if one]
    modules = [*(['faiss', 'scipy'] if job.comparison else []), *(['pydicom'] if job.format == 'dicom' else [])]
    nodes = {node['NodeID']: node['NodeManagerHostname'] for node in ray.nodes() if node['Alive']}
    asked = {node: facts.options(num_cpus=0, max_retries=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))
             .remote([job.package, *networks], modules) for node in nodes}
    versions = {}
    for node, answer in asked.items():
        name = f'{nodes[node]} ({node[:8]})'
        try:
            versions[name], _ = ray.get(answer)
        except Exception as error:
            if any('ModuleNotFoundError' in type(one).__name__ or "No module named 'phantoscope_batch'" in str(one) for one in chain(error)):
                raise NodeDiffers(f'Node {name} has no phantoscope-batch (expected {__version__}). Install it on every node: pip install ./batch') \
                    from error
            raise
    same_version(versions)


def draw(job):
    """Every picture that no checkpoint names, as shards. Ray tries again what a lost worker or node had in hand."""
    context = DataContext.get_current()
    context.enable_progress_bars = False
    config = CheckpointConfig(id_column='id', checkpoint_path=job.place.path('run', 'checkpoint'), override_filesystem=job.place.files,
                              delete_checkpoint_on_success=False)
    config.checkpoint_actor_memory_bytes = 256 * 2**20             # a million ids are 8 MB
    context.checkpoint_config = config
    try:
        rows = job.rows_per_shard()
        ids = ray.data.read_datasource(Indices(job.total, rows), **LIGHT, override_num_blocks=-(-job.total // rows))
        pictures = ids.map_batches(DrawPictures, batch_size=None, batch_format='numpy', fn_constructor_args=(job,), num_cpus=job.threads,
                                   num_gpus=job.gpus or None,
                                   compute=ActorPoolStrategy(min_size=1, max_size=job.workers, initial_size=job.workers))
        for stage in [*([FindCopies] if job.comparison else []), *([AsDicom] if job.format == 'dicom' else [])]:
            pictures = pictures.map_batches(stage, batch_size=None, batch_format='pyarrow', fn_constructor_args=(job,), **LIGHT,
                                            compute=ActorPoolStrategy(min_size=1, max_size=job.workers))
        pictures.write_webdataset(job.place.path('shards'), filesystem=job.place.files, encoder=as_files, filename_provider=ShardNames(),
                                  ray_remote_args=LIGHT)
    finally:
        context.checkpoint_config = None


def count_finished(place):
    """Pictures that committed checkpoints name."""
    names = [name for name, _ in place.list('run', 'checkpoint') if is_committed(name)]
    return sum(parquet.read_metadata(place.path('run', 'checkpoint', name), filesystem=place.files).num_rows for name in names)

