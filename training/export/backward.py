"""Reverse-mode differentiation of an ONNX graph into ONNX nodes.

onnxruntime-web runs no training API, so what trains in the browser is a plain graph: forward, loss and gradients. The rules here
use only operators that inference uses too (a convolution's backward pass is a ConvTranspose with the same weight tensor), so that
the step runs on wasm and on WebGPU, and the base weights, quantized or not, are shared with inference and stay frozen.
Shapes must be fixed while gradients are added (onnx.shape_inference); export.free_batch frees the batch afterwards.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

BACKWARD = 'backward.'           # how the names of added nodes begin


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
            rule = getattr(self, 'back_' + node.op_type.lower(), None)
            if rule is None:
                raise ValueError(f'no gradient rule for the operator {node.op_type}; write back_{node.op_type.lower()}')
            rule(node, self.gradients[node.output[0]], [name in alive for name in node.input])
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

    def back_add(self, node, g, alive):
        for name, lives in zip(node.input, alive):
            if lives:
                self.give(name, self.fit(g, self.shapes[name]))

    def back_sub(self, node, g, alive):
        a, b = node.input
        if alive[0]:
            self.give(a, self.fit(g, self.shapes[a]))
        if alive[1]:
            self.give(b, self.fit(self.node('Neg', [g], self.shapes[g]), self.shapes[b]))

    def back_mul(self, node, g, alive):
        for k, lives in enumerate(alive):
            if lives:
                self.give(node.input[k], self.fit(self.node('Mul', [g, node.input[1 - k]], self.shapes[g]), self.shapes[node.input[k]]))

    def back_div(self, node, g, alive):
        a, b = node.input
        share = self.node('Div', [g, b], self.shapes[g])
        if alive[0]:
            self.give(a, self.fit(share, self.shapes[a]))
        if alive[1]:
            loss = self.node('Neg', [self.node('Mul', [share, node.output[0]], self.shapes[g])], self.shapes[g])
            self.give(b, self.fit(loss, self.shapes[b]))

    def back_matmul(self, node, g, alive):
        a, b = node.input
        wide = self.shapes[g][:-2]
        if alive[0]:
            shape = (*wide, *self.shapes[a][-2:])
            self.give(a, self.fit(self.node('MatMul', [g, self.swap(b)], shape), self.shapes[a]))
        if alive[1]:
            shape = (*wide, *self.shapes[b][-2:])
            self.give(b, self.fit(self.node('MatMul', [self.swap(a), g], shape), self.shapes[b]))

    def back_gemm(self, node, g, alive):
        if alive[1] or len(alive) > 2 and alive[2] or self.attribute(node, 'transA', 0) or self.attribute(node, 'alpha', 1.0) != 1.0:
            raise ValueError('Gemm passes a gradient only to a first input that is neither transposed nor scaled')
        flipped = 0 if self.attribute(node, 'transB', 0) else 1
        self.give(node.input[0], self.node('Gemm', [g, node.input[1]], self.shapes[node.input[0]], transB=flipped))

    def back_transpose(self, node, g, alive):
        order = self.attribute(node, 'perm') or list(reversed(range(len(self.shapes[g]))))
        self.give(node.input[0], self.node('Transpose', [g], self.shapes[node.input[0]], perm=[int(k) for k in np.argsort(order)]))

    def back_reshape(self, node, g, alive):
        self.give(node.input[0], self.reshape(g, self.shapes[node.input[0]]))

    def back_unsqueeze(self, node, g, alive):
        self.give(node.input[0], self.node('Squeeze', [g, node.input[1]], self.shapes[node.input[0]]))

    def back_squeeze(self, node, g, alive):
        self.give(node.input[0], self.node('Unsqueeze', [g, node.input[1]], self.shapes[node.input[0]]))

    def back_identity(self, node, g, alive):
        self.give(node.input[0], g)

    def back_concat(self, node, g, alive):
        axis, start = self.attribute(node, 'axis') % len(self.shapes[g]), 0
        for name, lives in zip(node.input, alive):
            size = self.shapes[name][axis]
            if lives:
                cut = [self.constant(np.array([n], np.int64)) for n in (start, start + size, axis)]
                self.give(name, self.node('Slice', [g, *cut], self.shapes[name]))
            start += size

    def back_slice(self, node, g, alive):
        starts, ends, axes = (self.value(name).reshape(-1) for name in node.input[1:4])
        if len(node.input) > 4 and any(self.value(node.input[4]) != 1):
            raise ValueError('Slice passes a gradient only with steps of 1')
        shape = self.shapes[node.input[0]]
        before, after = [0] * len(shape), [0] * len(shape)
        for start, end, axis in zip(starts, ends, axes):
            size = shape[axis]
            first, last = (int(np.clip(n + size if n < 0 else n, 0, size)) for n in (start, end))
            before[axis], after[axis] = first, size - last
        pads = self.constant(np.array(before + after, np.int64))
        self.give(node.input[0], self.node('Pad', [g, pads], shape))

    def back_gather(self, node, g, alive):
        shape, axis = self.shapes[node.input[0]], self.attribute(node, 'axis', 0)
        index = self.value(node.input[1])
        if index.ndim:
            raise ValueError('Gather passes a gradient only for a single index')
        wide = [1 if k == axis else size for k, size in enumerate(shape)]
        g = self.node('Unsqueeze', [g, self.constant(np.array([axis], np.int64))], wide)
        before = [int(index) % shape[axis] if k == axis else 0 for k in range(len(shape))]
        after = [size - had - 1 if k == axis else 0 for k, (size, had) in enumerate(zip(shape, before))]
        self.give(node.input[0], self.node('Pad', [g, self.constant(np.array(before + after, np.int64))], shape))

    def back_sigmoid(self, node, g, alive):
        y = node.output[0]
        slope = self.node('Mul', [y, self.node('Sub', [self.constant(np.float32(1)), y], self.shapes[y])], self.shapes[y])
        self.give(node.input[0], self.node('Mul', [g, slope], self.shapes[g]))

    def back_erf(self, node, g, alive):
        x = node.input[0]
        square = self.node('Mul', [x, x], self.shapes[x])
        bell = self.node('Exp', [self.node('Neg', [square], self.shapes[x])], self.shapes[x])
        self.give(x, self.node('Mul', [g, self.scalar('Mul', bell, 2 / np.sqrt(np.pi))], self.shapes[g]))

    def back_log(self, node, g, alive):
        self.give(node.input[0], self.node('Div', [g, node.input[0]], self.shapes[g]))

    def back_sqrt(self, node, g, alive):
        self.give(node.input[0], self.scalar('Mul', self.node('Div', [g, node.output[0]], self.shapes[g]), 0.5))

    def back_reciprocal(self, node, g, alive):
        y = node.output[0]
        slope = self.node('Neg', [self.node('Mul', [y, y], self.shapes[y])], self.shapes[y])
        self.give(node.input[0], self.node('Mul', [g, slope], self.shapes[g]))

    def back_neg(self, node, g, alive):
        self.give(node.input[0], self.node('Neg', [g], self.shapes[g]))

    def back_softplus(self, node, g, alive):
        slope = self.node('Sigmoid', [node.input[0]], self.shapes[g])
        self.give(node.input[0], self.node('Mul', [g, slope], self.shapes[g]))

    def back_logsoftmax(self, node, g, alive):
        shape = self.shapes[g]
        total = self.reduce('ReduceSum', g, [self.attribute(node, 'axis', -1)])
        likely = self.node('Exp', [node.output[0]], shape)
        self.give(node.input[0], self.node('Sub', [g, self.node('Mul', [likely, total], shape)], shape))

    def back_averagepool(self, node, g, alive):
        shape, kernel = self.shapes[node.input[0]], self.attribute(node, 'kernel_shape')
        if kernel != [2, 2] or self.attribute(node, 'strides') != [2, 2] or any(self.attribute(node, 'pads', [0])):
            raise ValueError('AveragePool passes a gradient only for 2×2 without padding')
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        grown = self.node('Resize', [g, '', scales], shape, mode='nearest', coordinate_transformation_mode='asymmetric', nearest_mode='floor')
        self.give(node.input[0], self.scalar('Mul', grown, 0.25))

    def back_softmax(self, node, g, alive):
        y, shape = node.output[0], self.shapes[g]
        weighted = self.node('Mul', [g, y], shape)
        total = self.reduce('ReduceSum', weighted, [self.attribute(node, 'axis', -1)])
        self.give(node.input[0], self.node('Sub', [weighted, self.node('Mul', [y, total], shape)], shape))

    def back_reducemean(self, node, g, alive):
        self.spread(node, g, self.attribute(node, 'axes'), mean=True)

    def back_reducesum(self, node, g, alive):
        every = range(len(self.shapes[node.input[0]]))
        self.spread(node, g, self.value(node.input[1]).reshape(-1).tolist() if len(node.input) > 1 else list(every), mean=False)

    def spread(self, node, g, axes, mean):
        """The gradient of a sum or mean reaches every element that went into it."""
        shape = self.shapes[node.input[0]]
        kept = [1 if k in {axis % len(shape) for axis in axes} else size for k, size in enumerate(shape)]
        if not self.attribute(node, 'keepdims', 1):
            g = self.node('Unsqueeze', [g, self.constant(np.array(sorted(axis % len(shape) for axis in axes), np.int64))], kept)
        if mean:
            g = self.scalar('Div', g, np.prod(shape) / np.prod(kept))
        size = self.node('Shape', [node.input[0]], (len(shape),))                 # read when it runs: classes are free, too
        self.give(node.input[0], self.node('Expand', [g, size], shape))

    def back_conv(self, node, g, alive):
        x, weight = node.input[:2]
        if self.attribute(node, 'group', 1) != 1 or (alive[2] if len(alive) > 2 else False):
            raise ValueError('Conv passes a gradient only with one group and a frozen bias')
        strides, pads = self.attribute(node, 'strides', [1, 1]), self.attribute(node, 'pads', [0, 0, 0, 0])
        if alive[0]:
            # What the stride left over at the far border.
            rest = [self.shapes[x][2 + k] + pads[k] + pads[2 + k] - self.shapes[weight][2 + k] - (self.shapes[g][2 + k] - 1) * strides[k]
                    for k in range(2)]
            self.give(x, self.node('ConvTranspose', [g, weight], self.shapes[x], strides=strides, pads=pads, output_padding=rest))
        if alive[1]:
            self.give(weight, self.kernel_gradient(x, g, weight, strides, pads))

    def kernel_gradient(self, x, g, weight, strides, pads):
        """∂/∂W of a convolution is one more convolution, of the input with the gradient, batch and channels in each other's place."""
        if list(strides) != [1, 1]:
            raise ValueError('a trained kernel needs strides of 1')
        out, size_in, *kernel = self.shapes[weight]
        n, _, h, w = self.shapes[x]
        turned = self.node('Transpose', [x], (size_in, n, h, w), perm=[1, 0, 2, 3])
        window = self.node('Transpose', [g], (out, n, *self.shapes[g][2:]), perm=[1, 0, 2, 3])
        found = self.node('Conv', [turned, window], (size_in, out, *kernel), pads=pads)
        return self.node('Transpose', [found], (out, size_in, *kernel), perm=[1, 0, 2, 3])

    def back_resize(self, node, g, alive):
        shape, wide = self.shapes[node.input[0]], self.shapes[g]
        if self.attribute(node, 'mode', b'nearest') != b'nearest' or [b // a for a, b in zip(shape, wide)] != [1, 1, 2, 2]:
            raise ValueError('Resize passes a gradient only for nearest neighbours and a factor of 2')
        pooled = self.node('AveragePool', [g], shape, kernel_shape=[2, 2], strides=[2, 2])
        self.give(node.input[0], self.scalar('Mul', pooled, 4))

    def normalized(self, x, axes, epsilon):
        """(x̂, 1/σ) over `axes`."""
        off = self.node('Sub', [x, self.reduce('ReduceMean', x, axes)], self.shapes[x])
        variance = self.reduce('ReduceMean', self.node('Mul', [off, off], self.shapes[x]), axes)
        deviation = self.node('Sqrt', [self.scalar('Add', variance, epsilon)], self.shapes[variance])
        inverse = self.node('Reciprocal', [deviation], self.shapes[deviation])
        return self.node('Mul', [off, inverse], self.shapes[x]), inverse

    def back_norm(self, x, g, axes, epsilon):
        """dx = (g − mean(g) − x̂·mean(g·x̂)) / σ, with g already times the scale."""
        shape = self.shapes[x]
        hat, inverse = self.normalized(x, axes, epsilon)
        along = self.reduce('ReduceMean', self.node('Mul', [g, hat], shape), axes)
        centred = self.node('Sub', [g, self.reduce('ReduceMean', g, axes)], shape)
        straight = self.node('Sub', [centred, self.node('Mul', [hat, along], shape)], shape)
        self.give(x, self.node('Mul', [straight, inverse], shape))

    def back_instancenormalization(self, node, g, alive):
        x, scale = node.input[:2]
        if alive[1] or alive[2]:
            raise ValueError('InstanceNormalization: scale and bias must be frozen')
        if not np.all(self.value(scale) == 1):
            wide = self.constant(self.value(scale).reshape(-1, *[1] * (len(self.shapes[x]) - 2)))
            g = self.node('Mul', [g, wide], self.shapes[g])
        self.back_norm(x, g, list(range(2, len(self.shapes[x]))), self.attribute(node, 'epsilon', 1e-5))

    def back_layernormalization(self, node, g, alive):
        if any(alive[1:]) or self.attribute(node, 'axis', -1) not in (-1, len(self.shapes[g]) - 1):
            raise ValueError('LayerNormalization: scale and bias must be frozen, the axis the last')
        self.back_norm(node.input[0], self.node('Mul', [g, node.input[1]], self.shapes[g]), [-1], self.attribute(node, 'epsilon', 1e-5))


def add_gradients(model, wanted, loss):
    """A model with further outputs `grad.NAME` for every input of `wanted`: gradients of the scalar output `loss`."""
    return GradientBuilder(model).add(wanted, loss)
