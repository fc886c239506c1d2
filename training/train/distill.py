"""Distils a guided many-step pipeline into one that needs four steps and no guidance.

    python -m training.train.distill --pipeline runs/base/pipeline --data DIR --name few --guidance guidance.json --pairs 10
    python -m training.train.distill --pipeline runs/base/pipeline --data DIR --name few --minutes 20
    python -m training.train.distill … --pairs 1 --minutes 2 --memory            both, with the walks in memory

The first form lets the teacher walk: trajectories from noise to image, kept at the borders of four windows of σ
(runs/NAME/pairs-*.pt; several processes with other seeds may do it at once). The second trains a copy of the teacher on them: inside
each window the flow is made straight, so that one Euler step crosses it (piecewise rectified flow, Yan et al. 2024,
https://arxiv.org/abs/2405.07510). The guidance is part of the trajectories and so of the student: a number, or JSON by set, with an
interval of σ (trajectories.read_guidance). Run either form again to go on.
"""

import argparse
import copy
import json
from pathlib import Path

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor

from training.common.errors import BadSetting, LossIsNotANumber, named_errors
from training.common.plan import Clock, Plan
from training.data.dataset import load_dataset
from training.model.pipeline_folder import save_pipeline
from training.model.sample import load_pipeline
from training.train.batches import Drops
from training.train.flow import ema_update
from training.train.train_autoencoder import set_weights
from training.train.training_data import read_bank
from training.train.trajectories import (WINDOWS, condition_data, draw_conditions, guidance_of, join_pairs, pack, read_guidance, read_pairs,
                          teacher_trajectories, write_pairs)

TEACHER_DROPS = Drops(all=0.04, text=0.04, covariates=0.3, covariate=0.15, mask=0.35)
COLUMNS = 'step,seen,seconds,loss,held_out'


def window_targets(borders, window, position):
    """Where the student stands and the straight velocity there. borders (batch, 5, …), window (batch,), position (batch,) in 0…1.

    Returns x_t, t·1000 and (x_start − x_end) / (σ_start − σ_end), the velocity of the flow noise − x0.
    """
    rows = torch.arange(len(borders), device=borders.device)
    start, end = borders[rows, window], borders[rows, window + 1]
    p = position.view(-1, 1, 1, 1)
    sigma = 1 - (window + position) / WINDOWS
    return start + p * (end - start), sigma * 1000, (start - end) * WINDOWS


