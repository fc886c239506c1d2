"""Trains the UNet and the text encoder on cached latents; saves runs/NAME/{checkpoint.pt,config.json,log.csv,pipeline/}.

    python -m training.train.train --data DIR --autoencoder runs/ae/autoencoder --config training/configs/base.json --name base --minutes 90
    python -m training.train.train --data DIR --init runs/base/pipeline --name next         from trained weights, autoencoder included
    accelerate launch -m training.train.train …                                             several GPUs or machines

Run again with the same name to resume exactly: weights, optimizer, EMA, step and random state are in the checkpoint.
Ctrl-C or a SIGTERM ends it after the current step, saved. The stages of the config end after their samples or, with --plan, after
the minutes that the plan gives them. A data set of one's own: see README.md.
"""

import argparse
import copy
import json
import math
import signal
import time
from pathlib import Path

import torch
from accelerate import Accelerator
from diffusers.models.attention_processor import AttnProcessor

from training.common.errors import BadSetting, LossIsNotANumber, named_errors
from training.common.plan import Clock, Plan
from training.model.pipeline_folder import make_networks, save_pipeline
from training.train.batches import Batch, Drops
from training.train.checkpoint import load_checkpoint, save_checkpoint, seed_rank
from training.train.flow import FlowModel, ema_update, flow_timesteps
from training.train.training_data import prepare_data

CHECK_EVERY = 20             # steps between two looks at the loss on a GPU: each look waits for it
COLUMNS = 'step,seen,seconds,stage,loss,validation,samples_per_second'
COUNTS = {'step': 0, 'seen': 0, 'stage': 0, 'stage_step': 0, 'stage_seen': 0, 'stage_seconds': 0.0}


def learning_rate(config, counts, done):
    """Warm-up at the start and, shorter, at each later stage; square-root cooling over the end of the last. done: 0…1 of the stage."""
    rate = config['lr'] * min(1.0, (counts['step'] + 1) / config['warmup'])
    if counts['stage']:
        rate *= min(1.0, (counts['stage_step'] + 50) / 150)
    if counts['stage'] == len(config['stages']) - 1:
        cooled = max(0.0, done - config['cool_from']) / (1 - config['cool_from'])
        rate *= max(0.03, 1 - 0.97 * math.sqrt(min(1.0, cooled)))
    return rate


def optimizer_of(model, config):
    """AdamW whose learning rate is multiplied by each group's `factor`."""
    unet = model.unet
    # Words and covariates of small sets are seldom drawn, so what reads them takes longer steps than the rest of the UNet.
    covariate_layers = [*unet.covariate_tokens.parameters(), *unet.unet.class_embedding.parameters()]
    taken = {id(p) for p in covariate_layers}
    groups = [{'params': [p for p in unet.parameters() if id(p) not in taken], 'factor': 1.0},
              {'params': list(model.text_encoder.parameters()), 'factor': config['text_lr_factor']},
              {'params': covariate_layers, 'factor': config['covariate_lr_factor']}]
    return torch.optim.AdamW(groups, lr=config['lr'], betas=(0.9, 0.99), weight_decay=config['weight_decay'], fused=True)


