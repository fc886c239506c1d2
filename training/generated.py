"""Generated images for the evaluation, kept on disk under the hash of the weights and of everything that was asked."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from data import COVARIATES, covariate_value
from diffusers.models.attention_processor import AttnProcessor
from sample import decode, load_pipeline, sample, sample_latents


class CachedGenerator:
    """A pipeline folder with its sampler's settings; `images()` computes once and remembers."""

    def __init__(self, folder, steps, guidance, cache='runs/evaluation'):
        self.folder, self.steps, self.guidance = Path(folder), steps, guidance
        self.cache = Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.weights = hashlib.sha256()
        for part in ('unet', 'text_encoder', 'vae'):
            for file in sorted((self.folder / part).glob('*.safetensors')):
                self.weights.update(file.read_bytes())
        self._pipeline = None

    def with_steps(self, steps):
        """The same weights with another number of steps."""
        other = CachedGenerator.__new__(CachedGenerator)
        other.__dict__.update(self.__dict__, steps=steps)
        return other

    @property
    def pipeline(self):
        if self._pipeline is None:
            self._pipeline = load_pipeline(self.folder)
            if self._pipeline.device.type == 'cpu':
                self._pipeline.unet.unet.set_attn_processor(AttnProcessor())
        return self._pipeline

    def images(self, prompts, *, first_seed=1000, covariates=None, masks=None, source=None, strength=1.0):
        """uint8 (n, 256, 256, 3), image k with seed first_seed + k.

        covariates: a dict per image; masks: float (n, 2, 64, 64) in 0…1; source: uint8 images for image to image, which start at
        σ = strength.
        """
        asked = hashlib.sha256(json.dumps([prompts, self.steps, self.guidance, first_seed, covariates, strength]).encode())
        asked.update(self.weights.digest())
        for array in (masks, source):
            asked.update(b'' if array is None else np.ascontiguousarray(array).tobytes())
        path = self.cache / f'{asked.hexdigest()[:24]}.npy'
        if path.exists():
            return np.load(path)
        options = {'covariates': covariates, 'masks': masks, 'num_inference_steps': self.steps, 'guidance_scale': self.guidance}
        seeds, indices = [first_seed + k for k in range(len(prompts))], [0] * len(prompts)
        if source is None:
            made = sample(self.pipeline, prompts, seeds, indices, **options)
        else:
            made = image_to_image(self.pipeline, source, strength, prompts, seeds, indices, **options)
        np.save(path, made)
        return made


@torch.no_grad()
def image_to_image(pipeline, source, strength, prompts, seeds, indices, batch=32, **options):
    """uint8 (n, 256, 256, 3): `source` encoded, noised to σ = strength and denoised in round(steps · strength) steps."""
    out = []
    for k in range(0, len(prompts), batch):
        part = slice(k, k + batch)
        x = torch.from_numpy(np.array(source[part])).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.autocast(pipeline.device.type, torch.bfloat16):
            latents = pipeline.vae.encode(x.to(pipeline.device)).float() * pipeline.vae.config.scaling_factor
            sliced = {name: value[part] if name in ('covariates', 'masks') and value is not None else value for name, value in options.items()}
            made = sample_latents(pipeline, prompts[part], seeds[part], indices[part], start=latents, strength=strength, **sliced)
            out.append(decode(pipeline, made.float()))
    return np.concatenate(out)


def row_covariates(row):
    """{name: value in its own unit} of a row of captions.csv, absent ones left out."""
    pairs = [(name, covariate_value(name, row.get(name))) for name, *_ in COVARIATES]
    return {name: float(value) for name, value in pairs if value is not None}
