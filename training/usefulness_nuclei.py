"""Can a nuclei segmenter learn from synthetic pairs alone? Called by usefulness.py.

The same tiny U-Net, recipe and number of steps, once on real training pairs and once on synthetic ones: masks from
nuclei_layout.py (its measurements from training masks of the same stain), images from the generator, asked by mask and
stain. Dice of the foreground on real validation images.

The number of steps was set on training images alone: trained on seven eighths of their near-duplicate groups, the Dice of the
others was 0.775 after 300 steps (brightfield 0.00) and 0.894 after 700 (0.75). Nothing else was tuned.
"""

import hashlib
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from comparison import interval, resampled_weights
from data import mask_channels
from metrics import dice
from nuclei_layout import make_layout, measure_mask
from synthetic import prompts_of, synthetic_images
from torch import nn

STAINS = {'fluorescence': 0.6, 'H&E / purple stained histology': 0.2, 'brightfield grey': 0.2}
SIZE, CROP = 128, 64


def _block(before, after):
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


class TinyUNet(nn.Module):
    """(n, 3, h, w) in −1…1, h and w multiples of 8 → foreground logits (n, h, w). 0.11 M parameters."""

    def __init__(self, widths=(8, 16, 32, 64)):
        super().__init__()
        self.down = nn.ModuleList(
            nn.Sequential(_block(before, after), _block(after, after)) for before, after in zip((3, *widths), widths))
        self.up = nn.ModuleList(_block(below + here, here) for below, here in zip(widths[:0:-1], widths[-2::-1]))
        self.last = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0), skips.pop()], 1))
        return self.last(x)[:, 0]


def _shrunk(images):
    x = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return F.avg_pool2d(x, x.shape[-1] // SIZE)


def to_tensors(images, instances):
    """uint8 (n, 256, 256, 3) and (n, 256, 256) → float (n, 3, 128, 128) in −1…1 and foreground (n, 128, 128) in {0, 1}."""
    y = torch.from_numpy((np.asarray(instances) > 0).astype(np.float32))
    return _shrunk(images), (F.avg_pool2d(y[:, None], y.shape[-1] // SIZE)[:, 0] >= 0.5).float()


def _augmented(x, y):
    """A crop, turned and mirrored, with other gain, offset and gamma, and at times in grey."""
    top, left = (int(torch.randint(0, side - CROP + 1, (1,))) for side in x.shape[2:])
    x, y = x[:, :, top:top + CROP, left:left + CROP], y[:, top:top + CROP, left:left + CROP]
    turns = int(torch.randint(0, 4, (1,)))
    x, y = x.rot90(turns, (2, 3)), y.rot90(turns, (1, 2))
    if torch.rand(1) < 0.5:
        x, y = x.flip(3), y.flip(2)
    n = len(x)
    x = 2 * ((x + 1) / 2).clamp_min(1e-3) ** torch.exp(torch.empty(n, 1, 1, 1).uniform_(-0.4, 0.4)) - 1
    x = x * torch.empty(n, 1, 1, 1).uniform_(0.7, 1.2) + torch.empty(n, 3, 1, 1).uniform_(-0.15, 0.15)
    grey = (torch.rand(n, 1, 1, 1) < 0.2).float()
    return x * (1 - grey) + x.mean(1, keepdim=True) * grey, y


def train_segmenter(x, y, probabilities, steps, seed, batch=16, lr=4e-3):
    """TinyUNet after `steps` batches, images drawn with `probabilities` (n,); cross-entropy plus soft Dice."""
    torch.manual_seed(seed)
    draw = torch.from_numpy(np.asarray(probabilities, np.float64))
    model = TinyUNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, steps, pct_start=0.1)
    for _ in range(steps):
        chosen = torch.multinomial(draw, batch, replacement=True)
        images, truth = _augmented(x[chosen], y[chosen])
        with torch.autocast('cpu', torch.bfloat16):
            logits = model(images)
        logits = logits.float()
        p = logits.sigmoid()
        soft_dice = (2 * (p * truth).sum((1, 2)) + 1) / (p.sum((1, 2)) + truth.sum((1, 2)) + 1)
        loss = F.binary_cross_entropy_with_logits(logits, truth) + (1 - soft_dice).mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
    return model.eval()


@torch.no_grad()
def segment(model, x):
    """bool (n, h, w)."""
    return torch.cat([model(part) > 0 for part in x.split(16)]).numpy()


def nuclei_segmenter(rows, images, masks, train, steps=900, seed=0, cache='runs/useful'):
    """A judge of generated microscopy: uint8 (n, 256, 256, 3) → bool (n, 256, 256), trained on the real pairs of `train` only.

    Trained for longer than those that are compared, and kept in `cache` by the rows and steps that made it.
    """
    own = np.array([i for i in train if rows[i]['set'] == 'dsb2018'])
    asked = hashlib.sha256(f'{own.tolist()} {steps} {seed}'.encode()).hexdigest()[:16]
    file = Path(cache) / f'segmenter-{asked}.pt'
    if file.exists():
        model = TinyUNet()
        model.load_state_dict(torch.load(file))
        model.eval()
    else:
        model = train_segmenter(*to_tensors(images[own], masks[own]), _stain_probabilities([rows[i]['label'] for i in own]), steps, seed)
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), file)

    @torch.no_grad()
    def found(batch):
        logits = torch.cat([model(part) for part in _shrunk(batch).split(16)])
        return (F.interpolate(logits[:, None], size=batch.shape[1:3], mode='bilinear')[:, 0] > 0).numpy()
    return found


