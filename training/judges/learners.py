"""Small networks that the page trains from nothing, as plain ONNX graphs: do synthetic images help a classifier, a segmenter?

    python -m training.volumes.learners --out public/models/learners --manifest model-manifest.json      these and that of volumes

Writes for each network NAME-step.onnx (loss and the gradient of every parameter, see backward.py), NAME.onnx (what it answers) and
learners.json with the parameters' names, shapes and starting spread, and names the files in the manifest's
evaluation.learners. Parameters are inputs of both graphs, so the files hold no
weights; src/evaluation starts them at random, seeded, and runs the optimizer. Group normalization instead of batch
normalization: a graph then has no state.
"""

import argparse
import json
import math
import tempfile
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from torch import nn

from training.export.backward import add_gradients
from training.export.graphs import EXAMPLE_BATCH, file_record, free_batch, to_fixed_onnx, to_onnx

CLASSES = 4                                  # of the example; the graphs take any number
EPSILON = 1e-5


class Norm(nn.Module):
    """Group normalization with groups of 8 channels, written with operators that every backend has (Wu & He 2018)."""

    def __init__(self, channels):
        super().__init__()
        self.groups = channels // 8
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        flat = x.reshape(x.shape[0], self.groups, -1)
        off = flat - flat.mean(dim=2, keepdim=True)
        normal = off * (1 / torch.sqrt((off * off).mean(dim=2, keepdim=True) + EPSILON))
        return normal.reshape(x.shape) * self.scale + self.shift


def block(before, after):
    """3×3 convolution, normalization, SiLU."""
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), Norm(after), nn.SiLU())


class TinyClassifier(nn.Module):
    """x (n, 3, 64, 64) in −1…1 → logits (n, classes). 0.1 M parameters."""

    def __init__(self, widths=(16, 32, 64, 96)):
        super().__init__()
        self.blocks = nn.ModuleList(block(before, after) for before, after in zip((3, *widths), widths))
        self.weight = nn.Parameter(torch.empty(widths[-1], CLASSES))
        self.bias = nn.Parameter(torch.zeros(CLASSES))

    def forward(self, x):
        for level, stage in enumerate(self.blocks):
            x = stage(F.avg_pool2d(x, 2) if level else x)
        return x.mean(dim=(2, 3)) @ self.weight + self.bias


