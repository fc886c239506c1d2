"""Trains the autoencoder on random crops and saves runs/NAME/{autoencoder/,checkpoint.pt,log.csv,config.json}.

    python -m training.train.train_autoencoder --data DIR --name ae --minutes 20
    python -m training.train.train_autoencoder --data DIR --name ae --minutes 20 --perceptual runs/vgg16.safetensors
    python -m training.train.train_autoencoder --data DIR --name sharp --init runs/ae/autoencoder --decoder-only --minutes 10 --perceptual …

Run again with the same name to go on from the checkpoint. `--decoder-only` keeps the encoder, and so the latents, as they are: the
decoder learns against a network that tells its patches from real ones (adversarial.py), which never invalidates a trained UNet.
"""

import argparse
import copy
import json
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from training.common.errors import BadSetting, LatentsCarryNothing, LossIsNotANumber, named_errors
from training.common.plan import Clock, Plan
from training.data.dataset import load_dataset
from training.model.autoencoder import MedicalAutoencoder
from training.model.weights import read_part
from training.train.adversarial import PatchCritic
from training.train.flow import ema_update
from training.train.losses import pixel_loss, psnr
from training.train.perceptual import load_perceptual

COLUMNS = 'step,crops,seconds,loss,psnr,by_set'


def set_weights(rows, power=0.5, label_power=0.0, factors=None):
    """Sampling weight of each row, so that a set of n images is drawn in proportion to factors[set]·n^(1 − power).

    Within a set a label and skin tone of n images is drawn in proportion to n^(1 − label_power).
    """
    kind_of = [(row['set'], row['label'], row['skin_tone']) for row in rows]
    sets, kinds = Counter(row['set'] for row in rows), Counter(kind_of)
    weights = np.array([kinds[kind] ** -label_power for kind in kind_of])
    totals = Counter()
    for row, weight in zip(rows, weights):
        totals[row['set']] += weight
    share = {name: (factors or {}).get(name, 1.0) * n ** (1 - power) for name, n in sets.items()}
    weights = np.array([weight / totals[row['set']] * share[row['set']] for row, weight in zip(rows, weights)])
    return weights / weights.sum()


