"""Networks that judge generated images. They learn from real training images only and never train the generator.

    python -m training.judges.judges --data DIR --minutes 15                       on a core
    python -m training.judges.judges --data DIR --device cuda --minutes 0.3        on a GPU

trains the label network (every label of every set, and in-domain features for KID) and saves it as
runs/cache/label-network.pt; export_judge.py makes the page's network of it, which `load_label_network` reads back. A second judge
that shares nothing with it is FeatureJudge, a linear head on features.py's network: what the page checks by the label network
while drawing is judged by that one.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from training.data.dataset import load_dataset
from training.judges.linear_head import fit_many, standardizer

JUDGE_SIZE = 128
FEATURES = 192

# Mirroring left to right is harmless here; chest and atlas brains have sides.
_MIRRORED_SETS = {'dsb2018', 'pad_ufes', 'busi', 'idrid'}


def label_classes(rows):
    """Sorted (set, label) pairs of all rows: the classes of the label network."""
    return sorted({(row['set'], row['label']) for row in rows})


def shrink(images, size=JUDGE_SIZE, device='cpu'):
    """uint8 (n, 256, 256, 3) → float (n, 3, size, size) in −1…1, on `device`."""
    x = torch.from_numpy(np.array(images)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
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
    """Random shift, scale, brightness, contrast and noise; left-right only where `mirrored` (n,) says so. x on any device."""
    n = len(x)

    def drawn(low, high, *shape):
        return torch.from_numpy(rng.uniform(low, high, (n, *shape)).astype(np.float32)).to(x.device)
    scale = drawn(0.88, 1.08)
    theta = torch.zeros(n, 2, 3, device=x.device)
    flip = torch.from_numpy(np.where(mirrored & (rng.random(n) < 0.5), -1, 1).astype(np.float32)).to(x.device)
    theta[:, 0, 0], theta[:, 1, 1] = scale * flip, scale
    theta[:, :, 2] = drawn(-0.08, 0.08, 2)
    x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), padding_mode='border', align_corners=False)
    return (x * drawn(0.85, 1.15, 1, 1, 1) + drawn(-0.1, 0.1, 1, 1, 1) + 0.03 * torch.randn_like(x)).clamp(-1, 1)


class _Pool:
    """The training images at the judge's size, on the device, and how batches are drawn from them: in proportion to √n."""

    def __init__(self, images, rows, train, classes, device):
        self.labels = np.array([classes.index((rows[i]['set'], rows[i]['label'])) for i in train])
        weights = np.bincount(self.labels, minlength=len(classes))[self.labels] ** -0.5
        self.weights = weights / weights.sum()
        self.mirrored = np.array([rows[i]['set'] in _MIRRORED_SETS for i in train])
        self.pixels = torch.cat([(shrink(images[train[k:k + 256]], device=device) * 127.5 + 127.5).round().byte()
                                 for k in range(0, len(train), 256)])

    def draw(self, rng, batch):
        """Augmented images (batch, 3, 128, 128) and their labels (batch,), on the device."""
        chosen = rng.choice(len(self.labels), batch, p=self.weights)
        at = torch.from_numpy(chosen).to(self.pixels.device)
        x = augment(self.pixels[at].float() / 127.5 - 1, self.mirrored[chosen], rng)
        return x.to(memory_format=torch.channels_last), torch.from_numpy(self.labels[chosen]).to(x.device)


def train_label_network(images, rows, train, minutes, batch=None, rate=2e-3, seed=0, device='cpu', steps=None):
    """Cross-entropy over all (set, label) classes, drawn in proportion to √n, the rate falling to zero; real images only.

    It takes `minutes`, or so many `steps` where they are given. On a GPU batches are 256 instead of 48, and 20 seconds show it more images than 15 minutes of a core.
    """
    torch.manual_seed(seed)
    rng, classes, device = np.random.default_rng(seed), label_classes(rows), torch.device(device)
    batch = batch or (256 if device.type == 'cuda' else 48)
    pool = _Pool(images, rows, train, classes, device)
    model = LabelNetwork(len(classes)).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02)
    started, step, last = time.time(), 0, time.time()
    while (done := step / steps if steps else (time.time() - started) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group['lr'] = rate * min(1, (step + 1) / 100) * max(0.01, 1 - done)
        x, labels = pool.draw(rng, batch)
        with torch.autocast(device.type, torch.bfloat16):
            _, logits = model(x)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.05)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if time.time() - last > 60:
            last = time.time()
            print(f'{step} steps, {step * batch} images, {time.time() - started:.0f} s, loss {loss.item():.3f}', flush=True)
    print(f'label network: {step} steps, {step * batch} images, {time.time() - started:.0f} s', flush=True)
    return model.eval()