class TinySegmenter(nn.Module):
    """U-Net (Ronneberger et al. 2015): x (n, 3, 64, 64) in −1…1 → foreground logits (n, 64, 64). 0.1 M parameters."""

    def __init__(self, widths=(8, 16, 32, 64)):
        super().__init__()
        self.down = nn.ModuleList(block(before, after) for before, after in zip((3, *widths), widths))
        self.up = nn.ModuleList(block(below + here, here) for below, here in zip(widths[:0:-1], widths[-2::-1]))
        self.last = nn.Conv2d(widths[0], 1, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(1, 1, 1))

    def forward(self, x):
        skips = []
        for level, stage in enumerate(self.down):
            x = stage(F.avg_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for stage in self.up:
            x = stage(torch.cat([F.interpolate(x, scale_factor=2.0), skips.pop()], 1))
        return (self.last(x) + self.bias).reshape(x.shape[0], *x.shape[2:])


class Answer(nn.Module):
    """A network whose parameters are inputs. It takes the network over: the parameters are no longer its own."""

    def __init__(self, network):
        super().__init__()
        self.names = [name for name, _ in network.named_parameters()]
        self.network = network
        self.places = []
        for name in self.names:
            path, _, leaf = name.rpartition('.')
            module = network.get_submodule(path)
            del module._parameters[leaf]
            self.places.append((module, leaf))

    def forward(self, x, *parameters):
        for (module, leaf), parameter in zip(self.places, parameters):
            object.__setattr__(module, leaf, parameter)
        return self.network(x)


class ClassifierStep(Answer):
    """x, one-hot targets (n, classes), row_weight (n,) → Σ row_weight·cross-entropy."""

    def forward(self, x, targets, row_weight, *parameters):
        chosen = (F.log_softmax(super().forward(x, *parameters), dim=1) * targets).sum(dim=1)
        return (row_weight * -chosen).sum()


class SegmenterStep(Answer):
    """x, targets (n, 64, 64) in {0, 1}, row_weight (n,) → Σ row_weight·mean binary cross-entropy."""

    def forward(self, x, targets, row_weight, *parameters):
        logits = super().forward(x, *parameters)
        each = (F.softplus(logits) - logits * targets).mean(dim=(1, 2))
        return (row_weight * each).sum()


# By name: the network, its training step, and the shapes of a row of x and of targets. training/volumes/learners.py adds its own.
PLANES = (3, 64, 64)
NETWORKS = {'classifier': (TinyClassifier, ClassifierStep, PLANES, (CLASSES,)),
            'segmenter': (TinySegmenter, SegmenterStep, PLANES, PLANES[1:])}


def spread_of(parameter, name):
    """Standard deviation at the start, or a constant: He et al. 2015 for kernels and matrices, ones for scales, zeros else."""
    if name.endswith('scale') or (parameter.ndim == 1 and name.endswith('weight')):
        return {'constant': 1.0}
    if parameter.ndim in (2, 4, 5):
        fan_in = parameter.shape[0] if parameter.ndim == 2 else math.prod(parameter.shape[1:])
        return {'deviation': float(f'{math.sqrt(2 / fan_in):.6g}')}
    return {'constant': 0.0}


def step_graph(name, path):
    """The training step of a network as an ONNX model with a free batch (and, for the classifier, any number of classes)."""
    kind, step, row, target = NETWORKS[name]
    module, parameters = step(kind()), dict(kind().named_parameters())
    inputs = {'x': torch.randn(EXAMPLE_BATCH, *row), 'targets': torch.zeros(EXAMPLE_BATCH, *target),
              'row_weight': torch.full((EXAMPLE_BATCH,), 1 / EXAMPLE_BATCH), **parameters}
    model = add_gradients(to_fixed_onnx(module, inputs, path, ['loss']), module.names, 'loss')
    free_batch(model.graph)
    free_classes(model)
    onnx.checker.check_model(model)
    return model


def answer_graph(name, path):
    """The network by itself, logits of a batch."""
    kind, _, row, _ = NETWORKS[name]
    model = to_onnx(Answer(kind()), {'x': torch.randn(EXAMPLE_BATCH, *row), **dict(kind().named_parameters())}, path, 'logits')
    free_classes(model)
    return model


def free_classes(model):
    """Names the axes that hold the number of classes."""
    for value in [*model.graph.input, *model.graph.output]:
        name, dims = value.name.removeprefix('grad.'), value.type.tensor_type.shape.dim
        axis = {'weight': 1, 'bias': 0, 'targets': 1, 'logits': 1}.get(name)
        if axis is not None and len(dims) in (1, 2) and dims[axis].dim_value == CLASSES:
            dims[axis].dim_param = 'classes'


def write_learners(folder):
    """All graphs and learners.json into `folder`; returns what is in the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {}
    for name, (kind, _, row, _) in NETWORKS.items():
        with tempfile.TemporaryDirectory() as scratch:
            for stem, build in ((f'{name}-step', step_graph), (name, answer_graph)):
                (folder / f'{stem}.onnx').write_bytes(build(name, Path(scratch) / 'graph.onnx').SerializeToString())
        parameters = [{'name': n, 'shape': list(p.shape), **spread_of(p, n)} for n, p in kind().named_parameters()]
        record[name] = {'step': file_record(folder / f'{name}-step.onnx'), 'answer': file_record(folder / f'{name}.onnx'),
                        'size': row[1] if len(row) == 3 else list(row[1:]), 'parameters': parameters}
    (folder / 'learners.json').write_text(json.dumps(record, indent=1) + '\n')
    return record


TITLES = {'classifier': 'Small classifier', 'segmenter': 'Small U-Net'}


def manifest_entries(record, base_url):
    """The manifest's evaluation.learners; shapes are in the graphs."""
    def start(parameter):
        return {key: value for key, value in parameter.items() if key != 'shape'}
    return [{'id': f'learner-{name}', 'role': name, 'title': TITLES[name], 'baseUrl': base_url, 'step': one['step'],
             'answer': one['answer'], 'size': one['size'], 'parameters': [start(p) for p in one['parameters']]}
            for name, one in record.items()]


def write_manifest(path, record):
    """Puts the networks into the manifest at `path`; the rest of it stays."""
    manifest = json.loads(path.read_text())
    manifest.setdefault('evaluation', {'networks': []})['learners'] = manifest_entries(record, 'models/learners/')
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')


def main():
    """Writes every network that is known: those of this file, and what a caller has added."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='public/models/learners')
    parser.add_argument('--manifest', default='model-manifest.json')
    args = parser.parse_args()
    write_manifest(Path(args.manifest), write_learners(Path(args.out)))
