"""Writes a second graph beside one whose 3 × 3 convolutions multiply less, for processors, on the same weight files.

    python -m training.export.winograd --package public/models/phantoscope-medical-256

A convolution of 3 × 3 with stride 1 is computed tile by tile (Lavin & Gray, "Fast algorithms for convolutional neural networks",
CVPR 2016, F(4 × 4, 3 × 3)): a tile of 6 × 6 pixels and the filter are transformed, multiplied number by number, and the sum over
channels is transformed back to 4 × 4 pixels. That takes 36 multiplications in place of 144. The transforms of pixels are convolutions
with a filter of their own for each channel, the products one batched matrix multiplication. Those of filters follow from stored
weights alone, and the runtime folds them when it makes the session; they take four times the memory of the weights in float32.

On a GPU the graph would take seven dispatches in place of one; it is for wasm, whose time goes to arithmetic (docs/benchmarks.md).
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from training.export.graph_editor import GraphEditor
from training.export.graphs import self_test_feeds
from training.export.package_changes import run, write_beside, write_twins

COMPONENTS = ('unet', 'vaeDecoder')
# Fewer channels leave nothing to share a transform among.
MIN_CHANNELS = 32
# A smaller image has too few tiles to be worth the memory.
MIN_PIXELS = 16 * 16
TILE = 4                 # pixels a row that a tile gives
# The transforms of a row of pixels, of a filter's and of products, for the points 0, ±1, ±2 and ∞.
PIXELS = np.array([[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0],
                   [0, 4, 0, -5, 0, 1]])
FILTERS = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
PRODUCTS = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]])


def winograd(model, sizes):
    """Rewrites the convolutions that gain by it, in place; returns the model.

    `sizes`: {name of a convolution's output: its height and width}; one that is not named stays.
    """
    graph = GraphEditor(model)
    for node in graph.nodes('Conv'):
        size = sizes.get(node.output[0])
        if _gains(graph, node, size):
            graph.replace(node.output[0], _convolved(graph, node, size))
    graph.finish()
    return model


def _gains(graph, node, size):
    """Whether a convolution is of the kind that tiles are for, and large enough."""
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    plain = (attributes.get('kernel_shape') == [3, 3] and attributes.get('strides', [1, 1]) == [1, 1] and attributes.get('pads') == [1, 1, 1, 1]
             and attributes.get('dilations', [1, 1]) == [1, 1] and attributes.get('group', 1) == 1)
    leaves = any(value.name == node.output[0] for value in graph.graph.output)
    if not plain or leaves or size is None or size[0] * size[1] < MIN_PIXELS or any(length % TILE for length in size):
        return False
    maker = graph.maker(node.input[1])
    stored = maker.input[0] if maker and maker.op_type in ('DequantizeLinear', 'Cast') else node.input[1]
    return graph.is_stored(stored) and min(graph.shape(stored)[:2]) >= MIN_CHANNELS


def _convolved(graph, node, size):
    """What the convolution gives, by tiles; the name of the tensor."""
    outputs, inputs = graph.weight_shape(node.input[1])[:2]
    n = len(PIXELS)
    rows, columns = (length // TILE for length in size)

    # Each channel of the image becomes n² channels; tiles overlap by two pixels.
    of_pixels = _for_each(graph, 'winograd_pixels', _of_plane(PIXELS).reshape(n * n, 1, n, n), inputs)
    x = graph.add('Conv', [node.input[0], of_pixels], group=inputs, strides=[TILE, TILE], pads=[1, 1, 1, 1])
    x = graph.add('Transpose', [graph.add('Reshape', [x, graph.numbers([0, inputs, n * n, rows * columns])])], perm=[0, 2, 1, 3])

    of_filters = graph.store('winograd_filters', _of_plane(FILTERS).reshape(n * n, 9, 1, 1))
    w = graph.add('Conv', [_taps_first(graph, node.input[1], outputs, inputs), of_filters])

    x = graph.add('Transpose', [graph.add('MatMul', [w, x])], perm=[0, 2, 1, 3])
    x = graph.add('Reshape', [x, graph.numbers([0, outputs * n * n, rows, columns])])
    of_products = _for_each(graph, 'winograd_products', _of_plane(PRODUCTS).reshape(-1, n * n, 1, 1), outputs)
    biases = [_bias(graph, name, outputs) for name in node.input[2:3] if name]
    x = graph.add('Conv', [x, of_products, *biases], group=outputs)
    return graph.add('DepthToSpace', [x], blocksize=TILE, mode='CRD')


def _of_plane(rows):
    """What transforms the rows of a tile, and its columns alike: [i, a] → [i, j, a, b] in float32."""
    return np.einsum('ia,jb->ijab', rows, rows).astype(np.float32)


def _taps_first(graph, name, outputs, inputs):
    """A filter [outputs, inputs, 3, 3] as [1, 9, outputs, inputs]; turned over as it is stored, in its smaller type."""
    maker = graph.maker(name)
    rest = list(maker.input[1:]) if maker else []
    stored = maker.input[0] if maker else name
    turned = graph.add('Transpose', [graph.add('Reshape', [stored, graph.numbers([1, outputs, inputs, 9])])], perm=[0, 3, 1, 2])
    if maker is None:
        return turned
    return graph.add(maker.op_type, [turned, *rest], **({'axis': 2} if rest else {'to': TensorProto.FLOAT}))


def _for_each(graph, name, values, channels):
    """The same filters for each of the channels, put behind each other by the runtime: [k, …] → [channels · k, …]."""
    key = (name, channels)
    if key not in graph.shared:
        shape = [channels, *values.shape]
        repeated = graph.add('Expand', [graph.store(name, values[None]), graph.numbers(shape)])
        graph.shared[key] = graph.add('Reshape', [repeated, graph.numbers([channels * shape[1], *shape[2:]])])
    return graph.shared[key]


def _bias(graph, name, channels):
    """A number for each channel becomes one for each of its tile's pixels."""
    repeated = graph.add('Expand', [graph.add('Reshape', [name, graph.numbers([channels, 1])]), graph.numbers([channels, TILE**2])])
    return graph.add('Reshape', [repeated, graph.numbers([channels * TILE**2])])


def sizes_of(path):
    """{name of a convolution's output: its height and width} of a stored graph, by running its self-test."""
    model = onnx.load(path)
    names = [node.output[0] for node in model.graph.node if node.op_type == 'Conv']
    have = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in have)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
    return {name: answer.shape[2:] for name, answer in zip(names, session.run(names, self_test_feeds(session)))}


def winograd_file(path):
    """Writes the graph with cheaper convolutions of a stored graph beside it, `NAME-cpu.onnx`; returns its path."""
    return write_beside(path, 'cpu', lambda model: winograd(model, sizes_of(path)))


def winograd_package(folder, manifest):
    """Writes such graphs for the package in `folder` and names them in the manifest (a path). Returns their names."""
    return write_twins(folder, manifest, 'cpuGraph', COMPONENTS, winograd_file)


if __name__ == '__main__':
    run(__doc__, winograd_package)
