"""Exports trained generators of one step as packages that the page loads: kind "generator", one ONNX graph each.

    python -m training.rivals.export --run runs/rivals --out runs/rival-packages
    python -m training.rivals.export --run runs/rivals --out public --manifest rivals-manifest.json     the ones that models.html offers

For each generator of the run (its longest training, seed 0) OUT/models/ID/generator.onnx, and one manifest of them all.
Large weights are kept as float16 where the picture stays within 1e-4 of PyTorch's, else as float32.
"""

import argparse
import copy
import json
from pathlib import Path

import numpy as np
import onnx
import torch

from training.common.errors import BadSetting, named_errors
from training.export.graphs import EXAMPLE_BATCH, file_record, open_session, self_test_answer, to_onnx
from training.export.manifest_entry import write_manifest
from training.export.quantize import SMALL, store_float16
from training.rivals.methods.base import NOISE
from training.rivals.registry import BY_TASK
from training.rivals.task import SIZE, one_hot, shape_of

MOST_BYTES, TOLERANCE = 25 * 10**6, 1e-4
METHODS = {'gan': 'conditional GAN with differentiable augmentation', 'dcgan': 'conditional DCGAN', 'cvae': 'conditional VAE',
           'pix2pix': 'mask-to-image GAN after pix2pix'}
ATTRIBUTION = 'CC BY 4.0, with the attributions of the model card'
LICENCES = {'chest': {'name': ATTRIBUTION, 'url': 'https://creativecommons.org/licenses/by/4.0/'},
            'nuclei': {'name': 'CC0 1.0, as the images it was trained on', 'url': 'https://creativecommons.org/publicdomain/zero/1.0/'}}
SOURCES = {'chest': "Kermany et al. 2018, chest X-rays of children, CC BY 4.0", 'nuclei': 'BBBC038, 2018 Data Science Bowl, CC0'}
CARD = 'docs/comparison.md'


def longest_trainings(run):
    """[(task, class, folder)] of every method that was trained with seed 0, each in its longest training. Raises BadSetting without any."""
    found = []
    for task, classes in BY_TASK.items():
        for cls in classes:
            folders = [folder for folder in (Path(run) / task).glob(f'{cls.key}-*s-seed0') if (folder / 'weights.pt').exists()]
            if folders:
                found.append((task, cls, max(folders, key=lambda f: json.loads((f / 'training.json').read_text())['seconds'])))
    if not found:
        raise BadSetting(f'{run} has nothing that was trained. Run training.rivals.compare first, or name its --out.')
    return found


def example(shape, n=EXAMPLE_BATCH, seed=0):
    """Inputs of a generator's graph: {name: tensor of n rows}."""
    rng = torch.Generator().manual_seed(seed)
    inputs = {'noise': torch.randn(n, NOISE, generator=rng), 'labels': one_hot(np.arange(n) % shape.classes, shape.classes)}
    if shape.mask:
        inputs['mask'] = (torch.rand(n, 1, SIZE // 16, SIZE // 16, generator=rng) > 0.6).float().repeat_interleave(16, 2).repeat_interleave(16, 3)
    return inputs


def rounded(generator):
    """A copy whose large weights are numbers of float16: what the stored graph holds."""
    out = copy.deepcopy(generator).eval()
    with torch.no_grad():
        for parameter in out.parameters():
            if parameter.numel() >= SMALL:
                parameter.copy_(parameter.half().float())
    return out


@torch.no_grad()
def apart(path, generator, shape, n=5):
    """Largest difference of a stored graph's picture from PyTorch's, on another batch than the exporter saw."""
    inputs = example(shape, n, seed=1)
    graph = open_session(path).run(None, {name: x.numpy() for name, x in inputs.items()})[0]
    return float(np.abs(graph - generator.eval()(**inputs).numpy()).max())


def export_generator(generator, shape, path):
    """Writes the graph; returns {bytes, weights: 'float16' or 'float32', apart}. Raises BadSetting where it cannot be kept exact or small."""
    half = rounded(generator)
    onnx.save(store_float16(to_onnx(half, example(shape), path, 'sample')), path)
    said, off = 'float16', apart(path, half, shape)
    if off > TOLERANCE:
        onnx.save(to_onnx(generator.eval(), example(shape), path, 'sample'), path)
        said, off = 'float32', apart(path, generator, shape)
    size = path.stat().st_size
    if off > TOLERANCE or size > MOST_BYTES:
        raise BadSetting(f'{path}: {size / 1e6:.1f} MB, {off:.1e} off PyTorch. At most {MOST_BYTES / 1e6:.0f} MB and {TOLERANCE:g} are allowed: '
                         'make the generator smaller, or export it with the versions of requirements.txt.')
    return {'bytes': size, 'weights': said, 'apart': off}


def entry_of(model_id, task, cls, shape, seconds, path):
    """The manifest entry: docs of the fields in src/models/manifest/manifest.ts."""
    sources = {'chest': "chest X-rays of children", 'nuclei': 'nuclei under the microscope'}
    return {
        'id': model_id, 'title': f'{METHODS[cls.key][0].upper()}{METHODS[cls.key][1:]}: {sources[task]}', 'version': '1.0.0',
        'summary': f'For comparison only: trained for {seconds:g} seconds of one core on {SOURCES[task]}.',
        'licence': LICENCES[task],
        'card': CARD, 'baseUrl': f'models/{model_id}/', 'kind': 'generator',
        'generator': {'method': METHODS[cls.key], 'noise': NOISE, 'size': SIZE, 'channels': shape.channels,
                      'labels': list(shape.words), 'mask': shape.mask},
        'components': {'generator': {'graph': file_record(path), 'weights': [], 'selfTest': self_test_answer(path)}},
        'requirements': {'features': [], 'maxBufferBytes': 32 * 2**20, 'peakMemoryBytes': 20 * path.stat().st_size},
    }


def export_package(task, cls, folder, out):
    """The graph of a training's folder; returns (its manifest entry, what export_generator says)."""
    shape, method = shape_of(task), cls()
    method.begin(shape)
    method.networks.load_state_dict(torch.load(folder / 'weights.pt', weights_only=True))
    model_id = f'{cls.key}-{task}'
    path = Path(out) / 'models' / model_id / 'generator.onnx'
    path.parent.mkdir(parents=True, exist_ok=True)
    found = export_generator(method.networks['generator_ema'].eval(), shape, path)
    seconds = json.loads((folder / 'training.json').read_text())['seconds']
    return entry_of(model_id, task, cls, shape, round(seconds), path), found


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--run', default='runs/rivals')
    parser.add_argument('--out', required=True)
    parser.add_argument('--manifest', help='OUT/model-manifest.json where left out')
    args = parser.parse_args(argv)
    entries = []
    for task, cls, folder in longest_trainings(args.run):
        if not cls.one_step:
            continue
        entry, found = export_package(task, cls, folder, args.out)
        entries.append(entry)
        print(f"{entry['id']}: {found['bytes'] / 1e6:.2f} MB, weights {found['weights']}, {found['apart']:.1e} off PyTorch")
    if not entries:
        raise BadSetting(f'{args.run} has no generator of one step: train gan, dcgan, cvae or pix2pix first.')
    write_manifest(args.manifest or Path(args.out) / 'model-manifest.json', entries)


if __name__ == '__main__':
    main()
