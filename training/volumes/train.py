"""Trains the volume model inside a wall-clock plan; saves DIR/{best,half,last}.safetensors, log.txt, samples.npz, montage.png.

    python3 -m training.volumes.train --data hippocampus.zip --out DIR --seconds 100 [--device cuda] [--batch 32] [--compile]

The plan counts from the start of the process: data, training, samples. With --state FILE it goes on from that file and
keeps it; --init takes a checkpoint's weights only. Needs torch, numpy and safetensors only. A NaN takes the run back to its last good weights at half the rate; the
third ends it with TrainingDiverged, and what was saved stays.
"""

import time

STARTED = time.time()

import argparse
import copy
import math
from pathlib import Path

import numpy as np
import torch

from training.train.flow import ema_update
from training.common.errors import named_errors
from training.volumes.augment import changed_batch
from training.volumes.bank import Bank
from training.volumes.checkpoints import all_finite, build_model, load_checkpoint, save_checkpoint
from training.volumes.data import read_volumes
from training.volumes.flow import draw_sigmas, dropped_conditions, flow_loss, loss_weights
from training.volumes.probe import copy_rate, draw_samples, held_out_loss, montage, write_png

WARM_UP = 200            # steps
DECAY_FROM = 0.45        # share of the training time
CHECK_EVERY = 20         # steps between two looks at the loss: a look waits for the device
MOST_FAILURES = 3


class TrainingDiverged(RuntimeError):
    """The loss was not a number too often."""


class PlanTooShort(RuntimeError):
    """The clock left no time to train in."""


def rate_at(done, step):
    """Share of the full learning rate: linear warm-up by steps, linear decay by the clock. done: share of the time, 0…1."""
    decay = min(1.0, max(0.0, (1 - done) / (1 - DECAY_FROM)))
    return min(1.0, (step + 1) / WARM_UP) * max(0.01, decay)


