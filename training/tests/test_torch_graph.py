"""bench/gpu/portable/torch_graph.py runs a graph as onnxruntime does, from the same plan that the benchmark on a GPU packs."""

import base64
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import fx

from training.export.half import half

sys.path.append(str(Path(__file__).resolve().parents[2] / 'bench/gpu/portable'))
from torch_graph import build_module  # noqa: E402
from torch_plan import load_tensors  # noqa: E402

MICROSOFT = 'com.microsoft'


def plan_of(model):
    """As readPlan of bench/gpu/onnx-plan.js: nodes, stored tensors in base64, names of inputs and outputs."""
    def attribute(one):
        value = helper.get_attribute_value(one)
        return value.decode() if isinstance(value, bytes) else stored(value) if isinstance(value, TensorProto) else value

    def stored(tensor):
        numbers = numpy_helper.to_array(tensor)
        return {'dtype': str(numbers.dtype), 'dims': list(numbers.shape), 'offset': 0, 'base64': base64.b64encode(numbers.tobytes()).decode()}

    graph = model.graph
    nodes = [{'op': node.op_type, 'inputs': list(node.input), 'outputs': list(node.output),
              'attributes': {one.name: attribute(one) for one in node.attribute}} for node in graph.node]
    return {'nodes': nodes, 'tensors': {tensor.name: stored(tensor) for tensor in graph.initializer},
            'inputs': [one.name for one in graph.input], 'outputs': [one.name for one in graph.output]}


def model_of(nodes, tensors, shape, out):
    """A model of one float32 input `x` of this shape; `out`: shape of its output `y`."""
    graph = helper.make_graph(
        nodes, 'small', [helper.make_tensor_value_info('x', TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, out)],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 20), helper.make_opsetid(MICROSOFT, 1)], ir_version=9)


def answers(model, x):
    """(onnxruntime's, this module's) of a model on the input x."""
    expected, = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider']).run(None, {'x': x})
    plan, feeds = plan_of(model), {'x': torch.from_numpy(x)}
    module = build_module(plan, load_tensors(plan, Path(), 'cpu'), feeds)
    with torch.no_grad():
        return expected, module(*feeds.values()).numpy()


class Recorder(fx.Interpreter):
    """Notes which functions answered in float16."""

    def __init__(self, module):
        super().__init__(module)
        self.in_half = set()

    def call_function(self, target, args, kwargs):
        answer = super().call_function(target, args, kwargs)
        if getattr(answer, 'dtype', None) == torch.float16:
            self.in_half.add(target.__name__)
        return answer


def small_unet(rng):
    """A convolution, an attention and a 4-bit linear layer as the shipped UNet has them: int8 and packed weights, sizes by name."""
    channels = 32
    tensors = {
        'kernel': rng.integers(-127, 127, (channels, 3, 3, 3)).astype(np.int8),
        'kernel scale': rng.uniform(0.001, 0.01, channels).astype(np.float32), 'kernel bias': rng.normal(size=channels).astype(np.float32),
        'zero': np.zeros(channels, np.int8), 'rows': np.array([0, channels, -1], np.int64), 'back': np.array([1, channels, 4, 4], np.int64),
        'gain': rng.normal(size=channels).astype(np.float32), 'shift': rng.normal(size=channels).astype(np.float32),
        'packed': rng.integers(0, 256, (3 * channels, 1, channels // 2)).astype(np.uint8),
        'packed scale': rng.uniform(0.01, 0.1, (3 * channels, 1)).astype(np.float32),
        'thirds': np.array([channels] * 3, np.int64), 'sizes': np.array([1, 1, 2, 2], np.float32),
    }
    node = helper.make_node
    nodes = [
        node('DequantizeLinear', ['kernel', 'kernel scale', 'zero'], ['weight'], axis=0),
        node('Conv', ['x', 'weight', 'kernel bias'], ['felt'], pads=[1, 1, 1, 1], strides=[2, 2], kernel_shape=[3, 3]),
        node('Reshape', ['felt', 'rows'], ['by channel']), node('Transpose', ['by channel'], ['tokens'], perm=[0, 2, 1]),
        node('LayerNormalization', ['tokens', 'gain', 'shift'], ['normal'], axis=-1, epsilon=1e-5),
        node('MatMulNBits', ['normal', 'packed', 'packed scale'], ['all'], domain=MICROSOFT, K=channels, N=3 * channels, bits=4,
             block_size=32),
        node('Split', ['all', 'thirds'], ['query', 'key', 'value'], axis=-1),
        node('MultiHeadAttention', ['query', 'key', 'value'], ['seen'], domain=MICROSOFT, num_heads=4),
        node('SkipLayerNormalization', ['seen', 'tokens', 'gain', 'shift'], ['normal again', '', '', 'sum'], domain=MICROSOFT,
             epsilon=1e-5),
        node('QuickGelu', ['sum'], ['bent'], domain=MICROSOFT, alpha=1.702),
        node('Transpose', ['bent'], ['turned'], perm=[0, 2, 1]), node('Reshape', ['turned', 'back'], ['picture']),
        node('Resize', ['picture', '', 'sizes'], ['y'], mode='nearest', coordinate_transformation_mode='asymmetric', nearest_mode='floor'),
    ]
    return model_of(nodes, tensors, [1, 3, 8, 8], [1, channels, 8, 8])


def test_a_small_graph_of_the_shipped_operators_gives_the_numbers_of_onnxruntime():
    rng = np.random.default_rng(0)
    model = small_unet(rng)
    expected, actual = answers(model, rng.normal(size=(1, 3, 8, 8)).astype(np.float32))
    assert actual.shape == expected.shape
    # float32 on both sides, sums of 96 numbers in another order.
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
    assert np.abs(expected).max() > 0.1


def test_the_float16_graph_runs_in_float16_and_is_off_by_its_rounding():
    rng = np.random.default_rng(0)
    model, x = small_unet(rng), rng.normal(size=(1, 3, 8, 8)).astype(np.float32)
    expected, exact = answers(model, x)
    plan, feeds = plan_of(half(model)), {'x': torch.from_numpy(x)}
    module = build_module(plan, load_tensors(plan, Path(), 'cpu'), feeds)
    recorder = Recorder(module)
    with torch.no_grad():
        actual = recorder.run(*feeds.values()).numpy()
    assert {'conv', 'attention', 'linear'} <= recorder.in_half
    assert actual.dtype == np.float32
    off = np.abs(actual - expected).max() / np.abs(expected).max()
    # Rounding to the 11 bits of a float16 is off by 2⁻¹¹ at most; a dozen nodes follow each other.
    assert np.abs(exact - expected).max() / np.abs(expected).max() < 1e-4 < off < 12 * 2.0**-11


def test_an_operator_or_a_way_of_one_that_is_not_known_is_refused_by_name():
    x = np.ones((1, 2), np.float32)
    with pytest.raises(NotImplementedError, match='operator Sign'):
        answers(model_of([helper.make_node('Sign', ['x'], ['y'])], {}, [1, 2], [1, 2]), x)
    gemm = helper.make_node('Gemm', ['x', 'weight'], ['y'], alpha=2.0)
    with pytest.raises(NotImplementedError, match='Gemm with alpha'):
        answers(model_of([gemm], {'weight': np.eye(2, dtype=np.float32)}, [1, 2], [1, 2]), x)
