"""Writes a tiny, untrained Stable Diffusion package and the images that diffusers itself makes with it.

    python -m training.goldens.make_sd_fixtures --out tests/fixtures/tiny-sd

Two models of one package: `tiny-sd`, with the parts of Stable Diffusion 1.5, and `tiny-lcm`, whose UNet also takes the guidance
scale, as latent consistency models do. goldens.json lists requests; each has its latents and its image (float32, little-endian,
[3, height, width], −1…1 before clamping) in goldens.bin, made by diffusers' own pipelines from the browser's noise; offsets count
numbers, not bytes. Requests with a strength start from the image at `initImage`.
"""

import argparse
import copy
import json
import shutil
import warnings
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import diffusers
import numpy as np
import torch
from diffusers import (
    AutoencoderKL, LatentConsistencyModelPipeline, PNDMScheduler, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline,
    UNet2DConditionModel,
)
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from training.common.philox import initial_noise, step_noise
from training.export.export_stable_diffusion import export_stable_diffusion
from training.export.sd_manifest import SCHEDULERS

SENTENCES = ['a photo of a cat', 'frontal chest x-ray, adult, pleural effusion', 'blurry, low quality', 'the lungs are clear']
BETAS = {'num_train_timesteps': 1000, 'beta_start': 0.00085, 'beta_end': 0.012, 'beta_schedule': 'scaled_linear'}
STEPS = 4
SEED = 7
IMAGE_INDEX = 1
PROMPT, NEGATIVE = SENTENCES[1], SENTENCES[2]


def tiny_tokenizer():
    """CLIP's tokenizer with its alphabet of bytes and a few dozen merges, learnt from four sentences."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    learner = Tokenizer(models.BPE(end_of_word_suffix='</w>'))
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    learner.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=110, end_of_word_suffix='</w>', show_progress=False))
    merges = [tuple(pair) for pair in json.loads(learner.to_str())['model']['merges']]
    words = [*alphabet, *(f'{letter}</w>' for letter in alphabet), *dict.fromkeys(''.join(pair) for pair in merges),
             '<|startoftext|>', '<|endoftext|>']
    return CLIPTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=merges, model_max_length=77)


def tiny_stable_diffusion(time_cond_proj_dim=None):
    """An untrained pipeline with the parts of Stable Diffusion 1.5: 32×32 pixels, 8×8 latents, about 0.1 M parameters."""
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    text_encoder = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id))
    vae = AutoencoderKL(
        down_block_types=('DownEncoderBlock2D',) * 3, up_block_types=('UpDecoderBlock2D',) * 3, block_out_channels=(8, 8, 8),
        norm_num_groups=4, layers_per_block=1, sample_size=32)
    torch.manual_seed(1)                                              # the other parts are the same for either UNet
    unet = UNet2DConditionModel(
        sample_size=8, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4, cross_attention_dim=32, attention_head_dim=2,
        down_block_types=('DownBlock2D', 'DownBlock2D'), up_block_types=('UpBlock2D', 'UpBlock2D'), time_cond_proj_dim=time_cond_proj_dim)
    with torch.no_grad():
        unet.conv_out.weight *= 4                                     # noise predictions as large as noise
        torch.manual_seed(2)
        for name, parameter in [*vae.named_parameters(), *unet.named_parameters()]:
            if 'norm' in name:                                        # fresh norms are all alike, trained ones are not
                parameter += 0.2 * torch.randn_like(parameter)
    scheduler = PNDMScheduler(**BETAS, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    for part in (text_encoder, unet, vae):
        part.eval()
    return StableDiffusionPipeline(vae, text_encoder, tokenizer, unet, scheduler, None, None, requires_safety_checker=False)


def words(name, title):
    """The parts of a manifest entry that a person would give as arguments."""
    return {'id': name, 'title': title, 'version': '1.0.0', 'summary': 'For tests: makes coloured noise.', 'licence': 'MIT', 'licenceUrl': '',
            'card': '', 'modality': 'any', 'examples': [PROMPT], 'scheduler': None, 'numInferenceSteps': STEPS, 'guidanceScale': None}


def init_image(size=32):
    """A picture to start from, float32 (1, 3, size, size) in −1…1: ramps that a test can repeat."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / (size - 1)
    return torch.from_numpy(np.stack([2 * x - 1, 2 * y - 1, 2 * np.abs(x - y) - 1])[None])


@contextmanager
def browser_noise():
    """Lets diffusers draw the browser's numbers: the initial noise first, then a fresh one at each step that wants some."""
    steps = iter(range(10**6))

    def initial(shape, **_):
        return torch.from_numpy(initial_noise(SEED, IMAGE_INDEX, tuple(shape)))

    def fresh(shape, **_):
        return torch.from_numpy(step_noise(SEED, IMAGE_INDEX, next(steps), int(np.prod(shape))).reshape(tuple(shape)))
    pipelines = 'diffusers.pipelines.'
    with (mock.patch(f'{pipelines}stable_diffusion.pipeline_stable_diffusion.randn_tensor', initial),
          mock.patch(f'{pipelines}stable_diffusion.pipeline_stable_diffusion_img2img.randn_tensor', initial),
          mock.patch(f'{pipelines}latent_consistency_models.pipeline_latent_consistency_text2img.randn_tensor', initial),
          mock.patch('diffusers.schedulers.scheduling_euler_ancestral_discrete.randn_tensor', fresh),
          mock.patch('diffusers.schedulers.scheduling_lcm.randn_tensor', fresh)):
        yield


