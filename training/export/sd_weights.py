"""Puts the weights of a traced part into its graph and its files, one tensor at a time, as float32, float16, int8 or int4.

float16 also computes in float16, between Casts at the graph's inputs and outputs; norms, the timestep's embedding and, where
asked for, the softmax of attention stay float32. int8 and int4 compute in float32, and so does "half": stored in float16.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from training.export.quantize import INLINE_BYTES, SMALL, round_int4_blocks, round_int8

KINDS = ('float32', 'float16', 'int8', 'int4')
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16)
LARGEST_HALF = 65504


def store_weights(model, state, kind, files, full_softmax=False):
    """Turns a traced model's parameters into stored weights of `kind` in `files` (a WeightFiles). Returns the model.

    `state`: {parameter name: tensor}; a parameter is read, converted and written before the next one is touched.
    """
    graph = model.graph
    readers = fold_parameters(graph, state)
    for value in [value for value in graph.input if value.name in readers]:
        graph.input.remove(value)
    full = to_float16(graph, set(readers), full_softmax) if kind == 'float16' else set(readers)
    uses = {}
    for node in graph.node:
        for position, name in enumerate(node.input):
            uses.setdefault(name, []).append((node, position))
    for name, read in readers.items():
        # A parameter that both kinds of node read is stored twice.
        for stored, dtype in ((name, np.float32 if name in full else np.float16), (f'{name}.full', np.float32)):
            if stored in uses:
                quantized = kind in ('int8', 'int4') and quantize_weight(graph, stored, read(), uses[stored], kind, files)
                if not quantized:
                    store_float(graph, stored, read(), dtype, kind == 'half', files)
    if kind == 'int4':
        model.opset_import.append(helper.make_opsetid('com.microsoft', 1))
    return model


def store_float(graph, name, weight, dtype, half, files):
    """Stores a weight as floats; `half`: a large float32 one in float16 with a Cast, which runs once, when a session is made."""
    if half and weight.size >= SMALL:
        graph.node.insert(0, helper.make_node('Cast', [f'{name}.half'], [name], to=TensorProto.FLOAT, name=f'{name}_cast'))
        name, dtype = f'{name}.half', np.float16
    if dtype == np.float16:
        weight = weight.clip(-LARGEST_HALF, LARGEST_HALF)
    add_tensor(graph, name, weight.astype(dtype), files)


def fold_parameters(graph, state):
    """Applies Transpose, Reshape, Unsqueeze and Identity of a parameter to the parameter. {name: function → float32 array}."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    needed = [value.name for value in graph.input if value.name in state]
    readers = {name: (lambda name=name: state[name].detach().float().cpu().numpy()) for name in needed}
    for node in list(graph.node):
        if node.input[0] not in readers or node.op_type not in ('Transpose', 'Reshape', 'Unsqueeze', 'Identity'):
            continue
        if any(name not in constants for name in node.input[1:]):
            continue
        read, second = readers[node.input[0]], constants[node.input[1]] if len(node.input) > 1 else None
        if node.op_type == 'Transpose':
            perm = list(node.attribute[0].ints)
            # By its parameter's name a weight is found again, whoever looks for a layer in the graph.
            told = f'{node.input[0]}.transposed'
            if node.input[0] in state and told not in readers:
                rename(graph, node.output[0], told)
            readers[node.output[0]] = lambda read=read, perm=perm: np.ascontiguousarray(read().transpose(perm))
        elif node.op_type == 'Reshape':
            readers[node.output[0]] = lambda read=read, shape=second: read().reshape(shape)
        elif node.op_type == 'Unsqueeze':
            readers[node.output[0]] = lambda read=read, axes=second: np.expand_dims(read(), tuple(int(a) for a in axes))
        else:
            readers[node.output[0]] = read
        graph.node.remove(node)
    return readers


def rename(graph, old, new):
    """Gives a value of the graph another name, where it is made and where it is read."""
    for node in graph.node:
        for names in (node.input, node.output):
            for position, name in enumerate(names):
                if name == old:
                    names[position] = new


def add_tensor(graph, name, array, files):
    """An initializer whose bytes lie in the component's weight files, or in the graph when they are few."""
    raw = np.ascontiguousarray(array).tobytes()
    if len(raw) < INLINE_BYTES:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return
    tensor = TensorProto(name=name, dims=array.shape, data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
                         data_location=TensorProto.EXTERNAL)
    file, offset = files.place(raw)
    for key, value in (('location', file), ('offset', offset), ('length', len(raw))):
        tensor.external_data.add(key=key, value=str(value))
    graph.initializer.append(tensor)


