"""Compiles the graph of one stage into the shared cache of torch.compile, while something else trains.

    TORCHINDUCTOR_CACHE_DIR=runs/big/compiled python -m training.train.warm_compile --config training/configs/base.json --stage full

One step with random numbers, as train.py (`--stage` of the config) or distill.py (`--stage student`) will do it. whole_run.py starts
one process for each stage.
"""

import argparse
import time

import torch

from training.common.errors import BadSetting, named_errors
from training.data.augment import NUM_AUGMENTATIONS
from training.model.text_encoder import MAX_LENGTH, MedicalTextEncoder, build_tokenizer
from training.model.unet import MedicalUNet
from training.train.batches import Batch
from training.train.flow import FlowModel
from training.train.train import read_config


def random_batch(unet, n, side, device):
    """A Batch of the shapes that a stage draws; side: of its latents."""
    c = unet.config
    mask = c.mask_size * side // c.sample_size
    return Batch(torch.randn(n, c.latent_channels, side, side, device=device), torch.ones(n, MAX_LENGTH, dtype=torch.long, device=device),
                 torch.zeros(n, c.num_covariates, device=device), torch.zeros(n, c.num_covariates, device=device),
                 torch.zeros(n, c.mask_channels, mask, mask, device=device), torch.zeros(n, 1, device=device),
                 torch.zeros(n, NUM_AUGMENTATIONS, device=device))


def warm(config, stage, student_batch, device):
    """Compiles and runs one forward and backward pass; returns the seconds."""
    started = time.time()
    student = stage == 'student'
    unet = MedicalUNet(**config['unet'], num_augmentations=0 if student else NUM_AUGMENTATIONS).train()
    unet = unet.to(device, memory_format=torch.channels_last)
    unet.compile(dynamic=False)
    found = [s for s in config['stages'] if s['name'] == stage]
    if not student and not found:
        raise BadSetting(f'The config has no stage "{stage}"; it has {", ".join(s["name"] for s in config["stages"])} and there is "student".')
    half = not student and found[0]['resolution'] == 'half'
    n = student_batch if student else min(config.get('micro_batch') or found[0]['batch'], found[0]['batch'])
    batch = random_batch(unet, n, unet.config.sample_size // (2 if half else 1), device)
    sigma = torch.rand(n, device=device)
    with torch.autocast(device.type, torch.bfloat16):
        if student:
            embeds = torch.randn(n, MAX_LENGTH, unet.config.prompt_dim, device=device)
            x = batch.x0.contiguous(memory_format=torch.channels_last)
            loss = unet(x, sigma * 1000, embeds, batch.covariates, batch.present, batch.mask, batch.mask_present).float().pow(2).mean()
        else:
            words = MedicalTextEncoder(vocab_size=build_tokenizer().get_vocab_size(), width=unet.config.prompt_dim, **config['text_encoder'])
            loss = FlowModel(unet, words.to(device))(batch, torch.randn_like(batch.x0), sigma)
    loss.backward()
    return time.time() - started


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', default='training/configs/base.json')
    parser.add_argument('--stage', required=True)
    parser.add_argument('--student-batch', type=int, default=32)
    args = parser.parse_args(argv)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    print(f'{args.stage} compiled in {warm(read_config(args.config), args.stage, args.student_batch, device):.0f} s', flush=True)


if __name__ == '__main__':
    main()
