"""A UNet's graph in fewer nodes says what it said before, on the same weight files."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from tiny import small_pipeline

from training.export.fuse import fuse, fuse_package
from training.export.graphs import export_component, file_record, open_session
from training.export.package import read_entry
from training.export.parts import unet_inputs
from training.export.quantize import quantize_int8, quantize_mixed
from training.goldens.make_fixtures import make_tiny

SHIPPED = Path('public/models/phantoscope-medical-256')
# Rewritten sums are added in another order; one step's answer lies in about −6…6.
ROUNDING = 1e-5


def feeds_of(session, batch, seed=0):
    """Random inputs; what says that a condition is there is 0 or 1, factors are zeros of rank 1."""
    rng = np.random.default_rng(seed)
    feeds = {}
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) else 1 if size == 'rank' else batch for size in value.shape]
        if value.name == 'timestep':
            feeds[value.name] = rng.uniform(0, 1000, shape).astype(np.float32)
        elif value.name.endswith('_present'):
            feeds[value.name] = rng.integers(0, 2, shape).astype(np.float32)
        else:
            feeds[value.name] = (rng.normal(size=shape) * (not value.name.startswith('lora.'))).astype(np.float32)
    return feeds


def counted(model, op_type):
    return sum(node.op_type == op_type for node in model.graph.node)


@pytest.mark.parametrize('shrink', [quantize_int8, quantize_mixed])
def test_a_rewritten_graph_gives_the_same_numbers_for_any_batch_and_from_the_same_files(tmp_path, shrink):
    unet = small_pipeline().unet
    export_component(tmp_path, 'unet', {'unet': (unet, unet_inputs(unet.config), 'noise_pred')}, shrink)
    before = (tmp_path / 'unet-0.bin').read_bytes()
    model = fuse(onnx.load(tmp_path / 'unet.onnx', load_external_data=False))
    (tmp_path / 'fused.onnx').write_bytes(model.SerializeToString())
    plain, fused = open_session(tmp_path / 'unet.onnx'), open_session(tmp_path / 'fused.onnx')
    for batch in (1, 2, 5):
        feeds = feeds_of(plain, batch)
        expected = plain.run(None, feeds)[0]
        np.testing.assert_allclose(fused.run(None, feeds)[0], expected, rtol=0, atol=ROUNDING * np.abs(expected).max())
    assert (tmp_path / 'unet-0.bin').read_bytes() == before
    for gone in ('InstanceNormalization', 'Softmax', 'Slice'):
        assert counted(onnx.load(tmp_path / 'unet.onnx', load_external_data=False), gone) > 0 == counted(model, gone), gone


@pytest.mark.parametrize('stem', ['unet', 'unet-guided'])
def test_the_shipped_graph_gives_what_the_one_with_factors_gives_with_none(stem):
    fused, plain = open_session(SHIPPED / f'{stem}.onnx'), open_session(SHIPPED / f'{stem}-lora.onnx')
    feeds = feeds_of(plain, 2)
    expected = plain.run(None, feeds)[0]
    actual = fused.run(None, {name: value for name, value in feeds.items() if not name.startswith('lora.')})[0]
    assert np.abs(actual - expected).max() <= ROUNDING and np.abs(expected).max() > 1


def test_a_package_is_rewritten_together_with_its_manifest_and_twice_is_once(tmp_path):
    make_tiny(tmp_path)
    manifest, package = tmp_path / 'model-manifest.json', tmp_path / 'models/tiny'
    unet = read_entry(manifest, 'tiny')['components']['unet']
    assert unet['channelsFirst'] is True and unet['graph'] == file_record(package / 'unet.onnx')
    graph = onnx.load(package / 'unet.onnx', load_external_data=False)
    assert counted(graph, 'InstanceNormalization') == 0
    assert fuse_package(package, manifest) == ['unet.onnx']
    again = onnx.load(package / 'unet.onnx', load_external_data=False)
    assert sorted(node.op_type for node in again.graph.node) == sorted(node.op_type for node in graph.graph.node)
    assert read_entry(manifest, 'tiny')['components']['unet']['selfTest'] == unet['selfTest']
