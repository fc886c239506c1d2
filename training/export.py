"""Exports a trained pipeline folder to the package that the browser loads, and writes its manifest entry.

    python training/export.py --pipeline runs/base/pipeline --latents runs/base/latents.pt --cache runs/cache \\
        --out public/models/phantoscope-medical-256 --manifest model-manifest.json

Text encoder and UNet get int8 weights (one scale per output channel), the VAE float16; all compute in float32.
"""

import argparse
import hashlib
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
from data import COVARIATES, SKIN_TONES
from manifest_entry import build_entry
from onnx import numpy_helper
from quantize import WeightFiles, quantize_int8, save_external, store_float16
from sample import load_pipeline
from text_encoder import MAX_LENGTH, save_tokenizer
from torch import nn

OPSET = 17
EXAMPLE_BATCH = 3
SELF_TEST_VALUES = 16


class Decoder(nn.Module):
    """The VAE's second half as a module of its own: latents (batch, 16, 16, 16) → image (batch, 3, 256, 256)."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents)


class Encoder(nn.Module):
    """The VAE's first half: image (batch, 3, 256, 256) in −1…1 → latents (batch, 16, 16, 16)."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, image):
        return self.vae.encode(image)


class LoraUNet(nn.Module):
    """The UNet with low-rank factors for every attention projection as further inputs.

    y = W·x + up·(down·x), down (rank, in), up (out, rank); Hu et al. 2021, https://arxiv.org/abs/2106.09685. The strength
    is a factor that the caller multiplies into `up`.
    """

    def __init__(self, unet):
        super().__init__()
        self.unet = unet
        self.names = [name for name, module in unet.named_modules() if isinstance(module, nn.Linear)
                      and ('.attn1.to_' in name or '.attn2.to_' in name)]
        self.shapes = [(unet.get_submodule(name).in_features, unet.get_submodule(name).out_features) for name in self.names]

    def forward(self, *inputs):
        plain, factors = inputs[:7], inputs[7:]
        handles = []
        for k, name in enumerate(self.names):
            down, up = factors[2 * k], factors[2 * k + 1]
            def add(_module, args, output, down=down, up=up):
                return output + (args[0] @ down.t()) @ up.t()
            handles.append(self.unet.get_submodule(name).register_forward_hook(add))
        try:
            return self.unet(*plain)
        finally:
            for handle in handles:
                handle.remove()


