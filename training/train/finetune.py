"""Fine-tunes a Stable Diffusion pipeline on a folder of images with captions: low-rank factors (LoRA), or the whole UNet.

    python -m training.train.finetune --pipeline DIR --images FOLDER --name NAME --steps 2000
    accelerate launch -m training.train.finetune --pipeline DIR --images FOLDER --name NAME --full --precision bf16

DIR is a folder that diffusers saved. Captions come from captions.csv, metadata.csv or metadata.jsonl in FOLDER, from a .txt beside
each image, or from --caption. Writes runs/NAME/{config.json,log.csv,checkpoint.pt,lora/ or pipeline/}; run again with the same
name, it goes on from its checkpoint as if it had never stopped. Multi-GPU and multi-machine by `accelerate config`.
With --package in place of --pipeline it trains a shipped package as the page does: finetune_package.py.
"""

import argparse
import contextlib
import copy
import json
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler, StableDiffusionPipeline
from peft import LoraConfig, get_peft_model_state_dict
from PIL import Image
from torch import nn

from training.data.captions import read_captions



def read_image(path, size, flip=False):
    """An image file, its shorter side scaled to `size` and its middle cut out: float32 (3, size, size) in −1…1."""
    image = Image.open(path).convert('RGB')
    scale = size / min(image.size)
    image = image.resize([max(size, round(side * scale)) for side in image.size], Image.Resampling.LANCZOS)
    left, top = (image.width - size) // 2, (image.height - size) // 2
    pixels = np.array(image.crop((left, top, left + size, top + size)))
    pixels = pixels[:, ::-1].copy() if flip else pixels
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 127.5 - 1


class Denoising(nn.Module):
    """UNet and text encoder with the loss as forward pass, so that accelerate can wrap them for many devices."""

    def __init__(self, unet, text_encoder, noise_scheduler, min_snr):
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder
        self.noise_scheduler, self.min_snr = noise_scheduler, min_snr

    def forward(self, latents, noise, timesteps, input_ids):
        """latents, noise (batch, 4, h, w); timesteps (batch,); input_ids (batch, 77) → mean loss."""
        embeds = self.text_encoder(input_ids)[0]
        noisy = self.noise_scheduler.add_noise(latents, noise, timesteps)
        predicted = self.unet(noisy.to(embeds.dtype), timesteps, embeds, return_dict=False)[0]
        v = self.noise_scheduler.config.prediction_type == 'v_prediction'
        target = self.noise_scheduler.get_velocity(latents, noise, timesteps) if v else noise
        loss = ((predicted.float() - target) ** 2).mean(dim=(1, 2, 3))
        if self.min_snr:
            loss = loss * snr_weights(self.noise_scheduler.alphas_cumprod.to(timesteps.device)[timesteps], self.min_snr, v)
        return loss.mean()


def snr_weights(alpha_prod, gamma, v_prediction):
    """min-SNR-γ loss weights (Hang et al. 2023, https://arxiv.org/abs/2303.09556, section 3.4). alpha_prod (batch,), in (0, 1)."""
    snr = alpha_prod / (1 - alpha_prod)
    return snr.clamp(max=gamma) / (snr + 1 if v_prediction else snr)


def draw_batch(rows, step, rank, args, tokenizer):
    """Everything random of one micro-batch, decided by (seed, step, rank) alone: so a resumed run repeats an unbroken one."""
    generator = torch.Generator().manual_seed((args.seed * 1_000_003 + step) * 1009 + rank)
    chosen = torch.randint(len(rows), (args.batch,), generator=generator).tolist()
    flips = torch.rand(args.batch, generator=generator) < (0.5 if args.flip else 0)
    dropped = torch.rand(args.batch, generator=generator) < args.drop_caption    # for classifier-free guidance
    pixels = torch.stack([read_image(rows[i][0], args.size, bool(flip)) for i, flip in zip(chosen, flips)])
    texts = ['' if drop else rows[i][1] for i, drop in zip(chosen, dropped)]
    ids = tokenizer(texts, padding='max_length', truncation=True, max_length=tokenizer.model_max_length, return_tensors='pt').input_ids
    return pixels, ids, generator


