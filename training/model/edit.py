"""Changes in an image what two prompts say differently, and leaves the rest: the same arithmetic as src/diffusion/edit/edit-image.ts.

`edit_latents` walks the latents, `lay_over` puts what has changed onto the source's own pixels, `edit` does both for uint8 images.
"""

import numpy as np
import torch

from training.common.philox import initial_noises
from training.model.generated import encode_images
from training.model.sample import conditions_of, decode, decode_float, flow_sigmas, guided_velocity, rounding, to_bytes

# As the page has them; training/evaluate/edits.py says how they were chosen.
PUSH = 3.0
STRENGTH = 1.0


@torch.no_grad()
def edit_latents(pipeline, start, before, after, seeds, indices, *, covariates_before=None, covariates=None, num_inference_steps=4,
                 strength=STRENGTH, push=PUSH, guidance_scale=1.0, guidance_interval=(0.0, 1.0), shift=1.0, spacing='trailing'):
    """Scaled latents (n, channels, size, size) of the edited images, from those of the sources, `start`.

    before, after: a prompt per image for what it shows and for what it should show; covariates_before, covariates: a dict per image
    or None. From σ = strength on, the edited latents walk along push · (v(x, after) − v(x, before)), x being the source with one noise on
    and what has changed so far. Inversion-free as FlowEdit, Kulikov et al. 2024, https://arxiv.org/abs/2412.08629, which takes the second
    velocity at the source.
    """
    config = pipeline.unet.config
    noise = initial_noises(seeds, indices, (config.latent_channels, config.sample_size, config.sample_size), pipeline.device)
    noise = torch.as_tensor(noise).to(pipeline.device)
    shown = conditions_of(pipeline, before, '', covariates_before, None)
    asked = conditions_of(pipeline, after, '', covariates, None)
    sigmas = flow_sigmas(num_inference_steps, shift, spacing)
    sigmas = sigmas[-1 - max(1, int(num_inference_steps * strength)):]
    guidance = guidance_scale, guidance_interval
    edited = start.clone()
    for sigma, following in zip(sigmas[:-1].tolist(), sigmas[1:].tolist()):
        x = edited - sigma * start + sigma * noise
        difference = guided_velocity(pipeline, x, sigma, asked, *guidance) - guided_velocity(pipeline, x, sigma, shown, *guidance)
        edited = edited + (following - sigma) * push * difference
    return edited


def lay_over(pipeline, source, start, edited):
    """uint8 images (n, 256, 256, 3): `source` (the same) with the difference that decoding `edited` instead of `start` makes.

    What the autoencoder cannot hold of the source stays on it; where nothing was changed its bytes are unchanged.
    """
    images = torch.from_numpy(np.asarray(source)).to(edited.device).permute(0, 3, 1, 2).float() / 127.5 - 1
    return to_bytes(images + decode_float(pipeline, edited) - decode_float(pipeline, start))


def edit(pipeline, source, before, after, seeds, indices, batch=8, precision='bf16', covariates_before=None, covariates=None,
         whole=False, **options):
    """uint8 images (n, 256, 256, 3) edited in batches; `source` are such images, the rest as in edit_latents. whole: decoded, not laid over."""
    out = []
    for k in range(0, len(source), batch):
        part = slice(k, k + batch)
        images = np.asarray(source[part])
        start = encode_images(pipeline, images, batch, precision)
        told = {name: value and value[part] for name, value in (('covariates_before', covariates_before), ('covariates', covariates))}
        with rounding(pipeline.device, precision):
            edited = edit_latents(pipeline, start, before[part], after[part], seeds[part], indices[part], **told, **options)
            out.append(decode(pipeline, edited.float()) if whole else lay_over(pipeline, images, start, edited.float()))
    return np.concatenate(out)
