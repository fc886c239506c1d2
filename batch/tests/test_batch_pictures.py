"""Pictures, masks, labels and cards against those that the built app made of the same recipe."""

import io
import json
import shutil

import numpy as np
import pytest
from places import FIXTURES, TINY
from PIL import Image

from phantoscope_batch.card import Description, croissant, data_card
from phantoscope_batch.draw import Painter, flow_steps
from phantoscope_batch.errors import ModelCorrupt, ModelMissing, ModelUnsupported, RequestInvalid
from phantoscope_batch.json_text import compact_json
from phantoscope_batch.labels import label_columns, label_row, used_covariates
from phantoscope_batch.modality import without_colour
from phantoscope_batch.package import check_files, chosen_providers, read_package, refuse_unsupported, without_weights
from phantoscope_batch.png import encode_mask, encode_png, picture_texts, recorded_request
from phantoscope_batch.recipe import Plan
from phantoscope_batch.splits import SPLITS, assign_splits


@pytest.fixture(scope='module')
def planned(recipe):
    plan = Plan(recipe)
    return [plan.image(k) for k in range(plan.total)]


@pytest.fixture(scope='module')
def drawn(package, planned):
    """Each picture by itself, as a worker on a CPU draws."""
    painter = Painter(package, 'CPUExecutionProvider', threads=1)
    return [painter.draw([one])[0] for one in planned]


def _picture(app, k):
    return Image.open(app / 'images' / f'image-{k:08d}.png')


def _same(pixels, picture, prompt):
    """As saved, within one grey level for 99.9 % of the values; in other sums than wasm's a rounding may tip."""
    pixels = without_colour(pixels, prompt)
    assert pixels.shape == np.asarray(picture).shape
    apart = np.abs(np.asarray(picture).astype(int) - pixels)
    return (apart <= 1).mean() >= 0.999


def test_twenty_pictures_are_those_of_the_page(app, drawn, planned):
    assert len(drawn) == 20
    for k, (pixels, _) in enumerate(drawn):
        assert np.asarray(_picture(app, k)).std() > 1                # the fixture is not one grey
        assert _same(pixels, _picture(app, k), planned[k].request['prompt']), k


def test_a_batch_draws_what_single_pictures_are(package, app, planned):
    for k, (pixels, _) in enumerate(Painter(package, 'CPUExecutionProvider', threads=1).draw(planned)):
        assert _same(pixels, _picture(app, k), planned[k].request['prompt']), k


def test_masks_of_nuclei_are_those_of_the_page(app, drawn):
    masks = {k: mask for k, (_, mask) in enumerate(drawn) if mask is not None}
    assert list(masks) == [14, 15, 16, 17, 18, 19]
    for k, mask in masks.items():
        wanted = np.asarray(Image.open(app / 'masks' / f'image-{k:08d}.png'))
        assert mask.max() > 3 and (mask != wanted).mean() <= 0.001
        assert (np.asarray(Image.open(io.BytesIO(encode_mask(mask)))) == mask).all()


def test_a_picture_says_of_itself_what_the_page_writes(app, package, planned, drawn):
    for k, (pixels, mask) in enumerate(drawn):
        texts = picture_texts(recorded_request(planned[k], mask), package.entry, package.sha256)
        found = Image.open(io.BytesIO(encode_png(pixels, texts)))
        assert found.text == _picture(app, k).text and (np.asarray(found) == pixels).all()


def test_labels_are_those_of_the_page(recipe, package, planned, app_labels):
    columns = label_columns(used_covariates(recipe, package.entry))
    splits = assign_splits([row['count'] for row in recipe['rows']], recipe['seed'])
    for one, wanted in zip(planned, app_labels):
        row = label_row(one, SPLITS[splits[one.index]], package.sha256, wanted['created_at'], columns)
        places = {'file': wanted['file'].removeprefix('images/'), 'mask': wanted['mask'] and f'image-{one.index:08d}.mask.png'}
        assert json.loads(compact_json(row)) == wanted | places and list(row) == list(wanted)


