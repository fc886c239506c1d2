"""Fine-tunes a Stable Diffusion pipeline on a folder of images with captions: low-rank factors (LoRA), or the whole UNet.

    python -m training.train.finetune --pipeline DIR --images FOLDER --name NAME --steps 2000
    accelerate launch -m training.train.finetune --pipeline DIR --images FOLDER --name NAME --full --precision bf16

DIR is a folder that diffusers saved. Captions come from captions.csv, metadata.csv or metadata.jsonl in FOLDER, from a .txt beside
each image, or from --caption. Writes runs/NAME/{config.json,log.csv,checkpoint.pt,lora/ or pipeline/}; run again with the same
name, it goes on from its checkpoint as if it had never stopped. Multi-GPU and multi-machine by `accelerate config`.
With --package in place of --pipeline it trains a shipped package as the page does: finetune_package.py.
"""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import DDPMScheduler, StableDiffusionPipeline

from training.common.errors import named_errors
from training.data.captions import read_captions
from training.train import finetune_package
from training.train.stable_diffusion import Denoising, averaged, draw_batch, draw_samples, encode, prepare_training, save_result

DTYPES = {'no': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def learning_rate(step, args):
    """Linear warm-up, then constant or a half cosine towards 0."""
    rate = args.lr * min(1.0, (step + 1) / max(1, args.warmup))
    return rate * 0.5 * (1 + np.cos(np.pi * min(1.0, step / args.steps))) if args.cosine else rate


class FineTuning:
    """One run in runs/NAME: pipeline, trained parameters, their average, optimizer, and the step it has come to."""

    def __init__(self, args):
        self.args, self.folder = args, Path('runs') / args.name
        self.accelerator = Accelerator(mixed_precision=args.precision, gradient_accumulation_steps=args.accumulate)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = self.folder / 'checkpoint.pt'
        self.rows = read_captions(args.images, args.caption)
        torch.manual_seed(args.seed)                                  # the factors' first values: alike on all devices
        self.pipeline = StableDiffusionPipeline.from_pretrained(args.pipeline, local_files_only=True, safety_checker=None,
                                                                feature_extractor=None, requires_safety_checker=False)
        self.trained = prepare_training(self.pipeline, args, DTYPES[args.precision])
        self.pipeline.to(self.accelerator.device)
        self.noise_scheduler = DDPMScheduler.from_config(self.pipeline.scheduler.config)
        model = Denoising(self.pipeline.unet, self.pipeline.text_encoder, self.noise_scheduler, args.min_snr)
        optimizer = torch.optim.AdamW(self.trained, lr=args.lr, weight_decay=args.weight_decay)
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.ema = [parameter.detach().clone() for parameter in self.trained] if args.ema else None
        self.step = self.saved = 0
        if self.checkpoint.exists():
            self.resume()

    def resume(self):
        """Goes on from the checkpoint."""
        state, device, scaler = torch.load(self.checkpoint, map_location='cpu', weights_only=False), self.accelerator.device, self.accelerator.scaler
        torch._foreach_copy_([parameter.data for parameter in self.trained], [value.to(device) for value in state['trained']])
        if self.ema is not None:
            torch._foreach_copy_(self.ema, [value.to(device) for value in state['ema']])
        self.optimizer.load_state_dict(state['optimizer'])
        if scaler is not None:
            scaler.load_state_dict(state['scaler'])
        self.step = self.saved = state['step']

    def save(self):
        """The checkpoint, the result with averaged weights, and a row of pictures if prompts were given."""
        scaler = self.accelerator.scaler
        state = {'trained': self.trained, 'ema': self.ema, 'optimizer': self.optimizer.state_dict(), 'step': self.step,
                 'scaler': scaler.state_dict() if scaler is not None else None}
        torch.save(state, self.checkpoint.with_suffix('.tmp'))
        self.checkpoint.with_suffix('.tmp').replace(self.checkpoint)
        with averaged(self.trained, self.ema):
            save_result(self.pipeline, self.folder, self.args)
            if self.args.validation_prompt:
                draw_samples(self.pipeline, self.folder / f'step-{self.step:06}.png', self.args, self.accelerator.autocast)
        self.saved = self.step

    def micro_batch(self, number):
        """Loss of one micro-batch; its gradient is added, and the optimizer steps after the last of a step."""
        args, device = self.args, self.accelerator.device
        pixels, ids, generator = draw_batch(self.rows, number, self.accelerator.process_index, args, self.pipeline.tokenizer)
        latents = encode(self.pipeline.vae, pixels.to(device), generator)
        noise = torch.randn(latents.shape, generator=generator).to(device)
        timesteps = torch.randint(self.noise_scheduler.config.num_train_timesteps, (args.batch,), generator=generator).to(device)
        for group in self.optimizer.param_groups:
            group['lr'] = learning_rate(self.step, args)
        with self.accelerator.autocast():
            loss = self.model(latents, noise, timesteps, ids.to(device))
        self.accelerator.backward(loss)
        if self.accelerator.sync_gradients:
            self.accelerator.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def train_step(self):
        """One optimizer step; returns its mean loss."""
        losses = []
        for micro in range(self.args.accumulate):
            with self.accelerator.accumulate(self.model):
                losses.append(self.micro_batch(self.step * self.args.accumulate + micro))
        self.step += 1
        if self.ema is not None:
            share = 1 - min(self.args.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(self.ema, [parameter.detach() for parameter in self.trained], share)
        return np.mean(losses)

    def describe(self):
        """Writes config.json and says what is trained."""
        (self.folder / 'config.json').write_text(json.dumps(vars(self.args), indent=1) + '\n')
        print(f'{len(self.rows)} images, {sum(p.numel() for p in self.trained) / 1e6:.2f} M trained parameters, '
              f'{self.accelerator.num_processes} processes, from step {self.step}', flush=True)


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--pipeline', required=True)
    add('--images', required=True)
    add('--name', required=True)
    add('--caption', help='for images that have none of their own')
    add('--full', action='store_true', help='train the whole UNet instead of low-rank factors')
    add('--rank', type=int, default=16)
    add('--lora-wide', action='store_true', help='factors for the feed-forward layers, too')
    add('--text-encoder', action='store_true', help='factors for the text encoder, too: for words that it does not know')
    add('--size', type=int, default=512, help='pixels a side')
    add('--steps', type=int, default=2000, help='optimizer steps')
    add('--batch', type=int, default=1, help='images a micro-batch and device')
    add('--accumulate', type=int, default=4, help='micro-batches a step')
    add('--lr', type=float, default=1e-4, help='1e-5 suits --full')
    add('--warmup', type=int, default=100)
    add('--cosine', action='store_true')
    add('--weight-decay', type=float, default=1e-2)
    add('--drop-caption', type=float, default=0.1)
    add('--min-snr', type=float, default=0.0, help='γ of the min-SNR loss weights; 5 is usual; 0: none')
    add('--ema', type=float, default=0.0, help='decay of the averaged weights, as 0.999; 0: none')
    add('--flip', action='store_true', help='mirror images at random: not for anatomy with a left and a right')
    add('--precision', choices=('no', 'bf16', 'fp16'), default='no')
    add('--gradient-checkpointing', action='store_true')
    add('--save-every', type=int, default=500)
    add('--validation-prompt', action='append', default=[], help='may be given again')
    add('--validation-steps', type=int, default=25)
    add('--seed', type=int, default=0)
    return parser.parse_args(argv)


@named_errors
def main(argv=None):
    args = parse_arguments(argv)
    run = FineTuning(args)
    first = run.accelerator.is_main_process
    if first:
        run.describe()
    stopped = []
    for name in (signal.SIGINT, signal.SIGTERM):                      # stop after this step, and save
        signal.signal(name, lambda *_: stopped.append(True))
    run.pipeline.unet.train()
    started = time.time()
    while run.step < args.steps and not stopped:
        loss = run.train_step()
        if first:
            with open(run.folder / 'log.csv', 'a') as file:
                file.write(f'{run.step},{loss:.6f},{learning_rate(run.step - 1, args):.3g},{time.time() - started:.0f}\n')
            if run.step % args.save_every == 0:
                run.save()
    if first and run.saved != run.step:
        run.save()
    return run.folder


if __name__ == '__main__':
    if any(word.split('=')[0] == '--package' for word in sys.argv):
        finetune_package.main()
    else:
        main()
