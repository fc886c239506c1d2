"""What a rewrite asks of an ONNX graph and does to it: who makes and reads a tensor, new nodes, replaced tensors."""

from collections import Counter, defaultdict

import numpy as np
from onnx import helper, numpy_helper

MAX_OUTPUTS = 7          # of a Split: WebGPU promises eight storage buffers a kernel, and its input is one of them
MICROSOFT = {'domain': 'com.microsoft'}


class GraphEditor:
    """A graph that is rewritten in place. Nodes that nobody reads any more go when `finish` is called, and so do their constants."""

    def __init__(self, model):
        self.model, self.graph = model, model.graph
        self.tensors = {tensor.name: tensor for tensor in self.graph.initializer}
        self.made = {name: node for node in self.graph.node for name in node.output if name}
        self.readers = defaultdict(list)
        for node in self.graph.node:
            for name in node.input:
                self.readers[name].append(node)
        self.shared, self.count = {}, 0

    def nodes(self, op_type):
        """All nodes of a type that are still read."""
        return [node for node in self.graph.node if node.op_type == op_type and any(self.is_read(name) for name in node.output)]

    def is_read(self, name):
        """Whether a node reads a tensor, or it leaves the graph."""
        return bool(self.readers[name]) or any(value.name == name for value in self.graph.output)

    def maker(self, name):
        """The node that makes a tensor, or None."""
        return self.made.get(name)

    def is_a(self, node, op_type):
        """Whether there is a node, of this type."""
        return node is not None and node.op_type == op_type

    def concatenated(self, name):
        """The tensors that a tensor was put together of by Concat nodes, or itself."""
        node = self.maker(name)
        return [leaf for source in node.input for leaf in self.concatenated(source)] if self.is_a(node, 'Concat') else [name]

    def only_user(self, name):
        """The node that reads a tensor, or None where there are several or it leaves the graph."""
        readers = self.readers[name]
        return readers[0] if len(readers) == 1 and not any(value.name == name for value in self.graph.output) else None

    def siblings(self, op_type):
        """Lists of nodes of a type with the same first input, in the graph's order."""
        found = defaultdict(list)
        for node in self.nodes(op_type):
            found[node.input[0]].append(node)
        return list(found.values())

    def silu_of(self, name):
        """x where the tensor is x·sigmoid(x), or None."""
        node = self.maker(name)
        if node is None or node.op_type != 'Mul':
            return None
        for x, gate in (node.input, node.input[::-1]):
            sigmoid = self.maker(gate)
            if sigmoid is not None and sigmoid.op_type == 'Sigmoid' and sigmoid.input[0] == x:
                return x
        return None

    def is_stored(self, name):
        """Whether a tensor lies in the file."""
        return name in self.tensors

    def is_broadcast(self, name):
        """Whether a tensor of an Add is stored, or a number a channel, made by Unsqueeze."""
        maker = self.maker(name)
        return self.is_stored(name) or (maker is not None and maker.op_type == 'Unsqueeze')

    def constant(self, name):
        """The numbers of a small stored tensor, at least one axis."""
        return np.atleast_1d(numpy_helper.to_array(self.tensors[name]))

    def shape(self, name):
        """The shape of a stored tensor."""
        return list(self.tensors[name].dims)

    def weight_shape(self, name):
        """The shape of a weight, which may be stored in a smaller type."""
        return self.shape(name if name in self.tensors else self.maker(name).input[0])

    def attribute(self, node, name):
        """The value of an attribute."""
        return next(helper.get_attribute_value(attribute) for attribute in node.attribute if attribute.name == name)

    def add(self, op_type, inputs, outputs=1, domain='', **attributes):
        """A new node; the name of its output, or a list where there are several."""
        while (name := f'fused_{self.count}_{op_type}') in self.made or f'{name}_0' in self.made:
            self.count += 1
        names = [f'{name}_{k}' for k in range(outputs)] if outputs > 1 else [name]
        node = helper.make_node(op_type, inputs, names, name=name, domain=domain, **attributes)
        self.graph.node.append(node)
        node = self.graph.node[-1]
        self.made.update((output, node) for output in names)
        for source in inputs:
            self.readers[source].append(node)
        return names if outputs > 1 else name

    def store(self, name, values):
        """Puts a tensor into the file under a name, where there is none of it; returns the name."""
        if name not in self.tensors:
            self.graph.initializer.append(numpy_helper.from_array(values, name))
            self.tensors[name] = self.graph.initializer[-1]
        return name

    def numbers(self, values):
        """A stored list of whole numbers."""
        return self.store('numbers_' + '_'.join(str(value) for value in values), np.array(values, np.int64))

    def filled(self, shape, value):
        """A tensor of one number, which the runtime writes down when it makes the session."""
        key = (*shape, value)
        if key not in self.shared:
            tensor = helper.make_tensor('value', 1, [1], [value])
            self.shared[key] = self.add('ConstantOfShape', [self.numbers(shape)], value=tensor)
        return self.shared[key]

    def replace(self, name, other, but=None):
        """Lets whoever reads `name`, except the node `but`, read `other` instead."""
        for node in {id(node): node for node in self.readers[name]}.values():
            if node is but:
                continue
            node.input[:] = [other if source == name else source for source in node.input]
            self.readers[other].append(node)
        self.readers[name] = [node for node in self.readers[name] if node is but]

    def finish(self):
        """Sorts the nodes, so that each stands behind what it reads, and drops what is not read."""
        kept, seen = [], set()

        def visit(name):
            stack = [(self.made.get(name), False)]
            while stack:
                node, ready = stack.pop()
                if node is None or (id(node) in seen and not ready):
                    continue
                if ready:
                    kept.append(node)
                    continue
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((self.made.get(source), False) for source in reversed(node.input))
        for value in self.graph.output:
            visit(value.name)
        nodes = [type(node).FromString(node.SerializeToString()) for node in kept]
        del self.graph.node[:], self.graph.value_info[:]
        self.graph.node.extend(nodes)
        used = Counter(name for node in nodes for name in node.input)
        for tensor in [tensor for tensor in self.graph.initializer if tensor.name not in used]:
            self.graph.initializer.remove(tensor)
        domains = {entry.domain for entry in self.model.opset_import}
        for domain in {node.domain for node in nodes} - domains - {''}:
            self.model.opset_import.append(helper.make_opsetid(domain, 1))


def cut_apart(graph, whole, nodes, sizes, axis):
    """Lets parts of `whole` of the given sizes stand in for the nodes' outputs; more than MAX_OUTPUTS are cut off one after the other."""
    more = len(nodes) > MAX_OUTPUTS
    now = MAX_OUTPUTS - 1 if more else len(nodes)
    cuts = [*sizes[:now], sum(sizes[now:])] if more else sizes
    parts = graph.add('Split', [whole, graph.numbers(cuts)], outputs=len(cuts), axis=axis)
    for node, part in zip(nodes[:now], parts):
        graph.replace(node.output[0], part)
    if more:
        cut_apart(graph, parts[-1], nodes[now:], sizes[now:], axis)
