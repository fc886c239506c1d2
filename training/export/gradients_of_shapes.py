"""Gradient rules of what only moves numbers (backward.py).

A rule takes the GradientBuilder, a node, the name of the gradient of its output, and which of its inputs lead to a wanted one.
"""

import numpy as np


def back_transpose(builder, node, g, alive):
    order = builder.attribute(node, 'perm') or list(reversed(range(len(builder.shapes[g]))))
    builder.give(node.input[0], builder.node('Transpose', [g], builder.shapes[node.input[0]], perm=[int(k) for k in np.argsort(order)]))


def back_reshape(builder, node, g, alive):
    builder.give(node.input[0], builder.reshape(g, builder.shapes[node.input[0]]))


def back_unsqueeze(builder, node, g, alive):
    builder.give(node.input[0], builder.node('Squeeze', [g, node.input[1]], builder.shapes[node.input[0]]))


def back_squeeze(builder, node, g, alive):
    builder.give(node.input[0], builder.node('Unsqueeze', [g, node.input[1]], builder.shapes[node.input[0]]))


def back_identity(builder, node, g, alive):
    builder.give(node.input[0], g)


def back_concat(builder, node, g, alive):
    axis, start = builder.attribute(node, 'axis') % len(builder.shapes[g]), 0
    for name, lives in zip(node.input, alive):
        size = builder.shapes[name][axis]
        if lives:
            cut = [builder.constant(np.array([n], np.int64)) for n in (start, start + size, axis)]
            builder.give(name, builder.node('Slice', [g, *cut], builder.shapes[name]))
        start += size


def back_slice(builder, node, g, alive):
    starts, ends, axes = (builder.value(name).reshape(-1) for name in node.input[1:4])
    if len(node.input) > 4 and any(builder.value(node.input[4]) != 1):
        raise ValueError('Slice passes a gradient only with steps of 1')
    shape = builder.shapes[node.input[0]]
    before, after = [0] * len(shape), [0] * len(shape)
    for start, end, axis in zip(starts, ends, axes):
        size = shape[axis]
        first, last = (int(np.clip(n + size if n < 0 else n, 0, size)) for n in (start, end))
        before[axis], after[axis] = first, size - last
    pads = builder.constant(np.array(before + after, np.int64))
    builder.give(node.input[0], builder.node('Pad', [g, pads], shape))


def back_gather(builder, node, g, alive):
    shape, axis = builder.shapes[node.input[0]], builder.attribute(node, 'axis', 0)
    index = builder.value(node.input[1])
    if index.ndim:
        raise ValueError('Gather passes a gradient only for a single index')
    wide = [1 if k == axis else size for k, size in enumerate(shape)]
    g = builder.node('Unsqueeze', [g, builder.constant(np.array([axis], np.int64))], wide)
    before = [int(index) % shape[axis] if k == axis else 0 for k in range(len(shape))]
    after = [size - had - 1 if k == axis else 0 for k, (size, had) in enumerate(zip(shape, before))]
    builder.give(node.input[0], builder.node('Pad', [g, builder.constant(np.array(before + after, np.int64))], shape))
