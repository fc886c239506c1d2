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
    """Of two or three spatial axes, one group, dilations of 1."""
    x, weight = node.input[:2]
    axes = len(builder.shapes[weight]) - 2
    if builder.attribute(node, 'group', 1) != 1 or any(step != 1 for step in builder.attribute(node, 'dilations', [1])):
        raise ValueError('Conv passes a gradient only with one group and without dilation')
    strides, pads = builder.attribute(node, 'strides', [1] * axes), builder.attribute(node, 'pads', [0] * 2 * axes)
    if alive[0]:
        builder.give(x, input_gradient(builder, x, g, weight, strides, pads))
    if alive[1]:
        builder.give(weight, kernel_gradient(builder, x, g, weight, strides, pads))
    if len(alive) > 2 and alive[2]:
        total = builder.fit(g, (1, builder.shapes[weight][0], *[1] * axes))
        builder.give(node.input[2], builder.reshape(total, builder.shapes[node.input[2]]))


def input_gradient(builder, x, g, weight, strides, pads):
    """∂/∂x of a convolution: a ConvTranspose, or in 3D without stride a Conv with the kernel turned about its middle, for
    which ONNX Runtime has a fast kernel and for a ConvTranspose of three spatial axes a slow one, and none on WebGPU."""
    out, size_in, *kernel = builder.shapes[weight]
    axes = len(kernel)
    if axes == 3 and all(step == 1 for step in strides):
        ends = [builder.constant(np.array(values, np.int64)) for values in ([-1] * 3, [-(2**31)] * 3, [2, 3, 4], [-1] * 3)]
        turned = builder.node('Slice', [weight, *ends], builder.shapes[weight])
        swapped = builder.node('Transpose', [turned], (size_in, out, *kernel), perm=[1, 0, 2, 3, 4])
        return builder.node('Conv', [g, swapped], builder.shapes[x], pads=[n - 1 - pads[k] for k, n in enumerate(kernel)] * 2)
    # What the stride left over at the far border.
    rest = [builder.shapes[x][2 + k] + pads[k] + pads[axes + k] - kernel[k] - (builder.shapes[g][2 + k] - 1) * strides[k]
            for k in range(axes)]
    return builder.node('ConvTranspose', [g, weight], builder.shapes[x], strides=strides, pads=pads, output_padding=rest)


def kernel_gradient(builder, x, g, weight, strides, pads):
    """∂/∂W of a convolution is one more convolution, of the input with the gradient, batch and channels in each other's place;
    strides become dilations, and what they left over at the far border is cut off."""
    out, size_in, *kernel = builder.shapes[weight]
    order = [1, 0, *range(2, 2 + len(kernel))]
    n = builder.shapes[x][0]
    turned = builder.node('Transpose', [x], (size_in, n, *builder.shapes[x][2:]), perm=order)
    window = builder.node('Transpose', [g], (out, n, *builder.shapes[g][2:]), perm=order)
    strided = {} if all(step == 1 for step in strides) else {'dilations': list(strides)}
    rest = [builder.shapes[x][2 + k] + pads[k] + pads[len(kernel) + k] - (builder.shapes[g][2 + k] - 1) * step - size
            for k, (size, step) in enumerate(zip(kernel, strides))]
    found = builder.node('Conv', [turned, window], (size_in, out, *(size + more for size, more in zip(kernel, rest))), pads=pads, **strided)
    if any(rest):
        cut = [builder.constant(np.array(values, np.int64)) for values in ([0] * len(kernel), kernel, order[2:])]
        found = builder.node('Slice', [found, *cut], (size_in, out, *kernel))
    return builder.node('Transpose', [found], (out, size_in, *kernel), perm=order)


def back_resize(builder, node, g, alive):
    shape, wide = builder.shapes[node.input[0]], builder.shapes[g]
    axes = len(shape) - 2
    if builder.attribute(node, 'mode', b'nearest') != b'nearest' or [b / a for a, b in zip(shape, wide)] != [1, 1, *[2] * axes]:
        raise ValueError('Resize passes a gradient only for nearest neighbours and a factor of 2')
    pooled = builder.node('AveragePool', [g], shape, kernel_shape=[2] * axes, strides=[2] * axes)
    builder.give(node.input[0], builder.scalar('Mul', pooled, 2**axes))


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
