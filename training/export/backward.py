"""Reverse-mode differentiation of an ONNX graph into ONNX nodes.

onnxruntime-web runs no training API, so what trains in the browser is a plain graph: forward, loss and gradients. The rules here
use only operators that inference uses too (a convolution's backward pass is a ConvTranspose with the same weight tensor), so that
the step runs on wasm and on WebGPU, and the base weights, quantized or not, are shared with inference and stay frozen. They are the
functions back_OPERATOR of gradients_of_arithmetic.py, gradients_of_layers.py and gradients_of_shapes.py.
Shapes must be fixed while gradients are added (onnx.shape_inference); graphs.free_batch frees the batch afterwards.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from training.export import gradients_of_arithmetic, gradients_of_layers, gradients_of_shapes

BACKWARD = 'backward.'           # how the names of added nodes begin
RULES = {**vars(gradients_of_arithmetic), **vars(gradients_of_layers), **vars(gradients_of_shapes)}


class GradientBuilder:
    """Appends the backward pass of `loss` to a graph of fixed shapes."""

    def __init__(self, model):
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        self.graph = model.graph
        self.model = model
        self.constants = {tensor.name: tensor for tensor in self.graph.initializer}
        self.shapes = {tensor.name: tuple(tensor.dims) for tensor in self.graph.initializer}
        for value in [*self.graph.input, *self.graph.value_info, *self.graph.output]:
            self.shapes[value.name] = tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
        self.gradients = {}
        self.count = 0
        self.forward = list(self.graph.node)

    def add(self, wanted, loss):
        """Makes every name of `wanted` (graph inputs) an output `grad.NAME` = ∂loss/∂NAME; returns the model. Works in place.

        Raises ValueError for an operator without a rule on the way, and for an input that the loss does not depend on.
        """
        alive = set(wanted)
        for node in self.forward:
            if alive & set(node.input):
                alive |= set(node.output)
        if loss not in alive:
            raise ValueError(f'{loss} depends on none of the {len(wanted)} inputs whose gradients were asked for')
        self.gradients[loss] = self.constant(np.ones(self.shapes[loss], np.float32))
        for node in reversed(self.forward):
            if node.output[0] not in self.gradients or not alive & set(node.input):
                continue
            rule = RULES.get('back_' + node.op_type.lower())
            if rule is None:
                raise ValueError(f'no gradient rule for the operator {node.op_type}; write back_{node.op_type.lower()}')
            rule(self, node, self.gradients[node.output[0]], [name in alive for name in node.input])
        for name in wanted:
            if name not in self.gradients:
                raise ValueError(f'the loss does not depend on {name}')
            self.graph.node.append(helper.make_node('Identity', [self.gradients[name]], [f'grad.{name}']))
            self.graph.output.append(helper.make_tensor_value_info(f'grad.{name}', onnx.TensorProto.FLOAT, self.shapes[name]))
        return self.model

    def constant(self, array):
        """Name of a new initializer."""
        self.count += 1
        name = f'{BACKWARD}constant_{self.count}'
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
        self.shapes[name] = np.asarray(array).shape
        return name

    def node(self, kind, inputs, shape, **attributes):
        """Appends a node; returns its output's name. `shape` is the output's."""
        self.count += 1
        name = f'{BACKWARD}{kind}_{self.count}'
        self.graph.node.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        self.shapes[name] = tuple(shape)
        return name

    def give(self, name, gradient):
        """Adds to what has reached `name` so far."""
        before = self.gradients.get(name)
        self.gradients[name] = gradient if before is None else self.node('Add', [before, gradient], self.shapes[name])

    def value(self, name):
        """The array of an initializer."""
        return numpy_helper.to_array(self.constants[name])

    def attribute(self, node, name, default=None):
        """A node's attribute, or the default."""
        return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)

    def scalar(self, kind, x, number):
        """x and a number."""
        return self.node(kind, [x, self.constant(np.float32(number))], self.shapes[x])

    def reduce(self, kind, x, axes):
        """ReduceSum or ReduceMean, dimensions kept."""
        rank = len(self.shapes[x])
        shape = [1 if k in {axis % rank for axis in axes} else size for k, size in enumerate(self.shapes[x])]
        if kind == 'ReduceSum':                                                   # its axes became an input with opset 13
            return self.node(kind, [x, self.constant(np.array(axes, np.int64))], shape, keepdims=1)
        return self.node(kind, [x], shape, axes=list(axes), keepdims=1)

    def reshape(self, x, shape):
        """x in another shape of as many elements."""
        return x if self.shapes[x] == tuple(shape) else self.node('Reshape', [x, self.constant(np.array(shape, np.int64))], shape)

    def swap(self, x):
        """The last two axes exchanged."""
        shape = list(self.shapes[x])
        order = list(range(len(shape)))
        order[-2:], shape[-2:] = [order[-1], order[-2]], [shape[-1], shape[-2]]
        return self.node('Transpose', [x], shape, perm=order)

    def fit(self, gradient, shape):
        """Sums a gradient over what was broadcast from `shape`."""
        rank, have = len(shape), self.shapes[gradient]
        padded = (1,) * (len(have) - rank) + tuple(shape)
        axes = [k for k, (a, b) in enumerate(zip(have, padded)) if a != b]
        if axes:
            gradient = self.reduce('ReduceSum', gradient, axes)
        extra = list(range(len(have) - rank))
        if not extra:
            return gradient
        return self.node('Squeeze', [gradient, self.constant(np.array(extra, np.int64))], shape)


def add_gradients(model, wanted, loss):
    """A model with further outputs `grad.NAME` for every input of `wanted`: gradients of the scalar output `loss`."""
    return GradientBuilder(model).add(wanted, loss)
