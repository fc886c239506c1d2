"""Convolutions by tiles say what the plain ones say, with fewer multiplications, on the same weight files."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.export.graphs import file_record, open_session, self_test_feeds
from training.export.quantize import quantize_int8
from training.export.winograd import COMPONENTS, sizes_of, winograd, winograd_file, winograd_package

SHIPPED = 'public/models/phantoscope-medical-256'


def a_convolution(folder, size, inputs=40, outputs=48, biased=True, shrink=None, **attributes):
    """The path of a graph x (batch, inputs, size, size) → Conv 3 × 3 → Sigmoid, with weights in the file."""
    rng = np.random.default_rng(0)
    group = attributes.get('group', 1)
    fan = 9 * inputs // group
    stored = {'weight': rng.normal(size=(outputs, inputs // group, 3, 3)) / fan**0.5, 'bias': rng.normal(size=outputs)}
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in stored.items() if biased or name != 'bias']
    choices = {'kernel_shape': [3, 3], 'strides': [1, 1], 'pads': [1, 1, 1, 1]} | attributes
    nodes = [helper.make_node('Conv', ['x', 'weight', *(['bias'] if biased else [])], ['conv'], **choices),
             helper.make_node('Sigmoid', ['conv'], ['y'])]
    x = helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', inputs, size, size])
    y = helper.make_tensor_value_info('y', TensorProto.FLOAT, ['batch', 'c', 'h', 'w'])
    model = helper.make_model(helper.make_graph(nodes, 'small', [x], [y], tensors), opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    path = folder / 'conv.onnx'
    onnx.save(shrink(model) if shrink else model, path)
    return path


def operators(path):
    """The kinds of a graph's nodes, in its order."""
    return [node.op_type for node in onnx.load(path).graph.node]


@pytest.mark.parametrize('rows', [1, 2])
@pytest.mark.parametrize('biased', [True, False])
@pytest.mark.parametrize('size', [16, 20])
def test_a_convolution_by_tiles_gives_the_same_numbers(tmp_path, size, biased, rows):
    path = a_convolution(tmp_path, size, biased=biased)
    tiled = winograd_file(path)
    assert operators(tiled)[-2:] == ['DepthToSpace', 'Sigmoid']
    x = np.random.default_rng(1).normal(size=(rows, 40, size, size)).astype(np.float32)
    expected, got = (open_session(one).run(None, {'x': x})[0] for one in (path, tiled))
    assert expected.shape == got.shape
    assert np.abs(expected - got).max() < 1e-5                         # of sums about 1, behind a Sigmoid


def test_int8_weights_are_turned_over_as_they_are_stored(tmp_path):
    path = a_convolution(tmp_path, 16, shrink=quantize_int8)
    tiled = winograd_file(path)
    assert operators(tiled).count('DequantizeLinear') == 1
    stored = [{t.name: numpy_helper.to_array(t).tobytes() for t in onnx.load(one).graph.initializer} for one in (path, tiled)]
    assert all(stored[1][name] == value for name, value in stored[0].items())
    feeds = self_test_feeds(open_session(path))
    expected, got = (open_session(one).run(None, feeds)[0] for one in (path, tiled))
    assert np.abs(expected - got).max() < 1e-5


@pytest.mark.parametrize('other', [
    {'strides': [2, 2]}, {'dilations': [2, 2], 'pads': [2, 2, 2, 2]}, {'pads': [0, 0, 0, 0]}, {'group': 4}, {'inputs': 8}, {'outputs': 8}, {'size': 12}, {'size': 18},
])
def test_what_does_not_gain_stays_as_it_is(tmp_path, other):
    path = a_convolution(tmp_path, **{'size': 16} | other)
    assert operators(winograd_file(path)) == ['Conv', 'Sigmoid']


def test_a_convolution_whose_weights_are_computed_stays(tmp_path):
    model = onnx.load(a_convolution(tmp_path, 16))
    model.graph.node[0].input[1] = 'scaled'
    model.graph.node.insert(0, helper.make_node('Mul', ['weight', 'weight'], ['scaled']))
    assert len(winograd(model, {'conv': (16, 16)}).graph.node) == 3


def test_a_convolution_whose_size_is_not_known_stays(tmp_path):
    model = onnx.load(a_convolution(tmp_path, 16))
    assert len(winograd(model, {}).graph.node) == 2


def test_sizes_are_those_of_what_a_convolution_gives(tmp_path):
    assert sizes_of(a_convolution(tmp_path, 16)) == {'conv': (16, 16)}
    assert sizes_of(a_convolution(tmp_path, 16, strides=[2, 2])) == {'conv': (8, 8)}


@pytest.mark.parametrize('stem', ['unet', 'unet-guided', 'vae-decoder'])
def test_the_shipped_graphs_are_made_by_this_code_and_say_what_the_plain_ones_say(tmp_path, stem):
    path = f'{SHIPPED}/{stem}.onnx'
    written = (tmp_path / f'{stem}-cpu.onnx')
    written.write_bytes(winograd(onnx.load(path, load_external_data=False), sizes_of(path)).SerializeToString())
    assert written.read_bytes() == open(f'{SHIPPED}/{stem}-cpu.onnx', 'rb').read()
    plain = open_session(path)
    feeds = self_test_feeds(plain)
    expected, got = plain.run(None, feeds)[0], open_session(f'{SHIPPED}/{stem}-cpu.onnx').run(None, feeds)[0]
    assert np.abs(expected - got).max() < 1e-5 * np.abs(expected).max()


def test_a_package_names_its_graphs_for_processors(tmp_path):
    manifest = tmp_path / 'model-manifest.json'
    folder = tmp_path / 'models' / 'small'
    folder.mkdir(parents=True)
    a_convolution(folder, 16)
    component = {'graph': {'name': 'conv.onnx'}}
    models = [{'baseUrl': f'models/{name}', 'components': dict.fromkeys(COMPONENTS, component)} for name in ('small', 'other')]
    manifest.write_text(json.dumps({'models': models}))
    assert winograd_package(folder, manifest) == ['conv-cpu.onnx']
    small, other = json.loads(manifest.read_text())['models']
    assert [small['components'][name]['cpuGraph'] for name in COMPONENTS] == [file_record(folder / 'conv-cpu.onnx')] * len(COMPONENTS)
    assert 'cpuGraph' not in other['components']['unet']