def as_images(pixels):
    """uint8 (batch, H, W, 3) → float (batch, 3, H, W) in −1…1."""
    return (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


class Crops:
    """Random crops of training images, half of them mirrored. images: uint8 (n, 256, 256, 3), in memory or mapped from disk."""

    def __init__(self, images, rows, validation, device):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')                          # a map that cannot be written to
            pixels = torch.from_numpy(images)
        self.pixels = pixels.to(device) if device.type == 'cuda' else pixels
        self.device, self.rows, self.validation = device, rows, validation
        weights, train = np.zeros(len(rows)), np.nonzero(~validation)[0]
        weights[train] = set_weights([rows[i] for i in train])
        self.weights = torch.from_numpy(weights).float().to(self.pixels.device)

    def draw(self, n, size, generator):
        """float (n, 3, size, size) in −1…1."""
        at = {'device': self.pixels.device, 'generator': generator}
        chosen = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        y, x = (torch.randint(0, self.pixels.shape[k] - size + 1, (n, 1), **at) + torch.arange(size, device=self.pixels.device) for k in (1, 2))
        crops = as_images(self.pixels[chosen[:, None, None], y[:, :, None], x[:, None, :]])
        return torch.where((torch.rand(n, **at) < 0.5).view(-1, 1, 1, 1), crops.flip(-1), crops)

    def whole(self, indices):
        return as_images(self.pixels[torch.as_tensor(np.asarray(indices), device=self.pixels.device)]).to(self.device)


@torch.no_grad()
def validate(model, crops, per_set=6):
    """Mean PSNR of whole validation images by set, in dB."""
    out = {}
    for name in sorted({row['set'] for row in crops.rows}):
        chosen = [i for i in np.nonzero(crops.validation)[0] if crops.rows[i]['set'] == name][:per_set]
        if chosen:
            batch = crops.whole(chosen)
            with torch.autocast(crops.device.type, torch.bfloat16):
                decoded = model(batch)
            out[name] = psnr(decoded.float(), batch).mean().item()
    return out


@torch.no_grad()
def check_latents(decoded, images, step):
    """Raises LatentsCarryNothing where decoded images (n, 3, H, W) are no nearer to the images than their mean image is."""
    mean = images.mean(0, keepdim=True)
    off, flat = (F.mse_loss(part, images).item() for part in (decoded, mean.expand_as(images)))
    if not off < 0.9 * flat:
        raise LatentsCarryNothing(f'After {step} steps decoded images are {off:.4f} off (mean square), their mean image alone {flat:.4f}: the '
                                  'latents carry nothing. Start again under another name with a lower --lr; 5e-4 with warm-up works.')


def changed(z, x, generator):
    """Latents and the images that they should decode to, both changed alike (EQ-VAE, Kouzelis et al. 2025, https://arxiv.org/abs/2502.09509):
    a quarter of the calls shrinks them to half, a tenth turns them."""
    u = torch.rand((), generator=generator).item()
    if u < 0.25:
        return F.avg_pool2d(z, 2), F.avg_pool2d(x, 2)
    if u < 0.35:
        turns = 1 + int(u * 1000) % 3
        return torch.rot90(z, turns, (-2, -1)), torch.rot90(x, turns, (-2, -1))
    return z, x


class Autoencoding:
    """One run: the model, its averaged copy, and what a step does to them."""

    def __init__(self, model, crops, folder, args, perceptual):
        self.crops, self.folder, self.args, self.device = crops, folder, args, crops.device
        self.model = model.train().to(self.device, memory_format=torch.channels_last)
        self.model.encoder.requires_grad_(not args.decoder_only)
        self.ema = copy.deepcopy(self.model).requires_grad_(False).eval()
        self.perceptual = perceptual.to(self.device, memory_format=torch.channels_last) if perceptual else None
        self.critic = PatchCritic(self.model.decoder, self.device, args.critic_channels) if args.decoder_only else None
        trained = [p for p in self.model.parameters() if p.requires_grad]
        betas = (0.5, 0.95) if self.critic else (0.9, 0.98)
        self.optimizer = torch.optim.AdamW(trained, lr=args.lr, betas=betas, weight_decay=0.0 if self.critic else 1e-4)
        self.generator, self.chance = torch.Generator(crops.pixels.device), torch.Generator()
        for generator in (self.generator, self.chance):
            generator.manual_seed(args.seed)
        self.step_number, self.running = 0, None
        if (folder / 'checkpoint.pt').exists():
            self.load(torch.load(folder / 'checkpoint.pt', map_location='cpu'))

    def load(self, saved):
        if saved['decoder_only'] != self.args.decoder_only:
            raise BadSetting(f'{self.folder} is a run {"of the decoder" if saved["decoder_only"] else "of the whole autoencoder"}. Take another '
                             '--name, with --init for where it starts.')
        for name in ('model', 'ema', 'optimizer'):
            getattr(self, name).load_state_dict(saved[name])
        if self.critic:
            self.critic.load_state_dict(saved['critic'])
        self.generator.set_state(saved['generator'])
        self.chance.set_state(saved['chance'])
        self.step_number = saved['step']

    def rate(self, done):
        """The rate rises over 50 steps (without that, latents may die) and falls to a twentieth over the last 70 % of the time."""
        return self.args.lr * min(1.0, (self.step_number + 1) / 50) * max(0.05, 1 - max(0.0, (done - 0.3) / 0.7))

    def step(self, done):
        """One step of a batch of crops; `done` in 0…1 sets the rate and how much the perceptual distance counts."""
        for group in self.optimizer.param_groups:
            group['lr'] = self.rate(done)
        x = self.crops.draw(self.args.batch, self.args.crop, self.generator).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.set_grad_enabled(not self.critic):
                z = self.model.encode(x)
            z, target = (z, x) if self.critic else changed(z, x, self.chance)
            noise = torch.randn(z.shape, device=self.crops.pixels.device, generator=self.generator).to(self.device)
            y = self.model.decode((z + self.args.latent_noise * noise).contiguous(memory_format=torch.channels_last))
            distance = self.perceptual(y, target.contiguous(memory_format=torch.channels_last)) if self.perceptual else 0.0
        weight = self.args.perceptual_weight * (0.5 + 1.5 * min(1.0, done / 0.6))
        loss = pixel_loss(y.float(), target) + weight * distance
        total = self.critic.joined(loss, y, self.step_number) if self.critic else loss
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.critic:
            self.critic.learn(y.detach(), target, done)
        self.step_number += 1
        ema_update(self.model, self.ema, min(0.998, (1 + self.step_number) / (10 + self.step_number)))
        seen = (loss.detach() + 0 * norm).float()
        self.running = seen if self.running is None else torch.lerp(seen, self.running, 0.95)

    def check(self):
        """Raises LossIsNotANumber or, from `--check-after` steps on, LatentsCarryNothing."""
        if not torch.isfinite(self.running):
            raise LossIsNotANumber(f'The loss of step {self.step_number} is not finite; what was saved in {self.folder} last is kept. Go on with a '
                                   'lower --lr.')
        if self.step_number >= self.args.check_after:
            some = self.crops.draw(32, self.args.crop, torch.Generator(self.crops.pixels.device).manual_seed(0)).to(self.device)
            with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
                decoded = self.model(some).float()
            check_latents(decoded, some, self.step_number)

    def log(self, seconds):
        by_set = validate(self.ema, self.crops)
        mean = sum(by_set.values()) / max(1, len(by_set))
        line = (f'{self.step_number},{self.step_number * self.args.batch},{seconds:.0f},{self.running.item():.4f},{mean:.2f},'
                + ' '.join(f'{name}:{value:.1f}' for name, value in by_set.items()))
        print(line, flush=True)
        with open(self.folder / 'log.csv', 'a') as file:
            file.write(line + '\n' if file.tell() else f'{COLUMNS}\n{line}\n')

    def save(self):
        self.check()
        state = {'model': self.model.state_dict(), 'ema': self.ema.state_dict(), 'optimizer': self.optimizer.state_dict(),
                 'generator': self.generator.get_state(), 'chance': self.chance.get_state(), 'step': self.step_number,
                 'decoder_only': self.args.decoder_only, 'critic': self.critic.state_dict() if self.critic else None}
        torch.save(state, self.folder / 'checkpoint.tmp')
        (self.folder / 'checkpoint.tmp').replace(self.folder / 'checkpoint.pt')
        self.ema.save_pretrained(self.folder / 'autoencoder')


def train(run, clock, log_seconds, most):
    """Steps until the clock has run out or the run has `most` steps; looks at the latents as soon as it may, and at each save."""
    last = saved = time.time()
    while (done := clock.progress()) < 1 and run.step_number < most:
        run.step(done if most > 10**8 else max(done, run.step_number / most))
        if run.step_number % 20 == 0 or run.step_number == run.args.check_after:
            run.check()
        if time.time() - last >= log_seconds or run.step_number == 1:
            last = time.time()
            run.log(clock.seconds())
        if time.time() - saved > 300:
            saved = time.time()
            run.save()
    run.save()
    run.log(clock.seconds())


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--data', required=True)
    add('--cache', default='runs/cache')
    add('--name', default='ae')
    add('--minutes', type=float, default=20)
    add('--plan', help='JSON file with minutes for "autoencoder" or "decoder", in place of --minutes')
    add('--steps', type=int, default=10**9, help='ends after so many steps: for comparisons')
    add('--crop', type=int, default=128)
    add('--batch', type=int, default=24)
    add('--lr', type=float, help='default 5e-4, of the decoder alone 2e-4; above 1e-3 the latents die')
    add('--config', help='JSON whose "autoencoder" holds settings of the class')
    add('--perceptual', help='file of perceptual.py; without it this term is left out')
    add('--perceptual-weight', type=float, default=0.15)
    add('--latent-noise', type=float, default=0.04)
    add('--check-after', type=int, default=300, help='steps after which latents must carry something')
    add('--decoder-only', action='store_true')
    add('--critic-channels', type=int, default=48)
    add('--init', help='folder of a trained autoencoder to start from')
    add('--seed', type=int, default=0)
    add('--threads', type=int, default=0)
    add('--log-seconds', type=float, default=60)
    args = parser.parse_args(argv)
    if args.decoder_only and not args.init:
        raise BadSetting('--decoder-only needs --init FOLDER: the autoencoder whose latents stay.')
    args.lr = args.lr or (2e-4 if args.decoder_only else 5e-4)
    return args


@named_errors
def main(argv=None):
    args = parse_arguments(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    folder = Path('runs') / args.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'config.json').write_text(json.dumps(vars(args), indent=1))
    rows, images, _, validation = load_dataset(args.data, args.cache)
    settings = json.loads(Path(args.config).read_text()).get('autoencoder', {}) if args.config else {}
    model = read_part(MedicalAutoencoder, args.init) if args.init else MedicalAutoencoder(**settings)
    run = Autoencoding(model, Crops(images, rows, validation, device), folder, args, load_perceptual(args.perceptual))
    plan = Plan(args.plan) if args.plan else None
    stage = 'decoder' if args.decoder_only else 'autoencoder'
    train(run, Clock((lambda: plan.minutes(stage)) if plan else args.minutes), args.log_seconds, args.steps)
    return run


if __name__ == '__main__':
    main()
