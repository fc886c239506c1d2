"""Volumes out of a stored package, with the browser's noise; what the browser must give, number by number.

    python3 -m training.volumes.sample --package public/models/phantoscope-hippocampus-3d --out FOLDER \\
        --set anterior_mm3=1700 --count 4 "hippocampus mri"

Writes NAME.npz each: image and label uint8 (x, y, z).
"""

import argparse
import json
from pathlib import Path

import numpy as np

from training.common.philox import initial_noise
from training.export.graphs import open_session
from training.volumes.words import tokenize


def flow_sigmas(steps, shift=1.0):
    """σ from 1 to 0 in equal steps, then shifted: σ' = shift·σ / (1 + (shift − 1)·σ); `steps` + 1 numbers."""
    sigmas = np.linspace(1, 0, steps + 1)
    return shift * sigmas / (1 + (shift - 1) * sigmas)


def scaled(covariates, asked):
    """Manifest covariates and {name: number} → values −1…1 and flags, float32 (n,) each."""
    values = [2 * (asked[c['name']] - c['min']) / (c['max'] - c['min']) - 1 if c['name'] in asked else 0 for c in covariates]
    return np.array(values, np.float32), np.array([float(c['name'] in asked) for c in covariates], np.float32)


def part_planes(labels):
    """Labels (x, y, z) → float32 (2, x, y, z): 1 in the first part; 1 in the second."""
    return np.stack([labels == 1, labels == 2]).astype(np.float32)


def labels_of(decoded):
    """The decoder's fields (3, x, y, z) → uint8 labels; fields.py, labels_of."""
    return np.where(decoded[1] > 0, np.where(decoded[2] > 0, 1, 2), 0).astype(np.uint8)


class Package:
    """The graphs of a package in onnxruntime on the CPU."""

    def __init__(self, folder, entry):
        self.entry = entry
        self.text, self.unet, self.decoder, self.encoder = (open_session(Path(folder) / f'{stem}.onnx')
                                                            for stem in ('text-encoder', 'unet', 'vae-decoder', 'vae-encoder'))

    def encode_image(self, image):
        """uint8 (x, y, z) → latents (1, 24, …) of the image beside empty fields."""
        volume = np.zeros((1, 3, *image.shape), np.float32)
        volume[0, 0] = image.astype(np.float32) / np.float32(127.5) - 1
        return self.encoder.run(None, {'image': volume})[0]

    def run(self, request, label_map=None, image=None):
        """A GenerationRequest (src/contract/request.ts) → latents (1, 24, …) and what the decoder makes of them, float32 (3, x, y, z).

        label_map: integers (x, y, z), drawn to where it is given. image: uint8 (x, y, z) to start from; it is kept until
        request['init']['strength'] of the steps are left, while its label map comes out of noise.
        """
        entry = self.entry
        size, down = entry['volume']['size'], entry['latents']['downscale']
        length = entry['tokenizer']['maxLength']
        def conditions(prompt, said):
            embeds = self.text.run(None, {'input_ids': np.array(tokenize([prompt]), np.int64)[:, :length]})[0]
            values, flags = scaled(entry['conditions']['covariates'], request['covariates'] if said else {})
            given = said and label_map is not None
            mask = part_planes(label_map) if given else np.zeros((2, *size), np.float32)
            return {'prompt_embeds': embeds, 'covariates': (values * flags)[None], 'covariates_present': flags[None],
                    'mask': mask[None], 'mask_present': np.full((1, 1), given, np.float32)}
        asked, scale = conditions(request['prompt'], True), request['guidanceScale']
        rows = {name: np.concatenate(pair) for name, *pair in ((name, unsaid, asked[name])
                                                               for name, unsaid in conditions(request['negativePrompt'], False).items())}
        low, high = entry['defaults'].get('guidanceInterval', (0, 1))
        def velocity(x, sigma):
            if not (scale > 1 and low <= sigma <= high):
                return self.unet.run(None, {'latents': x, 'timestep': np.full(1, sigma * 1000, np.float32), **asked})[0]
            unsaid, said = np.split(self.unet.run(None, {'latents': np.concatenate([x, x]),
                                                         'timestep': np.full(2, sigma * 1000, np.float32), **rows})[0], 2)
            return unsaid + np.float32(scale) * (said - unsaid)
        noise = initial_noise(request['seed'], request['imageIndex'], (1, entry['latents']['channels'], *(n // down for n in size)))
        sigmas, x, kept = flow_sigmas(request['numInferenceSteps'], entry['schedulers'][0]['shift']), noise, 0
        if image is not None:
            known, channels = self.encode_image(image), noise.shape[1] // 3
            strength, steps = request['init']['strength'], request['numInferenceSteps']
            kept = steps if strength == 0 else steps - int(steps * strength)
        for k, (sigma, following) in enumerate(zip(sigmas[:-1], sigmas[1:])):
            x = x + np.float32(following - sigma) * velocity(x, sigma)
            if k < kept:
                x[:, :channels] = np.float32(1 - following) * known[:, :channels] + np.float32(following) * noise[:, :channels]
        return x, self.decoder.run(None, {'latents': x})[0][0]


def voxels(decoded):
    """The decoder's volume (3, x, y, z) → image and labels, uint8 (x, y, z)."""
    return np.round((np.clip(decoded[0], -1, 1) + 1) * 127.5).astype(np.uint8), labels_of(decoded)


def open_package(folder, manifest='model-manifest.json'):
    """A Package by its folder, whose name is its id."""
    folder = Path(folder)
    models = json.loads(Path(manifest).read_text())['models']
    entry = next((model for model in models if model['id'] == folder.name), None)
    if entry is None:
        raise SystemExit(f'{manifest} knows no model {folder.name}: name its manifest with --manifest.')
    return Package(folder, entry)


def default_request(entry, **changes):
    """What the page would ask for."""
    return {'modelId': entry['id'], 'prompt': 'hippocampus mri', 'negativePrompt': '', 'seed': 0, 'imageIndex': 0,
            **entry['defaults'], 'covariates': {}, **changes}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('prompt', nargs='?', default='hippocampus mri')
    parser.add_argument('--package', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--out', required=True)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--count', type=int, default=1)
    parser.add_argument('--init', help='NPZ with an image uint8 (x, y, z) to start from')
    parser.add_argument('--strength', type=float, default=0.6)
    parser.add_argument('--set', action='append', default=[], help='NAME=MM3')
    args = parser.parse_args()
    package = open_package(args.package, args.manifest)
    asked = {name: float(value) for name, value in (pair.split('=') for pair in args.set)}
    Path(args.out).mkdir(parents=True, exist_ok=True)
    start = np.load(args.init)['image'] if args.init else None
    for index in range(args.count):
        request = default_request(package.entry, prompt=args.prompt, seed=args.seed, imageIndex=index, covariates=asked,
                                  init={'strength': args.strength})
        image, label = voxels(package.run(request, image=start)[1])
        np.savez_compressed(Path(args.out) / f'volume_seed{args.seed}_{index}.npz', image=image, label=label)
        print(json.dumps({'index': index, 'anterior_mm3': int((label == 1).sum()), 'posterior_mm3': int((label == 2).sum())}))
