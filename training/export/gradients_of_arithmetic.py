"""Gradient rules of sums, products, activations and reductions (backward.py).

A rule takes the GradientBuilder, a node, the name of the gradient of its output, and which of its inputs lead to a wanted one.
"""

import numpy as np


def back_add(builder, node, g, alive):
    for name, lives in zip(node.input, alive):
        if lives:
            builder.give(name, builder.fit(g, builder.shapes[name]))


def back_sub(builder, node, g, alive):
    a, b = node.input
    if alive[0]:
        builder.give(a, builder.fit(g, builder.shapes[a]))
    if alive[1]:
        builder.give(b, builder.fit(builder.node('Neg', [g], builder.shapes[g]), builder.shapes[b]))


def back_mul(builder, node, g, alive):
    for k, lives in enumerate(alive):
        if lives:
            builder.give(node.input[k], builder.fit(builder.node('Mul', [g, node.input[1 - k]], builder.shapes[g]), builder.shapes[node.input[k]]))


def back_div(builder, node, g, alive):
    a, b = node.input
    share = builder.node('Div', [g, b], builder.shapes[g])
    if alive[0]:
        builder.give(a, builder.fit(share, builder.shapes[a]))
    if alive[1]:
        loss = builder.node('Neg', [builder.node('Mul', [share, node.output[0]], builder.shapes[g])], builder.shapes[g])
        builder.give(b, builder.fit(loss, builder.shapes[b]))


def back_sigmoid(builder, node, g, alive):
    y = node.output[0]
    slope = builder.node('Mul', [y, builder.node('Sub', [builder.constant(np.float32(1)), y], builder.shapes[y])], builder.shapes[y])
    builder.give(node.input[0], builder.node('Mul', [g, slope], builder.shapes[g]))


def back_erf(builder, node, g, alive):
    x = node.input[0]
    square = builder.node('Mul', [x, x], builder.shapes[x])
    bell = builder.node('Exp', [builder.node('Neg', [square], builder.shapes[x])], builder.shapes[x])
    builder.give(x, builder.node('Mul', [g, builder.scalar('Mul', bell, 2 / np.sqrt(np.pi))], builder.shapes[g]))


def back_log(builder, node, g, alive):
    builder.give(node.input[0], builder.node('Div', [g, node.input[0]], builder.shapes[g]))


def back_sqrt(builder, node, g, alive):
    builder.give(node.input[0], builder.scalar('Mul', builder.node('Div', [g, node.output[0]], builder.shapes[g]), 0.5))


def back_reciprocal(builder, node, g, alive):
    y = node.output[0]
    slope = builder.node('Neg', [builder.node('Mul', [y, y], builder.shapes[y])], builder.shapes[y])
    builder.give(node.input[0], builder.node('Mul', [g, slope], builder.shapes[g]))


def back_neg(builder, node, g, alive):
    builder.give(node.input[0], builder.node('Neg', [g], builder.shapes[g]))


def back_softplus(builder, node, g, alive):
    slope = builder.node('Sigmoid', [node.input[0]], builder.shapes[g])
    builder.give(node.input[0], builder.node('Mul', [g, slope], builder.shapes[g]))


def back_logsoftmax(builder, node, g, alive):
    shape = builder.shapes[g]
    total = builder.reduce('ReduceSum', g, [builder.attribute(node, 'axis', -1)])
    likely = builder.node('Exp', [node.output[0]], shape)
    builder.give(node.input[0], builder.node('Sub', [g, builder.node('Mul', [likely, total], shape)], shape))


def back_softmax(builder, node, g, alive):
    y, shape = node.output[0], builder.shapes[g]
    weighted = builder.node('Mul', [g, y], shape)
    total = builder.reduce('ReduceSum', weighted, [builder.attribute(node, 'axis', -1)])
    builder.give(node.input[0], builder.node('Sub', [weighted, builder.node('Mul', [y, total], shape)], shape))


def back_reducemean(builder, node, g, alive):
    every = range(len(builder.shapes[node.input[0]]))
    spread(builder, node, g, builder.attribute(node, 'axes') or list(every), mean=True)


def back_reducesum(builder, node, g, alive):
    every = range(len(builder.shapes[node.input[0]]))
    spread(builder, node, g, builder.value(node.input[1]).reshape(-1).tolist() if len(node.input) > 1 else list(every), mean=False)


def spread(builder, node, g, axes, mean):
    """The gradient of a sum or mean reaches every element that went into it."""
    shape = builder.shapes[node.input[0]]
    kept = [1 if k in {axis % len(shape) for axis in axes} else size for k, size in enumerate(shape)]
    if not builder.attribute(node, 'keepdims', 1):
        g = builder.node('Unsqueeze', [g, builder.constant(np.array(sorted(axis % len(shape) for axis in axes), np.int64))], kept)
    if mean:
        g = builder.scalar('Div', g, np.prod(shape) / np.prod(kept))
    size = builder.node('Shape', [node.input[0]], (len(shape),))                 # read when it runs: classes are free, too
    builder.give(node.input[0], builder.node('Expand', [g, size], shape))
