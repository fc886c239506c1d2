"""Generated images for the evaluation, kept on disk one by one under the hash of the weights and of everything that was asked.

A run that was cut goes on at the image where it stopped; a second one only reads.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor

from training.data.dataset import COVARIATES, IMAGE_SIZE, covariate_value
from training.model.sample import Pipeline, decode, load_pipeline, rounding, sample

_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, 3)
_BYTES = IMAGE_SIZE * IMAGE_SIZE * 3


class ImageStore:
    """An append-only folder of uint8 images (256, 256, 3): images.bin, and index.txt with one 32-digit key a line.

    The pixels are written before the key, so that whatever a cut leaves behind is either whole or not there.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pixels, self.index = self.folder / 'images.bin', self.folder / 'index.txt'
        for file in (self.pixels, self.index):
            file.touch()
        keys = [line for line in self.index.read_text().split('\n')[:-1] if len(line) == 32]
        keys = keys[:self.pixels.stat().st_size // _BYTES]
        self.places = {key: k for k, key in enumerate(keys)}
        with open(self.pixels, 'r+b') as file:
            file.truncate(len(keys) * _BYTES)
        self.index.write_text(''.join(f'{key}\n' for key in keys))
        self.count = len(keys)

    def __contains__(self, key):
        return key in self.places

    def add(self, keys, images):
        """Appends images uint8 (n, 256, 256, 3) under their keys."""
        if images.dtype != np.uint8 or images.shape[1:] != _SHAPE:
            raise ValueError(f'the image store takes uint8 {_SHAPE}, got {images.dtype} {images.shape[1:]}')
        with open(self.pixels, 'ab') as file:
            file.write(np.ascontiguousarray(images))
        with open(self.index, 'a') as file:
            file.writelines(f'{key}\n' for key in keys)
        for key in keys:
            self.places[key] = self.count
            self.count += 1

    def get(self, keys):
        """The images of these keys, in their order: uint8 (n, 256, 256, 3)."""
        if not keys:
            return np.zeros((0, *_SHAPE), np.uint8)
        stored = np.memmap(self.pixels, np.uint8, 'r', shape=(self.count, *_SHAPE))
        return stored[[self.places[key] for key in keys]]


@dataclass(frozen=True)
class Generator:
    """A pipeline with its sampler's settings and a store; `images()` draws what the store lacks and remembers it.

    weights: names the weights, and the way they are run ('torch bf16', 'onnx'): pictures of one way are not taken for another's.
    """
    pipeline: Pipeline = field(repr=False)
    weights: str
    store: ImageStore = field(repr=False)
    steps: int
    guidance: float = 1.0
    interval: tuple = (0.0, 1.0)
    shift: float = 1.0
    spacing: str = 'trailing'
    solver: str = 'flow-match-euler'
    batch: int = 32
    precision: str = 'bf16'

    def with_steps(self, steps, **changes):
        """The same weights with another number of steps (and other settings)."""
        return replace(self, steps=steps, **changes)

    def _keys(self, prompts, seeds, covariates, masks, source, strength):
        settings = [self.weights, self.steps, self.guidance, list(self.interval), self.shift, self.spacing, self.solver, self.precision, strength]
        keys = []
        for k, (prompt, seed) in enumerate(zip(prompts, seeds)):
            asked = hashlib.sha256(json.dumps([*settings, prompt, seed, covariates[k] if covariates else {}]).encode())
            for array in (masks, source):
                asked.update(b'' if array is None else np.ascontiguousarray(array[k]))
            keys.append(asked.hexdigest()[:32])
        return keys

    def images(self, prompts, *, first_seed=1000, seeds=None, covariates=None, masks=None, source=None, strength=1.0):
        """uint8 (n, 256, 256, 3), image k with seed first_seed + k, or with seeds[k].

        covariates: a dict per image; masks: float (n, 2, 64, 64) in 0…1; source: uint8 images for image to image, which start at
        σ = strength.
        """
        seeds = [first_seed + k for k in range(len(prompts))] if seeds is None else seeds
        keys = self._keys(prompts, seeds, covariates, masks, source, strength)
        wanted = [k for k, key in enumerate(keys) if key not in self.store]
        for start in range(0, len(wanted), self.batch):
            at = wanted[start:start + self.batch]
            options = {'covariates': covariates and [covariates[k] for k in at], 'masks': None if masks is None else masks[at],
                       'num_inference_steps': self.steps, 'guidance_scale': self.guidance, 'guidance_interval': self.interval,
                       'shift': self.shift, 'spacing': self.spacing, 'solver': self.solver, 'batch': self.batch, 'precision': self.precision}
            asked = [prompts[k] for k in at], [seeds[k] for k in at], [0] * len(at)
            made = sample(self.pipeline, *asked, **options) if source is None else image_to_image(
                self.pipeline, source[at], strength, *asked, **options)
            self.store.add([keys[k] for k in at], made)
        return self.store.get(keys)


def folder_digest(folder):
    """64 hex digits of the weights of a pipeline folder."""
    digest = hashlib.sha256()
    for part in ('unet', 'text_encoder', 'vae'):
        for file in sorted((Path(folder) / part).glob('*.safetensors')):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def CachedGenerator(folder, steps, guidance, cache='runs/evaluation', device=None, store=None, **settings):
    """A pipeline folder that train.py or distill.py wrote, as a Generator; `store` or the folder `cache` keeps its pictures."""
    pipeline = load_pipeline(folder, torch.device(device) if device else None)
    if pipeline.device.type == 'cpu':
        pipeline.unet.unet.set_attn_processor(AttnProcessor())
    else:
        for part in (pipeline.unet, pipeline.vae):
            part.to(memory_format=torch.channels_last)
    return Generator(pipeline, folder_digest(folder), store or ImageStore(cache), steps, guidance, **settings)


@torch.no_grad()
def encode_images(pipeline, images, batch=64, precision='fp32'):
    """uint8 (n, 256, 256, 3) → scaled latents (n, channels, size, size), float32 on the pipeline's device."""
    out = []
    for k in range(0, len(images), batch):
        x = torch.from_numpy(np.ascontiguousarray(images[k:k + batch])).to(pipeline.device).permute(0, 3, 1, 2).float() / 127.5 - 1
        with rounding(pipeline.device, precision):
            out.append(pipeline.vae.encode(x).float() * pipeline.vae.config.scaling_factor)
    return torch.cat(out)


def reconstructions(pipeline, images, batch=64, precision='fp32'):
    """Real images through the autoencoder alone: uint8 (n, 256, 256, 3). What a perfect UNet on these latents would make.

    Give it others than those that it is compared with: a picture and its reconstruction are neighbours.
    """
    out = []
    for k in range(0, len(images), batch):
        with rounding(pipeline.device, precision):
            out.append(decode(pipeline, encode_images(pipeline, images[k:k + batch], batch, precision)))
    return np.concatenate(out)


@torch.no_grad()
def image_to_image(pipeline, source, strength, prompts, seeds, indices, batch=32, precision='bf16', **options):
    """uint8 (n, 256, 256, 3): `source` encoded, noised to σ = strength and denoised in round(steps · strength) steps."""
    start = encode_images(pipeline, source, batch, precision)
    return sample(pipeline, prompts, seeds, indices, batch, precision, start=start, strength=strength, **options)


def row_covariates(row, known=COVARIATES):
    """{name: value in its own unit} of a row of captions.csv, absent ones left out."""
    pairs = [(name, covariate_value(name, row.get(name))) for name, *_ in known]
    return {name: float(value) for name, value in pairs if value is not None}
