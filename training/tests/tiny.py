"""Settings small enough to train in seconds, and how tests start the scripts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import torch

from training.model.autoencoder import MedicalAutoencoder
from training.model.sample import Pipeline
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer
from training.model.unet import MedicalUNet

TRAINING = Path(__file__).resolve().parents[1]
AUTOENCODER = {'encoder_channels': (8, 8, 8), 'decoder_channels': (8, 8, 8), 'encoder_blocks': (1, 1, 1), 'decoder_blocks': (1, 1, 1)}
TINY = {
    'seed': 1, 'variants': 2, 'phrasings': 2, 'untouched_share': 0.5, 'lr': 2e-3, 'weight_decay': 0.0, 'warmup': 1, 'cool_from': 0.55,
    'stages': [{'name': 'half', 'resolution': 'half', 'batch': 8, 'samples': 16}, {'name': 'full', 'resolution': 'full', 'batch': 4, 'samples': 64}],
    'micro_batch': 4, 'ema_decay': 0.9, 'ema_every': 1, 'shift': 1.0, 'uniform_share': 0.5, 'balance': 0.5, 'text_lr_factor': 1.5,
    'covariate_lr_factor': 2.0, 'drop_all': 0.1, 'drop_text': 0.05, 'drop_covariates': 0.25, 'drop_covariate': 0.15, 'drop_mask': 0.35,
    'unet': {'block_out_channels': [32, 32], 'attention_levels': [False, True], 'prompt_dim': 32, 'num_covariate_tokens': 2, 'head_dim': 32},
    'text_encoder': {'num_layers': 1, 'heads': 2},
}


def workspace(folder, config=TINY):
    """A folder to run in: tiny.json and an untrained autoencoder in ae/."""
    torch.manual_seed(0)
    MedicalAutoencoder(**AUTOENCODER).save_pretrained(folder / 'ae')
    (folder / 'tiny.json').write_text(json.dumps(config))
    return folder


def run(script, *args, cwd, ranks=1, check=True):
    """Starts a script on the CPU, on several ranks as torchrun does; returns the finished process."""
    launch = [sys.executable] if ranks == 1 else [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node',
                                                  str(ranks)]
    env = {**os.environ, 'ACCELERATE_USE_CPU': 'true', 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(TRAINING.parent)}
    done = subprocess.run([*launch, str(script), *map(str, args)], cwd=cwd, env=env, text=True, capture_output=True, timeout=300)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def small_pipeline():
    """Untrained, 256×256 pixels from 32×32 latents, every weight its own: what a shipped package is in little."""
    torch.manual_seed(0)
    unet = MedicalUNet(block_out_channels=(32, 64), attention_levels=(False, True), prompt_dim=32, num_covariate_tokens=1, head_dim=32)
    vae = MedicalAutoencoder(encoder_channels=(8, 8, 16), decoder_channels=(8, 16, 16), encoder_blocks=(1, 2, 1), decoder_blocks=(1, 1, 2),
                             scaling_factor=0.9)
    text = MedicalTextEncoder(vocab_size=build_tokenizer().get_vocab_size(), width=32, num_layers=2, heads=4)
    with torch.no_grad():
        for part in (unet, vae, text):
            for parameter in part.parameters():
                parameter += 0.02 * torch.randn_like(parameter)
    return Pipeline(unet.eval(), text.eval(), vae.eval(), build_tokenizer(), torch.device('cpu'))
