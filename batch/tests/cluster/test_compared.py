"""Twenty pictures on two nodes beside real images, two of which they repeat; and the same as DICOM, checked while they are drawn."""

import io
import json
import shutil
import tarfile

import numpy as np
import pytest

pytest.importorskip('ray')
pytest.importorskip('faiss')
pydicom = pytest.importorskip('pydicom')
import ray  # noqa: E402
from places import FIXTURES, ROOT  # noqa: E402
from two_nodes import TINY, is_whole, pictures  # noqa: E402
from PIL import Image  # noqa: E402
from pyarrow import parquet  # noqa: E402

from phantoscope_batch import run as running  # noqa: E402
from phantoscope_batch.__main__ import arguments, join, read_job  # noqa: E402
from phantoscope_batch.errors import CopiesAboveLimit, OutputIncomplete, OutputNotEmpty, RequestInvalid  # noqa: E402

FOLDER = FIXTURES / 'batch'


@pytest.fixture(scope='module')
def joined(cluster):
    yield cluster.address
    ray.shutdown()


@pytest.fixture(scope='module')
def real(tmp_path_factory):
    """Twenty pictures of another seed, and two that the recipe draws, one of them mirrored."""
    folder = tmp_path_factory.mktemp('real')
    for path in (FOLDER / 'copies' / 'synthetic').glob('image-*.png'):
        shutil.copy(path, folder)
    for k, turn in ((2, slice(None)), (5, slice(None, None, -1))):
        Image.fromarray(np.asarray(Image.open(FOLDER / 'app' / 'images' / f'image-{k:08d}.png'))[:, turn]).save(folder / f'copied-{k}.png')
    (folder / 'broken.png').write_bytes(b'no picture')
    return folder


def job_of(joined, *more):
    args = arguments([*map(str, more), '--model', str(TINY), '--networks', str(ROOT), '--address', joined, '--workers', '2', '--shard', '8'])
    job = read_job(args)
    join(args, job) if not ray.is_initialized() else setattr(job, 'workers', 2)
    return job


def test_copies_are_held_back_until_somebody_says_what_becomes_of_them(joined, real, tmp_path):
    out, said = tmp_path / 'out', []

    def job(*more, images=real):
        return job_of(joined, FOLDER / 'recipe.json', '--out', out, '--real', images, *more)
    with pytest.raises(CopiesAboveLimit, match='2 of 20 pictures are suspected copies .* --copies leave-out, or with --copies mark'):
        running.make(job(), said.append)
    assert any('broken.png' in line for line in said) and len(pictures(out)) == 20 and not (out / 'SHA256SUMS').exists()
    before = {path.name: path.stat().st_mtime_ns for path in (out / 'shards').iterdir()}
    with pytest.raises(OutputNotEmpty, match='compared with other real images'):
        running.make(job('--copies', 'mark', images=FOLDER / 'app' / 'images'))
    again = job('--copies', 'leave-out')
    assert running.make(again, said.append) == 0 and again.num_left_out == 2 and is_whole(out, 18)
    left = {f'image-{k:08d}.png' for k in (2, 5)}
    assert not left & set(pictures(out)) and json.loads((out / 'left-out.json').read_text()) == {'copy': [2, 5]}
    changed = [name for name, at in before.items() if (out / 'shards' / name).stat().st_mtime_ns != at]
    assert 1 <= len(changed) <= 2                                   # nothing is drawn again
    rows = parquet.read_table(out / 'labels').to_pylist()
    assert {row['suspected_copy'] for row in rows} == {'no'} and min(row['copy_distance'] for row in rows) > 0.2
    figures = json.loads((out / 'copy-check.json').read_text())
    assert (figures['count'], figures['numSynthetic'], figures['numReal'], figures['skipped']) == (2, 20, 22, 1)
    assert '2 of 20 images are suspiciously near' in (out / 'README.md').read_text() and 'left out' in (out / 'README.md').read_text()
    columns = [field['name'] for field in json.loads((out / 'croissant.json').read_text())['recordSet'][0]['field']]
    assert 'suspected_copy' in columns and 'copy_distance' in columns
    every = b''.join(path.read_bytes() for path in out.rglob('*') if path.is_file())
    assert not any(path.read_bytes() in every for path in real.iterdir()) and not any(path.name.encode() in every for path in real.glob('copied*'))


def test_checked_compared_and_as_dicom(joined, real, tmp_path):
    out, recipe = tmp_path / 'out', json.loads((FOLDER / 'checked' / 'recipe.json').read_text())
    job = job_of(joined, FOLDER / 'checked' / 'recipe.json', '--out', out, '--real', real, '--copies', 'mark', '--format', 'dicom')
    assert running.make(job, lambda _: None) == 8 and is_whole(out, 0)
    wanted = [json.loads(line) for line in (FOLDER / 'checked' / 'labels.jsonl').read_text().splitlines()]
    rows = sorted(parquet.read_table(out / 'labels').to_pylist(), key=lambda row: row['image_index'])
    same = ('seed', 'check_confirmed', 'check_called', 'check_tries', 'check_first_seed', 'prompt', 'split')
    assert [[row[name] for name in same] for row in rows] == [[row[name] for name in same] for row in wanted]
    assert 'Checked while drawing' in (out / 'README.md').read_text()
    read = 0
    for row in rows:
        with tarfile.open(out / row['shard']) as archive:
            for name in filter(None, (row['file'], row['mask'])):
                found = pydicom.dcmread(io.BytesIO(archive.extractfile(name).read()))
                assert found[0x0008001c].value == 'YES' and f'seed {row["seed"]}' in found.ImageComments and found.pixel_array.std() > 0
                read += 1
    assert read == 9
    drop = tmp_path / 'drop.json'
    drop.write_text(json.dumps(recipe | {'rows': recipe['rows'][1:2], 'check': recipe['check'] | {'unconfirmed': 'drop'}}))
    with pytest.raises(OutputIncomplete, match='got all 2 left out'):
        running.make(job_of(joined, drop, '--out', tmp_path / 'none'), lambda _: None)


def test_flags_of_the_comparison_are_refused_by_name(joined, tmp_path):
    with pytest.raises(RequestInvalid, match='expected --real with them'):
        arguments(['r', '--model', 'm', '--out', 'o', '--copies', 'mark'])
    lacking = arguments([str(FOLDER / 'recipe.json'), '--model', str(TINY), '--out', 'o', '--real', str(tmp_path)])
    with pytest.raises(RequestInvalid, match='no network that compares images .* --networks'):
        read_job(lacking)
    with pytest.raises(RequestInvalid, match='too few real images'):
        running.make(job_of(joined, FOLDER / 'recipe.json', '--out', tmp_path / 'out', '--real', tmp_path), lambda _: None)
