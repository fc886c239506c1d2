"""Writes a random package in the shape of SDXL, small enough for any test, and what diffusers makes with it.

    python -m training.goldens.make_sdxl_shape --out runs/sdxl-shape

Two text encoders, whose hidden states before the last layer stand side by side, and what optimum's exporter calls the graphs' inputs and
outputs: `sample`, `timestep`, `encoder_hidden_states`, `text_embeds` (the second encoder's text in one vector) and `time_ids`. The UNet has
SDXL's blocks, with 1, 2 and 10 transformer layers, at a reduced width; 64×64 pixels and 8×8 latents. `npm run prove-sd` draws with it on
wasm and compares. What this cannot say: that a published file has these graphs to the last operator.
"""

import copy
import json
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from training.common.philox import initial_noise
from training.export.export_stable_diffusion import save_tokenizer, split_file
from training.export.sd_graphs import PlainAttention, TextEncoder
from training.export.sd_manifest import scheduler_entry
from training.goldens.make_hub_shapes import CROSS, DOWN, LATENTS, Decoder, begin, export_graph, finish
from training.goldens.make_sd_fixtures import BETAS, IMAGE_INDEX, NEGATIVE, PROMPT, SEED, tiny_tokenizer

WIDTHS, POOLED, TIME_WIDTH, LAYERS = (32, 40), 24, 8, 3
TOLERANCE = 2e-3                                                       # of the largest number of the picture
PIPELINE = 'diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl'


def text_config(tokenizer, width, pooled, activation):
    return CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=LAYERS, num_attention_heads=4,
        hidden_act=activation, projection_dim=pooled, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)


def tiny_sdxl():
    """An untrained StableDiffusionXLPipeline with the parts of the published one."""
    torch.manual_seed(0)
    tokenizer, second = tiny_tokenizer(), tiny_tokenizer()
    tokenizer.pad_token_id, second.pad_token_id = tokenizer.eos_token_id, 0
    text = CLIPTextModel(text_config(tokenizer, WIDTHS[0], WIDTHS[0], 'quick_gelu'))
    text_2 = CLIPTextModelWithProjection(text_config(tokenizer, WIDTHS[1], POOLED, 'gelu'))
    unet = UNet2DConditionModel(
        sample_size=LATENTS, layers_per_block=2, block_out_channels=(8, 16, 32), norm_num_groups=4, cross_attention_dim=sum(WIDTHS),
        attention_head_dim=(1, 2, 4), down_block_types=(DOWN, CROSS, CROSS), up_block_types=('CrossAttnUpBlock2D',) * 2 + ('UpBlock2D',),
        transformer_layers_per_block=(1, 2, 10), use_linear_projection=True, addition_embed_type='text_time',
        addition_time_embed_dim=TIME_WIDTH, projection_class_embeddings_input_dim=POOLED + 6 * TIME_WIDTH)
    vae = AutoencoderKL(
        down_block_types=('DownEncoderBlock2D',) * 4, up_block_types=('UpDecoderBlock2D',) * 4, block_out_channels=(8,) * 4,
        norm_num_groups=4, layers_per_block=1, sample_size=64, scaling_factor=0.13025)
    with torch.no_grad():
        unet.conv_out.weight *= 4                                     # noise predictions as large as noise
        for part in (unet.add_embedding, text_2.text_projection):     # what is added must show in the picture
            for weight in part.parameters():
                weight *= 4
    for part in (text, text_2, unet, vae):
        part.eval()
    for part in (unet, vae):
        part.set_attn_processor(PlainAttention())
    scheduler = EulerDiscreteScheduler(**BETAS, timestep_spacing='leading', steps_offset=1)
    return StableDiffusionXLPipeline(vae, text, text_2, tokenizer, second, unet, scheduler, add_watermarker=False)


class Hidden(TextEncoder):
    """ids → the hidden states before the last layer; with a projection also the text in one vector, read at its end."""

    def __init__(self, model):
        super().__init__(getattr(model, 'text_model', model))
        self.projection = getattr(model, 'text_projection', None)
        self.end = model.config.eos_token_id

    def forward(self, ids):
        x = self.tokens(ids) + self.positions
        states = [x]
        for layer in self.layers:
            x = x + self.attend(layer.self_attn, layer.layer_norm1(x))
            x = x + layer.mlp(layer.layer_norm2(x))
            states.append(x)
        if self.projection is None:
            return states[-2]
        at = (ids == self.end).int().argmax(-1)
        return self.projection(self.norm(x)[torch.arange(len(x)), at]), states[-2]


class Unet(nn.Module):
    """sample, timestep, hidden states, text in one vector, time ids → noise prediction."""

    def __init__(self, unet):
        super().__init__()
        self.unet = copy.deepcopy(unet)

    def forward(self, sample, timestep, hidden, pooled, time_ids):
        added = {'text_embeds': pooled, 'time_ids': time_ids}
        return self.unet(sample, timestep.expand(sample.shape[0]), hidden, added_cond_kwargs=added, return_dict=False)[0]


def value(name, *shape, dtype='float32'):
    return {'name': name, 'dtype': dtype, 'shape': list(shape)}


