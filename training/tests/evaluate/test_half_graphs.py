"""Pictures in float16 are nearly those in float32, and the comparison can tell."""

import shutil
from pathlib import Path

import onnx

from training.evaluate.half_graphs import deviations, psnr_of, write_kinds
from training.export.package import read_entry

TINY = Path('tests/fixtures/tiny-model')


def test_the_tiny_model_draws_nearly_the_same_in_float16_and_not_with_other_weights(tmp_path):
    entry = read_entry(TINY / 'model-manifest.json', 'tiny')
    folder = next(path.parent for path in TINY.rglob(entry['components']['unet']['graph']['name']))
    shutil.copytree(folder, tmp_path / 'tiny')
    entries = write_kinds(tmp_path / 'tiny', entry)
    for found in deviations(tmp_path / 'tiny', entry, entries).values():
        assert 0 < found['emulated'] < found['allowed']
        assert found['half'] <= found['emulated']
    prompts = ['chest x-ray', 'brain MRI']
    good = psnr_of(tmp_path / 'tiny', entry, entries, prompts)
    assert 40 < good['emulated']['least'] <= good['emulated']['mean']
    wrong = {'half': {**entry, 'components': {**entry['components'], 'textEncoder': other_text_encoder(tmp_path / 'tiny', entry)}}}
    assert psnr_of(tmp_path / 'tiny', entry, wrong, prompts)['half']['mean'] < good['half']['mean'] - 5


def other_text_encoder(folder, entry):
    """The text encoder's entry with a graph whose answer is doubled."""
    text = entry['components']['textEncoder']
    model = onnx.load(folder / text['graph']['name'], load_external_data=False)
    name = model.graph.output[0].name
    maker = next(node for node in model.graph.node if name in node.output)
    maker.output[:] = ['single']
    model.graph.node.append(onnx.helper.make_node('Add', ['single', 'single'], [name]))
    (folder / 'doubled.onnx').write_bytes(model.SerializeToString())
    return {**text, 'graph': {**text['graph'], 'name': 'doubled.onnx'}}