def test_card_and_croissant_are_those_of_the_page_but_for_where_files_lie(recipe, package, app, app_labels):
    counts = {}
    for row in app_labels:
        counts.setdefault((row['recipe_row'], row['label']), [0, 0, 0])[SPLITS.index(row['split'])] += 1
    wanted = json.loads((app / 'croissant.json').read_text())
    description = Description(recipe['title'], wanted['dateCreated'], '0.1.0', package.entry, package.sha256, 4, 20, True)
    told = data_card(description, counts).split('\n\n')
    page = (app / 'README.md').read_text().split('\n\n')
    apart = {line for one, other in zip(told, page, strict=True) if one.strip() != other.strip() for line in (one,)}
    assert all(line.startswith(('- `shards/`', 'Seed, prompt')) for line in apart) and len(apart) == 2
    found = croissant(description, label_columns(used_covariates(recipe, package.entry)), [('labels/0.parquet', 9, '0' * 64)])
    differ = {name for name in wanted if found[name] != wanted[name]}
    assert set(found) == set(wanted) and differ == {'distribution', 'recordSet', 'rai:dataCollection'}
    fields = [{name: value for name, value in one.items() if name != 'source'} for one in wanted['recordSet'][0]['field']]
    assert [{name: value for name, value in one.items() if name != 'source'} for one in found['recordSet'][0]['field']] == fields


def test_steps_of_a_flow_are_those_of_diffusers():
    cases = json.loads((FIXTURES / 'schedulers.json').read_text())['cases']
    flows = [case for case in cases if case['config']['type'] == 'flow-match-euler']
    assert len(flows) > 1
    for case in flows:
        for run in case['runs']:
            steps = flow_steps(case['config'], run['numInferenceSteps'])
            timesteps = [timestep for timestep, _ in steps][-len(run['timesteps']):]      # a run from an image begins later
            np.testing.assert_allclose(timesteps, run['timesteps'], rtol=1e-6)
            assert abs(sum(gain for _, gain in steps) + steps[0][0] / 1000) < 1e-6      # they end on the clean picture


def test_weights_of_words_are_left_out():
    assert without_weights('a (pneumonia:1.3) [b] ((c)) (d)') == 'a pneumonia b c (d)'


def test_a_package_that_is_not_whole_is_refused_by_name(tmp_path, package):
    check_files(package)
    with pytest.raises(ModelMissing, match='no package'):
        read_package(tmp_path, 'tiny')
    with pytest.raises(RequestInvalid, match='has no model "big"'):
        read_package(TINY, 'big')
    shutil.copytree(TINY, tmp_path / 'copy')
    copied = read_package(tmp_path / 'copy', 'tiny')
    weights = tmp_path / 'copy' / 'models' / 'tiny' / 'unet-0.bin'
    raw = bytearray(weights.read_bytes())
    raw[1000] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(ModelCorrupt, match='unet-0.bin on node b does not match'):
        check_files(copied, 'node b')
    weights.unlink()
    with pytest.raises(ModelMissing, match='node b has no package at .*unet-0.bin'):
        check_files(copied, 'node b')


def test_further_graphs_of_a_network_are_left_out_of_the_hash_of_a_package(tmp_path, package):
    shutil.copytree(TINY, tmp_path / 'copy')
    manifest = tmp_path / 'copy' / 'model-manifest.json'
    text = json.loads(manifest.read_text())
    unet = next(one for one in text['models'] if one['id'] == 'tiny')['components']['unet']
    unet |= dict.fromkeys(('cpuGraph', 'halfGraph'), unet['graph'])
    manifest.write_text(json.dumps(text))
    assert read_package(tmp_path / 'copy', 'tiny').sha256 == package.sha256
    unet['graph'] = unet['graph'] | {'bytes': 1}
    manifest.write_text(json.dumps(text))
    assert read_package(tmp_path / 'copy', 'tiny').sha256 != package.sha256


def test_what_only_the_page_draws_is_refused_by_name(package):
    with pytest.raises(ModelUnsupported, match='volumes'):
        refuse_unsupported(package.entry | {'volume': {}})
    with pytest.raises(ModelUnsupported, match='the scheduler ddim'):
        refuse_unsupported(package.entry | {'schedulers': [{'type': 'ddim'}]})
    with pytest.raises(RequestInvalid, match='no TensorrtExecutionProvider'):
        chosen_providers('TensorrtExecutionProvider')
