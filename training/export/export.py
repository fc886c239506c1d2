"""Exports a trained pipeline folder to the package that the browser loads, and writes its manifest entry.

    python -m training.export.export --pipeline runs/few/pipeline --guided runs/base/pipeline --cache runs/cache \\
        --out public/models/phantoscope-medical-256 --manifest model-manifest.json

The default UNet gets 4-bit weights in its linear layers (blocks of 32) and int8 elsewhere (one scale per output channel), what can
be trained further int8 alone, the VAE float16; all compute in float32. A folder that holds a Stable Diffusion pipeline of
diffusers goes to export_stable_diffusion.py, which has arguments of its own.
"""

import argparse
import hashlib
import shutil
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
from onnx import numpy_helper
from torch import nn

from training.export.manifest_entry import build_entry, covariate_entries, few_steps, guided_words, write_manifest
from training.export.quantize import WeightFiles, quantize_int8, quantize_mixed, save_external, store_float16
from training.model.autoencoder import DOWNSCALE
from training.model.lora import LoraUNet
from training.model.sample import load_pipeline
from training.model.text_encoder import MAX_LENGTH, save_tokenizer

OPSET = 17
EXAMPLE_BATCH = 3
RANK = 4                     # of the example factors; the graphs take any
SELF_TEST_VALUES = 16
PREVIEW_IMAGES = 200


class Decoder(nn.Module):
    """The VAE's second half as a module of its own: latents (batch, 8, 32, 32) → image (batch, 3, 256, 256)."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents)


class Encoder(nn.Module):
    """The VAE's first half: image (batch, 3, 256, 256) in −1…1 → latents (batch, 8, 32, 32)."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, image):
        return self.vae.encode(image)


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


def unet_inputs(config, batch=EXAMPLE_BATCH):
    """Example inputs in graph order."""
    size = config.sample_size
    return {
        'latents': torch.randn(batch, config.latent_channels, size, size), 'timestep': torch.full((batch,), 500.0),
        'prompt_embeds': torch.randn(batch, MAX_LENGTH, config.prompt_dim),
        'covariates': torch.zeros(batch, config.num_covariates), 'covariates_present': torch.ones(batch, config.num_covariates),
        'mask': torch.rand(batch, config.mask_channels, config.mask_size, config.mask_size), 'mask_present': torch.ones(batch, 1)}


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


ROLES = {'input_ids': 'inputIds', 'prompt_embeds': 'promptEmbeds', 'covariates_present': 'covariatesPresent',
         'mask_present': 'maskPresent', 'noise_pred': 'noisePred'}


def component(folder, stem, weights):
    """The manifest entry of an exported component."""
    inputs, outputs = describe_values(folder / f'{stem}.onnx', ROLES)
    return {'graph': file_record(folder / f'{stem}.onnx'), 'weights': weights, 'inputs': inputs, 'outputs': outputs,
            'selfTest': self_test_answer(folder / f'{stem}.onnx')}


def export_unet(unet, folder, stem, trainable=False):
    """A UNet's plain graph, the one with low-rank factors and, if asked for, its training step, all on the same weight files.

    Returns its manifest component.
    """
    unet = unet.cpu().float()
    lora = LoraUNet(unet)
    factors = lora.example_factors(RANK)
    rank = {name: {0: 'rank'} if name.endswith('.down') else {1: 'rank'} for name in factors}
    plain = unet_inputs(unet.config)
    variants = {stem: (unet, plain, 'noise_pred'), f'{stem}-lora': (lora, {**plain, **factors}, 'noise_pred', rank)}
    graphs = {'loraGraph': f'{stem}-lora.onnx'}
    if trainable:
        from training.export.export_training import TrainingStep, training_graph
        variants[f'{stem}-training'] = partial(training_graph, TrainingStep(unet))
        graphs['trainingGraph'] = f'{stem}-training.onnx'
    # The backward pass multiplies by transposed weights, which MatMulNBits does not give away.
    weights = export_component(folder, stem, variants, quantize_int8 if trainable else quantize_mixed)
    return component(folder, stem, weights) | {role: file_record(folder / file) for role, file in graphs.items()}


