"""Fine-tunes a shipped package as the page does: the same batches, the same loss, the same factors.

    python -m training.train.finetune --package public/models/phantoscope-medical-256 --images FOLDER --caption "knee MRI" --steps 500 --name knee

Every random number is the page's (src/finetune/random-streams.ts), so that the losses are those of `npm run finetune` with the same
images, captions, seed and settings, up to rounding; gradients are PyTorch's own. Captions as for finetune.py. Images that
are not square are scaled and cut as the page does. Writes runs/NAME/{config.json,log.csv,factors.safetensors}, which the page imports.
"""

import argparse
import csv
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from training.common.errors import named_errors
from training.common.philox import philox4x32, standard_normals_of, uniforms_of
from training.data.captions import read_captions
from training.export.export_training import TrainingStep
from training.export.import_package import import_package
from training.model.text_encoder import build_tokenizer, tokenize

PURPOSES = ('factors', 'split', 'rows', 'timesteps', 'noise', 'conditions', 'flips', 'held-out')
DROP_ALL, UNIFORM_SHARE = 0.1, 0.5
SAME, MAX_HELD_OUT, MAX_MEASURED, MEASUREMENTS = 1e-4, 50, 16, 12


def words(seed, purpose, step, count):
    """Philox words of one stream: counter (block, step, 0, 0), key (seed, place of the purpose + 1); uint32 (blocks, 4)."""
    counter = np.zeros((-(-count // 4), 4), np.uint64)
    counter[:, 0] = np.arange(len(counter))
    counter[:, 1] = step
    return philox4x32(counter, (seed, PURPOSES.index(purpose) + 1))


def uniforms(seed, purpose, step, count):
    """float64 (count,) in (0, 1)."""
    return uniforms_of(words(seed, purpose, step, count))[:count]


def normals(seed, purpose, step, count):
    """float32 (count,), standard normal."""
    return standard_normals_of(words(seed, purpose, step, count))[:count]


def shuffled(seed, purpose, count):
    """0…count − 1 in the page's random order (Fisher and Yates)."""
    order, draws = list(range(count)), uniforms(seed, purpose, 0, count)
    for i in range(count - 1, 0, -1):
        j = int(draws[i] * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def read_square(path, size):
    """An image file as the page feeds its encoder: scaled by a triangle filter, the middle cut out; float32 (3, size, size), −1…1."""
    image = Image.open(path).convert('RGB')
    scale = max(size / image.width, size / image.height)
    shape = [max(1, math.floor(side * scale + 0.5)) for side in image.size]
    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(np.array(image), -1, 0)]
    wide = np.stack([np.asarray(plane.resize(shape, Image.Resampling.BILINEAR)) for plane in planes])
    left, top = -((size - shape[0]) // 2), -((size - shape[1]) // 2)
    return torch.from_numpy(2 * wide[:, top:top + size, left:left + size] / 255 - 1)


@torch.no_grad()
def encode_rows(rows, parts, size):
    """[(latents (channels, h, w) at the UNet's scale, prompt embeds (tokens, width))] of (path, caption) rows."""
    _, text_encoder, vae = parts
    tokenizer, embeds = build_tokenizer(), {}
    encoded = []
    for path, caption in rows:
        if caption not in embeds:
            embeds[caption] = text_encoder(tokenize(tokenizer, [caption]))[0]
        latents = vae.encode(read_square(path, size)[None])[0] * vae.config.scaling_factor
        encoded.append((latents, embeds[caption]))
    return encoded


def split(items, seed, share):
    """(training, held out) of encoded images; pictures that are the same stay on one side."""
    groups = []
    for item in items:
        group = next((g for g in groups if ((g[0][0] - item[0]) ** 2).mean().sqrt() < SAME), None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    order = shuffled(seed, 'split', len(groups))
    count = min(MAX_HELD_OUT, math.floor(share * len(groups) + 0.5))
    if count and len(groups) >= 20:
        count = max(count, 5)
    return [item for i in sorted(order[count:]) for item in groups[i]], [groups[i][0] for i in order[:count]]


def step_feeds(step, rows, sigmas, noise):
    """Inputs of TrainingStep before the factors: `rows` of (latents, embeds), sigmas (batch,), noise like the latents."""
    batch, config = len(rows), step.lora.unet.config
    absent = torch.zeros(batch, config.num_covariates)
    mask = torch.zeros(batch, config.mask_channels, config.mask_size, config.mask_size)
    latents = torch.stack([row[0] for row in rows])
    timestep = torch.tensor([1000 * float(sigma) for sigma in sigmas], dtype=torch.float32)
    embeds = torch.stack([row[1] for row in rows])
    weights = torch.full((batch,), 1 / batch)
    return latents, torch.from_numpy(noise).view_as(latents), timestep, embeds, absent, absent, mask, torch.zeros(batch, 1), weights


def draw_batch(step, items, empty, args, number):
    """The page's batch of step `number`, which counts from 1."""
    batch, seed = args.batch, args.seed
    picks, conditions = uniforms(seed, 'rows', number, batch), uniforms(seed, 'conditions', number, 3 * batch)
    z = normals(seed, 'timesteps', number, batch).astype(np.float64)
    chosen = [items[int(pick * len(items))] for pick in picks]
    rows = [(latents, empty if conditions[3 * r + 2] < DROP_ALL else embeds) for r, (latents, embeds) in enumerate(chosen)]
    sigmas = [conditions[3 * r + 1] if conditions[3 * r] < UNIFORM_SHARE else 1 / (1 + np.exp(-z[r])) for r in range(batch)]
    return step_feeds(step, rows, sigmas, normals(seed, 'noise', number, rows[0][0].numel() * batch))


@torch.no_grad()
def held_out_loss(step, items, factors, args):
    """Mean loss of held-out images at fixed σ and noise."""
    measured = items[:MAX_MEASURED]
    count = measured[0][0].numel()
    noise = normals(args.seed, 'held-out', 0, len(measured) * count)
    total = 0.0
    for first in range(0, len(measured), args.batch):
        rows = measured[first:first + args.batch]
        sigmas = [(first + i + 0.5) / len(measured) for i in range(len(rows))]
        total += step(*step_feeds(step, rows, sigmas, noise[first * count:(first + len(rows)) * count]), *factors)[1].sum().item()
    return total / len(measured)


def first_factors(step, rank, seed):
    """{graph input: float32}: down uniform in ±1/√(inputs of a number), up zero."""
    factors = step.lora.example_factors(rank)
    for i, (name, tensor) in enumerate(factors.items()):
        if name.endswith('.down'):
            bound = 1 / math.sqrt(tensor.numel() / rank)
            draws = uniforms(seed, 'factors', i, tensor.numel())
            tensor.copy_(torch.from_numpy(bound * (2 * draws - 1)).view_as(tensor))
    return factors


def train(step, training, held_out, empty, args, on_step):
    """AdamW with warm-up, clipping and a moving average; calls on_step(number, loss, held-out loss or None). Returns the average."""
    factors = first_factors(step, args.rank, args.seed)
    trained = [tensor.requires_grad_(True) for tensor in factors.values()]
    average = [tensor.detach().clone() for tensor in trained]
    optimizer = torch.optim.AdamW(trained, lr=args.lr, weight_decay=args.weight_decay)
    warm_up = min(args.warmup, math.ceil(args.steps / 5))
    every = math.ceil(args.steps / MEASUREMENTS)
    for number in range(1, args.steps + 1):
        loss, _ = step(*draw_batch(step, training, empty, args, number), *trained)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, args.clip)
        for group in optimizer.param_groups:
            group['lr'] = args.lr * min(1, number / max(1, warm_up))
        optimizer.step()
        decay = min(args.ema, (1 + number) / (10 + number))
        with torch.no_grad():
            torch._foreach_lerp_(average, trained, 1 - decay)
        due = held_out and (number % every == 0 or number == args.steps)
        on_step(number, loss.item(), held_out_loss(step, held_out, average, args) if due else None)
    return dict(zip(factors, average))


def save_factors(path, factors, facts):
    """A file for the page, diffusers and peft."""
    suffix = {'down': 'lora_A.weight', 'up': 'lora_B.weight'}
    names = {name: name.removeprefix('lora.').rsplit('.', 1) for name in factors}
    tensors = {f'{module}.{suffix[kind]}': factors[name].contiguous() for name, (module, kind) in names.items()}
    save_file(tensors, path, {'format': 'pt', **{f'phantoscope.{key}': str(value) for key, value in facts.items()}})


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--package', required=True, help='folder of a shipped package')
    add('--manifest', default='model-manifest.json')
    add('--config', default='training/configs/base.json', help='what the package was trained with')
    add('--images', required=True)
    add('--name', required=True)
    add('--caption', help='for images that have none of their own')
    add('--steps', type=int, required=True)
    for name, value in (('rank', 8), ('batch', 4), ('warmup', 20), ('seed', 1)):
        add(f'--{name}', type=int, default=value)
    for name, value in (('lr', 1e-3), ('weight-decay', 0.01), ('clip', 1.0), ('ema', 0.98), ('held-out', 0.1)):
        add(f'--{name}', type=float, default=value)
    return parser.parse_args(argv)


@named_errors
def main(argv=None):
    args = parse_arguments(argv)
    run = Path('runs') / args.name
    run.mkdir(parents=True, exist_ok=True)
    package = Path(args.package)
    models = json.loads(Path(args.manifest).read_text())['models']
    entry = next(m for m in models if package.name in json.dumps(m) and 'trainingGraph' in m['components']['unet'])
    graph = entry['components']['unet']['graph']['name']
    parts = import_package(package, json.loads(Path(args.config).read_text()), entry['latents']['scalingFactor'], graph)
    for part in parts:
        part.requires_grad_(False)
    step = TrainingStep(parts[0])
    rows = sorted(read_captions(args.images, args.caption), key=lambda row: str(row[0]))
    items = encode_rows(rows, parts, entry['image']['width'])
    training, held_out = split(items, args.seed, args.held_out)
    with torch.no_grad():
        empty = parts[1](tokenize(build_tokenizer(), ['']))[0]
    (run / 'config.json').write_text(json.dumps(vars(args), indent=1) + '\n')
    started = time.time()
    with open(run / 'log.csv', 'w', newline='') as file:
        log = csv.writer(file)
        log.writerow(['step', 'loss', 'heldOutLoss', 'seconds'])

        def on_step(number, loss, measured):
            log.writerow([number, loss, '' if measured is None else measured, round(time.time() - started, 2)])
            file.flush()

        factors = train(step, training, held_out, empty, args, on_step)
    facts = {'title': args.name, 'modelId': entry['id'], 'rank': args.rank, 'steps': args.steps, 'numImages': len(training),
             'imagesSeen': args.steps * args.batch}
    save_factors(run / 'factors.safetensors', factors, facts)
    return run