class Training:
    """One run: networks, data, counts, and what a step does to them."""

    def __init__(self, config, folder, accelerator, networks, data, plan=None):
        self.config, self.folder, self.accelerator, self.data, self.plan = config, folder, accelerator, data, plan
        self.vae, self.tokenizer = networks.vae, networks.tokenizer
        device = accelerator.device
        self.generator = torch.Generator(device)
        seed_rank(self.generator, config['seed'], accelerator.process_index)
        model = FlowModel(networks.unet, networks.text_encoder).to(device).train()
        model.unet.to(memory_format=torch.channels_last)
        if device.type == 'cpu':
            model.unet.unet.set_attn_processor(AttnProcessor())          # the fused one is slower there
        self.ema = copy.deepcopy(model).requires_grad_(False).eval()
        if config.get('compile'):
            model.unet.compile(dynamic=False)
        self.core = model
        self.model, self.optimizer = accelerator.prepare(model, optimizer_of(model, config))
        self.counts = dict(COUNTS)
        self.broken = torch.zeros((), dtype=torch.bool, device=device)
        self.running = None
        self.fixed = data.validation_batch(config['seed'])
        if (folder / 'checkpoint.pt').exists():
            saved = load_checkpoint(folder / 'checkpoint.pt', accelerator, self.generator, self.parts())
            self.counts = {name: saved[name] for name in COUNTS}
        self.clock = self.clock_of_stage(self.counts['stage_seconds'])

    def parts(self):
        return {'model': self.core, 'ema': self.ema, 'optimizer': self.optimizer}

    def stage(self):
        return self.config['stages'][self.counts['stage']]

    def clock_of_stage(self, spent=0.0):
        name = self.stage()['name']
        return Clock((lambda: self.plan.minutes(name)) if self.plan else math.inf, spent)

    def progress(self):
        """0…1 of the stage, by samples or by the plan's minutes."""
        by_samples = 0.0 if self.plan else self.counts['stage_seen'] / self.stage()['samples']
        return max(by_samples, self.clock.progress())

    def agree(self, stop):
        """(stop, broken, progress) for all ranks alike: any rank's stop, any rank's broken loss, the first rank's progress."""
        alone = self.accelerator.num_processes == 1
        look = self.broken.device.type == 'cpu' or not alone or self.counts['step'] % CHECK_EVERY == 0
        broken, progress = look and self.broken.item(), self.progress()
        if alone:
            return stop, broken, progress
        said = self.accelerator.gather(torch.tensor([[stop, broken, progress]], dtype=torch.float64, device=self.broken.device))
        return bool(said[:, 0].any()), bool(said[:, 1].any()), said[0, 2].item()

    def step(self, done):
        """One optimizer step of the stage's batch, in micro-batches; the learning rate is that of `done`."""
        config, counts, stage = self.config, self.counts, self.stage()
        batch = self.data.draw(stage['batch'], Drops.of(config), self.generator, stage['resolution'] == 'half', config['untouched_share'])
        noise = torch.randn(batch.x0.shape, device=batch.x0.device, generator=self.generator)
        sigma = flow_timesteps(len(noise), config['shift'], noise.device, config['uniform_share'], self.generator)
        for group in self.optimizer.param_groups:
            group['lr'] = learning_rate(config, counts, done) * group['factor']
        size = min(config.get('micro_batch') or len(noise), len(noise))
        total = torch.zeros((), device=noise.device)
        for k in range(0, len(noise), size):
            part = slice(k, k + size)
            last = k + size >= len(noise)
            with self.accelerator.autocast(), self.model.no_sync() if not last and hasattr(self.model, 'no_sync') else torch.enable_grad():
                loss = self.model(Batch(*(t[part] for t in batch)), noise[part], sigma[part]) * (len(noise[part]) / len(noise))
                self.accelerator.backward(loss)
            total += loss.detach()
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        self.broken |= ~torch.isfinite(total + norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.count(len(noise) * self.accelerator.num_processes)
        self.running = total if self.running is None else torch.lerp(total, self.running, min(0.98, 1 - 1 / (1 + counts['stage_step'])))

    def count(self, samples):
        counts, every = self.counts, self.config['ema_every']
        for name, more in (('step', 1), ('stage_step', 1), ('seen', samples), ('stage_seen', samples)):
            counts[name] += more
        if counts['step'] % every == 0:
            ema_update(self.core, self.ema, min(self.config['ema_decay'], (1 + counts['step']) / (10 + counts['step'])) ** every)

    @torch.no_grad()
    def validation_loss(self):
        """Of held-out images as they are, all conditions given, at fixed noise and σ, by the averaged weights."""
        if self.fixed is None:
            return math.nan
        with self.accelerator.autocast():
            return sum(self.ema(*part).item() * len(part[1]) for part in self.fixed) / sum(len(part[1]) for part in self.fixed)

    def next_stage(self):
        """Goes on to the next stage; False where there is none."""
        if self.counts['stage'] + 1 == len(self.config['stages']):
            return False
        self.counts.update(stage=self.counts['stage'] + 1, stage_step=0, stage_seen=0, stage_seconds=0.0)
        self.clock = self.clock_of_stage()
        return True

    def save(self):
        """Checkpoint and pipeline folder; every rank must call it. Raises LossIsNotANumber and saves nothing where the loss is broken."""
        if self.agree(False)[1] or self.broken.item():
            self.refuse()
        self.counts['stage_seconds'] = self.clock.seconds()
        save_checkpoint(self.folder / 'checkpoint.pt', self.accelerator, self.generator, self.parts(), self.counts)
        if self.accelerator.is_main_process:
            save_pipeline(self.folder / 'pipeline', self.ema.unet, self.ema.text_encoder, self.vae, self.tokenizer)

    def refuse(self):
        kept = 'the last checkpoint is kept' if (self.folder / 'checkpoint.pt').exists() else 'there is no checkpoint yet'
        raise LossIsNotANumber(f'The loss of step {self.counts["step"]} or its gradient is not finite; {kept} in {self.folder}. '
                               'Go on from there with a lower "lr" or a longer "warmup" in the config.')


class Log:
    """A line in runs/NAME/log.csv and on the screen every `seconds`."""

    def __init__(self, run, seconds):
        self.run, self.every, self.started = run, seconds, time.time()
        self.last, self.seen = self.started, run.counts['seen']

    def write(self, now=False):
        run, moment = self.run, time.time()
        if not run.accelerator.is_main_process or (not now and moment - self.last < self.every) or run.running is None:
            return
        counts = run.counts
        speed = (counts['seen'] - self.seen) / max(1e-3, moment - self.last)
        line = (f'{counts["step"]},{counts["seen"]},{moment - self.started:.0f},{run.stage()["name"]},{run.running.item():.4f},'
                f'{run.validation_loss():.4f},{speed:.1f}')
        self.last, self.seen = time.time(), counts['seen']
        path = run.folder / 'log.csv'
        with open(path, 'a') as file:
            file.write(f'{line}\n' if file.tell() else f'{COLUMNS}\n{line}\n')
        print(line, flush=True)


def train(run, steps, minutes, log_seconds, save_seconds=300):
    """Steps until the last stage is over, or `steps` or `minutes` are; then saves. Returns whether a signal ended it."""
    stopped, before = [], {}
    for name in (signal.SIGINT, signal.SIGTERM):                     # stop after this step, and save
        before[name] = signal.signal(name, lambda *_: stopped.append(True))
    log, call, saved = Log(run, log_seconds), Clock(minutes), time.time()
    try:
        while True:
            late = time.time() - saved > save_seconds
            over = bool(stopped) or run.counts['step'] >= steps or call.progress() >= 1
            over, broken, done = run.agree(over)
            if broken:
                run.refuse()
            if over or (done >= 1 and not run.next_stage()):
                break
            run.step(min(done, 1.0) if done < 1 else 0.0)
            if run.config.get('compile') and run.counts['stage_step'] == 3:
                run.clock.restart()
            log.write(now=run.counts['step'] == 1)
            if run.accelerator.num_processes > 1:
                late = bool(run.accelerator.gather(torch.tensor([late], device=run.accelerator.device))[0])
            if late:
                run.save()
                saved = time.time()
        log.write(now=True)
        run.save()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    return bool(stopped)


def read_config(path):
    """A config such as configs/base.json. Raises BadSetting where it lacks what training needs."""
    config = json.loads(Path(path).read_text())
    lacking = [name for name in ('seed', 'variants', 'phrasings', 'stages', 'lr', 'unet', 'text_encoder') if name not in config]
    wrong = [stage for stage in config.get('stages', []) if not {'name', 'resolution', 'batch', 'samples'} <= set(stage)]
    if lacking or wrong or not config['stages']:
        raise BadSetting(f'{path} lacks {", ".join(lacking) or "name, resolution, batch or samples in a stage"}; compare it with '
                         'training/configs/base.json.')
    return config


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--data', required=True)
    add('--cache', default='runs/cache')
    add('--autoencoder', help='folder of the autoencoder (default: that of --init)')
    add('--config', default='training/configs/base.json')
    add('--name', required=True)
    add('--minutes', type=float, default=math.inf, help='ends this call, not the schedule')
    add('--steps', type=int, default=10**9)
    add('--plan', help='JSON file of minutes by stage, in place of the samples of the config')
    add('--threads', type=int, default=0)
    add('--compile', action='store_true', help='torch.compile the UNet: worth a minute or two at the start')
    add('--init', help='folder of a trained pipeline to start from (a new run, not a resumed one)')
    add('--log-seconds', type=float, default=60)
    args = parser.parse_args(argv)
    if not (args.autoencoder or args.init):
        raise BadSetting('Say --autoencoder FOLDER (train_autoencoder.py makes one) or --init FOLDER of a pipeline.')
    return args


@named_errors
def main(argv=None):
    args = parse_arguments(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    config = {**read_config(args.config), 'compile': args.compile}
    plan = Plan(args.plan) if args.plan else None
    accelerator = Accelerator(mixed_precision='bf16')
    folder = Path('runs') / args.name
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config['seed'])                                # every rank starts from the same weights
    networks, rows, images, masks, validation = make_networks(args, config)
    data = prepare_data(folder, args.cache, config, rows, images, masks, validation, networks, accelerator)
    if accelerator.is_main_process:
        (folder / 'config.json').write_text(json.dumps({**config, **{k: v for k, v in vars(args).items() if v != math.inf}}, indent=1))
    run = Training(config, folder, accelerator, networks, data, plan)
    accelerator.print(f'{sum(p.numel() for p in networks.unet.parameters()) / 1e6:.1f} M UNet, from step {run.counts["step"]}, '
                      f'{run.counts["seen"]} samples', flush=True)
    run.stopped = train(run, args.steps, args.minutes, args.log_seconds)
    return run


if __name__ == '__main__':
    main()
