"""One edit of a package by its graphs in Python, as numbers that the TypeScript tests must meet.

    python -m training.goldens.edit_golden --manifest tests/fixtures/tiny-model/model-manifest.json --model tiny \
        --package tests/fixtures/tiny-model/models/tiny --golden tests/fixtures/tiny-model/golden-edit.json
"""

import argparse
import json
from pathlib import Path

import numpy as np

from training.export.package import open_package, read_entry
from training.model.edit import edit_latents, lay_over
from training.model.generated import encode_images

PIXEL_STRIDE = 4


def ramp(width, height):
    """An image that two languages can draw: uint8 (1, height, width, 3)."""
    y, x, colour = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing='ij')
    return ((4 * x + 2 * y + 40 * colour) % 256).astype(np.uint8)[None]


def golden(folder, entry):
    """The request, its final latents, and the edited image in 0…255, every PIXEL_STRIDE-th pixel."""
    edit = {'prompt': 'chest x-ray, 5 year old boy, no finding', 'covariates': {'age': 5, 'sex': 1}, 'push': 8}
    request = {'modelId': entry['id'], 'prompt': 'brain MRI slice, 80 year old woman, glioma tumor', 'negativePrompt': '', 'seed': 7, 'imageIndex': 2,
               'numInferenceSteps': 4, 'guidanceScale': 3.0, 'scheduler': 'flow-match-euler', 'covariates': {'age': 80, 'sex': 0},
               'init': {'strength': 1}, 'edit': edit}
    pipeline = open_package(folder, entry)
    source = ramp(entry['image']['width'], entry['image']['height'])
    start = encode_images(pipeline, source)
    edited = edit_latents(pipeline, start, [edit['prompt']], [request['prompt']], [request['seed']], [request['imageIndex']],
                          covariates_before=[edit['covariates']], covariates=[request['covariates']], strength=request['init']['strength'],
                          num_inference_steps=request['numInferenceSteps'], push=edit['push'], guidance_scale=request['guidanceScale'])
    pixels = lay_over(pipeline, source, start, edited)[0]
    return {'request': request, 'latents': [float(f'{v:.7g}') for v in edited.numpy().reshape(-1)],
            'pixels': pixels[::PIXEL_STRIDE, ::PIXEL_STRIDE].reshape(-1).tolist(), 'pixelStride': PIXEL_STRIDE}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--manifest', required=True)
    parser.add_argument('--model', required=True)
    parser.add_argument('--package', required=True)
    parser.add_argument('--golden', required=True)
    args = parser.parse_args()
    found = golden(Path(args.package), read_entry(args.manifest, args.model))
    Path(args.golden).write_text(json.dumps(found) + '\n')
