"""Rewrites of a UNet's norms and of what stands around them, sums and biases, into fewer nodes."""

import math

from training.export.graph_editor import MICROSOFT


def biases(graph):
    """MatMulNBits + bias → the bias as an input of MatMulNBits."""
    for add in graph.nodes('Add'):
        for bias, name in (add.input, add.input[::-1]):
            layer = graph.maker(name)
            if graph.is_stored(bias) and graph.is_a(layer, 'MatMulNBits') and graph.only_user(name) is add:
                layer.input.extend(['', '', bias])
                graph.replace(add.output[0], name)
                break


def gemms(graph):
    """MatMul of (batch, tokens, channels) + bias → Gemm of (batch·tokens, channels)."""
    for add in graph.nodes('Add'):
        for bias, name in (add.input, add.input[::-1]):
            layer = graph.maker(name)
            tokens = _tokens(graph, layer.input[0]) if graph.is_stored(bias) and graph.is_a(layer, 'MatMul') else None
            if not tokens:
                continue
            size_in, size_out = graph.weight_shape(layer.input[1])
            rows = graph.add('Reshape', [layer.input[0], graph.numbers([-1, size_in])])
            product = graph.add('Gemm', [rows, layer.input[1], bias])
            graph.replace(add.output[0], graph.add('Reshape', [product, graph.numbers([-1, tokens, size_out])]))
            break


def _tokens(graph, name):
    """How many tokens a tensor (batch, tokens, channels) has, as the Reshape says that it comes from; None where none says it."""
    node = graph.maker(name)
    if node is None:
        return None
    shape = graph.constant(node.input[1]) if node.op_type == 'Reshape' else ()
    return int(shape[1]) if len(shape) == 3 and shape[1] > 0 else _tokens(graph, node.input[0])


def residual_layer_norms(graph):
    """Add, LayerNormalization → SkipLayerNormalization, whose fourth output is the sum."""
    for norm in graph.nodes('LayerNormalization'):
        add = graph.maker(norm.input[0])
        if not graph.is_a(add, 'Add') or any(graph.is_stored(name) for name in add.input):
            continue
        operands, bias = list(add.input), None
        for k, name in enumerate(operands):
            inner = graph.maker(name)
            stored = [i for i in inner.input if graph.is_stored(i)] if graph.is_a(inner, 'Add') else []
            if stored and bias is None and graph.only_user(name) is add:
                bias, operands[k] = stored[0], next(i for i in inner.input if i != stored[0])
        inputs = [*operands, *norm.input[1:], *([bias] if bias else [])]
        outputs = graph.add('SkipLayerNormalization', inputs, outputs=4, epsilon=graph.attribute(norm, 'epsilon'), **MICROSOFT)
        graph.replace(norm.output[0], outputs[0])
        graph.replace(add.output[0], outputs[3])


def group_norms(graph):
    """Group normalization (Wu & He 2018), which the exporter writes as InstanceNormalization of groups, Mul and Add.

    A group's numbers are one row: LayerNormalization is one dispatch where InstanceNormalization is two. Scale and shift become one
    BatchNormalization, or go into the weights of the 1 × 1 convolution that reads them. A sum in front of it becomes an output.
    """
    for norm in graph.nodes('InstanceNormalization'):
        rows = graph.maker(norm.input[0])
        back = graph.only_user(norm.output[0])
        groups, shape = len(graph.constant(norm.input[1])), graph.constant(back.input[1])
        _, channels, height, width = (int(size) for size in shape)
        length = channels // groups * height * width
        epsilon, ones = graph.attribute(norm, 'epsilon'), graph.filled([length], 1.0)
        add = graph.maker(rows.input[0])
        if graph.is_a(add, 'Add') and not any(graph.is_broadcast(name) for name in add.input):
            operands = [graph.add('Reshape', [name, rows.input[1]]) for name in add.input]
            outputs = graph.add('SkipLayerNormalization', [*operands, ones], outputs=4, epsilon=epsilon, **MICROSOFT)
            normed = outputs[0]
            graph.replace(add.output[0], graph.add('Reshape', [outputs[3], back.input[1]]), but=rows)
        else:
            normed = graph.add('LayerNormalization', [rows.output[0], ones], epsilon=epsilon, axis=-1)
        normed = graph.add('Reshape', [normed, back.input[1]])
        _scale_and_shift(graph, back.output[0], normed)


def _scale_and_shift(graph, before, normed):
    """What multiplied `before` by a number a channel and added another does so to `normed`, in one node or none."""
    scale = graph.only_user(before)
    shift = graph.only_user(scale.output[0]) if graph.is_a(scale, 'Mul') else None
    stored = [[name for name in node.input if graph.is_stored(name)] for node in (scale, shift) if node is not None]
    if not graph.is_a(shift, 'Add') or [len(names) for names in stored] != [1, 1]:
        graph.replace(before, normed)                                 # an untrained network's ones and zeros are not written down
        return
    (factor,), (offset,) = stored
    reader = graph.only_user(shift.output[0])
    if graph.is_a(reader, 'Conv') and graph.weight_shape(reader.input[1])[2:] == [1, 1]:
        weight, bias = reader.input[1:3]
        moved = graph.add('ReduceSum', [graph.add('Mul', [weight, offset]), graph.numbers([1, 2, 3])], keepdims=0)
        reader.input[:] = [normed, graph.add('Mul', [weight, factor]), graph.add('Add', [bias, moved])]
        return
    channels = math.prod(graph.shape(factor))
    flat = [graph.add('Reshape', [name, graph.numbers([-1])]) for name in (factor, offset)]
    affine = [*flat, graph.filled([channels], 0.0), graph.filled([channels], 1.0)]
    graph.replace(shift.output[0], graph.add('BatchNormalization', [normed, *affine], epsilon=0.0))
