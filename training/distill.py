"""Distils a guided many-step pipeline into one that needs four steps and no guidance.

    python training/distill.py --pipeline runs/base/pipeline --data DIR --latents runs/base/latents.pt --name few --pairs 10
    python training/distill.py --pipeline runs/base/pipeline --data DIR --latents runs/base/latents.pt --name few --minutes 20

The first form lets the teacher walk: guided trajectories from noise to image, kept at the borders of four windows of σ
(runs/NAME/pairs-*.pt; several processes may do it at once). The second trains a copy of the teacher on them: inside each window
the flow is made straight, so that one Euler step crosses it (piecewise rectified flow, Yan et al. 2024,
https://arxiv.org/abs/2405.07510). The guidance is part of the trajectories and so of the student. Run either form again to go on.
"""

import argparse
import copy
import json
import os
import random
import time
from pathlib import Path

import numpy as np
import torch
from data import COVARIATES, SKIN_TONES, load_dataset
from diffusers.models.attention_processor import AttnProcessor
from prompts import label_phrases
from sample import flow_sigmas, load_pipeline
from text_encoder import save_tokenizer
from train import draw_batch, ema_update, prepare_conditions
from train_autoencoder import set_weights

WINDOWS = 4
LEVELS = {'sex': 2, 'view': 2, 'skin_tone': len(SKIN_TONES), 'dr_grade': 5}       # the others are continuous