def synthetic_nuclei(pipeline, rows, masks, validation, count, cache, training_mask_share=0.0, **options):
    """(images uint8 (count, 256, 256, 3), instance masks (count, 256, 256), stains (count,)).

    training_mask_share of the masks are those of training rows as they are; the others are drawn.
    """
    rng = np.random.default_rng(0)
    pools = {name: [i for i in np.nonzero(~validation)[0] if rows[i]['set'] == 'dsb2018' and rows[i]['label'] == name] for name in STAINS}
    pools = {name: pool for name, pool in pools.items() if pool}
    measured = {name: [m for m in (measure_mask(masks[i]) for i in pool) if m] for name, pool in pools.items()}
    shares = np.array([STAINS[name] for name in pools])
    stains = rng.choice(list(pools), count, p=shares / shares.sum())
    instances, asked = [], []
    for k, stain in enumerate(stains):
        i = rng.choice(pools[stain])
        instances.append(np.array(masks[i]) if k < count * training_mask_share else make_layout(measured[stain], rng))
        asked.append(rows[i] | {'nuclei': str(len(np.unique(instances[-1])) - 1)})
    planes = np.stack([mask_channels(m) for m in instances]).astype(np.float32) / 255
    images = synthetic_images(pipeline, prompts_of(asked), cache, 'nuclei', masks=planes, **options)
    return images, np.stack(instances), stains


def _stain_probabilities(stains):
    """Draws images so that stains come in the shares of STAINS, in both ways to train."""
    each = np.array([STAINS[stain] / (np.asarray(stains) == stain).sum() for stain in stains])
    return each / each.sum()


def _summary(scores, weights):
    """{value, low, high, by_seed} of Dice (seeds, n)."""
    drawn = weights @ scores.T / weights.sum(1, keepdims=True)
    return interval(drawn, scores.mean()) | {'by_seed': [round(float(v), 4) for v in scores.mean(1)]}


def nuclei_usefulness(pipeline, rows, images, masks, validation, *, num_inference_steps=4, guidance_scale=3.0, count=400,
                      seeds=3, steps=700, training_mask_share=0.0, cache='runs/useful', groups=None, rounds=1000):
    """Dice on real validation images of segmenters trained on real and on synthetic pairs, and their ratio.

    Flat keys nuclei_dice_ratio (and _low, _high). groups: names of near-duplicates of each row, resampled together.
    """
    start = time.time()
    made, made_masks, made_stains = synthetic_nuclei(
        pipeline, rows, masks, validation, count, cache, training_mask_share,
        num_inference_steps=num_inference_steps, guidance_scale=guidance_scale)
    own = np.array([row['set'] == 'dsb2018' for row in rows])
    training, test = np.nonzero(own & ~validation)[0], np.nonzero(own & validation)[0]
    pairs = {'real': (*to_tensors(images[training], masks[training]), [rows[i]['label'] for i in training]),
             'synthetic': (*to_tensors(made, made_masks), made_stains)}
    x, truth = to_tensors(images[test], masks[test])
    truth, stains = truth.numpy().astype(bool), np.array([rows[i]['label'] for i in test])
    scores = {}
    for way, (inputs, targets, of) in pairs.items():
        scores[way] = np.stack([dice(segment(train_segmenter(inputs, targets, _stain_probabilities(of), steps, seed), x), truth)
                                for seed in range(seeds)])
        print(f'  nuclei {way}: Dice {scores[way].mean():.3f} on {len(test)} images, {time.time() - start:.0f} s', flush=True)
    test_groups = np.array(groups)[test] if groups is not None else np.arange(len(test))
    weights = resampled_weights(test_groups, rounds)
    rng = np.random.default_rng(0)
    picks = {way: rng.integers(0, seeds, (rounds, seeds)) for way in scores}
    drawn = {way: np.take_along_axis(weights @ s.T, picks[way], axis=1).mean(1) for way, s in scores.items()}
    low, high = np.percentile(drawn['synthetic'] / drawn['real'], [2.5, 97.5])
    ratio = scores['synthetic'].mean() / scores['real'].mean()
    return {'nuclei_dice_ratio': round(float(ratio), 4), 'nuclei_dice_ratio_low': round(float(low), 4),
            'nuclei_dice_ratio_high': round(float(high), 4), 'dice': {way: _summary(s, weights) for way, s in scores.items()},
            'dice_by_stain': {name: {'n': int((stains == name).sum())} | {way: round(float(s[:, stains == name].mean()), 4)
                                                                         for way, s in scores.items()} for name in sorted(set(stains))},
            'real_pairs': len(training), 'synthetic_pairs': count, 'training_mask_share': training_mask_share,
            'test_images': len(test), 'test_groups': len(set(test_groups)), 'seeds': seeds, 'training_steps': steps, 'steps': num_inference_steps,
            'guidance': guidance_scale, 'seconds': round(time.time() - start)}
