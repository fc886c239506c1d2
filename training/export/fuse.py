"""Rewrites a UNet's graph into fewer nodes with the same numbers: on a GPU a step costs its dispatches, not its arithmetic.

    python -m training.export.fuse --package public/models/phantoscope-medical-256

The command rewrites the plain UNet graphs of a package that was exported before. Weight files stay as they are, to the byte: what has to
be put together is put together by nodes of constants, which the runtime computes once, when it makes the session. Graphs with low-rank
factors and training graphs stay as they are too, for there each layer is found by its name.

Only nodes that both of the runtime's providers know are used, wasm's and WebGPU's.
"""

from pathlib import Path

import onnx

from training.export.fuse_attention import attention, cross_projections, gates, self_projections
from training.export.fuse_norms import biases, gemms, group_norms, residual_layer_norms
from training.export.graph_editor import GraphEditor, cut_apart
from training.export.graphs import file_record, self_test_answer
from training.export.package_changes import change_package, run


def fuse(model):
    """A UNet's graph in fewer nodes, the same numbers but for rounding. Works on whole models or on graphs alone; returns the model."""
    graph = GraphEditor(model)
    for rewrite in (_flipped_sines, _summed_embeddings, _time_projections, attention, self_projections, cross_projections, biases,
                    residual_layer_norms, gemms, group_norms, gates):
        rewrite(graph)
    graph.finish()
    return model


def _flipped_sines(graph):
    """Concat(sin, cos) that is cut in two and put together the other way round → Concat(cos, sin)."""
    for concat in graph.nodes('Concat'):
        halves = [graph.maker(name) for name in concat.input]
        if len(halves) != 2 or not all(graph.is_a(half, 'Slice') for half in halves):
            continue
        source = graph.maker(halves[0].input[0])
        if not graph.is_a(source, 'Concat') or halves[1].input[0] != source.output[0] or len(source.input) != 2:
            continue
        first, second = (int(graph.constant(half.input[1])[0]) for half in halves)
        if first > 0 and second == 0:
            concat.input[:] = [source.input[1], source.input[0]]


def _summed_embeddings(graph):
    """The embeddings of timestep and class, two layers each, that are added → one of two layers that reads both.

    Weights of the first layers stand in a block diagonal, of the second side by side. Layers that read the class's covariates alone
    read all of it with zeros for the rest.
    """
    for add in graph.nodes('Add'):
        seconds = [graph.maker(name) for name in add.input]
        if not all(graph.is_a(node, 'Gemm') for node in seconds):
            continue
        firsts = [graph.maker(graph.silu_of(node.input[0])) for node in seconds]
        if not all(graph.is_a(node, 'Gemm') for node in firsts):
            continue
        leaves = [graph.concatenated(node.input[0]) for node in firsts]
        (out_a, in_a), (out_b, in_b) = (graph.weight_shape(node.input[1]) for node in firsts)
        blocks = [graph.add('Concat', [firsts[0].input[1], graph.filled([out_a, in_b], 0.0)], axis=1),
                  graph.add('Concat', [graph.filled([out_b, in_a], 0.0), firsts[1].input[1]], axis=1)]
        both = graph.add('Concat', [*leaves[0], *leaves[1]], axis=1)
        hidden = graph.add('Gemm', [both, graph.add('Concat', blocks, axis=0), graph.add('Concat', [node.input[2] for node in firsts], axis=0)],
                           transB=1)
        swish = graph.add('Mul', [hidden, graph.add('Sigmoid', [hidden])])
        weight = graph.add('Concat', [node.input[1] for node in seconds], axis=1)
        bias = graph.add('Add', [node.input[2] for node in seconds])
        graph.replace(add.output[0], graph.add('Gemm', [swish, weight, bias], transB=1))
        _pad_readers(graph, both, leaves[0] + leaves[1], in_a + in_b)


def _pad_readers(graph, whole, leaves, size):
    """Gemms of the first of `leaves`, put together, read `whole` (batch, size), which begins with them."""
    for gemm in graph.nodes('Gemm'):
        own = graph.concatenated(gemm.input[0])
        if gemm.input[0] != whole and len(own) > 1 and own == leaves[:len(own)]:
            rows, columns = graph.weight_shape(gemm.input[1])
            weight = graph.add('Concat', [gemm.input[1], graph.filled([rows, size - columns], 0.0)], axis=1)
            graph.replace(gemm.output[0], graph.add('Gemm', [whole, weight, gemm.input[2]], transB=1))


def _time_projections(graph):
    """Every residual block's Gemm of the time embedding → one, cut apart."""
    for gemms in graph.siblings('Gemm'):
        if len(gemms) < 2 or not all(graph.is_stored(gemm.input[2]) for gemm in gemms):
            continue
        weight, bias = (graph.add('Concat', [gemm.input[i] for gemm in gemms], axis=0) for i in (1, 2))
        cut_apart(graph, graph.add('Gemm', [gemms[0].input[0], weight, bias], transB=1), gemms,
                   [graph.shape(gemm.input[2])[0] for gemm in gemms], axis=1)


def fuse_file(path):
    """Rewrites a stored graph in place; the weight files that it names stay as they are."""
    model = fuse(onnx.load(path, load_external_data=False))
    Path(path).write_bytes(model.SerializeToString())


def fuse_package(folder, manifest):
    """Rewrites the plain UNet graphs of the package in `folder` and what the manifest (a path) says of them. Returns their names."""
    def change(components):
        unet = components['unet']
        path = Path(folder) / unet['graph']['name']
        fuse_file(path)
        unet |= {'graph': file_record(path), 'selfTest': self_test_answer(path), 'channelsFirst': True}
        return [path.name]
    return change_package(folder, manifest, change)


if __name__ == '__main__':
    run(__doc__, fuse_package)
