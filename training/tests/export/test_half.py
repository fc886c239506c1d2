"""A graph in float16 says what the float32 one says, as far as 11 bits can, on the same weight files."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny import small_pipeline

from training.export.fuse import fuse_file
from training.export.graphs import export_component, file_record, open_session, self_test_answer, self_test_feeds
from training.export.half import COMPONENTS, half, half_file, half_package
from training.export.parts import unet_inputs
from training.export.quantize import quantize_int8, quantize_mixed


def a_graph(nodes, stored, result):
    """A graph of one float input x (1, 4, 8, 8) and one float output."""
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()]
    inputs = [helper.make_tensor_value_info('x', TensorProto.FLOAT, [1, 4, 8, 8])]
    outputs = [helper.make_tensor_value_info(result, TensorProto.FLOAT, ['n', 'c', 'h', 'w'])]
    return helper.make_model(helper.make_graph(nodes, 'small', inputs, outputs, tensors), opset_imports=[helper.make_opsetid('', 17)], ir_version=8)


def made_by(model, op_type):
    return [node for node in model.graph.node if node.op_type == op_type]


def test_heavy_nodes_run_in_float16_and_sines_and_scales_stay_float32():
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(4, 4, 3, 3)).astype(np.float32)
    nodes = [helper.make_node('Conv', ['x', 'weight'], ['conv'], pads=[1, 1, 1, 1]),
             helper.make_node('Resize', ['conv', '', 'scales'], ['large'], mode='nearest'),
             helper.make_node('Sin', ['large'], ['sine']),
             helper.make_node('Add', ['sine', 'large'], ['y'])]
    model = a_graph(nodes, {'weight': weight, 'scales': np.array([1, 1, 2, 2], np.float32)}, 'y')
    plain = open_session_of(model)
    halved = half(onnx.ModelProto.FromString(model.SerializeToString()))
    onnx.checker.check_model(halved, full_check=True)                  # types of all inputs and outputs agree
    types = {value.name: value.type.tensor_type.elem_type for value in onnx.shape_inference.infer_shapes(halved, strict_mode=True).graph.value_info}
    assert types[made_by(halved, 'Conv')[0].output[0]] == TensorProto.FLOAT16
    assert types[made_by(halved, 'Sin')[0].output[0]] == TensorProto.FLOAT
    assert made_by(halved, 'Resize')[0].input[2] == 'scales'
    assert [value.type.tensor_type.elem_type for value in (*halved.graph.input, *halved.graph.output)] == [TensorProto.FLOAT] * 2
    assert [(t.name, t.data_type) for t in halved.graph.initializer] == [(t.name, t.data_type) for t in model.graph.initializer]
    x = rng.normal(size=(1, 4, 8, 8)).astype(np.float32)
    expected, got = plain.run(None, {'x': x})[0], open_session_of(halved).run(None, {'x': x})[0]
    assert 0 < np.abs(got - expected).max() < 4e-3 * np.abs(expected).max()


def test_weights_that_are_stored_in_float16_are_read_as_they_are():
    stored = {'weight_half': np.ones((4, 4, 1, 1), np.float16)}
    nodes = [helper.make_node('Cast', ['weight_half'], ['weight'], to=TensorProto.FLOAT), helper.make_node('Conv', ['x', 'weight'], ['y'])]
    halved = half(a_graph(nodes, stored, 'y'))
    assert made_by(halved, 'Conv')[0].input[1] == 'weight_half'
    assert len(made_by(halved, 'Cast')) == 2                          # of the input and of the output


@pytest.mark.parametrize('shrink', [quantize_int8, quantize_mixed])
def test_a_unet_in_float16_stays_within_what_its_self_test_allows(tmp_path, shrink):
    unet = small_pipeline().unet
    export_component(tmp_path, 'unet', {'unet': (unet, unet_inputs(unet.config), 'noise_pred')}, shrink)
    path, before = tmp_path / 'unet.onnx', (tmp_path / 'unet-0.bin').read_bytes()
    fuse_file(path)
    tolerance = self_test_answer(path)['tolerance']
    feeds = self_test_feeds(open_session(path))
    expected, *others = [open_session(graph).run(None, feeds)[0] for graph in (path, half_file(path), half_file(path, emulated=True))]
    for got in others:
        assert 0 < np.abs(got - expected).max() < tolerance['float16']
    # Rounding each answer of a node loses more than rounding the weights; without that an emulation would say nothing.
    weights, everything = (np.square(got - expected).mean() for got in others)
    assert everything > weights
    assert (tmp_path / 'unet-0.bin').read_bytes() == before


def test_a_package_gets_its_float16_graphs_named_in_the_manifest(tmp_path):
    folder = tmp_path / 'toy'
    folder.mkdir()
    nodes = [helper.make_node('Conv', ['x', 'weight'], ['y'])]
    components = {}
    for name in COMPONENTS:
        onnx.save(a_graph(nodes, {'weight': np.ones((4, 4, 1, 1), np.float32)}, 'y'), folder / f'{name}.onnx')
        components[name] = {'graph': file_record(folder / f'{name}.onnx'), 'weights': []}
    manifest = tmp_path / 'model-manifest.json'
    models = [{'id': 'toy', 'baseUrl': 'models/toy/', 'components': components}, {'id': 'other', 'baseUrl': 'models/other/', 'components': {}}]
    manifest.write_text(json.dumps({'models': models}))
    assert half_package(folder, manifest) == ['unet-half.onnx', 'vaeDecoder-half.onnx']
    written = json.loads(manifest.read_text())['models']
    assert written[0]['components']['unet']['halfGraph'] == file_record(folder / 'unet-half.onnx')
    assert written[1] == models[1]


def open_session_of(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
