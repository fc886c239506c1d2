"""Smaller ONNX weights: int8 per channel with DequantizeLinear, int4 in blocks, float16 with Cast; external files of ≤ 32 MiB."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.export.backward import BACKWARD

MAX_FILE_BYTES = 32 * 2**20
INLINE_BYTES = 1024   # smaller tensors stay in the graph
SMALL = 4096          # tensors with fewer elements stay float32: norms, biases, and what is not worth a node


def _weight_uses(graph):
    """Initializer name → list of (node, input position, output-channel axis) where it is a matrix or a kernel of the forward pass."""
    initializers = {tensor.name for tensor in graph.initializer}
    uses = {}
    for node in graph.node:
        if node.name.startswith(BACKWARD):
            continue
        if node.op_type in ('Conv', 'MatMul', 'Gemm') and len(node.input) > 1 and node.input[1] in initializers:
            axis = 0
            if node.op_type == 'MatMul':
                axis = 1
            elif node.op_type == 'Gemm':
                axis = 0 if any(a.name == 'transB' and a.i for a in node.attribute) else 1
            uses.setdefault(node.input[1], []).append((node, 1, axis))
    return uses


def round_int8(weight, axis):
    """float32 weight → int8 of the same shape, and a scale per index of `axis`. Symmetric: scale = max|w| / 127."""
    others = tuple(i for i in range(weight.ndim) if i != axis)
    scale = np.maximum(np.abs(weight).max(axis=others), 1e-8).astype(np.float32) / 127
    shape = [-1 if i == axis else 1 for i in range(weight.ndim)]
    return np.clip(np.round(weight / scale.reshape(shape)), -127, 127).astype(np.int8), scale


def round_int4_blocks(weight, block=32):
    """float32 (in, out) → uint8 (out, in/32, 16), two numbers a byte, low half first, and scales (out, in/32).

    As com.microsoft.MatMulNBits reads them: w ≈ (q − 8)·scale. The scale's sign puts the largest |w| of a block at q = 0,
    so that all sixteen numbers are used.
    """
    size_in, size_out = weight.shape
    blocks = np.ascontiguousarray(weight.T, np.float32).reshape(size_out, size_in // block, block)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1, keepdims=True), axis=-1)
    scale = np.where(largest == 0, 1, largest / -8).astype(np.float32)
    q = np.clip(np.round(blocks / scale) + 8, 0, 15).astype(np.uint8)
    return q[..., 0::2] | q[..., 1::2] << 4, scale[..., 0]


def read_int4_blocks(packed, scale, block=32):
    """The inverse of round_int4_blocks: uint8 (out, in/32, 16) and scales → float32 (in, out)."""
    q = np.stack([packed & 15, packed >> 4], axis=-1).reshape(*packed.shape[:2], block).astype(np.float32)
    return ((q - 8) * scale.reshape(*packed.shape[:2], 1)).reshape(len(packed), -1).T


def quantize_int8(model):
    """Replaces each large weight of Conv, MatMul and Gemm by int8 and a scale per output channel. Returns the model.

    Computation stays float32.
    """
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for name, uses in _weight_uses(graph).items():
        tensor = tensors[name]
        weight = numpy_helper.to_array(tensor)
        axes = {axis for _, _, axis in uses}
        if weight.dtype != np.float32 or weight.size < SMALL or len(axes) != 1:
            continue
        axis = axes.pop()
        quantized, scale = round_int8(weight, axis)
        graph.initializer.remove(tensor)
        graph.initializer.extend([numpy_helper.from_array(quantized, name + '_int8'), numpy_helper.from_array(scale, name + '_scale')])
        nodes.append(helper.make_node('DequantizeLinear', [name + '_int8', name + '_scale'], [name], axis=axis, name=name + '_dequantize'))
    _prepend(graph, nodes)
    return model


def quantize_mixed(model):
    """Linear layers in 4 bits as com.microsoft.MatMulNBits, blocks of 32 inputs; the rest as quantize_int8. Returns the model."""
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    for name, uses in _weight_uses(graph).items():
        weight = numpy_helper.to_array(tensors[name])
        if weight.dtype != np.float32 or weight.size < SMALL or any(node.op_type != 'MatMul' for node, _, _ in uses) or len(weight) % 32:
            continue
        packed, scale = round_int4_blocks(weight)
        graph.initializer.remove(tensors[name])
        graph.initializer.extend([numpy_helper.from_array(packed, name + '_int4'), numpy_helper.from_array(scale.reshape(-1), name + '_scale')])
        for node, _, _ in uses:
            node.CopyFrom(helper.make_node('MatMulNBits', [node.input[0], name + '_int4', name + '_scale'], list(node.output), name=node.name,
                                           domain='com.microsoft', K=weight.shape[0], N=weight.shape[1], bits=4, block_size=32))
    if not any(entry.domain == 'com.microsoft' for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid('com.microsoft', 1))
    return quantize_int8(model)


def store_float16(model):
    """Keeps large float32 weights as float16 with a Cast to float32 behind each. Returns the model."""
    graph = model.graph
    nodes = []
    for tensor in list(graph.initializer):
        weight = numpy_helper.to_array(tensor)
        if weight.dtype != np.float32 or weight.size < SMALL:
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
        if len(raw) < INLINE_BYTES:
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
