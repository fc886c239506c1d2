"""Exports Stable Diffusion 1.5 at its true size with random weights: what memory and time a package takes, without its licence.

    python -m training.goldens.make_random_sd --weights int8 --out runs/sd15-random-int8

UNet of 860 M parameters, CLIP ViT-L text model, AutoencoderKL, 512×512. The pictures are noise; the bytes, shapes and arithmetic
are the real ones. Prints seconds, sizes and the process's peak memory.
"""

import argparse
import math
import resource
import time
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from training.export.export_stable_diffusion import export_stable_diffusion
from training.export.manifest_entry import write_manifest
from training.export.sd_weights import KINDS
from training.goldens.make_sd_fixtures import BETAS, PROMPT, tiny_tokenizer


def fill(module):
    """A module built on the meta device with cheap random weights that keep activations near 1."""
    module.to_empty(device='cpu')
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() > 1:
                parameter.uniform_(-1, 1).mul_(math.sqrt(3 / parameter[0].numel()))
            elif 'norm' in name and name.endswith('weight'):
                parameter.fill_(1)
            else:
                parameter.uniform_(-0.01, 0.01)
        for name, buffer in module.named_buffers():
            if name.endswith('position_ids'):
                buffer.copy_(torch.arange(buffer.shape[-1]).expand_as(buffer))
    return module.eval()


def random_stable_diffusion():
    """Stable Diffusion 1.5 as published, less its weights and its vocabulary."""
    torch.manual_seed(0)
    with torch.device('meta'):
        text_encoder = CLIPTextModel(CLIPTextConfig(
            vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
            projection_dim=768, bos_token_id=49406, eos_token_id=49407))
        unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
        vae = AutoencoderKL(
            down_block_types=('DownEncoderBlock2D',) * 4, up_block_types=('UpDecoderBlock2D',) * 4,
            block_out_channels=(128, 256, 512, 512), layers_per_block=2, sample_size=512)
    scheduler = PNDMScheduler(**BETAS, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    parts = [fill(part) for part in (vae, text_encoder, unet)]
    print(', '.join(f'{type(part).__name__} {sum(p.numel() for p in part.parameters()) / 1e6:.1f} M' for part in parts), flush=True)
    return StableDiffusionPipeline(parts[0], parts[1], tiny_tokenizer(), parts[2], scheduler, None, None, requires_safety_checker=False)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--weights', choices=KINDS, default='int8')
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--self-test', action='store_true', help='store the answers that a device is tested with, one UNet step among them')
    args = parser.parse_args()
    diffusers.utils.logging.set_verbosity_error()
    started = time.time()
    words = {'id': args.out.name, 'title': f'Random Stable Diffusion 1.5, {args.weights}', 'version': '1.0.0',
             'summary': 'Untrained weights of true size: for measuring only.', 'licence': 'MIT', 'licenceUrl': '', 'card': '',
             'modality': 'any', 'examples': [PROMPT], 'scheduler': None, 'numInferenceSteps': None, 'guidanceScale': None}
    entry = export_stable_diffusion(random_stable_diffusion(), args.out, words, args.weights, self_test=args.self_test)
    write_manifest(args.out / 'model-manifest.json', [entry])
    size = sum(file.stat().st_size for file in args.out.iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f'{args.weights}: {size / 1e6:.0f} MB in {len(list(args.out.iterdir()))} files, {time.time() - started:.0f} s, '
          f'of them {time.process_time():.0f} s of processor, peak memory {peak / 2**30:.1f} GiB')