def export_pipeline(pipeline, folder, trainable=False):
    """All graphs, weight files and the tokenizer into `folder`; returns the manifest's components and tokenizer."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    vae, config = pipeline.vae.cpu().float(), pipeline.unet.config
    pixels = config.sample_size * DOWNSCALE
    latents = torch.randn(EXAMPLE_BATCH, config.latent_channels, config.sample_size, config.sample_size)
    text = export_component(folder, 'text-encoder', {'text-encoder': (
        pipeline.text_encoder.cpu().float(), {'input_ids': torch.zeros(EXAMPLE_BATCH, MAX_LENGTH, dtype=torch.int64)}, 'prompt_embeds')},
        quantize_int8)
    denoiser = export_unet(pipeline.unet, folder, 'unet', trainable)
    decoder = export_component(folder, 'vae-decoder', {'vae-decoder': (Decoder(vae), {'latents': latents}, 'image')}, store_float16)
    encoder = export_component(folder, 'vae-encoder', {'vae-encoder': (
        Encoder(vae), {'image': torch.zeros(EXAMPLE_BATCH, 3, pixels, pixels)}, 'latents')}, store_float16)
    save_tokenizer(folder, pipeline.tokenizer)
    components = {'textEncoder': component(folder, 'text-encoder', text), 'unet': denoiser,
                  'vaeDecoder': component(folder, 'vae-decoder', decoder), 'vaeEncoder': component(folder, 'vae-encoder', encoder)}
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


def preview_of(vae, images):
    """The linear preview of what the autoencoder makes of uint8 images (n, H, W, 3)."""
    scale = vae.config.scaling_factor
    with torch.no_grad():
        latents = [vae.encode(torch.from_numpy(part.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1) for part in
                   np.array_split(images, max(1, len(images) // 16))]
    return fit_preview((torch.cat(latents) * scale).numpy(), images)


def export_models(pipeline, guided, images, out, choices):
    """Exports a pipeline, and a guided one beside it if there is one, into `out`; returns their manifest entries, the default first.

    `images` for the preview; `choices`: see manifest_entry.few_steps and guided_words.
    """
    preview = preview_of(pipeline.vae.cpu().float(), images)
    components, tokenizer = export_pipeline(pipeline, out, trainable=guided is None)
    build = partial(build_entry, out.name, tokenizer=tokenizer, unet_config=pipeline.unet.config, preview=preview,
                    scaling_factor=pipeline.vae.config.scaling_factor, covariates=covariate_entries())
    if guided is None:
        return [build(components)]
    best = build({**components, 'unet': export_unet(guided.unet, out, 'unet-guided', trainable=True)})
    return [{**build(components), **few_steps(choices)}, {**best, **guided_words(best, choices)}]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True, help='what runs by default: a distilled pipeline, or the teacher itself')
    parser.add_argument('--guided', help='the teacher: becomes a second model of the manifest, with many steps and guidance')
    parser.add_argument('--steps', type=int, default=4, help='of the default model beside a guided one')
    parser.add_argument('--best-steps', type=int, default=20, help='of the guided one')
    parser.add_argument('--best-guidance', type=float, default=2.0, help='of the guided one')
    parser.add_argument('--best-interval', type=float, nargs=2, default=(0.2, 0.8), help='lowest and highest σ that are guided there')
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    args = parser.parse_args()
    cpu, out = torch.device('cpu'), Path(args.out)
    images = np.load(Path(args.cache) / 'images.npy', mmap_mode='r')
    chosen = np.sort(np.random.default_rng(0).choice(len(images), min(PREVIEW_IMAGES, len(images)), replace=False))
    guided = load_pipeline(args.guided, cpu) if args.guided else None
    entries = export_models(load_pipeline(args.pipeline, cpu), guided, np.ascontiguousarray(images[chosen]), out, args)
    write_manifest(args.manifest, entries)
    print(f'{sum(f.stat().st_size for f in out.iterdir()) / 1e6:.1f} MB in {out}')


if __name__ == '__main__':
    peek = argparse.ArgumentParser(add_help=False)
    peek.add_argument('--pipeline', default='')
    if (Path(peek.parse_known_args()[0].pipeline) / 'model_index.json').exists():   # only diffusers' own pipelines have one
        from training.export.export_stable_diffusion import main
    main()
