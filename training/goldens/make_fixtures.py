"""Writes the tiny model and the numbers that the TypeScript tests must meet.

    python -m training.goldens.make_fixtures --out tests/fixtures/tiny-model
    python -m training.goldens.make_fixtures --pipeline runs/base/pipeline --package public/models/phantoscope-medical-256 --golden tests/fixtures/shipped.json

The first needs no data: an untrained model with the shipped graph interface, small enough for a software GPU, and one
golden run of its package. The second makes a golden run of the shipped package.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch

from training.common.philox import initial_noise
from training.export.export import export_pipeline
from training.export.graphs import open_session
from training.export.manifest_entry import build_entry, covariate_entries
from training.model.autoencoder import MedicalAutoencoder
from training.model.sample import Pipeline, flow_sigmas, scale_covariates
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer, tokenize
from training.model.unet import MedicalUNet

TINY_ID = 'tiny'


def tiny_pipeline():
    """Untrained, 64×64 pixels, 8×8 latents: about 0.05 GFLOP a step."""
    torch.manual_seed(0)
    tokenizer = build_tokenizer()
    unet = MedicalUNet(sample_size=8, mask_size=16, block_out_channels=(32,), attention_levels=(False,), prompt_dim=32,
                       num_covariate_tokens=1, head_dim=32)
    vae = MedicalAutoencoder(encoder_channels=(8, 8, 8), decoder_channels=(8, 8, 8), encoder_blocks=(1, 1, 1), decoder_blocks=(1, 1, 1))
    text_encoder = MedicalTextEncoder(vocab_size=tokenizer.get_vocab_size(), width=32, num_layers=1, heads=2)
    for part in (unet, vae, text_encoder):
        part.eval()
    return Pipeline(unet, text_encoder, vae, tokenizer, torch.device('cpu'))


def run_package(folder, tokenizer, request, entry):
    """Generates with the stored graphs in onnxruntime on the CPU: (latents, image), the numbers the browser must give."""
    text, unet, vae = (open_session(folder / f'{stem}.onnx') for stem in ('text-encoder', 'unet', 'vae-decoder'))
    embeds = text.run(None, {'input_ids': tokenize(tokenizer, [request['negativePrompt'], request['prompt']]).numpy()})[0]
    side = entry['image']['width'] // entry['latents']['downscale']
    x = initial_noise(request['seed'], request['imageIndex'], (1, entry['latents']['channels'], side, side))
    values, flags = scale_covariates(request['covariates'])
    zero = np.zeros_like(values)
    mask_shape = next(tuple(v.shape[1:]) for v in unet.get_inputs() if v.name == 'mask')
    sigmas = flow_sigmas(request['numInferenceSteps'])
    for sigma, following in zip(sigmas[:-1], sigmas[1:]):
        velocity = unet.run(None, {
            'latents': np.concatenate([x, x]), 'timestep': np.full(2, sigma * 1000, np.float32), 'prompt_embeds': embeds,
            'covariates': np.stack([zero, values]), 'covariates_present': np.stack([zero, flags]),
            'mask': np.zeros((2, *mask_shape), np.float32), 'mask_present': np.zeros((2, 1), np.float32)})[0]
        guided = velocity[:1] + request['guidanceScale'] * (velocity[1:] - velocity[:1])
        x = x + np.float32(following - sigma) * guided
    image = vae.run(None, {'latents': x / np.float32(entry['latents']['scalingFactor'])})[0]
    return x, image


def golden(folder, tokenizer, request, entry):
    """The request, its latents, and the image in 0…255 as the browser should show it."""
    latents, image = run_package(folder, tokenizer, request, entry)
    pixels = np.round((np.clip(image[0], -1, 1) + 1) * 127.5).astype(int)                   # (3, h, w)
    return {'request': request, 'latents': [float(f'{v:.7g}') for v in latents.reshape(-1)],
            'pixels': pixels.transpose(1, 2, 0)[::4, ::4].reshape(-1).tolist(), 'pixelStride': 4}


def make_tiny(out):
    """Writes the tiny package, its manifest and its golden run into `out`."""
    shutil.rmtree(out, ignore_errors=True)
    package = out / 'models' / TINY_ID
    pipeline = tiny_pipeline()
    components, tokenizer = export_pipeline(pipeline, package, trainable=True)
    weights = [[0.0] * 8 + [0.5] for _ in range(3)]
    for colour in range(3):
        weights[colour][colour] = 0.2
    entry = build_entry(TINY_ID, components, tokenizer, pipeline.unet.config, 1.0, {'patch': 1, 'weights': weights}, covariate_entries())
    entry |= {'title': 'Tiny untrained model', 'summary': 'For tests: makes coloured noise.'}
    manifest = {'schemaVersion': 1, 'defaultModel': TINY_ID, 'models': [entry]}
    (out / 'model-manifest.json').write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')
    request = {'modelId': TINY_ID, 'prompt': 'chest x-ray, 60 year old man, pneumonia', 'negativePrompt': '', 'seed': 7, 'imageIndex': 2,
               'numInferenceSteps': 4, 'guidanceScale': 3.0, 'scheduler': 'flow-match-euler', 'covariates': {'age': 60, 'sex': 1}}
    (out / 'golden.json').write_text(json.dumps(golden(package, pipeline.tokenizer, request, entry)) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='tests/fixtures/tiny-model')
    parser.add_argument('--package')
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--golden')
    args = parser.parse_args()
    if args.package:
        package = Path(args.package)
        entry = next(m for m in json.loads(Path(args.manifest).read_text())['models'] if m['id'] == package.name)
        request = {'modelId': entry['id'], 'prompt': 'frontal chest x-ray, 60 year old man, pneumonia', 'negativePrompt': '', 'seed': 7,
                   'imageIndex': 0, **entry['defaults'], 'covariates': {'age': 60, 'sex': 1}}
        Path(args.golden).write_text(json.dumps(golden(package, build_tokenizer(), request, entry)) + '\n')
    else:
        make_tiny(Path(args.out))