def encode(vae, pixels, generator):
    """Pixels → latents at the UNet's scale, float32: a draw from the posterior."""
    with torch.no_grad():
        posterior = vae.encode(pixels.to(vae.dtype)).latent_dist
        draw = torch.randn(posterior.mean.shape, generator=generator).to(posterior.mean)
        return ((posterior.mean + posterior.std * draw) * vae.config.scaling_factor).float()


def learning_rate(step, args):
    """Linear warm-up, then constant or a half cosine towards 0."""
    rate = args.lr * min(1.0, (step + 1) / max(1, args.warmup))
    return rate * 0.5 * (1 + np.cos(np.pi * min(1.0, step / args.steps))) if args.cosine else rate


def prepare_training(pipeline, args, dtype):
    """Freezes what is not trained, in `dtype`, and adds low-rank factors unless --full. Returns the trained parameters, float32."""
    for part in (pipeline.vae, pipeline.text_encoder, pipeline.unet):
        part.requires_grad_(False).to(dtype)
    if args.full:
        pipeline.unet.float().requires_grad_(True)
    else:
        unet_layers = ['to_q', 'to_k', 'to_v', 'to_out.0'] + (['proj_in', 'proj_out', 'ff.net.0.proj', 'ff.net.2'] if args.lora_wide else [])
        pipeline.unet.add_adapter(LoraConfig(r=args.rank, lora_alpha=args.rank, init_lora_weights='gaussian', target_modules=unet_layers))
        if args.text_encoder:
            text_layers = ['q_proj', 'k_proj', 'v_proj', 'out_proj']
            pipeline.text_encoder.add_adapter(LoraConfig(r=args.rank, lora_alpha=args.rank, init_lora_weights='gaussian', target_modules=text_layers))
    if args.gradient_checkpointing:
        pipeline.unet.enable_gradient_checkpointing()
    trained = [p for part in (pipeline.unet, pipeline.text_encoder) for p in part.parameters() if p.requires_grad]
    for parameter in trained:
        parameter.data = parameter.data.float()
    return trained


def save_result(pipeline, folder, args):
    """lora/pytorch_lora_weights.safetensors for pipe.load_lora_weights(), or a whole pipeline."""
    if args.full:
        whole = copy.copy(pipeline)
        whole.unet = copy.deepcopy(pipeline.unet)
        whole.save_pretrained(folder / 'pipeline')
        return
    # peft's own names: diffusers' older ones exist for attention only, and a mixture of both loses it on loading.
    layers = {'unet_lora_layers': get_peft_model_state_dict(pipeline.unet)}
    if args.text_encoder:
        layers['text_encoder_lora_layers'] = get_peft_model_state_dict(pipeline.text_encoder)
    StableDiffusionPipeline.save_lora_weights(folder / 'lora', **layers, safe_serialization=True)


@contextlib.contextmanager
def averaged(trained, ema):
    """Puts the averaged weights in place of the trained ones, for saving and for pictures."""
    if ema is None:
        yield
        return
    kept = [parameter.detach().clone() for parameter in trained]
    torch._foreach_copy_([parameter.data for parameter in trained], ema)
    try:
        yield
    finally:
        torch._foreach_copy_([parameter.data for parameter in trained], kept)


@torch.no_grad()
def draw_samples(pipeline, path, args, autocast):
    """One row of pictures for the validation prompts, always from the same noise."""
    sampler = StableDiffusionPipeline(**{**pipeline.components, 'scheduler': DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)},
                                      requires_safety_checker=False)
    sampler.set_progress_bar_config(disable=True)
    generators = [torch.Generator().manual_seed(args.seed + k) for k in range(len(args.validation_prompt))]
    with autocast():
        pictures = sampler(args.validation_prompt, height=args.size, width=args.size, num_inference_steps=args.validation_steps,
                           generator=generators).images
    sheet = Image.new('RGB', (args.size * len(pictures), args.size))
    for k, picture in enumerate(pictures):
        sheet.paste(picture, (k * args.size, 0))
    sheet.save(path)


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


