"""The end of a run: labels as Parquet, the listing against the recipe, the card, and last the hash of every file."""

import hashlib
import json

import numpy as np
import pyarrow.compute as pc
import ray
from pyarrow import Table
from pyarrow.dataset import dataset
from ray.data import ActorPoolStrategy

from phantoscope_batch.card import Description, croissant, data_card
from phantoscope_batch.errors import CopiesAboveLimit, OutputIncomplete
from phantoscope_batch.evaluation.report import copy_figures, copy_sentences, is_above_limit, percent
from phantoscope_batch.labels import parquet_columns
from phantoscope_batch.shards import ReadShard, left_out
from phantoscope_batch.splits import SPLITS
from phantoscope_batch.stages import LIGHT

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
    _refuse_nothing(job)
    if not shards:
        raise OutputIncomplete(f'{place.uri} has no shard (expected {job.total} pictures). Give the same command again.')
    names = ray.data.from_items([{'shard': name} for name in shards], override_num_blocks=min(len(shards), 4 * job.workers))
    labels = names.map_batches(ReadShard, batch_size=1, batch_format='numpy', fn_constructor_args=(job,), num_cpus=1,
                               compute=ActorPoolStrategy(min_size=1, max_size=max(1, job.workers)))
    labels.write_parquet(place.path('labels'), filesystem=place.files, min_rows_per_file=min(job.total, _ROWS_PER_FILE),
                         ray_remote_args=LIGHT)
    _refuse_nothing(job)


def _refuse_nothing(job):
    """Raises OutputIncomplete where every picture was left out."""
    if len(left_out(job.place)) == job.total:
        raise OutputIncomplete(f'{job.place.uri} would hold no picture (expected at least one, got all {job.total} left out). Give another --out, '
                               'with --copies mark or with a recipe whose check keeps what it cannot confirm.')


def gate(job):
    """Raises CopiesAboveLimit where more are suspected copies than held-out images are by chance, and nobody said what becomes of them."""
    if not job.comparison or job.comparison.choice:
        return
    count, total, limit = *count_copies(job), job.comparison.rule.holdout_rate
    if is_above_limit(count, total, limit):
        raise CopiesAboveLimit(f'{count} of {total} pictures are suspected copies of real images (expected no more than chance allows, which is '
                               f'{percent(limit)}, got {percent(count / total)}). All are drawn and kept. Give the same command again with --copies '
                               'leave-out, or with --copies mark: then their labels say so.')


def count_copies(job):
    """(suspected copies, pictures compared), those that were left out included."""
    reasons = list(left_out(job.place).values())
    labels = _labels(job)
    return (labels.count_rows(filter=pc.field('suspected_copy') == 'yes') + reasons.count('copy'),
            labels.count_rows() + reasons.count('copy'))


def _labels(job):
    return dataset(job.place.path('labels'), filesystem=job.place.files, format='parquet')


def check_listing(job, out):
    """(counts {(row, label): [images of each split]}, {shard: sha256}) of the labels. Raises OutputIncomplete unless every image is there once.

    out: {index: why} of those that were left out, which must not be there.
    """
    columns = ['image_index', 'recipe_row', 'label', 'split', 'shard', 'shard_sha256']
    seen, counts, shards = np.zeros(job.total, np.uint16), {}, {}
    for batch in _labels(job).to_batches(columns=columns):
        table = Table.from_batches([batch])
        np.add.at(seen, table['image_index'].to_numpy(), 1)
        shards |= dict(zip(table['shard'].to_pylist(), table['shard_sha256'].to_pylist()))
        groups = table.group_by(['recipe_row', 'label', 'split']).aggregate([('image_index', 'count')])
        for one in groups.to_pylist():
            each = counts.setdefault((one['recipe_row'], one['label'] or ''), [0] * len(SPLITS))
            each[SPLITS.index(one['split'])] += one['image_index_count']
    np.add.at(seen, np.array(list(out), np.int64), 1)
    missing, twice = np.flatnonzero(seen == 0), np.flatnonzero(seen > 1)
    if len(missing) or len(twice):
        raise OutputIncomplete(f'{job.place.uri} does not hold what the recipe asks for (expected each of {job.total} pictures once, got '
                               f'{len(missing)} not at all, {missing[:3].tolist()} first, and {len(twice)} more than once, {twice[:3].tolist()} '
                               'first). Give another --out, and keep this one for whoever looks into it.')
    return dict(sorted(counts.items())), shards


def checked_facts(job, num_unconfirmed):
    """What the card says of a check while drawing, by the names of card.py; None where the recipe asks for none."""
    if not job.checker:
        return None
    table = _labels(job).to_table(columns=['check_confirmed', 'check_tries', 'check_probability']).drop_null()
    count = len(table)
    return {'network': f'{job.checker.entry["id"]}, sha256 {job.checker.sha256}', 'count': count, 'most': job.recipe['check']['maxTries'],
            'unconfirmed': pc.sum(pc.equal(table['check_confirmed'], 'no')).as_py() or 0, 'left_out': num_unconfirmed,
            'tries': pc.mean(table['check_tries']).as_py() or 0, 'probability': pc.mean(table['check_probability']).as_py() or 0}


def finish(job, app_version):
    """README.md, croissant.json, recipe.json and what else is known, and SHA256SUMS, which stands last: with it an output is whole."""
    place, entry, out = job.place, job.package.entry, left_out(job.place)
    job.num_left_out = len(out)
    counts, sums = check_listing(job, out)
    labels = []
    for name, size in place.list('labels'):
        labels.append((f'labels/{name}', size, hashlib.sha256(place.read('labels', name)).hexdigest()))
    figures = job.comparison and copy_figures(job.comparison.rule, *count_copies(job))
    reasons = list(out.values())
    description = Description(
        title=job.recipe['title'] or 'Data set', date=job.created_at[:10], app_version=app_version, entry=entry,
        model_sha256=job.package.sha256, num_rows=len(job.recipe['rows']), num_images=job.total - len(out),
        has_masks=any('mask' in row for row in job.recipe['rows']), ending='dcm' if job.format == 'dicom' else 'png',
        copy_check=figures and copy_sentences(figures, reasons.count('copy')), suspects=figures['count'] - reasons.count('copy') if figures else 0,
        checked=checked_facts(job, reasons.count('unconfirmed')), left_out=len(out))
    columns = parquet_columns(job.columns())
    texts = {'README.md': data_card(description, counts), 'recipe.json': _pretty(job.recipe),
             'croissant.json': json.dumps(croissant(description, columns, labels), indent=1, ensure_ascii=False) + '\n'}
    texts |= {'copy-check.json': _pretty(figures)} if figures else {}
    by_reason = {why: sorted(index for index, one in out.items() if one == why) for why in sorted(set(reasons))}
    texts |= {'left-out.json': _pretty(by_reason)} if out else {}
    for name, text in texts.items():
        place.write(text.encode(), name)
        sums[name] = hashlib.sha256(text.encode()).hexdigest()
    sums |= {path: digest for path, _, digest in labels}
    place.write(''.join(f'{digest}  {path}\n' for path, digest in sorted(sums.items())).encode(), 'SHA256SUMS')
    for name in ('checkpoint', 'left-out', 'real.json'):
        place.remove('run', name)


def _pretty(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + '\n'