@torch.no_grad()
def judge(model, images, batch=128):
    """uint8 (n, 256, 256, 3) → features float32 (n, 192), logits float32 (n, classes), computed where the model lies."""
    device = next(model.parameters()).device
    parts = [model(shrink(images[k:k + batch], device=device)) for k in range(0, len(images), batch)]
    return (torch.cat([features for features, _ in parts]).cpu().numpy(), torch.cat([logits for _, logits in parts]).cpu().numpy())


def named_right(logits, rows, classes):
    """(n,) 1 where the likeliest label among the set's own labels is the asked one, 0 where not, NaN where a set has one label."""
    own = {name: [k for k, (owner, _) in enumerate(classes) if owner == name] for name in {row['set'] for row in rows}}
    out = np.full(len(rows), np.nan)
    for k, row in enumerate(rows):
        inside = own[row['set']]
        if len(inside) > 1:
            out[k] = classes[inside[int(np.argmax(logits[k][inside]))]][1] == row['label']
    return out


def agreement(logits, rows, classes):
    """Per set: share of images whose likeliest label among the set's own labels is the asked one: {set: (right, n)}."""
    right, sets = named_right(logits, rows, classes), np.array([row['set'] for row in rows])
    return {str(name): (int(right[sets == name].sum()), int((sets == name).sum())) for name in np.unique(sets)
            if not np.isnan(right[sets == name]).any()}


def load_label_network(path, rows, device='cpu'):
    """The saved network in evaluation mode, and its classes; from judges.py's .pt or from the page's .onnx (export_judge.py)."""
    classes = label_classes(rows)
    model = LabelNetwork(len(classes))
    if Path(path).suffix == '.onnx':
        _read_exported(model, path)
    else:
        model.load_state_dict(torch.load(path, map_location='cpu'))
    return model.eval().to(device), classes


def _read_exported(model, path):
    """Fills a LabelNetwork from its graph, whose batch norms are folded into the convolutions before them."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(path).graph
    tensors = {t.name.removesuffix('_half'): torch.from_numpy(numpy_helper.to_array(t).astype(np.float32)) for t in graph.initializer}
    stored = [node.input[1:3] for node in graph.node if node.op_type in ('Conv', 'Gemm')]
    layers = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    if [tensors[weight].shape for weight, _ in stored] != [layer.weight.shape for _, layer in layers]:
        raise ValueError(f'{path} is not a label network of {model.head.out_features} labels: export it anew by export_judge.py')
    for (weight, bias), (_, layer) in zip(stored, layers):
        layer.weight = nn.Parameter(tensors[weight])
        layer.bias = nn.Parameter(tensors[bias])
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())


class FeatureJudge:
    """A second judge: for each set a regularised linear head on generic features (features.py), from real training images only.

    Its strength matters little. On training images, 150 of each label, groups of near-duplicates kept together in three folds, the mean
    share named right over the sets was 0.785 at 3e-4, 0.783 at 1e-3, 0.776 at 3e-3, 0.765 at 1e-2 and 0.745 at 3e-2; the figures of the
    model card were made with 3e-3. `logits` are comparable within a set, which is all that `agreement` compares.
    """
    STRENGTH = 3e-3

    def __init__(self, features, rows, train, device='cpu'):
        self.classes = label_classes(rows)
        self.heads = {}
        for name in sorted({owner for owner, _ in self.classes}):
            own = [k for k, (owner, _) in enumerate(self.classes) if owner == name]
            at = np.array([k for k, i in enumerate(train) if rows[i]['set'] == name])
            if len(own) < 2 or not len(at):
                continue
            labels = np.array([own.index(self.classes.index((name, rows[train[k]]['label']))) for k in at])
            self.heads[name] = (own, *self._fit(features[at], labels, len(own), device))

    def _fit(self, x, labels, classes, device):
        scale = standardizer(x)
        weights = np.bincount(labels, minlength=classes)[labels] ** -0.5
        tensors = (torch.from_numpy(scale(x)), F.one_hot(torch.from_numpy(labels), classes).float(), torch.from_numpy(weights).float()[None])
        x, target, weights = (tensor.to(device)[None] for tensor in tensors)
        return scale, fit_many(x, target, weights, torch.full((1, 1), self.STRENGTH, device=device))[0, 0].cpu().numpy()

    def logits(self, features):
        """generic features (n, 1280) → (n, classes); 0 for sets with one label."""
        out = np.zeros((len(features), len(self.classes)), np.float32)
        for own, scale, head in self.heads.values():
            out[:, own] = scale(features) @ head[:-1] + head[-1]
        return out


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows, images, _, validation = load_dataset(args.data, args.cache)
    network = train_label_network(images, rows, np.nonzero(~validation)[0], args.minutes, device=args.device)
    network = network.cpu()
    torch.save(network.state_dict(), Path(args.cache) / 'label-network.pt')
    held_out = np.nonzero(validation)[0]
    _, logits = judge(network, images[held_out])
    print(agreement(logits, [rows[i] for i in held_out], label_classes(rows)))
