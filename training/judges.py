"""Networks that judge generated images. They learn from real training images only and never train the generator.

    python training/judges.py --data DIR --minutes 10

trains the label network (every label of every set, and in-domain features for KID) and saves it as
runs/cache/label-network.pt; with `--onnx FILE` the features and logits are exported for the browser's evaluation view.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from data import load_dataset
from torch import nn

JUDGE_SIZE = 128
FEATURES = 192

# Mirroring left to right is harmless here; chest and atlas brains have sides.
_MIRRORED_SETS = {'dsb2018', 'pad_ufes', 'busi', 'idrid'}


def label_classes(rows):
    """Sorted (set, label) pairs of all rows: the classes of the label network."""
    return sorted({(row['set'], row['label']) for row in rows})


def shrink(images, size=JUDGE_SIZE):
    """uint8 (n, 256, 256, 3) → float (n, 3, size, size) in −1…1."""
    x = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return F.avg_pool2d(x, images.shape[1] // size)


class _Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.norm2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))))


class LabelNetwork(nn.Module):
    """A residual network (He et al. 2016) of 1.7 M parameters: (n, 3, 128, 128) in −1…1 → features (n, 192) and logits."""

    def __init__(self, num_classes, widths=(48, 96, FEATURES)):
        super().__init__()
        layers, channels = [nn.PixelUnshuffle(4)], 48
        for level, width in enumerate(widths):
            layers += [nn.Conv2d(channels, width, 3, stride=2 if level else 1, padding=1, bias=False),
                       nn.BatchNorm2d(width), nn.ReLU(), _Block(width), _Block(width)]
            channels = width
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(channels, num_classes)

    def forward(self, x):
        features = self.body(x)
        return features, self.head(F.dropout(features, 0.2, self.training))


def augment(x, mirrored, rng):
    """Random shift, scale, brightness, contrast and noise; left-right only where `mirrored` (n,) says so."""
    n = len(x)
    scale = torch.from_numpy(rng.uniform(0.88, 1.08, n).astype(np.float32))
    theta = torch.zeros(n, 2, 3)
    flip = torch.from_numpy(np.where(mirrored & (rng.random(n) < 0.5), -1, 1).astype(np.float32))
    theta[:, 0, 0], theta[:, 1, 1] = scale * flip, scale
    theta[:, :, 2] = torch.from_numpy(rng.uniform(-0.08, 0.08, (n, 2)).astype(np.float32))
    x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), padding_mode='border', align_corners=False)
    gain = torch.from_numpy(rng.uniform(0.85, 1.15, (n, 1, 1, 1)).astype(np.float32))
    shift = torch.from_numpy(rng.uniform(-0.1, 0.1, (n, 1, 1, 1)).astype(np.float32))
    return (x * gain + shift + 0.03 * torch.randn_like(x)).clamp(-1, 1)


def train_label_network(images, rows, train, minutes, batch=48, rate=2e-3, seed=0):
    """Cross-entropy over all (set, label) classes, drawn in proportion to √n, the rate falling to zero; real images only."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    classes = label_classes(rows)
    labels = np.array([classes.index((rows[i]['set'], rows[i]['label'])) for i in train])
    weights = np.bincount(labels, minlength=len(classes))[labels] ** -0.5
    weights /= weights.sum()
    mirrored = np.array([rows[i]['set'] in _MIRRORED_SETS for i in train])
    pool = torch.cat([(shrink(images[train[k:k + 256]]) * 127.5 + 127.5).round().byte() for k in range(0, len(train), 256)])
    model = LabelNetwork(len(classes)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02)
    started, step, last = time.time(), 0, time.time()
    while (done := (time.time() - started) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group['lr'] = rate * min(1, (step + 1) / 100) * max(0.01, 1 - done)
        chosen = rng.choice(len(train), batch, p=weights)
        x = augment(pool[chosen].float() / 127.5 - 1, mirrored[chosen], rng).to(memory_format=torch.channels_last)
        with torch.autocast('cpu', torch.bfloat16):
            _, logits = model(x)
        loss = F.cross_entropy(logits.float(), torch.from_numpy(labels[chosen]), label_smoothing=0.05)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if time.time() - last > 60:
            last = time.time()
            print(f'{step} steps, {step * batch} images, {time.time() - started:.0f} s, loss {loss.item():.3f}', flush=True)
    return model.eval()


@torch.no_grad()
def judge(model, images, batch=128):
    """uint8 (n, 256, 256, 3) → features float32 (n, 192), logits float32 (n, classes)."""
    parts = [model(shrink(images[k:k + batch])) for k in range(0, len(images), batch)]
    return (torch.cat([features for features, _ in parts]).numpy(), torch.cat([logits for _, logits in parts]).numpy())


def agreement(logits, rows, classes):
    """Per set: share of images whose likeliest label among the set's own labels is the asked one: {set: (right, n)}."""
    out = {}
    for name in sorted({row['set'] for row in rows}):
        own = [k for k, (owner, _) in enumerate(classes) if owner == name]
        if len(own) < 2:
            continue
        here = [k for k, row in enumerate(rows) if row['set'] == name]
        named = [classes[own[int(np.argmax(logits[k][own]))]][1] for k in here]
        out[name] = (sum(label == rows[k]['label'] for label, k in zip(named, here)), len(here))
    return out


def load_label_network(path, rows):
    """The saved network in evaluation mode, and its classes."""
    classes = label_classes(rows)
    model = LabelNetwork(len(classes))
    model.load_state_dict(torch.load(path))
    return model.eval(), classes


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows, images, _, validation = load_dataset(args.data, args.cache)
    network = train_label_network(images, rows, np.nonzero(~validation)[0], args.minutes)
    torch.save(network.state_dict(), Path(args.cache) / 'label-network.pt')
    held_out = np.nonzero(validation)[0]
    _, logits = judge(network, images[held_out])
    print(agreement(logits, [rows[i] for i in held_out], label_classes(rows)))
