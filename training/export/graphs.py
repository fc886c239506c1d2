"""PyTorch modules to ONNX graphs that take any batch, and what the manifest says of a stored graph."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
from onnx import numpy_helper

from training.export.quantize import WeightFiles, save_external

OPSET = 17
EXAMPLE_BATCH = 3
SELF_TEST_VALUES = 16
ROLES = {'input_ids': 'inputIds', 'prompt_embeds': 'promptEmbeds', 'covariates_present': 'covariatesPresent',
         'mask_present': 'maskPresent', 'noise_pred': 'noisePred'}


def to_onnx(module, inputs, path, output, free=None):
    """Exports for a fixed batch, folds every shape computation, and then frees the batch again.

    `inputs`: {name: example with EXAMPLE_BATCH rows}; `free`: further free dimensions, {name: {axis: name}}. A graph that
    computes shapes at run time is three times longer and sends the GPU back to the CPU at each of them.
    """
    model = to_fixed_onnx(module, inputs, path, [output], free)
    free_batch(model.graph)
    onnx.checker.check_model(model)
    return model


def to_fixed_onnx(module, inputs, path, outputs, free=None):
    """The graph for the example batch, as to_onnx has it before it frees the batch."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        torch.onnx.export(module.eval(), tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs,
                          dynamic_axes=free or {}, opset_version=OPSET, do_constant_folding=True, dynamo=False)
    model = onnxslim.slim(onnx.load(path), skip_fusion_patterns=['FusionGemm'])
    for node in model.graph.node:
        node.ClearField('doc_string')
    return model


def free_batch(graph):
    """Rewrites shapes that hold the example batch, so that the graph takes any batch. Works in place."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for k, node in enumerate(graph.node):
        if node.op_type not in ('Reshape', 'Expand') or node.input[1] not in constants:
            continue
        shape = numpy_helper.to_array(constants[node.input[1]]).copy()
        if shape[0] <= 0 or shape[0] % EXAMPLE_BATCH:
            continue
        if node.op_type == 'Expand':
            shape[0] = 1                                              # broadcasts: keeps the input's batch
        else:
            shape[0] = 0 if -1 in shape[1:] else -1
        name = f'shape_{k}'
        graph.initializer.append(numpy_helper.from_array(shape, name))
        node.input[1] = name
    del graph.value_info[:]
    for value in [*graph.input, *graph.output]:
        shape = value.type.tensor_type.shape
        if shape.dim and shape.dim[0].dim_value == EXAMPLE_BATCH:
            shape.dim[0].dim_param = 'batch'
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def self_test_feeds(session):
    """The fixed inputs of src/models/runtime/self-test.ts for a graph, batch 1."""
    feeds = {}
    for value in session.get_inputs():
        shape = [1 if isinstance(size, str) else size for size in value.shape]
        i = np.arange(int(np.prod(shape)))
        if 'int' in value.type:
            feeds[value.name] = (i % 50).reshape(shape).astype(np.int64)
        elif value.name == 'timestep':
            feeds[value.name] = np.full(shape, 500, np.float32)
        elif value.name.endswith('_present'):
            feeds[value.name] = np.ones(shape, np.float32)
        else:
            feeds[value.name] = (((i * 7919 + 13) % 1000) / 1000 - 0.5).reshape(shape).astype(np.float32)
    return feeds


def open_session(path):
    """onnxruntime on the CPU in plain float32: by default it would turn int8 weights into int8 arithmetic."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry('session.qdq_matmulnbits_accuracy_level', '1')
    options.add_session_config_entry('session.disable_quant_qdq', '1')
    return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])


def self_test_answer(path):
    """First values of the first output of a stored graph on the CPU, and what a backend may be off."""
    session = open_session(path)
    output = session.run(None, self_test_feeds(session))[0].reshape(-1)
    scale = float(np.abs(output).max())
    return {'values': [float(f'{v:.7g}') for v in output[:SELF_TEST_VALUES]],
            'tolerance': {'float32': float(f'{max(2e-3 * scale, 1e-4):.3g}'), 'float16': float(f'{max(3e-2 * scale, 1e-3):.3g}')}}


def file_record(path):
    """A manifest ModelFile of one shard."""
    raw = Path(path).read_bytes()
    shard = {'path': Path(path).name, 'bytes': len(raw), 'sha256': hashlib.sha256(raw).hexdigest()}
    return {'name': Path(path).name, 'bytes': len(raw), 'shards': [shard]}


def export_component(folder, name, variants, shrink):
    """Writes one component. `variants`: {graph file stem: to_onnx's arguments less the path, or what makes a model of a path}; they
    share weight files."""
    files = WeightFiles(folder, name)
    for stem, variant in variants.items():
        path = folder / f'{stem}.onnx'
        model = variant(path) if callable(variant) else to_onnx(*variant[:2], path, *variant[2:])
        save_external(shrink(model), path, files)
    return [file_record(folder / file) for file in files.names]


def describe_values(graph_path, roles):
    """Manifest GraphValues of a graph: {role: {name, dtype, shape}} for inputs and outputs."""
    graph = onnx.load(graph_path, load_external_data=False).graph
    dtypes = {1: 'float32', 7: 'int64', 6: 'int32', 10: 'float16'}

    def value(info):
        tensor = info.type.tensor_type
        return {'name': info.name, 'dtype': dtypes[tensor.elem_type], 'shape': [d.dim_param or d.dim_value for d in tensor.shape.dim]}
    def named(values):
        return {roles.get(info.name, info.name): value(info) for info in values}
    return named(graph.input), named(graph.output)


def component(folder, stem, weights):
    """The manifest entry of an exported component."""
    inputs, outputs = describe_values(folder / f'{stem}.onnx', ROLES)
    return {'graph': file_record(folder / f'{stem}.onnx'), 'weights': weights, 'inputs': inputs, 'outputs': outputs,
            'selfTest': self_test_answer(folder / f'{stem}.onnx')}
