"""The end of a run: labels as Parquet, the listing against the recipe, the card, and last the hash of every file."""

import hashlib
import json

import numpy as np
import ray
from pyarrow import Table
from pyarrow.dataset import dataset
from ray.data import ActorPoolStrategy

from phantoscope_batch.card import Description, croissant, data_card
from phantoscope_batch.errors import OutputIncomplete
from phantoscope_batch.labels import parquet_columns, used_covariates
from phantoscope_batch.splits import SPLITS
from phantoscope_batch.stages import LIGHT, ReadShard

# As many labels are some hundred MB of memory in one task.
_ROWS_PER_FILE = 500_000


def is_committed(name):
    """Whether a file of run/checkpoint names pictures that lie in a whole shard."""
    return name.endswith('.parquet') and not name.endswith('.pending.parquet')


def finished_shards(place):
    """Names of the shards whose checkpoint is committed; all others are removed: a worker that outlived its run may have left one."""
    committed = {name.removesuffix('.parquet') for name, _ in place.list('run', 'checkpoint') if is_committed(name)}
    names = [name for name, _ in place.list('shards')]
    for name in names:
        if name.removesuffix('.tar') not in committed:
            place.remove('shards', name)
    return [name for name in names if name.removesuffix('.tar') in committed]


def write_labels(job):
    """labels/*.parquet from the shards, each picture compared with its hash and with the recipe on the way."""
    place = job.place
    place.remove('labels')
    shards = finished_shards(place)
    if not shards:
        raise OutputIncomplete(f'{place.uri} has no shard (expected {job.total} pictures). Give the same command again.')
    names = ray.data.from_items([{'shard': name} for name in shards], override_num_blocks=min(len(shards), 4 * job.workers))
    labels = names.map_batches(ReadShard, batch_size=1, batch_format='numpy', fn_constructor_args=(job,), num_cpus=1,
                               compute=ActorPoolStrategy(min_size=1, max_size=max(1, job.workers)))
    labels.write_parquet(place.path('labels'), filesystem=place.files, min_rows_per_file=min(job.total, _ROWS_PER_FILE),
                         ray_remote_args=LIGHT)


def check_listing(job):
    """(counts {(row, label): [images of each split]}, {shard: sha256}) of the labels. Raises OutputIncomplete unless every image is there once."""
    columns = ['image_index', 'recipe_row', 'label', 'split', 'shard', 'shard_sha256']
    seen, counts, shards = np.zeros(job.total, np.uint16), {}, {}
    labels = dataset(job.place.path('labels'), filesystem=job.place.files, format='parquet')
    for batch in labels.to_batches(columns=columns):
        table = Table.from_batches([batch])
        np.add.at(seen, table['image_index'].to_numpy(), 1)
        shards |= dict(zip(table['shard'].to_pylist(), table['shard_sha256'].to_pylist()))
        groups = table.group_by(['recipe_row', 'label', 'split']).aggregate([('image_index', 'count')])
        for one in groups.to_pylist():
            each = counts.setdefault((one['recipe_row'], one['label'] or ''), [0] * len(SPLITS))
            each[SPLITS.index(one['split'])] += one['image_index_count']
    missing, twice = np.flatnonzero(seen == 0), np.flatnonzero(seen > 1)
    if len(missing) or len(twice):
        raise OutputIncomplete(f'{job.place.uri} does not hold what the recipe asks for (expected each of {job.total} pictures once, got '
                               f'{len(missing)} not at all, {missing[:3].tolist()} first, and {len(twice)} more than once, {twice[:3].tolist()} '
                               'first). Give another --out, and keep this one for whoever looks into it.')
    return dict(sorted(counts.items())), shards


def finish(job, app_version):
    """README.md, croissant.json, recipe.json and SHA256SUMS, which stands last: with it an output is whole."""
    place, entry = job.place, job.package.entry
    counts, sums = check_listing(job)
    labels = []
    for name, size in place.list('labels'):
        labels.append((f'labels/{name}', size, hashlib.sha256(place.read('labels', name)).hexdigest()))
    description = Description(
        title=job.recipe['title'] or 'Data set', date=job.created_at[:10], app_version=app_version, entry=entry,
        model_sha256=job.package.sha256, num_rows=len(job.recipe['rows']), num_images=job.total,
        has_masks=any('mask' in row for row in job.recipe['rows']))
    columns = parquet_columns(used_covariates(job.recipe, entry))
    texts = {'README.md': data_card(description, counts), 'recipe.json': json.dumps(job.recipe, indent=2, ensure_ascii=False) + '\n',
             'croissant.json': json.dumps(croissant(description, columns, labels), indent=1, ensure_ascii=False) + '\n'}
    for name, text in texts.items():
        place.write(text.encode(), name)
        sums[name] = hashlib.sha256(text.encode()).hexdigest()
    sums |= {path: digest for path, _, digest in labels}
    place.write(''.join(f'{digest}  {path}\n' for path, digest in sorted(sums.items())).encode(), 'SHA256SUMS')
    place.remove('run', 'checkpoint')
