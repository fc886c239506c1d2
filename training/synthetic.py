"""Synthetic sets for the experiments of usefulness.py: prompts with their labels, and images made once and kept on disk."""

import hashlib
import json
import random
import time
from pathlib import Path

import numpy as np
from prompts import _LABEL, compose_prompt
from sample import sample

CHUNK = 160


def pipeline_key(pipeline):
    """Names a pipeline by its weights: 16 hex digits of the SHA-256 of UNet, text encoder and autoencoder."""
    digest = hashlib.sha256()
    for part in (pipeline.unet, pipeline.text_encoder, pipeline.vae):
        for name, tensor in sorted(part.state_dict().items()):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(tensor.detach().float().cpu().numpy()))
    return digest.hexdigest()[:16]


def labelled_prompt(row):
    """A fresh phrasing of a row that says its label (compose_prompt leaves it out of 4 % of prompts)."""
    while True:
        prompt = compose_prompt(row)
        if prompt == row['prompt'] or any(phrase in prompt for phrase in _LABEL[row['set'], row['label']]):
            return prompt


def prompts_of(rows, seed=0):
    """One labelled prompt per row; the same rows and seed give the same prompts. Leaves `random` as it was."""
    state = random.getstate()
    random.seed(seed)
    prompts = [labelled_prompt(row) for row in rows]
    random.setstate(state)
    return prompts


def synthetic_images(pipeline, prompts, cache, name, *, seed=0, covariates=None, masks=None, **options):
    """uint8 (n, 256, 256, 3) for the prompts, with noise (seed, 0…n − 1); made in chunks that are kept in `cache`.

    A chunk is found again only by the same weights, prompts, seed, covariates, masks and options.
    masks: float (n, 2, 64, 64) in 0…1 or None; options: num_inference_steps, guidance_scale, shift.
    """
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    weights, out, start = pipeline_key(pipeline), [], time.time()
    for k in range(0, len(prompts), CHUNK):
        part = slice(k, k + CHUNK)
        asked = [weights, prompts[part], seed, k, covariates and covariates[part], sorted(options.items())]
        digest = hashlib.sha256(json.dumps(asked).encode())
        if masks is not None:
            digest.update(np.ascontiguousarray(masks[part], np.float32))
        file = cache / f'{name}-{digest.hexdigest()[:16]}.npy'
        if not file.exists():
            n = len(prompts[part])
            made = sample(pipeline, prompts[part], [seed] * n, list(range(k, k + n)),
                          covariates=covariates and covariates[part], masks=None if masks is None else masks[part], **options)
            unfinished = file.with_suffix('.part.npy')
            np.save(unfinished, made)
            unfinished.rename(file)
            print(f'  {name}: {k + n} of {len(prompts)} images, {time.time() - start:.0f} s', flush=True)
        out.append(np.load(file))
    return np.concatenate(out)