def components():
    """What the manifest says of the graphs, as optimum names their inputs and outputs."""
    side, hidden = LATENTS, f'hidden_states.{LAYERS - 1}'
    ids = {'inputIds': value('input_ids', 'batch', 77, dtype='int64')}
    return {
        'textEncoder': {'inputs': ids, 'outputs': {'promptEmbeds': value(hidden, 'batch', 77, WIDTHS[0])}},
        'textEncoder2': {'inputs': copy.deepcopy(ids), 'outputs': {'pooledEmbeds': value('text_embeds', 'batch', POOLED),
                                                                  'promptEmbeds': value(hidden, 'batch', 77, WIDTHS[1])}},
        'unet': {'inputs': {'latents': value('sample', 'batch', 4, side, side), 'timestep': value('timestep', 1),
                            'promptEmbeds': value('encoder_hidden_states', 'batch', 'tokens', sum(WIDTHS)),
                            'pooledEmbeds': value('text_embeds', 'batch', POOLED), 'timeIds': value('time_ids', 'batch', 6)},
                 'outputs': {'noisePred': value('out_sample', 'batch', 4, side, side)}},
        'vaeDecoder': {'inputs': {'latents': value('latent_sample', 'batch', 4, side, side)},
                       'outputs': {'image': value('sample', 'batch', 3, 8 * side, 8 * side)}},
    }


@torch.no_grad()
def make_image(pipeline, request):
    """The image (1, 3, 64, 64) of a request in the app's words, by diffusers' own pipeline; no negative prompt is None to it."""
    def noise(shape, **_):
        return torch.from_numpy(initial_noise(SEED, IMAGE_INDEX, tuple(shape)))
    side = 8 * LATENTS
    with mock.patch(f'{PIPELINE}.randn_tensor', noise):
        latents = pipeline(request['prompt'], negative_prompt=request['negativePrompt'] or None, guidance_scale=request['guidanceScale'],
                           num_inference_steps=request['numInferenceSteps'], height=side, width=side, output_type='latent').images
    return pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample.numpy()


def make_package(hub, folder):
    """The package into `folder`: its manifest entry, which begins as another one of the hub manifest, and its goldens."""
    pipeline = tiny_sdxl()
    folder.mkdir(parents=True)
    modules = {'textEncoder': Hidden(pipeline.text_encoder), 'textEncoder2': Hidden(pipeline.text_encoder_2),
               'unet': Unet(pipeline.unet), 'vaeDecoder': Decoder(pipeline.vae, torch.float32)}
    parts = components()
    for name, component in parts.items():
        path = folder / f'{name}.onnx'
        export_graph(modules[name], component, path, len(pipeline.tokenizer))
        component['graph'], component['weights'] = split_file(path), []
    config = scheduler_entry(pipeline.scheduler)
    name = 'sdxl-shape'
    entry = {key: copy.deepcopy(hub[key]) for key in ('version', 'licence', 'card', 'conditions', 'preview', 'examples')} | {
        'id': name, 'title': 'Untrained, in the shape of SDXL', 'summary': 'For tests: makes coloured noise.', 'components': parts,
        'tokenizer': {'kind': 'clip', 'maxLength': 77, 'padTokenId': pipeline.tokenizer.eos_token_id, 'secondPadTokenId': 0,
                      'unkTokenId': None, **save_tokenizer(pipeline.tokenizer, folder)},
        'zeroEmptyNegative': True, 'image': {'width': 8 * LATENTS, 'height': 8 * LATENTS}, 'baseUrl': f'models/{name}/',
        'latents': {'channels': 4, 'downscale': 8, 'scalingFactor': pipeline.vae.config.scaling_factor, 'shift': 0},
        'schedulers': [config], 'defaults': {'numInferenceSteps': 4, 'guidanceScale': 5, 'scheduler': config['type']},
        'ranges': {'numInferenceSteps': [1, 50], 'guidanceScale': [1, 20]},
        'requirements': {'features': [], 'maxBufferBytes': 0, 'peakMemoryBytes': 0}}
    shared = {'modelId': name, 'prompt': PROMPT, 'seed': SEED, 'imageIndex': IMAGE_INDEX, **entry['defaults']}
    requests = [{**shared, 'negativePrompt': NEGATIVE}, {**shared, 'negativePrompt': ''},
                {**shared, 'negativePrompt': '', 'guidanceScale': 1, 'numInferenceSteps': 1}]
    images = [make_image(pipeline, request) for request in requests]
    if not all(np.isfinite(image).all() for image in images):
        raise SystemExit("diffusers' own picture is not finite.")
    goldens = [{'request': request, 'image': [float(f'{v:.6g}') for v in image.reshape(-1)], 'tolerance': TOLERANCE}
               for request, image in zip(requests, images)]
    return entry, goldens


def main():
    args = begin(__doc__, 'runs/sdxl-shape')
    entry, goldens = make_package(json.loads(args.hub.read_text())['models'][0], args.out / 'models' / 'sdxl-shape')
    finish(args.out, [entry], goldens)


if __name__ == '__main__':
    main()
