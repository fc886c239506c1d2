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
from torch import nn

from training.data.dataset import mask_channels
from training.data.nuclei_layout import make_layout, measure_mask
from training.judges.metrics import dice
from training.usefulness.comparison import interval, resampled_weights
from training.usefulness.synthetic import prompts_of

STAINS = {'fluorescence': 0.6, 'H&E / purple stained histology': 0.2, 'brightfield grey': 0.2}
SIZE, CROP = 128, 64


def _block(before, after, networks):
    return nn.Sequential(nn.Conv2d(before * networks, after * networks, 3, padding=1, bias=False, groups=networks),
                         nn.BatchNorm2d(after * networks), nn.ReLU())


class TinyUNet(nn.Module):
    """(n, 3, h, w) in −1…1, h and w multiples of 8 → foreground logits (n, h, w). 0.11 M parameters.

    With `networks` > 1 as many networks side by side that never meet, as grouped convolutions: (n, 3·networks, h, w) → logits
    (n, networks, h, w). They train as fast as one where the time goes into launching kernels.
    """

    def __init__(self, widths=(8, 16, 32, 64), networks=1):
        super().__init__()
        self.networks = networks
        self.down = nn.ModuleList(nn.Sequential(_block(before, after, networks), _block(after, after, networks))
                                  for before, after in zip((3, *widths), widths))
        self.up = nn.ModuleList(_block(below + here, here, networks) for below, here in zip(widths[:0:-1], widths[-2::-1]))
        self.last = nn.Conv2d(widths[0] * networks, networks, 1, groups=networks)

    def _beside(self, below, skip):
        """Channels of each network together: (n, networks·a, h, w), (n, networks·b, h, w) → (n, networks·(a + b), h, w)."""
        return torch.cat([part.unflatten(1, (self.networks, -1)) for part in (below, skip)], 2).flatten(1, 2)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(self._beside(F.interpolate(x, scale_factor=2.0), skips.pop()))
        return self.last(x) if self.networks > 1 else self.last(x)[:, 0]


def side_by_side(models):
    """TinyUNets as one with len(models) networks."""
    out = TinyUNet(networks=len(models))
    with torch.no_grad():
        for target, *parts in zip(out.state_dict().values(), *(model.state_dict().values() for model in models)):
            target.copy_(torch.cat(parts) if target.dim() else parts[0])
    return out


def taken_apart(model):
    """The networks of a TinyUNet as TinyUNets of one, in evaluation mode on the CPU."""
    out = [TinyUNet() for _ in range(model.networks)]
    with torch.no_grad():
        for source, *targets in zip(model.state_dict().values(), *(part.state_dict().values() for part in out)):
            pieces = source.cpu().chunk(model.networks) if source.dim() else [source.cpu()] * model.networks
            for target, piece in zip(targets, pieces):
                target.copy_(piece)
    return [part.eval() for part in out]


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
    n, device = len(x), x.device
    x = 2 * ((x + 1) / 2).clamp_min(1e-3) ** torch.exp(torch.empty(n, 1, 1, 1, device=device).uniform_(-0.4, 0.4)) - 1
    x = x * torch.empty(n, 1, 1, 1, device=device).uniform_(0.7, 1.2) + torch.empty(n, 3, 1, 1, device=device).uniform_(-0.15, 0.15)
    grey = (torch.rand(n, 1, 1, 1, device=device) < 0.2).float()
    return x * (1 - grey) + x.mean(1, keepdim=True) * grey, y


def _drawn(sets, batch):
    """A batch of each of the sets (x, y, probabilities): images (batch, 3·sets, h, w) and truth (batch, sets, h, w)."""
    parts = []
    for x, y, draw in sets:
        chosen = torch.multinomial(draw, batch, replacement=True)
        parts.append(_augmented(x[chosen], y[chosen]))
    return torch.cat([images for images, _ in parts], 1), torch.stack([truth for _, truth in parts], 1)


def train_segmenters(sets, steps, seeds, batch=16, lr=4e-3, device='cpu'):
    """A TinyUNet for each of the sets (x, y, probabilities (n,)) and seeds after `steps` batches; cross-entropy plus soft Dice.

    They learn side by side, each from its own set and start; on a CPU, where grouped convolutions are slow, one after the other.
    """
    if torch.device(device).type == 'cpu' and len(sets) > 1:
        return [train_segmenters([one], steps, [seed], batch, lr)[0] for one, seed in zip(sets, seeds)]
    models = []
    for seed in seeds:
        torch.manual_seed(seed)
        models.append(TinyUNet())
    model = side_by_side(models).to(device).train()
    placed = {id(x): (x.to(device), y.to(device)) for x, y, _ in sets}
    sets = [(*placed[id(x)], torch.from_numpy(np.asarray(p, np.float64)).to(device)) for x, y, p in sets]
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, steps, pct_start=0.1)
    for _ in range(steps):
        images, truth = _drawn(sets, batch)
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            logits = model(images)
        logits = logits.float().view(truth.shape)
        p = logits.sigmoid()
        soft_dice = (2 * (p * truth).sum((2, 3)) + 1) / (p.sum((2, 3)) + truth.sum((2, 3)) + 1)
        # Sums over the networks, so that each has the gradient it would have alone.
        loss = len(sets) * F.binary_cross_entropy_with_logits(logits, truth) + (1 - soft_dice).mean(0).sum()
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
    return taken_apart(model)


