"""Smaller ONNX weights: int8 per channel with DequantizeLinear, float16 with Cast, and external files of ≤ 32 MiB."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MAX_FILE_BYTES = 32 * 2**20
_SMALL = 4096          # tensors with fewer elements stay float32: norms, biases, and what is not worth a node


def _weight_uses(graph):
    """Initializer name → list of (node, input position, output-channel axis) where it is a matrix or a kernel."""
    initializers = {tensor.name for tensor in graph.initializer}
    uses = {}
    for node in graph.node:
        if node.op_type in ('Conv', 'MatMul', 'Gemm') and len(node.input) > 1 and node.input[1] in initializers:
            axis = 0
            if node.op_type == 'MatMul':
                axis = 1
            elif node.op_type == 'Gemm':
                axis = 0 if any(a.name == 'transB' and a.i for a in node.attribute) else 1
            uses.setdefault(node.input[1], []).append((node, 1, axis))
    return uses


def quantize_int8(model):
    """Replaces each large weight of Conv, MatMul and Gemm by int8 and a scale per output channel. Returns the model.

    Symmetric: scale = max|w| / 127. Computation stays float32.
    """
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for name, uses in _weight_uses(graph).items():
        tensor = tensors[name]
        weight = numpy_helper.to_array(tensor)
        axes = {axis for _, _, axis in uses}
        if weight.dtype != np.float32 or weight.size < _SMALL or len(axes) != 1:
            continue
        axis = axes.pop()
        others = tuple(i for i in range(weight.ndim) if i != axis)
        scale = np.maximum(np.abs(weight).max(axis=others), 1e-8).astype(np.float32) / 127
        shape = [-1 if i == axis else 1 for i in range(weight.ndim)]
        quantized = np.clip(np.round(weight / scale.reshape(shape)), -127, 127).astype(np.int8)
        graph.initializer.remove(tensor)
        graph.initializer.extend([numpy_helper.from_array(quantized, name + '_int8'), numpy_helper.from_array(scale, name + '_scale')])
        nodes.append(helper.make_node('DequantizeLinear', [name + '_int8', name + '_scale'], [name], axis=axis, name=name + '_dequantize'))
    _prepend(graph, nodes)
    return model


def store_float16(model):
    """Keeps large float32 weights as float16 with a Cast to float32 behind each. Returns the model."""
    graph = model.graph
    nodes = []
    for tensor in list(graph.initializer):
        weight = numpy_helper.to_array(tensor)
        if weight.dtype != np.float32 or weight.size < _SMALL:
            continue
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(weight.astype(np.float16), tensor.name + '_half'))
        nodes.append(helper.make_node('Cast', [tensor.name + '_half'], [tensor.name], to=TensorProto.FLOAT, name=tensor.name + '_cast'))
    _prepend(graph, nodes)
    return model


def _prepend(graph, nodes):
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


class WeightFiles:
    """External-data files of one component, each ≤ 32 MiB. Equal tensors are stored once, across graphs too."""

    def __init__(self, folder, stem):
        self.folder, self.stem = Path(folder), stem
        self.names, self.sizes, self.placed = [], [], {}

    def place(self, raw):
        """Stores bytes; returns (file name, offset)."""
        key = hashlib.sha256(raw).digest()
        if key not in self.placed:
            if not self.names or self.sizes[-1] + len(raw) > MAX_FILE_BYTES:
                self.names.append(f'{self.stem}-{len(self.names)}.bin')
                self.sizes.append(0)
                (self.folder / self.names[-1]).write_bytes(b'')
            padding = -len(raw) % 64
            with open(self.folder / self.names[-1], 'ab') as file:
                file.write(raw + b'\0' * padding)
            self.placed[key] = (self.names[-1], self.sizes[-1])
            self.sizes[-1] += len(raw) + padding
        return self.placed[key]


def save_external(model, path, files):
    """Writes the graph to `path` and its larger tensors into `files` (a WeightFiles)."""
    for tensor in model.graph.initializer:
        raw = numpy_helper.to_array(tensor).tobytes()
        if len(raw) < 1024:
            continue
        name, offset = files.place(raw)
        for field in ('float_data', 'int32_data', 'int64_data', 'raw_data'):
            tensor.ClearField(field)
        tensor.data_location = TensorProto.EXTERNAL
        del tensor.external_data[:]
        for key, value in (('location', name), ('offset', offset), ('length', len(raw))):
            tensor.external_data.add(key=key, value=str(value))
    Path(path).write_bytes(model.SerializeToString())
    return onnx.load(path, load_external_data=False)
