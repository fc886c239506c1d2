"""Exports a trained volume model to the package that the browser loads, and writes its manifest entry.

    python3 -m training.volumes.export --checkpoint DIR/best.safetensors --out public/models/phantoscope-hippocampus-3d \\
        --manifest model-manifest.json

The network gets int8 weights, one scale per output channel; the Haar transform and its inverse are graphs without weights.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.export.graphs import EXAMPLE_BATCH, component, export_component, file_record
from training.export.manifest_entry import write_manifest
from training.export.quantize import quantize_int8, store_float16
from training.volumes.checkpoints import load_checkpoint
from training.volumes.data import FRAME, VOLUME_RANGES
from training.volumes.haar import BANDS, haar_matrix
from training.volumes.manifest_entry import build_entry, calibrated_ranges
from training.volumes.unet3d import LATENT_CHANNELS, MASK_CHANNELS, NUM_COVARIATES, PROMPT_DIM
from training.volumes.words import MAX_LENGTH, save_tokenizer


class Decoder(nn.Module):
    """latents (batch, 24, 20, 28, 20) → image (batch, 3, 40, 56, 40): the image in −1…1, then the two fields of the label map."""

    def __init__(self, codec):
        super().__init__()
        self.codec = codec

    def forward(self, latents):
        return self.codec.decode(latents)


class Encoder(nn.Module):
    """The inverse of Decoder."""

    def __init__(self, codec):
        super().__init__()
        self.codec = codec

    def forward(self, image):
        return self.codec.encode(image)


def example_latents(frame, batch=EXAMPLE_BATCH):
    return torch.randn(batch, LATENT_CHANNELS, *(size // 2 for size in frame))


def unet_inputs(frame, batch=EXAMPLE_BATCH):
    """Example inputs in graph order."""
    return {'latents': example_latents(frame, batch), 'timestep': torch.full((batch,), 500.0),
            'prompt_embeds': torch.randn(batch, MAX_LENGTH, PROMPT_DIM), 'covariates': torch.zeros(batch, NUM_COVARIATES),
            'covariates_present': torch.ones(batch, NUM_COVARIATES), 'mask': torch.zeros(batch, MASK_CHANNELS, *frame),
            'mask_present': torch.ones(batch, 1)}


def export_model(model, codec, folder, frame=FRAME):
    """All graphs, weight files and the tokenizer into `folder`; returns the manifest's components and tokenizer."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ids = torch.zeros(EXAMPLE_BATCH, MAX_LENGTH, dtype=torch.int64)
    parts = {
        'textEncoder': ('text-encoder', model.text_encoder, {'input_ids': ids}, 'prompt_embeds', quantize_int8),
        'unet': ('unet', model.unet, unet_inputs(frame), 'noise_pred', quantize_int8),
        'vaeDecoder': ('vae-decoder', Decoder(codec), {'latents': example_latents(frame)}, 'image', store_float16),
        'vaeEncoder': ('vae-encoder', Encoder(codec), {'image': torch.randn(EXAMPLE_BATCH, 3, *frame)}, 'latents', store_float16)}
    components = {}
    for role, (stem, module, inputs, output, shrink) in parts.items():
        weights = export_component(folder, stem, {stem: (module, inputs, output)}, shrink)
        components[role] = component(folder, stem, weights)
    save_tokenizer(folder)
    tokenizer = {'file': file_record(folder / 'tokenizer.json'), 'config': file_record(folder / 'tokenizer_config.json'),
                 'maxLength': MAX_LENGTH, 'padTokenId': 0, 'unkTokenId': 1}
    return components, tokenizer


def preview_of(codec):
    """The manifest's linear preview of one axial plane: a latent position → 2×2 grey pixels, rows colour, y, x."""
    matrix, rows = haar_matrix(), []
    for _ in range(3):
        for dy in range(2):
            for dx in range(2):
                mix = matrix[:, 4 * dx + 2 * dy] / 2                                   # bands → this voxel, in 0…1
                weights = [(mix[b] / codec.scale[b]).item() for b in range(BANDS)] + [0.0] * (LATENT_CHANNELS - BANDS)
                bias = 0.5 + (mix * codec.mean[:BANDS]).sum().item()
                rows.append([float(f'{value:.5g}') for value in [*weights, bias]])
    return {'patch': 2, 'weights': rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--checkpoint', required=True)
    parser.add_argument('--out', required=True, help='its name is the id of the model')
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--steps', type=int, default=8, help='default number of steps')
    parser.add_argument('--shift', type=float, default=1.0, help="of the scheduler's σ")
    parser.add_argument('--calibrate', help='samples.npz of train.py: what was drawn where how much was asked for')
    args = parser.parse_args()
    ranges = VOLUME_RANGES
    if args.calibrate:
        samples = np.load(args.calibrate)
        ranges = calibrated_ranges(samples['asked_mm3'], samples['found_mm3'])
    model, codec, config, facts = load_checkpoint(args.checkpoint)
    folder = Path(args.out)
    components, tokenizer = export_model(model, codec, folder)
    entry = build_entry(folder.name, components, tokenizer, preview_of(codec), args.steps, args.shift, ranges=ranges)
    write_volume_entry(args.manifest, entry)
    total = sum(path.stat().st_size for path in folder.iterdir())
    print(json.dumps({'checkpoint': facts, 'bytes': total, 'ranges': ranges, 'config': config}))


def write_volume_entry(path, entry):
    """Puts the entry into the manifest behind the models that are there; the first of them stays the default."""
    write_manifest(path, [entry])
    manifest = json.loads(Path(path).read_text())
    others = [model for model in manifest['models'] if model['id'] != entry['id']]
    manifest['models'] = [*others, entry]
    Path(path).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    main()
