"""Trains the UNet and the text encoder on cached latents; saves runs/NAME/{checkpoint.pt,config.json,log.csv,pipeline/}.

    python training/train.py --data DIR --autoencoder runs/ae/autoencoder --config training/configs/base.json --name base --minutes 90
    accelerate launch training/train.py …          several GPUs or machines

Run again with the same name to resume exactly: weights, optimizer, EMA, step and random state are in the checkpoint.
Ctrl-C or a SIGTERM ends it after the current step, saved.
"""

import argparse
import copy
import json
import math
import random
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from autoencoder import MedicalAutoencoder
from data import covariate_vector, load_dataset, mask_channels
from diffusers.models.attention_processor import AttnProcessor
from prompts import compose_prompt
from text_encoder import MedicalTextEncoder, build_tokenizer, save_tokenizer, tokenize
from train_autoencoder import set_weights
from unet import MedicalUNet


def encode_latents(autoencoder, images, device, batch=32, shrink=1):
    """uint8 (n, 256, 256, 3) → float16 (n, 16, 16/shrink, 16/shrink), unscaled; images are averaged down by `shrink` first."""
    out = []
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        for i in range(0, len(images), batch):
            x = torch.from_numpy(np.array(images[i:i + batch])).permute(0, 3, 1, 2).to(device).float() / 127.5 - 1
            x = F.avg_pool2d(x, shrink) if shrink > 1 else x
            out.append(autoencoder.encode(x.contiguous(memory_format=torch.channels_last)).half().cpu())
    return torch.cat(out)


def flow_timesteps(n, shift, device, uniform_share=0.0):
    """Logit-normal σ in (0, 1), moved towards noise by `shift` (Esser et al. 2024, https://arxiv.org/abs/2403.03206).

    A logit-normal σ is above 0.9 once in seventy draws, but there it is decided what the picture shows: `uniform_share` of the
    draws are uniform instead.
    """
    sigma = torch.sigmoid(torch.randn(n, device=device))
    if uniform_share:
        sigma = torch.where(torch.rand(n, device=device) < uniform_share, torch.rand(n, device=device), sigma)
    return shift * sigma / (1 + (shift - 1) * sigma)


class FlowModel(torch.nn.Module):
    """UNet and text encoder with the loss as forward pass, so that accelerate can wrap them for many devices."""

    def __init__(self, unet, text_encoder):
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder

    def forward(self, x0, ids, covariates, present, mask, mask_present, shift, uniform_share=0.0):
        embeds = self.text_encoder(ids)
        return flow_loss(self.unet, x0, embeds, covariates, present, mask, mask_present, shift, uniform_share)


def flow_loss(unet, x0, prompt_embeds, covariates, present, mask, mask_present, shift, uniform_share=0.0):
    """Mean squared error of the velocity (Liu et al. 2022, https://arxiv.org/abs/2209.03003). x0 (batch, 16, 16, 16)."""
    noise = torch.randn_like(x0)
    sigma = flow_timesteps(len(x0), shift, x0.device, uniform_share)
    s = sigma.view(-1, 1, 1, 1)
    velocity = unet((1 - s) * x0 + s * noise, sigma * 1000, prompt_embeds, covariates, present, mask, mask_present)
    return ((velocity.float() - (noise - x0)) ** 2).mean()


@torch.no_grad()
def ema_update(model, ema, decay):
    """θ_ema ← decay·θ_ema + (1 − decay)·θ."""
    torch._foreach_lerp_(list(ema.parameters()), list(model.parameters()), 1 - decay)


def in_these_groups(state, unet, text_encoder, covariate_layers):
    """An optimizer's state, renumbered where it comes from a run whose covariate layers were in the UNet's group."""
    if len(state['param_groups']) == 3:
        return state
    taken = {id(p) for p in covariate_layers}
    before = [id(p) for p in (*unet.parameters(), *text_encoder.parameters())]
    parts = ([id(p) for p in unet.parameters() if id(p) not in taken], [id(p) for p in text_encoder.parameters()],
             [id(p) for p in covariate_layers])
    settings = {name: value for name, value in state['param_groups'][0].items() if name != 'params'}
    groups, moments, place = [], {}, 0
    for part in parts:
        groups.append({**settings, 'params': list(range(place, place + len(part)))})
        moments.update({place + k: state['state'][before.index(p)] for k, p in enumerate(part)})
        place += len(part)
    return {'state': moments, 'param_groups': groups}


def random_state():
    """What makes a resumed run draw the numbers that an unbroken one would have drawn."""
    return {'torch': torch.get_rng_state(), 'numpy': np.random.get_state(), 'python': random.getstate()}