@torch.no_grad()
def make_image(pipeline, request):
    """Latents (1, 4, 8, 8) and image (1, 3, 32, 32) of a request in the app's words, by diffusers' own pipelines."""
    own = pipeline.scheduler.config
    base, karras = request['scheduler'].removesuffix('-karras'), request['scheduler'].endswith('-karras')
    scheduler = SCHEDULERS[base].from_config(own, **({'use_karras_sigmas': True} if karras else {}))
    parts = {**pipeline.components, 'scheduler': scheduler, 'requires_safety_checker': False}
    shared = {'prompt': request['prompt'], 'guidance_scale': request['guidanceScale'], 'output_type': 'latent',
              'num_inference_steps': request['numInferenceSteps']}
    with browser_noise():
        if pipeline.unet.config.time_cond_proj_dim:
            made = LatentConsistencyModelPipeline(**parts)(**shared)
        elif 'strength' in request:
            # Encoded to the posterior's mean, as the browser does; the pipeline itself would draw from the posterior.
            encoded = pipeline.vae.encode(init_image()).latent_dist.mean * pipeline.vae.config.scaling_factor
            made = StableDiffusionImg2ImgPipeline(**parts)(
                **shared, negative_prompt=request['negativePrompt'], image=encoded, strength=request['strength'])
        else:
            made = StableDiffusionPipeline(**parts)(
                **shared, negative_prompt=request['negativePrompt'])
    latents = made.images
    return latents.numpy(), pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample.numpy()


def requests():
    """(model id, request) of every golden image."""
    shared = {'prompt': PROMPT, 'negativePrompt': NEGATIVE, 'seed': SEED, 'imageIndex': IMAGE_INDEX, 'numInferenceSteps': STEPS}
    out = []
    for scheduler in ('ddim', 'euler', 'dpm-solver-multistep', 'lcm', 'pndm', 'euler-ancestral', 'dpm-solver-multistep-karras'):
        for guidance in (7.5, 1.0):
            out.append(('tiny-sd', {**shared, 'scheduler': scheduler, 'guidanceScale': guidance}))
    for scheduler in ('ddim', 'euler', 'dpm-solver-multistep', 'lcm'):
        out.append(('tiny-sd', {**shared, 'scheduler': scheduler, 'guidanceScale': 7.5, 'strength': 0.5}))
    out.append(('tiny-lcm', {**shared, 'negativePrompt': '', 'scheduler': 'lcm', 'guidanceScale': 8.5}))
    return out


def share_parts(folder, lcm, entry):
    """Two models in one package: `lcm` keeps its own UNet, and has the rest from `entry`, whose parts are the same. In place."""
    for part in ('textEncoder', 'vaeDecoder', 'vaeEncoder'):
        lcm['components'][part] = copy.deepcopy(entry['components'][part])
    lcm['tokenizer'], lcm['baseUrl'] = copy.deepcopy(entry['tokenizer']), 'models/'
    files = [file for part in lcm['components'].values() for file in (part['graph'], *part['weights'])]
    own = [file['name'] for file in (lcm['components']['unet']['graph'], *lcm['components']['unet']['weights'])]
    for file in [*files, lcm['tokenizer']['file'], lcm['tokenizer']['config']]:
        for shard in file['shards']:
            shard['path'] = f'{lcm["id"] if file["name"] in own else entry["id"]}/{shard["path"]}'
    for path in (folder / 'models' / lcm['id']).iterdir():
        if path.name not in own:
            path.unlink()


def make_goldens(pipelines):
    """(goldens.json as a dict, goldens.bin as bytes)."""
    start = init_image().numpy()
    rows, blob = [], start.astype('<f4').tobytes()
    for model, request in requests():
        latents, image = make_image(pipelines[model], request)
        rows.append({'request': {'modelId': model, **request}, 'offset': len(blob) // 4, 'latents': list(latents.shape),
                     'image': list(image.shape)})
        blob += latents.astype('<f4').tobytes() + image.astype('<f4').tobytes()
    first = {'offset': 0, 'shape': list(start.shape)}
    return {'source': f'diffusers {diffusers.__version__}', 'file': 'goldens.bin', 'initImage': first, 'rows': rows}, blob


def make_fixtures(folder):
    """The package, its manifest and its golden images into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    pipelines = {'tiny-sd': tiny_stable_diffusion(), 'tiny-lcm': tiny_stable_diffusion(time_cond_proj_dim=8)}
    goldens, blob = make_goldens(pipelines)
    pipelines['tiny-lcm'].scheduler = SCHEDULERS['lcm'].from_config(pipelines['tiny-lcm'].scheduler.config)
    titles = {'tiny-sd': 'Tiny untrained Stable Diffusion', 'tiny-lcm': 'Tiny untrained latent consistency model'}
    entries = [export_stable_diffusion(pipelines[name], folder / 'models' / name, words(name, title), 'float32')
               for name, title in titles.items()]
    share_parts(folder, entries[1], entries[0])
    manifest = {'schemaVersion': 1, 'defaultModel': entries[0]['id'], 'models': entries}
    (folder / 'model-manifest.json').write_text(json.dumps(manifest, indent=1) + '\n')
    (folder / 'goldens.json').write_text(json.dumps(goldens, indent=1) + '\n')
    (folder / 'goldens.bin').write_bytes(blob)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('tests/fixtures/tiny-sd'))
    args = parser.parse_args()
    warnings.simplefilter('ignore', FutureWarning)                    # pipelines correct a scheduler's settings, loudly
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    make_fixtures(args.out)
