"""An ONNX graph, as a plan of onnx-plan.js, as a PyTorch module for fixed shapes. Operators: those of this project's graphs and
of Stable Diffusion's (https://onnx.ai/onnx/operators, com.microsoft by onnxruntime's ContribOperators.md)."""

import base64
import operator

import torch
import torch.nn.functional as F
from torch import fx

#: Inputs that have to be known when a module is built, by place: shapes, axes, sizes.
STATIC = {'Reshape': (1,), 'Expand': (1,), 'ConstantOfShape': (0,), 'Unsqueeze': (1,), 'Squeeze': (1,), 'ReduceSum': (1,), 'Split': (1,),
          'ReduceMean': (1,), 'Slice': (1, 2, 3, 4), 'Resize': (1, 2, 3)}


def reshape(x, shape, allowzero=0):
    return x.reshape([x.shape[axis] if size == 0 and not allowzero else size for axis, size in enumerate(shape)])


def expand(x, shape):
    return x.expand(torch.broadcast_shapes(x.shape, tuple(shape)))


def conv(x, weight, bias=None, pads=None, strides=(1,), dilations=(1,), group=1, kernel_shape=None, auto_pad='NOTSET'):
    rank = x.dim() - 2
    pads = pads or [0] * 2 * rank
    if pads[:rank] != pads[rank:]:
        x, pads = F.pad(x, [pads[axis + side] for axis in reversed(range(rank)) for side in (0, rank)]), [0] * 2 * rank
    run = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]
    return run(x, weight, bias, tuple(strides), tuple(pads[:rank]), tuple(dilations), group)


def gemm(a, b, c=None, alpha=1.0, beta=1.0, transA=0, transB=0):
    if alpha != 1 or beta != 1 or transA:
        raise NotImplementedError('Gemm with alpha, beta or transA')
    return F.linear(a, b if transB else b.t(), c)


def layer_norm(x, weight, bias=None, axis=-1, epsilon=1e-5):
    return F.layer_norm(x, x.shape[axis:], weight, bias, epsilon)


def skip_layer_norm(x, skip, weight, bias=None, more=None, epsilon=1e-12):
    total = x + skip if more is None else x + skip + more
    return F.layer_norm(total, total.shape[-1:], weight, bias, epsilon), None, None, total


def batch_norm(x, weight, bias, mean, var, epsilon=1e-5, momentum=0.9):
    return F.batch_norm(x, mean, var, weight, bias, False, 0.0, epsilon)


def attention(query, key, value, num_heads, scale=None):
    def heads(x):
        return x.unflatten(-1, (num_heads, -1)).transpose(1, 2)
    return F.scaled_dot_product_attention(heads(query), heads(key), heads(value), scale=scale).transpose(1, 2).flatten(2)


def dequantize(x, scale, zero=None, axis=1):
    along = [-1 if at == axis % x.dim() else 1 for at in range(x.dim())] if scale.dim() else []
    x = x.to(scale.dtype) if zero is None else x.to(scale.dtype) - zero.to(scale.dtype).reshape(along)
    return x * scale.reshape(along)


def unpack(packed, scales, bits, K):
    """[N, K] of MatMulNBits' [N, blocks, bytes]; the number in the low bits comes first."""
    numbers = torch.stack([packed & 15, packed >> 4], -1).flatten(-2) if bits == 4 else packed
    rows, blocks, _ = numbers.shape
    weight = (numbers.to(scales.dtype) - 2 ** (bits - 1)) * scales.reshape(rows, blocks, 1)
    return weight.reshape(rows, -1)[:, :K].contiguous()


def depth_to_space(x, blocksize, mode='DCR'):
    if mode != 'CRD':
        raise NotImplementedError(f'DepthToSpace in mode {mode}')
    return F.pixel_shuffle(x, blocksize)


def resize(x, roi, scales=None, sizes=None, mode='nearest', coordinate_transformation_mode='', nearest_mode='floor', cubic_coeff_a=0):
    if mode != 'nearest' or coordinate_transformation_mode != 'asymmetric' or nearest_mode != 'floor':
        raise NotImplementedError(f'Resize {mode} {coordinate_transformation_mode} {nearest_mode}')
    size = sizes[2:] if sizes else [int(length * scale) for length, scale in zip(x.shape[2:], scales[2:])]
    return F.interpolate(x, size=size, mode='nearest')


def cut(x, starts, ends, axes=None, steps=None):
    at = [slice(None)] * x.dim()
    for start, end, axis, step in zip(starts, ends, axes or range(len(starts)), steps or [1] * len(starts)):
        at[axis] = slice(start, end, step)
    return x[tuple(at)]


def unsqueeze(x, axes):
    rank = x.dim() + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


def gather(x, indices, axis=0):
    return x.index_select(axis, indices.flatten().long()).unflatten(axis, indices.shape) if indices.dim() else x.select(axis, int(indices))


def constant_of_shape(shape, value):
    return value.expand(shape) if shape else value.reshape(())


def quick_gelu(x, alpha=1.702):
    return x * torch.sigmoid(alpha * x)


TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float16}
OPS = {
    'Add': operator.add, 'Sub': operator.sub, 'Mul': operator.mul, 'Div': operator.truediv, 'MatMul': torch.matmul, 'Pow': torch.pow,
    'Sigmoid': torch.sigmoid, 'Tanh': torch.tanh, 'Erf': torch.erf, 'Sin': torch.sin, 'Cos': torch.cos, 'Sqrt': torch.sqrt, 'Exp': torch.exp,
    'Equal': torch.eq, 'Not': torch.logical_not, 'Identity': lambda x: x, 'Reshape': reshape, 'Expand': expand, 'Conv': conv, 'Gemm': gemm,
    'LayerNormalization': layer_norm, 'SkipLayerNormalization': skip_layer_norm, 'BatchNormalization': batch_norm, 'Slice': cut,
    'MultiHeadAttention': attention, 'DequantizeLinear': dequantize, 'DepthToSpace': depth_to_space, 'Resize': resize, 'Gather': gather,
    'Unsqueeze': unsqueeze, 'QuickGelu': quick_gelu, 'ConstantOfShape': constant_of_shape,
    'InstanceNormalization': lambda x, weight, bias, epsilon=1e-5: F.instance_norm(x, weight=weight, bias=bias, eps=epsilon),
    'Transpose': lambda x, perm: x.permute(perm), 'Concat': lambda *parts, axis: torch.cat(parts, axis),
    'Cast': lambda x, to: x.to(TYPES[to]), 'Softmax': lambda x, axis=-1: torch.softmax(x, axis),
    'Split': lambda x, sizes, axis=0, num_outputs=None: torch.split(x, sizes, axis), 'Constant': lambda value: value,
    'ReduceSum': lambda x, axes, keepdims=1: x.sum(axes, bool(keepdims)), 'ReduceMean': lambda x, axes, keepdims=1: x.mean(axes, bool(keepdims)),
    'Flatten': lambda x, axis=1: x.flatten(axis), 'Shape': lambda x: torch.tensor(x.shape), 'Linear': F.linear,
}


def build_module(plan, tensors, feeds):
    """A GraphModule of a plan for the shapes of `feeds` ({input: tensor}), its arguments in the plan's order of inputs. What no
    input reaches is computed now. Raises NotImplementedError at an operator, or a way of one, that is not known here."""
    graph, root, device = fx.Graph(), {}, next(iter(feeds.values())).device
    values = {**tensors, **feeds, '': None}
    nodes = {name: graph.placeholder(f'input_{index}') for index, name in enumerate(plan['inputs'])}

    def argument(name):
        """A traced node, or a tensor that the module keeps."""
        if name not in nodes and values[name] is not None:
            at = f'constant_{len(root)}'
            root[at] = values[name]
            nodes[name] = graph.get_attr(at)
            kept.add(name)
        return nodes.get(name)

    kept = set()
    for node in plan['nodes']:
        node = unpacked(node, values)
        names, op = node['inputs'], node['op']
        if op not in OPS:
            raise NotImplementedError(f'operator {op}')
        attributes = {key: stored(value, device) for key, value in node['attributes'].items()}
        traced = any(name in nodes and name not in kept for name in names) and op != 'Shape'
        places = STATIC.get(op, ())
        if traced and any(name in nodes and name not in kept for at, name in enumerate(names) if at in places):
            raise NotImplementedError(f'{op} by a computed shape')
        fixed = [values[name].tolist() if at in places and values[name] is not None else None for at, name in enumerate(names)]
        got = OPS[op](*[fixed[at] if at in places else values[name] for at, name in enumerate(names)], **attributes)
        many = isinstance(got, (tuple, list))
        values.update(zip(node['outputs'], got if many else [got]))
        values[''] = None
        if traced:
            call = graph.call_function(OPS[op], tuple(fixed[at] if at in places else argument(name) for at, name in enumerate(names)), attributes)
            outputs = [graph.call_function(operator.getitem, (call, at)) for at in range(len(got))] if many else [call]
            nodes.update((name, out) for name, out in zip(node['outputs'], outputs) if name)
    graph.output(nodes[plan['outputs'][0]])
    graph.eliminate_dead_code()
    module = torch.nn.Module()
    for name, tensor in root.items():
        module.register_buffer(name, tensor)
    return fx.GraphModule(module, graph)


def unpacked(node, values):
    """The node; a linear layer on packed weights as one on floats."""
    if node['op'] != 'MatMulNBits':
        return node
    x, packed, scales, *more = node['inputs']
    zero, order, bias = (more + ['', '', ''])[:3]
    if zero or order:
        raise NotImplementedError('MatMulNBits with zero points')
    weight = f'{packed} as floats'
    values[weight] = unpack(values[packed], values[scales], node['attributes'].get('bits', 4), node['attributes']['K'])
    return {**node, 'op': 'Linear', 'inputs': [x, weight, bias], 'attributes': {}}


def stored(value, device):
    """An attribute; one that is a tensor as a scalar tensor."""
    if not isinstance(value, dict):
        return value
    kinds = {'float32': torch.float32, 'int64': torch.int64, 'float16': torch.float16}
    data = bytearray(base64.b64decode(value['base64']))
    return torch.frombuffer(data, dtype=kinds[value['dtype']]).reshape(value['dims']).to(device)