def make_pairs(pipeline, data, guidance, clock, args, keep):
    """Calls `keep` with about 256 trajectories at a time until the clock has run out; at least once. Returns how many were made."""
    device = pipeline.device
    generator = torch.Generator(device).manual_seed(args.seed)
    unet = pipeline.unet.config
    made = 0
    while not made or clock.progress() < 1:
        kept = []
        for _ in range(max(1, 256 // args.batch)):
            *conditions, chosen = draw_conditions(data, args.batch, TEACHER_DROPS, generator)
            noise = torch.randn(args.batch, unet.latent_channels, unet.sample_size, unet.sample_size, device=device, generator=generator)
            hard = guidance_of(guidance, [data.rows[i] for i in chosen.tolist()])
            with torch.autocast(device.type, torch.bfloat16):
                borders = teacher_trajectories(pipeline, conditions, noise, hard, args.steps)
            kept.append(pack(borders, *conditions))
            made += args.batch
            if clock.progress() >= 1:
                break
        keep(join_pairs(kept))
        print(f'{made} trajectories, {made / clock.seconds():.1f} a second', flush=True)
    return made


@torch.no_grad()
def straightness_error(unet, text_encoder, pairs):
    """Mean squared error of the velocity at the start of every window of every trajectory in `pairs`."""
    n, device, total = len(pairs['ids']), pairs['ids'].device, 0.0
    with torch.autocast(device.type, torch.bfloat16):
        embeds = text_encoder(pairs['ids'].long()).float()
        for window in range(WINDOWS):
            x, t, velocity = window_targets(pairs['borders'].float(), torch.full((n,), window, device=device), torch.zeros(n, device=device))
            guess = unet(x, t, embeds, pairs['values'], pairs['flags'], pairs['mask'].float() / 255, pairs['mask_present'])
            total += ((guess.float() - velocity) ** 2).mean().item() / WINDOWS
    return total


class Student:
    """A copy of the teacher's UNet that learns straight windows."""

    def __init__(self, pipeline, pairs, folder, args):
        self.pipeline, self.folder, self.args, self.device = pipeline, folder, args, pipeline.device
        apart = min(64, len(pairs['ids']) // 8)                       # trajectories that it never learns from
        self.held_out, self.pairs = ({name: tensor[part].to(self.device) for name, tensor in pairs.items()}
                                     for part in (slice(0, apart), slice(apart, None)))
        self.unet = copy.deepcopy(pipeline.unet).train().to(memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.unet).requires_grad_(False).eval()
        self.optimizer = torch.optim.AdamW(self.unet.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
        self.generator = torch.Generator(self.device).manual_seed(args.seed)
        self.number, self.running, self.broken = 0, None, torch.zeros((), dtype=torch.bool, device=self.device)
        if (folder / 'checkpoint.pt').exists():
            saved = torch.load(folder / 'checkpoint.pt', map_location='cpu')
            for name in ('unet', 'ema', 'optimizer'):
                getattr(self, name).load_state_dict(saved[name])
            self.number = saved['step']
            self.generator.set_state(saved['generator'])
        if args.compile:
            self.unet.compile(dynamic=False)

    def step(self, done):
        """One step; the rate warms up and falls with `done` in 0…1."""
        args, pairs, draw = self.args, self.pairs, {'device': self.device, 'generator': self.generator}
        for group in self.optimizer.param_groups:
            group['lr'] = args.rate * min(1, (self.number + 1) / 50) * max(0.03, 1 - done)
        chosen = torch.randint(len(pairs['ids']), (args.batch,), **draw)
        window = torch.randint(WINDOWS, (args.batch,), **draw)
        # Half stand where a four-step run stands; the others in between, for runs of more steps.
        position = torch.rand(args.batch, **draw) * (torch.rand(args.batch, **draw) < 0.5)
        x, t, velocity = window_targets(pairs['borders'][chosen].float(), window, position)
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.no_grad():
                embeds = self.pipeline.text_encoder(pairs['ids'][chosen].long())
            guess = self.unet(x.contiguous(memory_format=torch.channels_last), t, embeds.float(), pairs['values'][chosen],
                              pairs['flags'][chosen], pairs['mask'][chosen].float() / 255, pairs['mask_present'][chosen])
        loss = ((guess.float() - velocity) ** 2).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.broken |= ~torch.isfinite(loss.detach() + norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.number += 1
        ema_update(self.unet, self.ema, min(0.998, (1 + self.number) / (10 + self.number)))
        self.running = loss.detach() if self.running is None else torch.lerp(loss.detach(), self.running, min(0.95, 1 - 1 / self.number))

    def log(self, seconds):
        error = straightness_error(self.ema, self.pipeline.text_encoder, self.held_out) if len(self.held_out['ids']) else float('nan')
        line = f'{self.number},{self.number * self.args.batch},{seconds:.0f},{self.running.item():.5f},{error:.5f}'
        print(line, flush=True)
        with open(self.folder / 'log.csv', 'a') as file:
            file.write(line + '\n' if file.tell() else f'{COLUMNS}\n{line}\n')

    def check(self):
        if self.broken.item():
            raise LossIsNotANumber(f'The loss of step {self.number} is not finite; what was saved in {self.folder} last is kept. Go on with a '
                                   'lower --rate.')

    def save(self):
        self.check()
        state = {'unet': self.unet.state_dict(), 'ema': self.ema.state_dict(), 'optimizer': self.optimizer.state_dict(),
                 'step': self.number, 'generator': self.generator.get_state()}
        torch.save(state, self.folder / 'checkpoint.tmp')
        (self.folder / 'checkpoint.tmp').replace(self.folder / 'checkpoint.pt')
        save_pipeline(self.folder / 'pipeline', self.ema, self.pipeline.text_encoder, self.pipeline.vae, self.pipeline.tokenizer)


def train_student(student, clock, log_seconds, most):
    """Steps until the clock has run out or `most` steps are done; saves every five minutes and at the end."""
    last, saved, first = 0.0, 0.0, student.number
    while (done := clock.progress()) < 1 and student.number < most:
        student.step(done)
        if student.args.compile and student.number == first + 3:
            clock.restart()
        if student.number % 20 == 0 or student.device.type == 'cpu':
            student.check()
        if clock.seconds() - last >= log_seconds or student.number == 1:
            last = clock.seconds()
            student.log(last)
        if clock.seconds() - saved > 300:
            saved = clock.seconds()
            student.save()
    student.save()
    if student.running is not None:
        student.log(clock.seconds())


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--pipeline', required=True, help='the teacher, as train.py wrote it')
    add('--data', required=True)
    add('--cache', default='runs/cache')
    add('--config', default='training/configs/base.json', help="the teacher's: sets are drawn as it says")
    add('--name', default='few')
    add('--pairs', type=float, default=0, help='minutes for making trajectories')
    add('--minutes', type=float, default=20, help='minutes of training')
    add('--train-steps', type=int, default=10**9, help='ends training after so many steps, if the minutes are not over')
    add('--memory', action='store_true', help='keep trajectories in memory and train at once')
    add('--plan', help='JSON file with minutes for "trajectories" and "student", in place of --pairs and --minutes')
    add('--guidance', default='1.0', help='a number, or a JSON file of numbers by set')
    add('--steps', type=int, default=12, help='steps of the teacher, a multiple of 4')
    add('--batch', type=int, default=32)
    add('--rate', type=float, default=2e-4)
    add('--seed', type=int, default=0)
    add('--threads', type=int, default=0)
    add('--log-seconds', type=float, default=60)
    add('--compile', action='store_true')
    args = parser.parse_args(argv)
    if args.steps % WINDOWS:
        raise BadSetting(f'--steps must be a multiple of {WINDOWS}, got {args.steps}.')
    return args


def walk(pipeline, folder, args, minutes):
    """The teacher's trajectories by the arguments: on disk, or returned where --memory says so."""
    rows, _, masks, validation = load_dataset(args.data, args.cache)
    config = json.loads(Path(args.config).read_text())
    weights, train = np.zeros(len(rows)), np.nonzero(~validation)[0]
    weights[train] = set_weights([rows[i] for i in train], config['balance'], config.get('label_balance', 0.0), config.get('set_factors'))
    bank = read_bank(args.cache, rows, pipeline.tokenizer, config)
    data = condition_data(rows, masks, weights, bank, pipeline.tokenizer, config, pipeline.device)
    kept = []
    make_pairs(pipeline, data, read_guidance(args.guidance), Clock(minutes), args,
               kept.append if args.memory else lambda pairs: write_pairs(folder, pairs, args.seed))
    return join_pairs(kept) if args.memory else None


@named_errors
def main(argv=None):
    args = parse_arguments(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    plan = Plan(args.plan) if args.plan else None
    folder = Path('runs') / args.name
    folder.mkdir(parents=True, exist_ok=True)
    pipeline = load_pipeline(args.pipeline)
    if pipeline.device.type == 'cpu':
        pipeline.unet.unet.set_attn_processor(AttnProcessor())           # the fused one is slower there
    pipeline.unet.to(memory_format=torch.channels_last)
    pairs = None
    if args.pairs or args.memory:
        pairs = walk(pipeline, folder, args, (lambda: plan.minutes('trajectories')) if plan else args.pairs)
        if not args.memory:
            return None
    student = Student(pipeline, pairs or read_pairs(folder), folder, args)
    train_student(student, Clock((lambda: plan.minutes('student')) if plan else args.minutes), args.log_seconds, args.train_steps)
    return student


if __name__ == '__main__':
    main()