def to_onnx(module, inputs, path, output, free=None):
    """Exports for a fixed batch, folds every shape computation, and then frees the batch again.

    `inputs`: {name: example with EXAMPLE_BATCH rows}; `free`: further free dimensions, {name: {axis: name}}. A graph that
    computes shapes at run time is three times longer and sends the GPU back to the CPU at each of them.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        torch.onnx.export(module.eval(), tuple(inputs.values()), str(path), input_names=list(inputs), output_names=[output],
                          dynamic_axes=free or {}, opset_version=OPSET, do_constant_folding=True, dynamo=False)
    model = onnxslim.slim(onnx.load(path), skip_fusion_patterns=['FusionGemm'])
    free_batch(model.graph)
    for node in model.graph.node:
        node.ClearField('doc_string')
    onnx.checker.check_model(model)
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
        first = value.type.tensor_type.shape.dim[0]
        if first.dim_value == EXAMPLE_BATCH:
            first.dim_param = 'batch'
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def unet_inputs(config, batch=EXAMPLE_BATCH):
    """Example inputs in graph order."""
    size = config.sample_size
    return {
        'latents': torch.randn(batch, config.latent_channels, size, size), 'timestep': torch.full((batch,), 500.0),
        'prompt_embeds': torch.randn(batch, MAX_LENGTH, config.prompt_dim),
        'covariates': torch.zeros(batch, config.num_covariates), 'covariates_present': torch.ones(batch, config.num_covariates),
        'mask': torch.rand(batch, config.mask_channels, config.mask_size, config.mask_size), 'mask_present': torch.ones(batch, 1)}


def self_test_feeds(session):
    """The fixed inputs of src/models/self-test.ts for a graph, batch 1."""
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
    """Writes one component. `variants`: {graph file stem: to_onnx's arguments less the path}; they share weight files."""
    files = WeightFiles(folder, name)
    for stem, (module, inputs, *rest) in variants.items():
        path = folder / f'{stem}.onnx'
        save_external(shrink(to_onnx(module, inputs, path, *rest)), path, files)
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


ROLES = {'input_ids': 'inputIds', 'prompt_embeds': 'promptEmbeds', 'covariates_present': 'covariatesPresent',
         'mask_present': 'maskPresent', 'noise_pred': 'noisePred'}


def component(folder, stem, weights):
    """The manifest entry of an exported component."""
    inputs, outputs = describe_values(folder / f'{stem}.onnx', ROLES)
    return {'graph': file_record(folder / f'{stem}.onnx'), 'weights': weights, 'inputs': inputs, 'outputs': outputs,
            'selfTest': self_test_answer(folder / f'{stem}.onnx')}


def export_pipeline(pipeline, folder):
    """All graphs, weight files and the tokenizer into `folder`; returns the manifest's components and tokenizer."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unet, vae = pipeline.unet.cpu().float(), pipeline.vae.cpu().float()
    config = unet.config
    pixels = config.sample_size * 16
    latents = torch.randn(EXAMPLE_BATCH, config.latent_channels, config.sample_size, config.sample_size)
    lora = LoraUNet(unet)
    factors = {}
    for name, (size_in, size_out) in zip(lora.names, lora.shapes):
        factors[f'lora.{name}.down'] = torch.zeros(4, size_in)
        factors[f'lora.{name}.up'] = torch.zeros(size_out, 4)
    rank = {name: {0: 'rank'} if name.endswith('.down') else {1: 'rank'} for name in factors}
    plain = unet_inputs(config)

    text = export_component(folder, 'text-encoder', {'text-encoder': (
        pipeline.text_encoder.cpu().float(), {'input_ids': torch.zeros(EXAMPLE_BATCH, MAX_LENGTH, dtype=torch.int64)}, 'prompt_embeds')},
        quantize_int8)
    denoiser = export_component(folder, 'unet', {
        'unet': (unet, plain, 'noise_pred'), 'unet-lora': (lora, {**plain, **factors}, 'noise_pred', rank)}, quantize_int8)
    decoder = export_component(folder, 'vae-decoder', {'vae-decoder': (Decoder(vae), {'latents': latents}, 'image')}, store_float16)
    encoder = export_component(folder, 'vae-encoder', {'vae-encoder': (
        Encoder(vae), {'image': torch.zeros(EXAMPLE_BATCH, 3, pixels, pixels)}, 'latents')}, store_float16)
    save_tokenizer(folder)
    components = {'textEncoder': component(folder, 'text-encoder', text), 'unet': component(folder, 'unet', denoiser),
                  'vaeDecoder': component(folder, 'vae-decoder', decoder), 'vaeEncoder': component(folder, 'vae-encoder', encoder)}
    components['unet']['loraGraph'] = file_record(folder / 'unet-lora.onnx')
    tokenizer = {'file': file_record(folder / 'tokenizer.json'), 'config': file_record(folder / 'tokenizer_config.json'),
                 'maxLength': MAX_LENGTH, 'padTokenId': 0, 'unkTokenId': 1}
    return components, tokenizer


def fit_preview(latents, images, patch=4):
    """Least squares from a latent pixel to a patch×patch block of RGB in 0…1: rows [3·patch²][channels + 1].

    latents float (n, channels, h, w), scaled; images uint8 (n, H, W, 3).
    """
    n, channels, h, w = latents.shape
    step = images.shape[1] // (h * patch)
    small = images.reshape(n, h, patch, step, w, patch, step, 3).astype(np.float32).mean(axis=(3, 6)) / 255
    target = small.transpose(0, 1, 3, 5, 2, 4).reshape(n * h * w, 3 * patch * patch)
    x = np.asarray(latents, np.float32).transpose(0, 2, 3, 1).reshape(n * h * w, channels)
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
    solution, *_ = np.linalg.lstsq(x, target, rcond=None)
    return {'patch': patch, 'weights': [[float(f'{v:.5g}') for v in row] for row in solution.T]}


def covariate_entries():
    """Manifest Covariates, in the order of the graph's vector."""
    titles = {'age': ('Age', ['chest x-ray', 'brain MRI', 'skin photo'], 'Age of the imagined patient.', 1),
              'sex': ('Sex', ['chest x-ray', 'brain MRI', 'skin photo'], 'Sex of the imagined patient.', 1),
              'view': ('View', ['chest x-ray'], 'Direction of the beam: PA from behind, AP from the front.', 1),
              'nwbv': ('Brain volume', ['brain MRI'], 'Normalised whole-brain volume: brain over intracranial volume.', 0.005),
              'csf_fraction': ('Ventricle size', ['brain MRI'], 'Share of the brain mask filled with fluid; larger with age.', 0.01),
              'skin_tone': ('Skin tone', ['skin photo'], 'Class of the individual typology angle (ITA).', 1),
              'dr_grade': ('DR grade', ['fundus photo'], 'Grade of diabetic retinopathy, 0 none to 4 proliferative.', 1)}
    units = {'age': 'years', 'nwbv': 'fraction', 'csf_fraction': 'fraction'}
    choices = {'sex': ['female', 'male'], 'view': ['PA', 'AP'], 'skin_tone': SKIN_TONES,
               'dr_grade': ['0 none', '1 mild', '2 moderate', '3 severe', '4 proliferative']}
    out = []
    for name, low, high, _ in COVARIATES:
        title, applies, text, step = titles[name]
        entry = {'name': name, 'title': title, 'unit': units.get(name, ''), 'min': low, 'max': high, 'step': step, 'help': text, 'appliesTo': applies}
        if name in choices:
            entry['choices'] = [{'value': i, 'title': t} for i, t in enumerate(choices[name])]
        out.append(entry)
    return out


def write_manifest(path, entry):
    """Puts `entry` into the manifest, replacing one of the same id; the first entry becomes the default."""
    path = Path(path)
    manifest = json.loads(path.read_text()) if path.exists() else {'schemaVersion': 1, 'defaultModel': entry['id'], 'models': []}
    manifest['models'] = [entry, *[m for m in manifest['models'] if m['id'] != entry['id']]]
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--latents', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    args = parser.parse_args()
    pipeline = load_pipeline(args.pipeline, torch.device('cpu'))
    scale = pipeline.vae.config.scaling_factor
    saved = torch.load(args.latents)
    rng = np.random.default_rng(0)
    images = np.load(Path(args.cache) / 'images.npy', mmap_mode='r')
    chosen = np.sort(rng.choice(len(images), min(400, len(images)), replace=False))
    preview = fit_preview(saved['latents'][chosen].float().numpy() * scale, np.ascontiguousarray(images[chosen]))
    components, tokenizer = export_pipeline(pipeline, Path(args.out))
    entry = build_entry(Path(args.out).name, components, tokenizer, pipeline.unet.config, scale, preview, covariate_entries())
    write_manifest(args.manifest, entry)
    total = sum(f.stat().st_size for f in Path(args.out).iterdir())
    print(f'{total / 1e6:.1f} MB in {args.out}')
