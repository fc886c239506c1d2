"""Gradient rules of products of matrices, convolutions, resampling and normalization (backward.py).

A rule takes the GradientBuilder, a node, the name of the gradient of its output, and which of its inputs lead to a wanted one.
"""

import numpy as np


def back_matmul(builder, node, g, alive):
    a, b = node.input
    wide = builder.shapes[g][:-2]
    if alive[0]:
        shape = (*wide, *builder.shapes[a][-2:])
        builder.give(a, builder.fit(builder.node('MatMul', [g, builder.swap(b)], shape), builder.shapes[a]))
    if alive[1]:
        shape = (*wide, *builder.shapes[b][-2:])
        builder.give(b, builder.fit(builder.node('MatMul', [builder.swap(a), g], shape), builder.shapes[b]))


def back_gemm(builder, node, g, alive):
    if alive[1] or len(alive) > 2 and alive[2] or builder.attribute(node, 'transA', 0) or builder.attribute(node, 'alpha', 1.0) != 1.0:
        raise ValueError('Gemm passes a gradient only to a first input that is neither transposed nor scaled')
    flipped = 0 if builder.attribute(node, 'transB', 0) else 1
    builder.give(node.input[0], builder.node('Gemm', [g, node.input[1]], builder.shapes[node.input[0]], transB=flipped))


def back_averagepool(builder, node, g, alive):
    shape, kernel = builder.shapes[node.input[0]], builder.attribute(node, 'kernel_shape')
    if kernel != [2, 2] or builder.attribute(node, 'strides') != [2, 2] or any(builder.attribute(node, 'pads', [0])):
        raise ValueError('AveragePool passes a gradient only for 2×2 without padding')
    scales = builder.constant(np.array([1, 1, 2, 2], np.float32))
    grown = builder.node('Resize', [g, '', scales], shape, mode='nearest', coordinate_transformation_mode='asymmetric', nearest_mode='floor')
    builder.give(node.input[0], builder.scalar('Mul', grown, 0.25))


def back_conv(builder, node, g, alive):
    x, weight = node.input[:2]
    if builder.attribute(node, 'group', 1) != 1 or (alive[2] if len(alive) > 2 else False):
        raise ValueError('Conv passes a gradient only with one group and a frozen bias')
    strides, pads = builder.attribute(node, 'strides', [1, 1]), builder.attribute(node, 'pads', [0, 0, 0, 0])
    if alive[0]:
        # What the stride left over at the far border.
        rest = [builder.shapes[x][2 + k] + pads[k] + pads[2 + k] - builder.shapes[weight][2 + k] - (builder.shapes[g][2 + k] - 1) * strides[k]
                for k in range(2)]
        builder.give(x, builder.node('ConvTranspose', [g, weight], builder.shapes[x], strides=strides, pads=pads, output_padding=rest))
    if alive[1]:
        builder.give(weight, kernel_gradient(builder, x, g, weight, strides, pads))


def kernel_gradient(builder, x, g, weight, strides, pads):
    """∂/∂W of a convolution is one more convolution, of the input with the gradient, batch and channels in each other's place."""
    if list(strides) != [1, 1]:
        raise ValueError('a trained kernel needs strides of 1')
    out, size_in, *kernel = builder.shapes[weight]
    n, _, h, w = builder.shapes[x]
    turned = builder.node('Transpose', [x], (size_in, n, h, w), perm=[1, 0, 2, 3])
    window = builder.node('Transpose', [g], (out, n, *builder.shapes[g][2:]), perm=[1, 0, 2, 3])
    found = builder.node('Conv', [turned, window], (size_in, out, *kernel), pads=pads)
    return builder.node('Transpose', [found], (out, size_in, *kernel), perm=[1, 0, 2, 3])


def back_resize(builder, node, g, alive):
    shape, wide = builder.shapes[node.input[0]], builder.shapes[g]
    if builder.attribute(node, 'mode', b'nearest') != b'nearest' or [b // a for a, b in zip(shape, wide)] != [1, 1, 2, 2]:
        raise ValueError('Resize passes a gradient only for nearest neighbours and a factor of 2')
    pooled = builder.node('AveragePool', [g], shape, kernel_shape=[2, 2], strides=[2, 2])
    builder.give(node.input[0], builder.scalar('Mul', pooled, 4))


def normalized(builder, x, axes, epsilon):
    """(x̂, 1/σ) over `axes`."""
    off = builder.node('Sub', [x, builder.reduce('ReduceMean', x, axes)], builder.shapes[x])
    variance = builder.reduce('ReduceMean', builder.node('Mul', [off, off], builder.shapes[x]), axes)
    deviation = builder.node('Sqrt', [builder.scalar('Add', variance, epsilon)], builder.shapes[variance])
    inverse = builder.node('Reciprocal', [deviation], builder.shapes[deviation])
    return builder.node('Mul', [off, inverse], builder.shapes[x]), inverse


def through_norm(builder, x, g, axes, epsilon):
    """dx = (g − mean(g) − x̂·mean(g·x̂)) / σ, with g already times the scale."""
    shape = builder.shapes[x]
    hat, inverse = normalized(builder, x, axes, epsilon)
    along = builder.reduce('ReduceMean', builder.node('Mul', [g, hat], shape), axes)
    centred = builder.node('Sub', [g, builder.reduce('ReduceMean', g, axes)], shape)
    straight = builder.node('Sub', [centred, builder.node('Mul', [hat, along], shape)], shape)
    builder.give(x, builder.node('Mul', [straight, inverse], shape))


def back_instancenormalization(builder, node, g, alive):
    x, scale = node.input[:2]
    if alive[1] or alive[2]:
        raise ValueError('InstanceNormalization: scale and bias must be frozen')
    if not np.all(builder.value(scale) == 1):
        wide = builder.constant(builder.value(scale).reshape(-1, *[1] * (len(builder.shapes[x]) - 2)))
        g = builder.node('Mul', [g, wide], builder.shapes[g])
    through_norm(builder, x, g, list(range(2, len(builder.shapes[x]))), builder.attribute(node, 'epsilon', 1e-5))


def back_layernormalization(builder, node, g, alive):
    if any(alive[1:]) or builder.attribute(node, 'axis', -1) not in (-1, len(builder.shapes[g]) - 1):
        raise ValueError('LayerNormalization: scale and bias must be frozen, the axis the last')
    through_norm(builder, node.input[0], builder.node('Mul', [g, node.input[1]], builder.shapes[g]), [-1], builder.attribute(node, 'epsilon', 1e-5))
