"""Writes the tiny volume model and the numbers that the TypeScript tests must meet.

    python3 -m training.goldens.make_volume_fixtures --out tests/fixtures/tiny-volume
    python3 -m training.goldens.make_volume_fixtures --package public/models/phantoscope-hippocampus-3d --golden tests/fixtures/shipped-volume.json

The first needs no data: an untrained model of the shipped graph interface, 8×16×24 voxels, and golden runs of its package,
one from a label map, one from an image, one guided. The second makes a golden run of the shipped package.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch

from training.volumes.checkpoints import build_model
from training.volumes.codec import Codec
from training.volumes.export import export_model, preview_of
from training.volumes.manifest_entry import build_entry
from training.volumes.sample import Package, default_request, open_package, voxels

TINY_ID = 'tiny-volume'
FRAME = (8, 16, 24)


def tiny_model():
    """Untrained, with nothing left at zero: each input reaches the answer."""
    torch.manual_seed(0)
    model = build_model({'channels': [8, 8, 24], 'emb_dim': 16}).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
    return model, Codec(mean=torch.linspace(-0.3, 0.3, 24), scale=torch.linspace(0.5, 2, 24))


def label_map(size):
    """The first part in front of the second, off the middle: uint8 (x, y, z)."""
    labels = np.zeros(size, np.uint8)
    x, y, z = size
    labels[1:x // 2, y // 2:y - 2, 2:z // 2] = 1
    labels[2:x // 2, 3:y // 2, 4:z - 3] = 2
    return labels


def start_image(size):
    """Something to start from, another grey in each voxel's neighbours: uint8 (x, y, z)."""
    x, y, z = np.indices(size)
    return ((40 + 20 * np.sin(x) + 15 * y + 5 * z) % 256).astype(np.uint8)


def golden(package, request, labels=None, image=None, stride=1):
    """The request, its latents and every `stride`-th voxel as the browser should give them."""
    latents, decoded = package.run(request, labels, image)
    drawn, found = voxels(decoded)
    return {'request': request, 'labelMap': labels is not None, 'stride': stride,
            'latents': [float(f'{v:.7g}') for v in latents.reshape(-1)[::stride]],
            'decoded': [float(f'{v:.7g}') for v in decoded.reshape(-1)[::stride]],
            'image': drawn.reshape(-1)[::stride].tolist(), 'labels': found.reshape(-1)[::stride].tolist()}


def make_tiny(out):
    """Writes the package, its manifest and its golden runs into `out`."""
    shutil.rmtree(out, ignore_errors=True)
    model, codec = tiny_model()
    folder = out / 'models' / TINY_ID
    components, tokenizer = export_model(model, codec, folder, FRAME)
    entry = build_entry(TINY_ID, components, tokenizer, preview_of(codec), 4, 1.0, FRAME)
    entry |= {'title': 'Tiny untrained volumes', 'summary': 'For tests: makes noise in three dimensions.'}
    manifest = {'schemaVersion': 1, 'defaultModel': TINY_ID, 'models': [entry]}
    (out / 'model-manifest.json').write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')
    package = Package(folder, entry)
    asked = default_request(entry, prompt='large hippocampus mri', seed=7, imageIndex=2, covariates={'anterior_mm3': 1700},
                            guidanceScale=1)
    labels, start = label_map(FRAME), start_image(FRAME)
    runs = [golden(package, asked, stride=7), golden(package, {**asked, 'imageIndex': 3, 'covariates': {}}, labels, stride=7),
            golden(package, {**asked, 'init': {'strength': 0.5}}, image=start, stride=7),
            golden(package, {**asked, 'guidanceScale': 2}, stride=7)]
    given = {'labelMap': labels.reshape(-1).tolist(), 'start': start.reshape(-1).tolist()}
    (out / 'golden.json').write_text(json.dumps({'size': FRAME, **given, 'runs': runs}) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='tests/fixtures/tiny-volume')
    parser.add_argument('--package')
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--golden')
    args = parser.parse_args()
    if args.package:
        package = open_package(args.package, args.manifest)
        request = default_request(package.entry, seed=7, covariates={'anterior_mm3': 1700, 'posterior_mm3': 1500})
        Path(args.golden).write_text(json.dumps(golden(package, request, stride=64)) + '\n')
    else:
        make_tiny(Path(args.out))
