"""Writes random packages in the shapes of hub-manifest.json's entries, small enough for any test, and what diffusers makes with them.

    python -m training.goldens.make_hub_shapes --out runs/hub-shapes

For each entry: the same names, dtypes, fixed and free dimensions, schedulers and defaults; the networks have the published blocks at a
reduced width (sizes in SHAPES), 64×64 pixels and 8×8 latents. `npm run prove-sd` draws with them on wasm and compares. What this cannot say: that
the published files have these graphs to the last operator, for nobody downloaded them here.
"""

import argparse
import copy
import json
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path

import diffusers
import numpy as np
import onnx
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, StableDiffusionPipeline, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from training.export.export_stable_diffusion import save_tokenizer, split_file
from training.export.sd_graphs import PlainAttention, TextEncoder
from training.export.sd_manifest import SCHEDULERS
from training.goldens.make_sd_fixtures import BETAS, IMAGE_INDEX, PROMPT, SEED, make_image, tiny_tokenizer

WIDTH, LATENTS, OPSET = 32, 8, 17
TYPES = {'int32': torch.int32, 'int64': torch.int64, 'float16': torch.float16, 'float32': torch.float32}
DOWN, CROSS = 'DownBlock2D', 'CrossAttnDownBlock2D'


@dataclass(frozen=True)
class Shape:
    """How a published package is built: the UNet's blocks from the finest level on, and which decoder it has."""
    down: tuple
    layers: int = 2
    channels: tuple = (8, 16, 32, 32)
    mid: bool = True
    linear: bool = False
    activation: str = 'quick_gelu'
    tiny_vae: bool = False
    tolerance: float = 1e-3


SD1 = {'down': (CROSS, CROSS, CROSS, DOWN)}
SHAPES = {
    'sd-turbo': Shape(**SD1, linear=True, activation='gelu'),
    'sd-turbo-taesd': Shape(**SD1, linear=True, activation='gelu', tiny_vae=True),
    'stable-diffusion-1.5-webnn': Shape(**SD1, tolerance=5e-2),                     # float16 throughout, compared with float32
    'sdxs-512-dreamshaper': Shape(down=(DOWN, CROSS, CROSS), layers=1, channels=(8, 16, 32), mid=False, tiny_vae=True),
    'lcm-tiny-sd': Shape(down=(CROSS, CROSS, CROSS), layers=1, channels=(8, 16, 32), mid=False),
}


def pipeline_of(shape, entry):
    """An untrained StableDiffusionPipeline of the shape, with the entry's scheduler and padding."""
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    tokenizer.pad_token_id = 0 if entry['tokenizer']['padTokenId'] == 0 else tokenizer.eos_token_id
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        hidden_act=shape.activation, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id))
    unet = UNet2DConditionModel(
        sample_size=LATENTS, layers_per_block=shape.layers, block_out_channels=shape.channels, norm_num_groups=4, cross_attention_dim=WIDTH,
        attention_head_dim=2, down_block_types=shape.down, up_block_types=tuple(name.replace('Down', 'Up') for name in shape.down[::-1]),
        mid_block_type='UNetMidBlock2DCrossAttn' if shape.mid else None, use_linear_projection=shape.linear)
    if shape.tiny_vae:
        vae = AutoencoderTiny(encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4, scaling_factor=1.0)
    else:
        vae = AutoencoderKL(down_block_types=('DownEncoderBlock2D',) * 4, up_block_types=('UpDecoderBlock2D',) * 4,
                            block_out_channels=(8,) * 4, norm_num_groups=4, layers_per_block=1, sample_size=64)
    with torch.no_grad():
        unet.conv_out.weight *= 4                                     # noise predictions as large as noise
    for part in (text, unet, vae):
        part.eval()
    for part in (unet, *(() if shape.tiny_vae else (vae,))):
        part.set_attn_processor(PlainAttention())
    config = entry['schedulers'][0]
    settings = {'timestep_spacing': config.get('timestepSpacing', 'leading'), 'steps_offset': config.get('stepsOffset', 0)}
    scheduler = SCHEDULERS[config['type']](**BETAS, **settings)
    return StableDiffusionPipeline(vae, text, tokenizer, unet, scheduler, None, None, requires_safety_checker=False)


class Text(nn.Module):
    """ids of the package's integer type → hidden states of its float type."""

    def __init__(self, model, dtype):
        super().__init__()
        self.encoder, self.dtype = TextEncoder(model).to(dtype), dtype
        self.encoder.bias = self.encoder.bias.to(dtype)

    def forward(self, ids):
        return self.encoder(ids.long())


class Unet(nn.Module):
    """sample, timestep of the package's type, hidden states → noise prediction."""

    def __init__(self, unet, dtype):
        super().__init__()
        self.unet = copy.deepcopy(unet).to(dtype)

    def forward(self, sample, timestep, hidden):
        return self.unet(sample, timestep.to(torch.float32).expand(sample.shape[0]), hidden, return_dict=False)[0]