@torch.no_grad()
def teacher_trajectories(pipeline, conditions, noise, guidance, steps, interval=(0.0, 1.0)):
    """Guided Euler walk from noise; returns the latents at the WINDOWS + 1 borders: float (batch, 5, 16, 16, 16).

    conditions: ids (batch, 40), covariates and flags (batch, 7), mask (batch, 2, 64, 64), mask_present (batch, 1).
    Guidance acts for σ inside `interval` (Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724).
    """
    ids, values, flags, mask, mask_present = conditions
    n = len(ids)
    nothing = torch.zeros_like(ids)
    nothing[:, :2] = torch.tensor([2, 3])                                        # [BOS] [EOS]
    both = [torch.cat([torch.zeros_like(t), t]) for t in (values, flags, mask, mask_present)]
    embeds = pipeline.text_encoder(torch.cat([nothing, ids]))
    sigmas = flow_sigmas(steps)
    x, borders = noise, [noise]
    for k, (sigma, following) in enumerate(zip(sigmas[:-1], sigmas[1:])):
        t = torch.full((2 * n,), sigma * 1000, dtype=torch.float32)
        if interval[0] <= sigma <= interval[1]:
            without, with_ = pipeline.unet(torch.cat([x, x]), t, embeds, *both).float().chunk(2)
            velocity = without + guidance * (with_ - without)
        else:
            velocity = pipeline.unet(x, t[n:], embeds[n:], *(b[n:] for b in both)).float()
        x = x + float(following - sigma) * velocity
        if (k + 1) % (steps // WINDOWS) == 0:
            borders.append(x)
    return torch.stack(borders, dim=1)


def window_targets(borders, window, position):
    """Where the student stands and the straight velocity there. borders (batch, 5, …), window (batch,), position (batch,) in 0…1.

    Returns x_t, t·1000 and (x_start − x_end) / (σ_start − σ_end), the velocity of the flow noise − x0.
    """
    rows = torch.arange(len(borders))
    start, end = borders[rows, window], borders[rows, window + 1]
    p = position.view(-1, 1, 1, 1)
    sigma = 1 - (window + position) / WINDOWS
    return start + p * (end - start), sigma * 1000, (start - end) * WINDOWS


def turn_one_covariate(rows, values, present, chosen):
    """Asks the chosen rows for one of their covariates alone, at a value drawn evenly over its range, and in no word.

    What the teacher makes of a covariate needs no real image with it, so rare values can be taught as often as common ones.
    Returns copies (rows, values, present) of the chosen rows; where a row has no covariate it stays as it is.
    """
    plain, drawn, flags = [], torch.zeros(len(chosen), values.shape[1]), torch.zeros(len(chosen), values.shape[1])
    for k, i in enumerate(chosen):
        at = torch.nonzero(present[i])[:, 0]
        if not len(at):
            plain.append(rows[i])
            continue
        which = at[torch.randint(len(at), (1,))]
        levels = LEVELS.get(COVARIATES[int(which)][0])
        even = torch.rand(1) if levels is None else torch.randint(levels, (1,)) / (levels - 1)
        drawn[k, which], flags[k, which] = 2 * even - 1, 1
        blank = {**rows[i], **dict.fromkeys(('age', 'sex', 'view', 'skin_tone', 'cdr', 'findings'), '')}
        if COVARIATES[int(which)][0] == 'dr_grade':
            blank['label'] = f'DR{round(4 * even.item())}'                        # a grade that is asked for is the label too
        blank['prompt'] = f"{blank['modality']}, {random.choice(label_phrases(blank))}"
        plain.append(blank)
    return plain, drawn, flags


def make_pairs(pipeline, run, draw, args):
    """Writes files of 256 trajectories until the minutes are over."""
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    random.seed(args.seed)
    started, made, number = time.time(), 0, 0
    while time.time() - started < args.pairs * 60:
        kept = []
        for _ in range(256 // args.batch):
            x0, *conditions = draw(args.batch)
            with torch.autocast('cpu', torch.bfloat16):
                borders = teacher_trajectories(pipeline, conditions, torch.randn_like(x0), args.guidance, args.steps, args.interval)
            kept.append((borders.half(), *conditions))
        ids, values, flags, mask, mask_present = (torch.cat(part) for part in list(zip(*kept))[1:])
        file = {'borders': torch.cat([k[0] for k in kept]), 'ids': ids.short(), 'values': values, 'flags': flags,
                'mask': (mask * 255).byte(), 'mask_present': mask_present}
        made += 256
        while (run / f'pairs-{args.seed}-{number}.pt').exists():
            number += 1
        torch.save(file, run / 'half-written')
        os.replace(run / 'half-written', run / f'pairs-{args.seed}-{number}.pt')
        print(f'{made} trajectories, {made / (time.time() - started):.1f} a second', flush=True)


def read_pairs(run):
    """All trajectories of the folder, joined."""
    files = [torch.load(path) for path in sorted(run.glob('pairs-*.pt'))]
    return {name: torch.cat([file[name] for file in files]) for name in files[0]}


def train_student(pipeline, run, args):
    """Mean squared error of the straightened velocity; text encoder and autoencoder stay the teacher's."""
    pairs = read_pairs(run)
    total = len(pairs['ids'])
    unet = pipeline.unet.train().to(memory_format=torch.channels_last)
    ema = copy.deepcopy(unet).requires_grad_(False)
    optimizer = torch.optim.AdamW(unet.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    step = 0
    if (run / 'checkpoint.pt').exists():
        saved = torch.load(run / 'checkpoint.pt')
        unet.load_state_dict(saved['unet'])
        ema.load_state_dict(saved['ema'])
        optimizer.load_state_dict(saved['optimizer'])
        step = saved['step']
    if args.compile:
        unet.compile()
    started, last, running = time.time(), time.time(), None
    first = step
    while (done := (time.time() - started) / (60 * args.minutes)) < 1:
        for group in optimizer.param_groups:
            group['lr'] = args.rate * min(1, (step + 1) / 50) * max(0.03, 1 - done)
        chosen = torch.randint(total, (args.batch,))
        window = torch.randint(WINDOWS, (args.batch,))
        # Half stand where a four-step run stands; the others in between, for runs of more steps.
        position = torch.rand(args.batch) * (torch.rand(args.batch) < 0.5)
        x, t, velocity = window_targets(pairs['borders'][chosen].float(), window, position)
        with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
            embeds = pipeline.text_encoder(pairs['ids'][chosen].long())
        with torch.autocast('cpu', torch.bfloat16):
            guess = unet(x, t, embeds, pairs['values'][chosen], pairs['flags'][chosen],
                         pairs['mask'][chosen].float() / 255, pairs['mask_present'][chosen])
        loss = ((guess.float() - velocity) ** 2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        ema_update(unet, ema, min(0.998, (1 + step) / (10 + step)))
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if time.time() - last > 60:
            last = time.time()
            line = f'{step},{step * args.batch},{time.time() - started:.0f},{running:.4f},{(step - first) * args.batch / (last - started):.1f}'
            print(line, flush=True)
            with open(run / 'log.csv', 'a') as file:
                file.write(line + '\n')
    torch.save({'unet': unet.state_dict(), 'ema': ema.state_dict(), 'optimizer': optimizer.state_dict(), 'step': step}, run / 'checkpoint.pt')
    ema.save_pretrained(run / 'pipeline/unet')
    pipeline.text_encoder.save_pretrained(run / 'pipeline/text_encoder')
    pipeline.vae.save_pretrained(run / 'pipeline/vae')
    save_tokenizer(run / 'pipeline/tokenizer')
    print(f'{total} trajectories, {step} steps of {args.batch}, loss {running:.4f}')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True, help='the teacher, as train.py wrote it')
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--latents', required=True)
    parser.add_argument('--config', default='training/configs/base.json')
    parser.add_argument('--name', default='few')
    parser.add_argument('--pairs', type=float, default=0, help='minutes for making trajectories; then ends')
    parser.add_argument('--minutes', type=float, default=20)
    parser.add_argument('--guidance', type=float, default=3.0)
    parser.add_argument('--interval', type=float, nargs=2, default=(0.0, 1.0), help='lowest and highest σ that are guided')
    parser.add_argument('--steps', type=int, default=12, help='steps of the teacher, a multiple of 4')
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--rate', type=float, default=2e-4)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--compile', action='store_true')
    args = parser.parse_args()
    if args.steps % WINDOWS:
        raise SystemExit(f'--steps must be a multiple of {WINDOWS}, got {args.steps}')
    torch.set_num_threads(args.threads)
    folder = Path('runs') / args.name
    folder.mkdir(parents=True, exist_ok=True)
    teacher = load_pipeline(args.pipeline, torch.device('cpu'))
    teacher.unet.unet.set_attn_processor(AttnProcessor())
    if not args.pairs:
        train_student(teacher, folder, args)
        raise SystemExit
    all_rows, _, all_masks, validation = load_dataset(args.data, args.cache)
    settings = json.loads(Path(args.config).read_text())
    saved_latents = torch.load(args.latents)['latents']
    settings['latent_size'] = saved_latents.shape[2]
    settings.update(drop_all=0.04, drop_text=0.04, drop_covariates=0.3)
    train = np.nonzero(~validation)[0]
    weights = set_weights([all_rows[i] for i in train], settings['balance'], settings.get('label_balance', 0.0), settings.get('set_factors'))
    values, present, planes = prepare_conditions(all_rows, all_masks)
    teacher.unet.to(memory_format=torch.channels_last)
    if args.compile:
        teacher.unet.compile()

    def draw(count):
        chosen = np.random.choice(train, count, p=weights)
        if random.random() < 0.6:
            return draw_batch(chosen, all_rows, saved_latents, values, present, planes, teacher.tokenizer, settings)
        some, some_values, some_present = turn_one_covariate(all_rows, values, present, chosen)
        some_planes = {k: planes[i] for k, i in enumerate(chosen) if i in planes}
        always = {**settings, 'drop_covariates': 0.0, 'drop_covariate': 0.0}
        return draw_batch(np.arange(count), some, saved_latents[chosen], some_values, some_present, some_planes, teacher.tokenizer, always)

    make_pairs(teacher, folder, draw, args)
