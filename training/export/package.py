"""A shipped package as a pipeline that draws: by ONNX Runtime on its graphs, or by PyTorch with the very weights it stores.

Reading needs `onnx` for the weights and `onnxruntime` for the graphs, nothing of the exporter. int8 and int4 weights come back
as the numbers that the browser multiplies with; sizes of the networks are read off the weights, so that no config is needed.
"""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from training.common.errors import BadSetting, WeightsDoNotFit
from training.export.quantize import read_int4_blocks
from training.model.autoencoder import MedicalAutoencoder
from training.model.sample import Pipeline
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer
from training.model.unet import MedicalUNet

_PARTS = ('textEncoder', 'unet', 'vaeDecoder', 'vaeEncoder')


def read_entry(manifest, model_id):
    """The entry of a model in a manifest file. Raises BadSetting where the manifest has no such model."""
    models = json.loads(Path(manifest).read_text())['models']
    found = next((entry for entry in models if entry['id'] == model_id), None)
    if found is None:
        raise BadSetting(f"{manifest} has no model {model_id}; it has {', '.join(entry['id'] for entry in models)}. Name one of them by --model.")
    return found


def entry_covariates(entry):
    """[(name, lowest, highest, unit)] in the order of the graph's vector, as data.COVARIATES has them."""
    return [(c['name'], float(c['min']), float(c['max']), c['unit']) for c in entry['conditions']['covariates']]


def package_digest(folder, entry):
    """64 hex digits of what draws: the SHA-256 of all graphs and weight files of the entry, in order.

    Raises WeightsDoNotFit where the folder lacks one, or holds one of another size than the manifest says.
    """
    digest = hashlib.sha256()
    for name in _PARTS:
        part = entry['components'][name]
        for file in (part['graph'], *part['weights']):
            path = Path(folder) / file['name']
            raw = path.read_bytes() if path.exists() else b''
            if len(raw) != file['bytes']:
                raise WeightsDoNotFit(f"{path} has {len(raw)} bytes, the manifest's entry {entry['id']} says {file['bytes']}. Export the package "
                                      'and its entry together, or give the manifest that came with it by --manifest.')
            digest.update(raw)
    return digest.hexdigest()


def stored_tensors(path):
    """(graph, {name: float32 array}): every weight of a stored graph under the name it had before it was made smaller."""
    model = onnx.load(path)
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    axes = {node.output[0]: next(a.i for a in node.attribute if a.name == 'axis')
            for node in model.graph.node if node.op_type == 'DequantizeLinear'}
    out = {}
    for name, value in tensors.items():
        base = re.sub('_(int8|int4|half)$', '', name)
        if name.endswith('_int8'):
            shape = [-1 if i == axes[base] else 1 for i in range(value.ndim)]
            out[base] = value.astype(np.float32) * tensors[base + '_scale'].reshape(shape)
        elif name.endswith('_int4'):
            out[base] = read_int4_blocks(value, tensors[base + '_scale'].reshape(value.shape[:2]))
        elif name.endswith('_half'):
            out[base] = value.astype(np.float32)
        elif value.dtype == np.float32 and not name.endswith('_scale'):
            out[name] = value
    return model.graph, out


def _module_path(node_name):
    """'/unet/mid_block/attentions.0/to_q/MatMul' → 'unet.mid_block.attentions.0.to_q', as PyTorch names the module."""
    parts = node_name.split('/')[1:-1]
    kept = [part for part, following in zip(parts, [*parts[1:], '']) if not following.startswith(part + '.')]
    return '.'.join(kept)


def module_weights(path, prefix=''):
    """{parameter name: array} of a stored graph. Weights that the exporter renamed are found by the module of the node that reads them.

    A linear layer's weight comes back as PyTorch keeps it, (out, in). `prefix` is what the exported wrapper put before the names.
    """
    graph, tensors = stored_tensors(path)
    out = {name.removeprefix(prefix): value for name, value in tensors.items() if '::' not in name}
    for node in (node for node in graph.node if node.op_type not in ('DequantizeLinear', 'Cast')):
        for name in node.input:
            base = re.sub('_(int8|int4|half)$', '', name)
            if base not in tensors or '::' not in base:
                continue
            kind = 'weight' if node.op_type in ('MatMul', 'MatMulNBits', 'Mul', 'Conv') else 'bias'
            value = tensors[base].T if node.op_type in ('MatMul', 'MatMulNBits') else tensors[base]
            out.setdefault(f'{_module_path(node.name)}.{kind}'.removeprefix(prefix), value)
    return out


