"""Stable Diffusion as finetune.py trains it: batches, the loss, what is trained, and what is saved of it."""

import contextlib
import copy

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from peft import LoraConfig, get_peft_model_state_dict
from PIL import Image
from torch import nn


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