@torch.no_grad()
def segment(model, x, device='cpu'):
    """bool (n, h, w)."""
    model = model.to(device)
    return torch.cat([model(part.to(device)) > 0 for part in x.split(64)]).cpu().numpy()


def nuclei_segmenter(rows, images, masks, train, steps=900, seed=0, cache='runs/useful', device='cpu'):
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
        pairs = (*to_tensors(images[own], masks[own]), _stain_probabilities([rows[i]['label'] for i in own]))
        model, = train_segmenters([pairs], steps, [seed], device=device)
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), file)
    model = model.to(device)

    @torch.no_grad()
    def found(batch):
        logits = torch.cat([model(part.to(device)) for part in _shrunk(batch).split(64)])
        return (F.interpolate(logits[:, None], size=batch.shape[1:3], mode='bilinear')[:, 0] > 0).cpu().numpy()
    return found


def synthetic_nuclei(generator, rows, masks, validation, count, training_mask_share=0.0):
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
    return generator.images(prompts_of(asked), first_seed=40_000, masks=planes), np.stack(instances), stains


def _stain_probabilities(stains):
    """Draws images so that stains come in the shares of STAINS, in both ways to train."""
    each = np.array([STAINS[stain] / (np.asarray(stains) == stain).sum() for stain in stains])
    return each / each.sum()


def _summary(scores, weights):
    """{value, low, high, by_seed} of Dice (seeds, n)."""
    drawn = weights @ scores.T / weights.sum(1, keepdims=True)
    return interval(drawn, scores.mean()) | {'by_seed': [round(float(v), 4) for v in scores.mean(1)]}


def _scores(pairs, x, truth, steps, seeds, device):
    """Dice (seeds, n) on the test images of segmenters trained on each kind of pairs."""
    sets = [(images, targets, _stain_probabilities(stains)) for images, targets, stains in pairs.values() for _ in range(seeds)]
    models = train_segmenters(sets, steps, list(range(seeds)) * len(pairs), device=device)
    found = np.stack([dice(segment(model, x, device), truth) for model in models])
    return {way: found[k * seeds:(k + 1) * seeds] for k, way in enumerate(pairs)}


def _ratio_interval(scores, weights, seeds):
    """95 % of the ratio synthetic over real, test groups and seeds resampled."""
    rng, rounds = np.random.default_rng(0), len(weights)
    picks = {way: rng.integers(0, seeds, (rounds, seeds)) for way in scores}
    drawn = {way: np.take_along_axis(weights @ s.T, picks[way], axis=1).mean(1) for way, s in scores.items()}
    return np.percentile(drawn['synthetic'] / drawn['real'], [2.5, 97.5])


def nuclei_usefulness(generator, rows, images, masks, validation, *, count=400, seeds=5, steps=700, training_mask_share=0.0, groups=None,
                      rounds=1000, device='cpu'):
    """Dice on real validation images of segmenters trained on real and on synthetic pairs, and their ratio.

    Flat keys nuclei_dice_ratio (and _low, _high). groups: names of near-duplicates of each row, resampled together.
    """
    start = time.time()
    made, made_masks, made_stains = synthetic_nuclei(generator, rows, masks, validation, count, training_mask_share)
    own = np.array([row['set'] == 'dsb2018' for row in rows])
    training, test = np.nonzero(own & ~validation)[0], np.nonzero(own & validation)[0]
    pairs = {'real': (*to_tensors(images[training], masks[training]), [rows[i]['label'] for i in training]),
             'synthetic': (*to_tensors(made, made_masks), made_stains)}
    x, truth = to_tensors(images[test], masks[test])
    scores = _scores(pairs, x, truth.numpy().astype(bool), steps, seeds, device)
    print(f"  nuclei: Dice {scores['real'].mean():.3f} by real pairs, {scores['synthetic'].mean():.3f} by synthetic ones, on {len(test)} images, "
          f'{time.time() - start:.0f} s', flush=True)
    stains = np.array([rows[i]['label'] for i in test])
    test_groups = np.array(groups)[test] if groups is not None else np.arange(len(test))
    weights = resampled_weights(test_groups, rounds)
    low, high = _ratio_interval(scores, weights, seeds)
    ratio = scores['synthetic'].mean() / scores['real'].mean()
    return {'nuclei_dice_ratio': round(float(ratio), 4), 'nuclei_dice_ratio_low': round(float(low), 4),
            'nuclei_dice_ratio_high': round(float(high), 4), 'dice': {way: _summary(s, weights) for way, s in scores.items()},
            'dice_by_stain': {name: {'n': int((stains == name).sum())} | {way: round(float(s[:, stains == name].mean()), 4)
                                                                         for way, s in scores.items()} for name in sorted(set(stains))},
            'real_pairs': len(training), 'synthetic_pairs': count, 'training_mask_share': training_mask_share,
            'test_images': len(test), 'test_groups': len(set(test_groups)), 'seeds': seeds, 'training_steps': steps,
            'steps': generator.steps, 'guidance': generator.guidance, 'seconds': round(time.time() - start)}