class Decoder(nn.Module):
    """Unscaled latents → image."""

    def __init__(self, vae, dtype):
        super().__init__()
        self.vae = copy.deepcopy(vae).to(dtype)

    def forward(self, latents):
        return self.vae.decode(latents, return_dict=False)[0]


def reduced(values, widths):
    """The entry's graph values, in place, with the published sizes replaced by the small ones."""
    for value in values.values():
        value['shape'] = [widths.get(size, size) for size in value['shape']]


def example(value, vocabulary):
    """A tensor for one graph input; what is free is 1 here."""
    shape, dtype = [size if isinstance(size, int) else 1 for size in value['shape']], TYPES[value['dtype']]
    if len(shape) == 1:
        return torch.full(shape, 499).to(dtype)
    return torch.randint(vocabulary, shape, dtype=dtype) if not dtype.is_floating_point else torch.randn(shape).to(dtype)


def export_graph(module, component, path, vocabulary):
    """Writes one graph under the entry's names, with its weights inside, as the published ones have."""
    inputs = list(component['inputs'].values())
    outputs = [value['name'] for value in component['outputs'].values()]
    free = {value['name']: {k: f"{value['name']}_{size}" for k, size in enumerate(value['shape']) if isinstance(size, str)} for value in inputs}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        torch.onnx.export(module.eval(), tuple(example(value, vocabulary) for value in inputs), str(path),
                          input_names=[value['name'] for value in inputs], output_names=outputs,
                          dynamic_axes={name: axes for name, axes in free.items() if axes}, opset_version=OPSET, dynamo=False)
    onnx.checker.check_model(str(path))


def make_package(published, folder):
    """One package into `folder`; its manifest entry and its golden: {request, image, shape, tolerance}."""
    entry, shape = copy.deepcopy(published), SHAPES[published['id']]
    pipeline = pipeline_of(shape, entry)
    folder.mkdir(parents=True)
    components, vocabulary = entry['components'], len(pipeline.tokenizer)
    widths = {1024: WIDTH, 768: WIDTH, 64: LATENTS, 512: LATENTS * 8}
    makers = {'textEncoder': (Text, pipeline.text_encoder), 'unet': (Unet, pipeline.unet), 'vaeDecoder': (Decoder, pipeline.vae)}
    for part, (make, module) in makers.items():
        component = components[part]
        for values in (component['inputs'], component['outputs']):
            reduced(values, widths)
        dtype = TYPES[next(iter(component['outputs'].values()))['dtype']]
        path = folder / component['graph']['name']
        export_graph(make(copy.deepcopy(module), dtype), component, path, vocabulary)
        component['graph'], component['weights'] = split_file(path), []
    request = {'modelId': entry['id'], 'prompt': PROMPT, 'negativePrompt': '', 'seed': SEED, 'imageIndex': IMAGE_INDEX, **entry['defaults']}
    latents, image = make_image(pipeline, request)
    entry['tokenizer'] = {**entry['tokenizer'], **save_tokenizer(pipeline.tokenizer, folder)}
    entry['image'] = {'width': LATENTS * 8, 'height': LATENTS * 8}
    entry['baseUrl'] = f"models/{entry['id']}/"
    entry['requirements'] = {'features': [], 'maxBufferBytes': 0, 'peakMemoryBytes': 0}
    del entry['unverified']
    if not np.isfinite(image).all():
        raise SystemExit(f"{entry['id']}: diffusers' own picture is not finite.")
    return entry, {'request': request, 'image': [float(f'{v:.6g}') for v in image.reshape(-1)], 'tolerance': shape.tolerance}


def begin(doc, out):
    """The arguments of a script that makes such packages, diffusers silenced and the folder of `out` emptied."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--hub', type=Path, default=Path('hub-manifest.json'))
    parser.add_argument('--out', type=Path, default=Path(out))
    args = parser.parse_args()
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    shutil.rmtree(args.out, ignore_errors=True)
    return args


def finish(out, entries, goldens):
    """Writes manifest and goldens beside the packages, and prints the size of each."""
    manifest = {'schemaVersion': 1, 'defaultModel': entries[0]['id'], 'models': entries}
    (out / 'model-manifest.json').write_text(json.dumps(manifest, indent=1) + '\n')
    (out / 'goldens.json').write_text(json.dumps(goldens) + '\n')
    for entry in entries:
        print(entry['id'], sum(file.stat().st_size for file in (out / 'models' / entry['id']).iterdir()), 'bytes')


def main():
    args = begin(__doc__, 'runs/hub-shapes')
    made = [make_package(entry, args.out / 'models' / entry['id']) for entry in json.loads(args.hub.read_text())['models']]
    finish(args.out, [entry for entry, _ in made], [golden for _, golden in made])


if __name__ == '__main__':
    main()