def main(argv=None):
    args = parse_arguments(argv)
    accelerator = Accelerator(mixed_precision=args.precision, gradient_accumulation_steps=args.accumulate)
    device, rank = accelerator.device, accelerator.process_index
    dtype = {'no': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}[args.precision]
    run = Path('runs') / args.name
    run.mkdir(parents=True, exist_ok=True)
    rows = read_captions(args.images, args.caption)
    torch.manual_seed(args.seed)                                      # the factors' first values: alike on all devices
    pipeline = StableDiffusionPipeline.from_pretrained(args.pipeline, local_files_only=True, safety_checker=None, feature_extractor=None,
                                                       requires_safety_checker=False)
    trained = prepare_training(pipeline, args, dtype)
    pipeline.to(device)
    noise_scheduler = DDPMScheduler.from_config(pipeline.scheduler.config)
    model = Denoising(pipeline.unet, pipeline.text_encoder, noise_scheduler, args.min_snr)
    optimizer = torch.optim.AdamW(trained, lr=args.lr, weight_decay=args.weight_decay)
    model, optimizer = accelerator.prepare(model, optimizer)
    ema = [parameter.detach().clone() for parameter in trained] if args.ema else None
    step, checkpoint = 0, run / 'checkpoint.pt'
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location='cpu', weights_only=False)
        torch._foreach_copy_([parameter.data for parameter in trained], [value.to(device) for value in state['trained']])
        if ema is not None:
            torch._foreach_copy_(ema, [value.to(device) for value in state['ema']])
        optimizer.load_state_dict(state['optimizer'])
        if accelerator.scaler is not None:
            accelerator.scaler.load_state_dict(state['scaler'])
        step = state['step']
    if accelerator.is_main_process:
        (run / 'config.json').write_text(json.dumps(vars(args), indent=1) + '\n')
        print(f'{len(rows)} images, {sum(p.numel() for p in trained) / 1e6:.2f} M trained parameters, '
              f'{accelerator.num_processes} processes, from step {step}', flush=True)

    def save():
        state = {'trained': trained, 'ema': ema, 'optimizer': optimizer.state_dict(), 'step': step,
                 'scaler': accelerator.scaler.state_dict() if accelerator.scaler is not None else None}
        torch.save(state, checkpoint.with_suffix('.tmp'))
        checkpoint.with_suffix('.tmp').replace(checkpoint)
        with averaged(trained, ema):
            save_result(pipeline, run, args)
            if args.validation_prompt:
                draw_samples(pipeline, run / f'step-{step:06}.png', args, accelerator.autocast)

    stopped = []
    for name in (signal.SIGINT, signal.SIGTERM):                      # stop after this step, and save
        signal.signal(name, lambda *_: stopped.append(True))
    pipeline.unet.train()
    started, saved = time.time(), step
    while step < args.steps and not stopped:
        losses = []
        for micro in range(args.accumulate):
            with accelerator.accumulate(model):
                pixels, ids, generator = draw_batch(rows, step * args.accumulate + micro, rank, args, pipeline.tokenizer)
                latents = encode(pipeline.vae, pixels.to(device), generator)
                noise = torch.randn(latents.shape, generator=generator).to(device)
                timesteps = torch.randint(noise_scheduler.config.num_train_timesteps, (args.batch,), generator=generator).to(device)
                for group in optimizer.param_groups:
                    group['lr'] = learning_rate(step, args)
                with accelerator.autocast():
                    loss = model(latents, noise, timesteps, ids.to(device))
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(trained, 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                losses.append(loss.item())
        step += 1
        if ema is not None:
            torch._foreach_lerp_(ema, [parameter.detach() for parameter in trained], 1 - min(args.ema, (1 + step) / (10 + step)))
        if accelerator.is_main_process:
            with open(run / 'log.csv', 'a') as file:
                file.write(f'{step},{np.mean(losses):.6f},{learning_rate(step - 1, args):.3g},{time.time() - started:.0f}\n')
            if step % args.save_every == 0:
                save()
                saved = step
    if accelerator.is_main_process and saved != step:
        save()
    return run


if __name__ == '__main__':
    if any(word.split('=')[0] == '--package' for word in sys.argv):
        from training.train.finetune_package import main
    main()
