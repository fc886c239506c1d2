"""Exports a trained pipeline folder to the package that the browser loads, and writes its manifest entry.

    python -m training.export.export --pipeline runs/few/pipeline --guided runs/base/pipeline --cache runs/cache \\
        --out public/models/phantoscope-medical-256 --manifest model-manifest.json

The default UNet gets 4-bit weights in its linear layers (blocks of 32) and int8 elsewhere (one scale per output channel), what can
be trained further int8 alone, the VAE float16; all compute in float32. UNets and decoder have two more graphs on the same weights: in
float16 for GPUs (half.py), and with fewer multiplications for processors (winograd.py).

A folder that holds a Stable Diffusion pipeline of diffusers goes to export_stable_diffusion.py, which has arguments of its own.
"""

import argparse
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import torch

from training.export.export_training import TrainingStep, training_graph
from training.export.fuse import fuse_file
from training.export.graphs import EXAMPLE_BATCH, component, export_component, file_record
from training.export.half import half_package
from training.export.manifest_entry import build_entry, covariate_entries, few_steps, guided_words, one_row, write_manifest
from training.export.parts import RANK, Decoder, Encoder, unet_inputs
from training.export.preview import preview_of
from training.export.quantize import quantize_int8, quantize_mixed, store_float16
from training.export.winograd import winograd_package
from training.model.autoencoder import DOWNSCALE
from training.model.lora import LoraUNet
from training.model.sample import load_pipeline
from training.model.text_encoder import MAX_LENGTH, save_tokenizer

PREVIEW_IMAGES = 200


def export_unet(unet, folder, stem, trainable=False):
    """A UNet's plain graph, the one with low-rank factors and, if asked for, its training step, all on the same weight files.

    The plain graph is then rewritten into fewer nodes. Returns its manifest component.
    """
    unet = unet.cpu().float()
    lora = LoraUNet(unet)
    factors = lora.example_factors(RANK)
    rank = {name: {0: 'rank'} if name.endswith('.down') else {1: 'rank'} for name in factors}
    plain = unet_inputs(unet.config)
    variants = {stem: (unet, plain, 'noise_pred'), f'{stem}-lora': (lora, {**plain, **factors}, 'noise_pred', rank)}
    graphs = {'loraGraph': f'{stem}-lora.onnx'}
    if trainable:
        variants[f'{stem}-training'] = partial(training_graph, TrainingStep(unet))
        graphs['trainingGraph'] = f'{stem}-training.onnx'
    # The backward pass multiplies by transposed weights, which MatMulNBits does not give away.
    weights = export_component(folder, stem, variants, quantize_int8 if trainable else quantize_mixed)
    fuse_file(folder / f'{stem}.onnx')
    records = {role: file_record(folder / file) for role, file in graphs.items()}
    return component(folder, stem, weights) | {**records, 'channelsFirst': True}


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
    return [{**one_row(build(components)), **few_steps(choices)}, {**best, **guided_words(best, choices)}]


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
    half_package(out, args.manifest)
    winograd_package(out, args.manifest)
    print(f'{sum(f.stat().st_size for f in out.iterdir()) / 1e6:.1f} MB in {out}')


def holds_stable_diffusion(argv=None):
    """Does --pipeline name a pipeline of diffusers? Only those have a model_index.json."""
    peek = argparse.ArgumentParser(add_help=False)
    peek.add_argument('--pipeline', default='')
    return (Path(peek.parse_known_args(argv)[0].pipeline) / 'model_index.json').exists()


if __name__ == '__main__':
    if holds_stable_diffusion():
        from training.export import export_stable_diffusion
        export_stable_diffusion.main()
    else:
        main()