def _fill(module, weights, path, names=None):
    """Copies `weights` into the parameters of `module`; WeightsDoNotFit where one is missing or of another size."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            value = weights.get((names or {}).get(name, name))
            if value is None or value.size != parameter.numel():
                raise WeightsDoNotFit(f'{path} holds no weight {name} of shape {tuple(parameter.shape)}. It was made by another export.py: '
                                      'export the package again, or use the version of the code that made it.')
            parameter.copy_(torch.from_numpy(np.array(value).reshape(parameter.shape)))
    return module


def unet_weights(folder, component):
    """module_weights of a UNet. Its plain graph is rewritten into fewer nodes, so names come from the graph with factors, if there is one."""
    if 'loraGraph' in component:
        return module_weights(Path(folder) / component['loraGraph']['name'], 'unet.')
    return module_weights(Path(folder) / component['graph']['name'])


def _levels(weights, pattern):
    """How many different numbers stand at the group of `pattern` in the names."""
    return len({match[1] for match in (re.match(pattern, name) for name in weights) if match})


def unet_config(weights, inputs):
    """MedicalUNet's arguments from its weights and the entry's graph inputs."""
    levels = _levels(weights, r'unet\.down_blocks\.(\d+)\.')
    widths = [weights[f'unet.down_blocks.{k}.resnets.0.conv1.weight'].shape[0] for k in range(levels)]
    known = inputs['covariates']['shape'][1]
    dim = inputs['promptEmbeds']['shape'][2]
    return {'latent_channels': inputs['latents']['shape'][1], 'sample_size': inputs['latents']['shape'][2],
            'block_out_channels': tuple(widths),
            'attention_levels': tuple(any(name.startswith(f'unet.down_blocks.{k}.attentions.') for name in weights) for k in range(levels)),
            'layers_per_block': _levels(weights, r'unet\.down_blocks\.0\.resnets\.(\d+)\.'), 'prompt_dim': dim, 'num_covariates': known,
            'num_covariate_tokens': weights['covariate_tokens.bias'].size // dim, 'mask_channels': inputs['mask']['shape'][1],
            'mask_size': inputs['mask']['shape'][2]}


def _stages(weights, half):
    """(channels, residual blocks) of each stage of the autoencoder's encoder or decoder, in the order of the layers."""
    channels, blocks = [], []
    for k in range(1 + max(int(name.split('.')[1]) for name in weights if re.match(half + r'\.\d+\.', name))):
        if f'{half}.{k}.weight' in weights:
            channels.append(weights[f'{half}.{k}.weight'].shape[0])
            blocks.append(0)
        elif f'{half}.{k}.conv1.weight' in weights:
            blocks[-1] += 1
    return tuple(channels[:-1]), tuple(blocks[:-1])


def autoencoder_config(weights):
    """MedicalAutoencoder's arguments from its weights."""
    encoder, decoder = _stages(weights, 'encoder'), _stages(weights, 'decoder')
    return {'encoder_channels': encoder[0], 'encoder_blocks': encoder[1], 'decoder_channels': decoder[0][::-1],
            'decoder_blocks': decoder[1][::-1], 'inner_channels': weights['decoder.0.weight'].shape[1]}


def read_package(folder, entry, device='cpu'):
    """The Pipeline (sample.py) of a package in PyTorch, with the numbers that its quantized weights stand for."""
    folder, device = Path(folder), torch.device(device)
    paths = {name: folder / entry['components'][name]['graph']['name'] for name in _PARTS}
    weights = unet_weights(folder, entry['components']['unet'])
    unet = _fill(MedicalUNet(**unet_config(weights, entry['components']['unet']['inputs'])), weights, paths['unet'])
    words = module_weights(paths['textEncoder'])
    text = MedicalTextEncoder(vocab_size=words['tokens.weight'].shape[0], width=unet.config.prompt_dim,
                              num_layers=_levels(words, r'layers\.(\d+)\.'))
    _fill(text, words, paths['textEncoder'], {'positions': '.bias'})
    coded = {**module_weights(paths['vaeDecoder'], 'vae.'), **module_weights(paths['vaeEncoder'], 'vae.')}
    vae = _fill(MedicalAutoencoder(**autoencoder_config(coded), scaling_factor=entry['latents']['scalingFactor']), coded, paths['vaeDecoder'])
    parts = [part.eval().to(device) for part in (unet, text, vae)]
    if device.type == 'cuda':
        parts = [part.to(memory_format=torch.channels_last) for part in parts]
    return Pipeline(*parts, build_tokenizer(), device, entry_covariates(entry))


class _Graph:
    """An ONNX graph of a package as a function of torch tensors; float32 arithmetic, as open_session of export.py."""

    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry('session.qdq_matmulnbits_accuracy_level', '1')
        options.add_session_config_entry('session.disable_quant_qdq', '1')
        self.session = onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
        self.names = [value.name for value in self.session.get_inputs()]

    def __call__(self, *tensors):
        feeds = {name: tensor.cpu().contiguous().numpy() for name, tensor in zip(self.names, tensors, strict=True)}
        return torch.from_numpy(self.session.run(None, feeds)[0])


def open_package(folder, entry, threads=1):
    """The Pipeline of a package whose parts run its graphs in ONNX Runtime on the CPU: what the browser runs."""
    folder = Path(folder)
    graphs = {name: _Graph(folder / entry['components'][name]['graph']['name'], threads) for name in _PARTS}
    inputs, latents = entry['components']['unet']['inputs'], entry['latents']
    unet, vae = graphs['unet'], SimpleNamespace(encode=graphs['vaeEncoder'], decode=graphs['vaeDecoder'])
    unet.config = SimpleNamespace(latent_channels=latents['channels'], sample_size=inputs['latents']['shape'][2],
                                  mask_channels=inputs['mask']['shape'][1], mask_size=inputs['mask']['shape'][2])
    vae.config = SimpleNamespace(scaling_factor=latents['scalingFactor'])
    return Pipeline(unet, graphs['textEncoder'], vae, build_tokenizer(), torch.device('cpu'), entry_covariates(entry))


def with_unet_of(pipeline, folder, entry, other):
    """`pipeline` with the UNet of another entry of the same package (the teacher's), everything else shared."""
    path = Path(folder) / other['components']['unet']['graph']['name']
    if isinstance(pipeline.unet, _Graph):
        unet = _Graph(path, pipeline.unet.session.get_session_options().intra_op_num_threads)
        unet.config = pipeline.unet.config
        return replace(pipeline, unet=unet)
    weights = unet_weights(folder, other['components']['unet'])
    unet = _fill(MedicalUNet(**unet_config(weights, other['components']['unet']['inputs'])), weights, path).eval().to(pipeline.device)
    return replace(pipeline, unet=unet.to(memory_format=torch.channels_last) if pipeline.device.type == 'cuda' else unet)