def quantize_weight(graph, name, weight, uses, kind, files):
    """Stores a weight of Conv, Gemm, MatMul or Gather in few bits. False where it is not worth it or cannot be."""
    axes = {weight_axis(node, position) for node, position in uses}
    axis = axes.pop()
    if weight.size < SMALL or axes or axis is None:
        return False
    if kind == 'int4' and all(node.op_type == 'MatMul' for node, _ in uses) and weight.shape[0] % 32 == 0:
        packed, scale = round_int4_blocks(weight)
        add_tensor(graph, f'{name}_int4', packed, files)
        add_tensor(graph, f'{name}_scale', scale.reshape(-1), files)
        for node, _ in uses:
            inputs = [node.input[0], f'{name}_int4', f'{name}_scale']
            node.CopyFrom(helper.make_node('MatMulNBits', inputs, list(node.output), name=node.name, domain='com.microsoft',
                                           K=weight.shape[0], N=weight.shape[1], bits=4, block_size=32))
        return True
    quantized, scale = round_int8(weight, axis)
    add_tensor(graph, f'{name}_int8', quantized, files)
    add_tensor(graph, f'{name}_scale', scale, files)
    node = helper.make_node('DequantizeLinear', [f'{name}_int8', f'{name}_scale'], [name], axis=axis, name=f'{name}_dequantize')
    graph.node.insert(0, node)
    return True


def weight_axis(node, position):
    """The output-channel axis of a weight, or None where an input is no weight."""
    if node.op_type == 'Gather' and position == 0 or node.op_type == 'Conv' and position == 1:
        return 0
    if node.op_type == 'MatMul' and position == 1:
        return 1
    if node.op_type == 'Gemm' and position == 1:
        return 0 if any(a.name == 'transB' and a.i for a in node.attribute) else 1
    return None


def find_full(graph, full_softmax):
    """Outputs of the nodes that stay float32: norms, all between the timestep and its first layer, scores where asked."""
    full, times = set(), {'timestep'}
    made = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        follows = times & set(node.input) and node.op_type not in ('MatMul', 'Gemm')
        if follows:
            times.update(node.output)
        if follows or node.op_type in ('InstanceNormalization', 'LayerNormalization'):
            full.update(node.output)
        if full_softmax and node.op_type == 'Softmax':
            full.update(node.output)
            if node.input[0] in made:
                full.update(made[node.input[0]].output)
    return full


def to_float16(graph, parameters, full_softmax):
    """Rewrites a float32 graph for float16, in place. Returns the parameters that only float32 nodes read.

    Constants become float16 where a float16 node reads them; values that cross the border get a Cast, once each.
    """
    full = find_full(graph, full_softmax)
    integers = {value.name for value in graph.input if value.type.tensor_type.elem_type not in FLOATS}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    is_full = full | {value.name for value in graph.input if value.name not in parameters}
    nodes, cast, read_by = [], {}, {name: set() for name in parameters}

    def as_kind(name, want_full):
        """The name under which a node of that kind reads a value."""
        if not name or name in integers or name in constants and constants[name].data_type not in FLOATS:
            return name
        if name in parameters:
            read_by[name].add(want_full)
            return name, want_full
        if name in constants:
            return name if want_full else f'{name}.half'
        if (name in is_full) == want_full:
            return name
        made = f'{name}.{"full" if want_full else "half"}'
        if made not in cast:
            cast[made] = True
            nodes.append(helper.make_node('Cast', [name], [made], to=FLOATS[0] if want_full else FLOATS[1], name=f'{made}_cast'))
        return made

    wanted = []
    for node in list(graph.node):
        want_full = any(name in full for name in node.output)
        for position, name in enumerate(node.input):
            if node.op_type == 'Resize' and position:                 # its scales are float32 by definition
                continue
            wanted.append((node, position, as_kind(name, want_full)))
        nodes.append(node)
    for node, position, name in wanted:
        if isinstance(name, tuple):
            name, want_full = name
            name = f'{name}.full' if want_full and False in read_by[name] else name
        node.input[position] = name
    for output in graph.output:
        if output.name not in is_full:
            for node in nodes:
                for names in (node.input, node.output):
                    for k, name in enumerate(names):
                        if name == output.name:
                            names[k] = f'{name}.half'
            nodes.append(helper.make_node('Cast', [f'{output.name}.half'], [output.name], to=FLOATS[0], name=f'{output.name}_cast'))
    add_halves(graph, nodes, constants)
    del graph.node[:]
    graph.node.extend(nodes)
    return {name for name, kinds in read_by.items() if False not in kinds}


def add_halves(graph, nodes, constants):
    """float16 copies of the float32 constants that are read as such."""
    read = {name for node in nodes for name in node.input}
    for name, tensor in constants.items():
        if f'{name}.half' in read:
            values = numpy_helper.to_array(tensor).clip(-LARGEST_HALF, LARGEST_HALF).astype(np.float16)
            graph.initializer.append(numpy_helper.from_array(values, f'{name}.half'))
        if name not in read:
            graph.initializer.remove(tensor)
