"""Rewrites of a UNet's transformer blocks into fewer nodes: attention, the layers in front of it, the gate of the feed-forward part."""

from training.export.graph_editor import MICROSOFT, cut_apart


def attention(graph):
    """Heads moved in front, scaled products, Softmax, products, heads moved back → MultiHeadAttention."""
    for softmax in graph.nodes('Softmax'):
        scores, mix = graph.maker(softmax.input[0]), graph.only_user(softmax.output[0])
        back = graph.only_user(mix.output[0])
        out = graph.only_user(back.output[0])
        parts = [_heads_in_front(graph, name) for name in (*scores.input, mix.input[1])]
        if None in parts or not graph.is_a(back, 'Transpose') or not graph.is_a(out, 'Reshape'):
            continue                                                  # one head alone is moved nowhere
        (query, heads, by), (key, _, times), (value, _, _) = parts
        fused = graph.add('MultiHeadAttention', [query, key, value], num_heads=heads, scale=by * times, **MICROSOFT)
        graph.replace(out.output[0], fused)


def _heads_in_front(graph, name):
    """(the tensor (batch, tokens, channels) that was reshaped and transposed into `name`, heads, the number it was multiplied by) or None."""
    node, scale = graph.maker(name), 1.0
    if graph.is_a(node, 'Mul') and graph.is_stored(node.input[1]):
        scale, node = float(graph.constant(node.input[1]).reshape(-1)[0]), graph.maker(node.input[0])
    split = graph.maker(node.input[0]) if graph.is_a(node, 'Transpose') else None
    return (split.input[0], int(graph.constant(split.input[1])[2]), scale) if graph.is_a(split, 'Reshape') else None


def self_projections(graph):
    """The three projections of what attends to itself → one, cut apart."""
    for attention in graph.nodes('MultiHeadAttention'):
        makers = [graph.maker(name) for name in attention.input[:3]]
        if all(_is_linear(graph, maker) for maker in makers) and len({maker.input[0] for maker in makers}) == 1:
            _one_projection(graph, makers)


def _is_linear(graph, node):
    return graph.is_a(node, 'MatMul') or graph.is_a(node, 'MatMulNBits')


def cross_projections(graph):
    """Keys of the prompt for all attentions → one projection, cut apart; values likewise."""
    attentions = graph.nodes('MultiHeadAttention')
    for place in (1, 2):
        makers = [graph.maker(attention.input[place]) for attention in attentions]
        makers = [maker for maker in makers if _is_linear(graph, maker)]
        by_source = {}
        for maker in makers:
            by_source.setdefault(maker.input[0], []).append(maker)
        for same in by_source.values():
            _one_projection(graph, same)


def _one_projection(graph, makers):
    """Linear layers of one input → one layer, cut apart. Of MatMulNBits or MatMul, without biases."""
    if len(makers) < 2 or len({maker.op_type for maker in makers}) > 1:
        return
    source = makers[0].input[0]
    if makers[0].op_type == 'MatMulNBits':
        sizes = [graph.attribute(maker, 'N') for maker in makers]
        shared = {name: graph.attribute(makers[0], name) for name in ('K', 'bits', 'block_size')}
        parts = [graph.add('Concat', [maker.input[i] for maker in makers], axis=0) for i in (1, 2)]
        whole = graph.add('MatMulNBits', [source, *parts], N=sum(sizes), **shared, **MICROSOFT)
    else:
        sizes = [graph.weight_shape(maker.input[1])[1] for maker in makers]
        whole = graph.add('MatMul', [source, graph.add('Concat', [maker.input[1] for maker in makers], axis=1)])
    cut_apart(graph, whole, makers, sizes, axis=-1)


def gates(graph):
    """Two Slices that are the halves of a tensor → one Split."""
    for halves in graph.siblings('Slice'):
        if len(halves) != 2:
            continue
        first, second = sorted(halves, key=lambda node: int(graph.constant(node.input[1])[0]))
        middle, end = (int(graph.constant(node.input[2])[0]) for node in (first, second))
        if end == 2 * middle and int(graph.constant(second.input[1])[0]) == middle:
            parts = graph.add('Split', [first.input[0], graph.numbers([middle, middle])], outputs=2,
                              axis=int(graph.constant(first.input[3])[0]))
            graph.replace(first.output[0], parts[0])
            graph.replace(second.output[0], parts[1])