class Trainer:
    """Model, its average, optimizer and what a step needs; the loop is `train`."""

    def __init__(self, bank, config, options):
        self.bank, self.config, self.options = bank, config, options
        self.model = build_model(config).to(bank.device)
        self.model.bf16 = options.bf16
        self.ema = copy.deepcopy(self.model).requires_grad_(False).eval()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=options.lr, betas=(0.9, 0.99), weight_decay=0.01,
                                           fused=True)
        self.rate, self.step, self.failures, self.format = 1.0, 0, 0, torch.contiguous_format
        self.good = None
        self.log_file = None if options.out is None else Path(options.out) / 'log.txt'

    def log(self, *words):
        line = f'[{time.time() - STARTED:6.1f}] ' + ' '.join(str(word) for word in words)
        print(line, flush=True)
        if self.log_file:
            with open(self.log_file, 'a') as file:
                file.write(line + '\n')

    def loss(self):
        """Loss of one drawn batch, differentiable."""
        bank, train = self.bank, self.bank.split['train']
        indices = train[torch.randint(0, len(train), (self.options.batch,), device=bank.device)]
        with torch.no_grad():
            batch = changed_batch(bank.canvases[indices].float(), bank.scanned[indices])
            x0, weights = bank.codec.encode(batch.volumes), loss_weights(batch.scanned)
            conditions = dropped_conditions(bank.prompts_for(indices, batch.mm3), batch.mm3, batch.labels)
            x0 = x0.contiguous(memory_format=self.format)
            sigma = draw_sigmas(len(x0), bank.device)
        return flow_loss(self.model, x0, torch.randn_like(x0), sigma, weights, conditions, batch.augmentations).mean()

    def update(self, done):
        """One step of the optimizer; done: share of the training time. Returns the loss on the device."""
        for group in self.optimizer.param_groups:
            group['lr'] = self.options.lr * self.rate * rate_at(done, self.step)
        loss = self.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        ema_update(self.model, self.ema, min(self.options.ema, (1 + self.step) / (10 + self.step)))
        return loss.detach()

    def state(self):
        """Everything that a step changes."""
        return {'model': self.model.state_dict(), 'ema': self.ema.state_dict(), 'optimizer': self.optimizer.state_dict(),
                'step': self.step, 'rate': self.rate, 'failures': self.failures}

    def restore(self, state):
        """Goes back, or on, to `state`."""
        self.model.load_state_dict(state['model'])
        self.ema.load_state_dict(state['ema'])
        self.optimizer.load_state_dict(copy.deepcopy(state['optimizer']))
        for parameter, moments in self.optimizer.state.items():
            for name in ('exp_avg', 'exp_avg_sq'):                   # the fused step wants them laid out as the weights are
                moments[name] = torch.empty_like(parameter).copy_(moments[name])
        self.step, self.rate, self.failures = state['step'], state['rate'], state['failures']

    def check(self, loss):
        """Keeps this moment if it is sound, else returns to the last sound one at half the rate. Raises TrainingDiverged."""
        if math.isfinite(loss) and all_finite(self.ema):
            self.good = copy.deepcopy(self.state())
            return True
        failures = self.failures + 1
        if self.good is None or failures >= MOST_FAILURES:
            raise TrainingDiverged(f'the loss was {loss} at step {self.step}, for the {failures}. time; lower --lr. '
                                   'The checkpoints in --out are from before.')
        self.log(f'loss {loss} at step {self.step}: back to step {self.good["step"]} at half the rate')
        self.restore(self.good)
        self.rate, self.failures = self.rate / 2, failures
        self.good = copy.deepcopy(self.state())
        return False

    def use_format(self, name):
        """Lays weights out as torch's memory format `name`; the optimizer's moments must lie as the weights do, so they begin anew."""
        self.format = getattr(torch, name)
        self.model.to(memory_format=self.format)
        self.ema.to(memory_format=self.format)
        self.optimizer.state.clear()

    def time_of(self, name):
        """Seconds of a step with a memory format; these steps count."""
        self.use_format(name)
        for _ in range(3):
            self.update(0.0)
        torch.cuda.synchronize()
        started = time.time()
        for _ in range(5):
            self.update(0.0)
        torch.cuda.synchronize()
        return (time.time() - started) / 5

    def choose_format(self):
        """Times a few steps with each memory format on a GPU and keeps the faster."""
        times = {name: self.time_of(name) for name in ('channels_last_3d', 'contiguous_format')}
        best = min(times, key=times.get)
        if self.format != getattr(torch, best):
            self.use_format(best)
        self.log('ms a step:', {name: round(1000 * t, 1) for name, t in times.items()}, 'taken:', best)

    def held_out(self):
        """Losses of the average: validation and as many training volumes, image and label together and image from label."""
        return {f'{part}{"-given" if given else ""}': held_out_loss(self.ema, self.bank, part, given, self.options.validation)
                for part in ('validation', 'train') for given in (False, True)}


def train(trainer, ends, save):
    """Steps until the clock says `ends`. save(name, facts) keeps the average under a name; returns the last held-out losses."""
    options, started = trainer.options, time.time()
    best, half, shown, looked, seen_steps = math.inf, False, started, started, trainer.step
    losses, facts = [], {}
    while time.time() < ends and trainer.step < options.steps:
        done = (time.time() - started) / max(1e-6, ends - started)
        losses.append(trainer.update(done))
        if trainer.step % CHECK_EVERY:
            continue
        mean = torch.stack(losses).mean().item()
        losses.clear()
        if not trainer.check(mean):
            continue
        if time.time() - shown > options.log_every:
            pace = (trainer.step - seen_steps) * options.batch / (time.time() - shown)
            trainer.log(f'step {trainer.step} loss {mean:.4f} {pace:.0f}/s')
            shown, seen_steps = time.time(), trainer.step
        if time.time() - looked > options.look_every:
            facts = trainer.held_out()
            trainer.log('held out', {name: round(value, 4) for name, value in facts.items()})
            if facts['validation'] + facts['validation-given'] < best:
                best = facts['validation'] + facts['validation-given']
                save('best', facts)
            looked = time.time()
        if done > 0.5 and not half:
            half = True
            save('half', facts)
    facts = trainer.held_out()
    save('last', facts)
    if facts['validation'] + facts['validation-given'] < best:
        save('best', facts)
    trainer.log('end: step', trainer.step, {name: round(value, 4) for name, value in facts.items()})
    return facts