def set_random_state(state):
    torch.set_rng_state(state['torch'])
    np.random.set_state(state['numpy'])
    random.setstate(state['python'])


def prepare_conditions(rows, masks):
    """Covariates and flags (n, 7) float32; mask planes {row index: uint8 (2, 64, 64)}."""
    pairs = [covariate_vector(row) for row in rows]
    values = torch.from_numpy(np.stack([a for a, _ in pairs]))
    present = torch.from_numpy(np.stack([b for _, b in pairs]))
    planes = {i: torch.from_numpy(mask_channels(masks[i])) for i, row in enumerate(rows) if row['mask']}
    return values, present, planes


def draw_batch(chosen, rows, latents, values, present, planes, tokenizer, config):
    """One batch with every condition dropped at random, so that any subset works at inference."""
    n = len(chosen)
    prompts = [compose_prompt(rows[i]) for i in chosen]
    nothing = torch.rand(n) < config['drop_all']                    # for classifier-free guidance
    no_text = nothing | (torch.rand(n) < config['drop_text'])
    ids = tokenize(tokenizer, ['' if gone else prompt for gone, prompt in zip(no_text, prompts)])
    keep = (torch.rand(n, values.shape[1]) >= config['drop_covariate']).float()
    keep *= (torch.rand(n, 1) >= config['drop_covariates']).float() * (~nothing).float()[:, None]
    flags = present[chosen] * keep
    mask = torch.zeros(n, 2, 64, 64)
    mask_present = torch.zeros(n, 1)
    for k, i in enumerate(chosen):
        if int(i) in planes and not nothing[k] and random.random() >= config['drop_mask']:
            mask[k] = planes[int(i)].float() / 255
            mask_present[k] = 1
    if latents.shape[2] < config['latent_size']:
        mask = F.avg_pool2d(mask, config['latent_size'] // latents.shape[2])
    return latents[chosen].float(), ids, values[chosen] * flags, flags, mask, mask_present


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--autoencoder', required=True)
    parser.add_argument('--config', default='training/configs/base.json')
    parser.add_argument('--name', required=True)
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--steps', type=int, default=10**9)
    parser.add_argument('--threads', type=int, default=0)
    parser.add_argument('--compile', action='store_true', help='torch.compile the UNet: a fifth faster after a minute or two')
    parser.add_argument('--init', help='folder of a trained pipeline to start from (a new run, not a resumed one)')
    args = parser.parse_args()

    if args.threads:
        torch.set_num_threads(args.threads)
    config = json.loads(Path(args.config).read_text())
    accelerator = Accelerator(mixed_precision='bf16')
    device = accelerator.device
    torch.manual_seed(config['seed'] + accelerator.process_index)
    np.random.seed(config['seed'] + accelerator.process_index)
    random.seed(config['seed'] + accelerator.process_index)
    run = Path('runs') / args.name
    run.mkdir(parents=True, exist_ok=True)
    (run / 'config.json').write_text(json.dumps({**config, **vars(args)}, indent=1))

    rows, images, masks, validation = load_dataset(args.data, args.cache)
    autoencoder = MedicalAutoencoder.from_pretrained(args.autoencoder).to(device, memory_format=torch.channels_last).eval()
    latents_file = run / 'latents.pt'
    if not latents_file.exists() and accelerator.is_main_process:
        latents = encode_latents(autoencoder, images, device)
        train = torch.from_numpy(~validation)
        scale = 1 / latents[train].float().std().item()
        torch.save({'latents': latents, 'shift': latents[train].float().mean().item(), 'scale': scale}, latents_file)
        autoencoder.register_to_config(scaling_factor=scale)
    accelerator.wait_for_everyone()
    saved = torch.load(latents_file)
    latents = saved['latents'] * saved['scale']
    small_latents, small_file = None, run / 'latents-128.pt'
    if config['low_resolution_samples']:
        if not small_file.exists() and accelerator.is_main_process:
            torch.save(encode_latents(autoencoder, images, device, batch=128, shrink=2), small_file)
        accelerator.wait_for_everyone()
        small_latents = torch.load(small_file) * saved['scale']
    config['latent_size'] = latents.shape[2]
    autoencoder.register_to_config(scaling_factor=saved['scale'])
    train = np.nonzero(~validation)[0]
    weights = set_weights([rows[i] for i in train], config['balance'], config.get('label_balance', 0.0), config.get('set_factors'))
    values, present, planes = prepare_conditions(rows, masks)

    tokenizer = build_tokenizer()
    unet = MedicalUNet(**config['unet'])
    text_encoder = MedicalTextEncoder(vocab_size=tokenizer.get_vocab_size(), width=config['unet'].get('prompt_dim', 256), **config['text_encoder'])
    if args.init:
        unet = MedicalUNet.from_pretrained(Path(args.init) / 'unet')
        text_encoder = MedicalTextEncoder.from_pretrained(Path(args.init) / 'text_encoder')
    model = FlowModel(unet, text_encoder).to(device)
    unet.to(memory_format=torch.channels_last)
    if device.type == 'cpu':
        unet.unet.set_attn_processor(AttnProcessor())                # the fused one is slower there
    ema = copy.deepcopy(model).requires_grad_(False)
    # Words and covariates of small sets are seldom drawn, so what reads them takes longer steps than the rest of the UNet.
    covariate_layers = [*unet.covariate_tokens.parameters(), *unet.unet.class_embedding.parameters()]
    taken = {id(p) for p in covariate_layers}
    groups = [{'params': [p for p in unet.parameters() if id(p) not in taken]}, {'params': list(text_encoder.parameters())},
              {'params': covariate_layers}]
    rate_factors = (1.0, config['text_lr_factor'], config.get('covariate_lr_factor', 1.0))
    optimizer = torch.optim.AdamW(groups, lr=config['lr'], betas=(0.9, 0.99), weight_decay=config['weight_decay'], fused=True)
    if args.compile:
        unet.compile()
    model, optimizer = accelerator.prepare(model, optimizer)
    step, seen, started = 0, 0, time.time()
    if (run / 'checkpoint.pt').exists():
        checkpoint = torch.load(run / 'checkpoint.pt', map_location='cpu', weights_only=False)
        accelerator.unwrap_model(model).load_state_dict(checkpoint['model'])
        ema.load_state_dict(checkpoint['ema'])
        optimizer.load_state_dict(in_these_groups(checkpoint['optimizer'], unet, text_encoder, covariate_layers))
        step, seen = checkpoint['step'], checkpoint['seen']
        set_random_state(checkpoint['random'])
    if accelerator.is_main_process:
        print(f'{sum(p.numel() for p in unet.parameters()) / 1e6:.1f} M UNet, from step {step}, {seen} samples', flush=True)

    core = accelerator.unwrap_model(model)

    def save():
        state = {'model': core.state_dict(), 'ema': ema.state_dict(), 'optimizer': optimizer.state_dict(),
                 'step': step, 'seen': seen, 'random': random_state()}
        torch.save(state, run / 'checkpoint.tmp')
        (run / 'checkpoint.tmp').replace(run / 'checkpoint.pt')
        ema.unet.save_pretrained(run / 'pipeline/unet')
        ema.text_encoder.save_pretrained(run / 'pipeline/text_encoder')
        autoencoder.save_pretrained(run / 'pipeline/vae')
        save_tokenizer(run / 'pipeline/tokenizer')

    stopped = []
    for name in (signal.SIGINT, signal.SIGTERM):                     # stop after this step, and save
        signal.signal(name, lambda *_: stopped.append(True))
    running, last_log, last_save = None, time.time(), time.time()
    log_seen = seen
    while not stopped and step < args.steps and time.time() - started < args.minutes * 60:
        # Progressive resolution: what an image is made of is learnt on 128², at a quarter of the cost.
        low = seen < config['low_resolution_samples']
        chosen = np.random.choice(train, config['batch'], p=weights)
        batch = [t.to(device) for t in draw_batch(chosen, rows, small_latents if low else latents, values, present, planes, tokenizer, config)]
        x0, ids, covariates, flags, mask, mask_present = batch
        rate = config['lr'] * min(1.0, (step + 1) / config['warmup'])
        if config.get('decay_from') is not None:                     # square-root cooling towards `decay_to` samples
            done = (seen - config['decay_from']) / max(1, config['decay_to'] - config['decay_from'])
            rate *= 1 - 0.95 * math.sqrt(min(1.0, max(0.0, done)))
        for group, factor in zip(optimizer.param_groups, rate_factors):
            group['lr'] = rate * factor
        with accelerator.autocast():
            loss = model(x0, ids, covariates, flags, mask, mask_present, config['shift'], config.get('uniform_share', 0.0))
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        seen += len(x0) * accelerator.num_processes
        ema_update(core, ema, min(config['ema_decay'], (1 + step) / (10 + step)))
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if accelerator.is_main_process and time.time() - last_log > 60:
            line = f'{step},{seen},{time.time() - started:.0f},{running:.4f},{(seen - log_seen) / (time.time() - last_log):.1f}'
            last_log, log_seen = time.time(), seen
            print(line, flush=True)
            with open(run / 'log.csv', 'a') as file:
                file.write(line + '\n')
        if accelerator.is_main_process and time.time() - last_save > 300:
            save()
            last_save = time.time()
    if accelerator.is_main_process:
        save()
