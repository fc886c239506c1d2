"""Writes a second graph beside a float32 one that computes in float16, on the same weight files.

    python -m training.export.half --package public/models/phantoscope-medical-256

It is for GPUs that have `shader-f16`; everyone else runs the float32 graph and never fetches this one. Inputs and outputs stay float32.
What follows from stored tensors alone stays float32 too, and goes through one Cast where a float16 node reads it: the runtime folds all
of that when it makes the session, so weights on disk are the same to the byte and are rounded once.

What is not known to be safe stays float32: the sinusoidal embedding of the timestep, whose arguments reach 1000, a Resize's scales, and
every operator that neither list below names. Norms take their statistics in float32 whatever the type of their input.
"""

from onnx import TensorProto, helper

from training.export.graph_editor import GraphEditor
from training.export.package_changes import run, write_beside, write_twins

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
# These are what a step's time goes to: they run in float16, whatever comes in.
HEAVY = {'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'MatMulNBits', 'LayerNormalization', 'SkipLayerNormalization', 'BatchNormalization',
         'MultiHeadAttention'}
# These follow what they read: a Cast in front of each would cost a dispatch.
MOVES = {'Concat', 'Split', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze', 'Slice', 'Expand', 'Gather', 'DepthToSpace', 'SpaceToDepth'}
LIGHT = MOVES | {'Add', 'Sub', 'Mul', 'Div', 'Sigmoid', 'Tanh', 'Relu', 'Erf', 'Resize'}
# (operator, place of an input or output) that is float32 by the operator's definition.
FLOAT_INPUTS = {('Resize', 1), ('Resize', 2)}
FLOAT_OUTPUTS = {(norm, k) for norm in ('LayerNormalization', 'SkipLayerNormalization') for k in (1, 2)}
WHOLE_NUMBERS = {'Shape': TensorProto.INT64, 'Size': TensorProto.INT64, 'ArgMax': TensorProto.INT64, 'NonZero': TensorProto.INT64,
                 'Equal': TensorProto.BOOL, 'Less': TensorProto.BOOL, 'Greater': TensorProto.BOOL, 'Not': TensorProto.BOOL}
COMPONENTS = ('unet', 'vaeDecoder')


def half(model, emulated=False):
    """The graph in float16, with float32 inputs and outputs. Works in place, on whole models or on graphs alone; returns the model.

    `emulated`: what a node answers is rounded by arithmetic too, to measure on the CPU. ONNX Runtime computes most of these nodes in
    float32 there and drops the Casts between them, so that a graph would seem to lose nothing.
    """
    graph = GraphEditor(model)
    types = {value.name: value.type.tensor_type.elem_type for value in graph.graph.input}
    types |= {name: tensor.data_type for name, tensor in graph.tensors.items()}
    fixed, casts, now = set(graph.tensors), {}, {}

    ends = {value.name for value in graph.graph.output}

    def cast(name, wanted):
        """The tensor in another float type; one Cast for all who want it."""
        if types[name] == wanted:
            return name
        maker = graph.maker(name)
        if graph.is_a(maker, 'Cast') and types.get(maker.input[0]) == wanted:
            return maker.input[0]                                     # weights that are stored in float16
        if (name, wanted) not in casts:
            casts[name, wanted] = graph.add('Cast', [name], to=wanted)
            types[casts[name, wanted]] = wanted
        return casts[name, wanted]

    for node in list(graph.graph.node):
        node.input[:] = [now.get(name, name) for name in node.input]
        sources = [name for name in node.input if name]
        if all(name in fixed for name in sources):
            fixed.update(node.output)
            types.update(dict.fromkeys(node.output, _type_of(node, types)))
            continue
        follows = node.op_type in LIGHT and any(types[name] == HALF for name in sources)
        wanted = HALF if node.op_type in HEAVY or follows else FLOAT
        node.input[:] = [cast(name, wanted) if name and types[name] in (FLOAT, HALF) and (node.op_type, k) not in FLOAT_INPUTS else name
                         for k, name in enumerate(node.input)]
        for k, name in enumerate(node.output):
            types[name] = wanted if wanted == HALF and (node.op_type, k) not in FLOAT_OUTPUTS else _type_of(node, types)
            if emulated and types[name] == HALF and node.op_type not in MOVES and name not in ends:
                now[name] = _rounded(graph, name)
                types[now[name]] = HALF
    for value in graph.graph.output:
        if types[value.name] == HALF and value.type.tensor_type.elem_type == FLOAT:
            _float_output(graph, value.name)
    graph.finish()
    return model


def _type_of(node, types):
    """The element type of what a node that is left in float32 makes."""
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if node.op_type == 'Cast':
        return attributes['to']
    if node.op_type in ('Constant', 'ConstantOfShape'):
        return attributes['value'].data_type if 'value' in attributes else FLOAT
    if node.op_type == 'DequantizeLinear':
        return types[node.input[1]]
    return WHOLE_NUMBERS.get(node.op_type) or types[node.input[1 if node.op_type == 'Where' else 0]]


def _rounded(graph, name):
    """A float16 tensor whose numbers have 11 bits, whatever it was computed in. Dekker 1971: c = (2¹³ + 1)·x, c − (c − x)."""
    x = graph.add('Cast', [name], to=FLOAT)
    c = graph.add('Mul', [x, graph.filled([1], 2.0**13 + 1)])
    return graph.add('Cast', [graph.add('Sub', [c, graph.add('Sub', [c, x])])], to=HALF)


def _float_output(graph, name):
    """Lets an output of the graph, which is float16 by now, leave it as float32 under its name."""
    inner = f'{name}_half'
    maker = graph.maker(name)
    maker.output[:] = [inner if output == name else output for output in maker.output]
    for node in graph.graph.node:
        node.input[:] = [inner if source == name else source for source in node.input]
    graph.graph.node.append(helper.make_node('Cast', [inner], [name], name=f'{name}_float', to=FLOAT))
    graph.made |= {inner: maker, name: graph.graph.node[-1]}


def half_file(path, emulated=False):
    """Writes the float16 graph of a stored graph beside it, `NAME-half.onnx` (or `-emulated`, see `half`); returns its path."""
    return write_beside(path, 'emulated' if emulated else 'half', lambda model: half(model, emulated))


def half_package(folder, manifest):
    """Writes the float16 graphs of the package in `folder` and names them in the manifest (a path). Returns their names."""
    return write_twins(folder, manifest, 'halfGraph', COMPONENTS, half_file)


if __name__ == '__main__':
    run(__doc__, half_package)