def keep_samples(trainer, out):
    """samples.npz and montage.png of the average, and how many look like copies."""
    samples = draw_samples(trainer.ema, trainer.bank, trainer.options.samples, batch=min(32, trainer.options.samples))
    error = np.abs(samples['found_mm3'] - samples['asked_mm3']) / samples['asked_mm3']
    trainer.log('asked against the drawn label, mean error', np.round(error.mean(0), 3),
                {name: round(value, 4) for name, value in copy_rate(samples, trainer.bank).items()})
    np.savez_compressed(out / 'samples.npz', **samples)
    real = trainer.bank.plain(trainer.bank.split['validation'][:6])
    images = ((real.volumes[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    rows = [list(zip(*pair))[:min(6, len(images), len(samples['images']))]
            for pair in ((samples['images'], samples['labels']), (images, real.labels.cpu().numpy()))]
    write_png(out / 'montage.png', montage(rows))


def start_from(trainer, path):
    """Weights, and the codec that they know, of a checkpoint of an earlier run; its optimizer is not kept."""
    model, codec, config, facts = load_checkpoint(path, trainer.bank.device)
    if config != trainer.config:
        raise ValueError(f'{path} holds a model of {config}, this run makes one of {trainer.config}: say --channels and --emb-dim.')
    for own in (trainer.model, trainer.ema):
        own.load_state_dict(model.state_dict())
    trainer.bank.codec = codec
    trainer.log('starts from', path, {name: round(value, 4) for name, value in facts.items()})


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True, help='hippocampus.zip')
    parser.add_argument('--out', required=True)
    parser.add_argument('--seconds', type=float, default=100, help='from the start of the process to its end')
    parser.add_argument('--reserve', type=float, default=8, help='seconds of them for samples at the end')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--lr', type=float, default=6e-4)
    parser.add_argument('--ema', type=float, default=0.998)
    parser.add_argument('--steps', type=int, default=10**9)
    parser.add_argument('--channels', default='56,112,144')
    parser.add_argument('--emb-dim', type=int, default=256)
    parser.add_argument('--validation', type=int, default=32, help='volumes of each held-out loss')
    parser.add_argument('--samples', type=int, default=128)
    parser.add_argument('--log-every', type=float, default=3)
    parser.add_argument('--look-every', type=float, default=7)
    parser.add_argument('--init', help='checkpoint of an earlier run to start from, where its --state was not kept')
    parser.add_argument('--state', help='file to go on from and to keep')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=1, help='on the CPU; threads that wait for each other are slow on a busy machine')
    parser.add_argument('--bf16', action=argparse.BooleanOptionalAction, help='default: on a GPU only')
    parser.add_argument('--compile', action='store_true', help='torch.compile: faster steps, after a minute or more')
    options = parser.parse_args(argv)
    options.bf16 = options.device.startswith('cuda') if options.bf16 is None else options.bf16
    return options


@named_errors
def main(argv=None):
    options = parse(argv)
    started = STARTED if argv is None else time.time()
    out, device = Path(options.out), torch.device(options.device)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    if device.type == 'cpu':
        torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.benchmark_limit = True, 4
    config = {'channels': [int(c) for c in options.channels.split(',')], 'emb_dim': options.emb_dim}
    bank = Bank(read_volumes(options.data), device)
    if time.time() > started + options.seconds - options.reserve:
        raise PlanTooShort(f'the data took {time.time() - started:.0f} s on {device}, which leaves no time to train in: raise --seconds')
    trainer = Trainer(bank, config, options)
    trainer.log({part: len(indices) for part, indices in bank.split.items()},
                f'{sum(p.numel() for p in trainer.model.parameters()) / 1e6:.2f} M', options.device, 'bf16' if options.bf16 else 'fp32')
    if options.init:
        start_from(trainer, options.init)
    if options.compile:
        trainer.model.compile()
    elif device.type == 'cuda' and not options.init:
        trainer.choose_format()
    if options.state and Path(options.state).exists():
        trainer.restore(torch.load(options.state, map_location=device))
        trainer.log('goes on from step', trainer.step)

    def save(name, facts):
        save_checkpoint(out / f'{name}.safetensors', trainer.ema, bank.codec, config, {**facts, 'step': trainer.step})

    train(trainer, started + options.seconds - options.reserve, save)
    if options.state:
        torch.save(trainer.state(), options.state)
    keep_samples(trainer, out)
    trainer.log('done')


if __name__ == '__main__':
    main()
