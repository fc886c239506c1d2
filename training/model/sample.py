"""Makes images from a trained pipeline folder, with the same noise as the browser.

    python -m training.model.sample --pipeline runs/base/pipeline --out sheet.png "chest x-ray, normal" "brain MRI, glioma"

One row per prompt, one column per image index.
"""

import argparse
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from training.common.contact_sheet import contact_sheet
from training.common.files import out_file
from training.common.philox import initial_noises
from training.data.dataset import COVARIATES
from training.model.autoencoder import MedicalAutoencoder
from training.model.text_encoder import MedicalTextEncoder, read_tokenizer, tokenize
from training.model.unet import MedicalUNet
from training.model.weights import check_fit, read_part


@dataclass
class Pipeline:
    """The trained parts, in evaluation mode."""
    unet: MedicalUNet
    text_encoder: MedicalTextEncoder
    vae: MedicalAutoencoder
    tokenizer: object
    device: torch.device
    covariates: list = field(default_factory=lambda: COVARIATES)


def load_pipeline(folder, device=None):
    """Reads unet/, text_encoder/, vae/ and tokenizer/ of a folder that train.py wrote. Raises WeightsDoNotFit."""
    device = device or torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    folder = Path(folder)
    parts = [read_part(cls, folder / name) for cls, name in
             ((MedicalUNet, 'unet'), (MedicalTextEncoder, 'text_encoder'), (MedicalAutoencoder, 'vae'))]
    check_fit(*parts, folder)
    return Pipeline(*(part.to(device) for part in parts), read_tokenizer(folder), device)


def flow_sigmas(num_inference_steps, shift=1.0, spacing='trailing'):
    """σ of each step and a final 0, (steps + 1,), moved towards noise by `shift`; `spacing` is the manifest's timestepSpacing.

    'trailing' is 1, 1 − 1/n, …, 1/n: no step is spent on almost clean latents. 'linspace' goes evenly from 1 to 1/1000.
    """
    last = {'trailing': 1 / num_inference_steps, 'linspace': 1 / 1000}[spacing]
    sigmas = np.linspace(1.0, last, num_inference_steps)
    return np.append(shift * sigmas / (1 + (shift - 1) * sigmas), 0.0)


def euler_step(x, clean, before, sigmas, i):
    """Latents at sigmas[i + 1] on the straight line through the clean latents that are predicted now."""
    ratio = float(sigmas[i + 1] / sigmas[i])
    return ratio * x + (1 - ratio) * clean


def dpm_step(x, clean, before, sigmas, i):
    """DPM-Solver++ 2M for a rectified flow. Lu et al. 2022, https://arxiv.org/abs/2211.01095, algorithm 2, with α = 1 − σ.

    `before` are the clean latents predicted one step before. First and last step are of first order, as in the page; so is the
    second where the first begins at σ = 1, whose signal is 0.
    """
    if before is None or sigmas[i - 1] == 1 or i == len(sigmas) - 2:
        return euler_step(x, clean, before, sigmas, i)
    halves = [float(np.log((1 - sigma) / sigma)) for sigma in sigmas[i - 1:i + 2]]
    slope = 0.5 * (halves[2] - halves[1]) / (halves[1] - halves[0])
    return euler_step(x, clean + slope * (clean - before), before, sigmas, i)


SOLVERS = {'flow-match-euler': euler_step, 'dpm-solver-multistep': dpm_step}


def scale_covariates(covariates, known=COVARIATES):
    """{name: value in its own unit} → two float32 vectors (known covariates,), scaled and flagged.

    Names that the model does not know are left out.
    """
    values, present = np.zeros(len(known), np.float32), np.zeros(len(known), np.float32)
    for i, (name, low, high, _) in enumerate(known):
        if name in covariates:
            values[i], present[i] = np.clip(2 * (covariates[name] - low) / (high - low) - 1, -1, 1), 1
    return values, present


def conditions_of(pipeline, prompts, negative, covariates, masks):
    """What the UNet is given beside latents and timestep, the unconditioned half first: tensors of 2·batch rows."""
    n, device, config = len(prompts), pipeline.device, pipeline.unet.config
    embeds = pipeline.text_encoder(tokenize(pipeline.tokenizer, [*([negative] * n), *prompts]).to(device))
    pairs = [scale_covariates(c, pipeline.covariates) for c in (covariates or [{}] * n)]
    values, flags = (torch.zeros(2 * n, len(pipeline.covariates), device=device) for _ in range(2))
    values[n:] = torch.from_numpy(np.stack([v for v, _ in pairs])).to(device)
    flags[n:] = torch.from_numpy(np.stack([f for _, f in pairs])).to(device)
    mask = torch.zeros(2 * n, config.mask_channels, config.mask_size, config.mask_size, device=device)
    mask_present = torch.zeros(2 * n, 1, device=device)
    if masks is not None:
        mask[n:], mask_present[n:] = torch.as_tensor(masks).to(device), 1
    return embeds, values, flags, mask, mask_present


def guided_velocity(pipeline, x, sigma, conditions, guidance_scale=1.0, guidance_interval=(0.0, 1.0)):
    """Velocity (n, channels, size, size) at latents x of level sigma; outside the interval the UNet runs for the prompts' rows alone.

    conditions: as conditions_of gives them, of 2·n rows.
    """
    n, (low, high) = len(x), guidance_interval
    guided = guidance_scale != 1 and low <= sigma <= high
    rows = slice(None) if guided else slice(n, None)
    t = torch.full((2 * n,), sigma * 1000, dtype=torch.float32, device=x.device)
    velocity = pipeline.unet(*(tensor[rows] for tensor in (torch.cat([x, x]), t, *conditions))).float()
    if not guided:
        return velocity
    without, with_ = velocity.chunk(2)
    return without + guidance_scale * (with_ - without)


@torch.no_grad()
def sample_latents(pipeline, prompts, seeds, indices, *, negative='', covariates=None, masks=None, num_inference_steps=12,
                   guidance_scale=3.0, guidance_interval=(0.0, 1.0), shift=1.0, spacing='trailing', solver='flow-match-euler', noise=None,
                   start=None, strength=1.0):
    """Denoised, scaled latents (batch, channels, size, size).

    prompts, seeds, indices: one each per image; covariates: one dict per image or None; masks: float (batch, 2, 64, 64)
    in 0…1 or None. Guidance pushes only while σ lies in `guidance_interval` (Kynkäänniemi et al. 2024, arXiv 2404.07724);
    outside it the UNet runs once. `noise` replaces the seeded noise. With `start`, scaled latents of images, the walk begins at
    σ = strength with round(steps · strength) of the steps.
    """
    n, device, config = len(prompts), pipeline.device, pipeline.unet.config
    if noise is None:
        noise = initial_noises(seeds, indices, (config.latent_channels, config.sample_size, config.sample_size), device)
    x = torch.as_tensor(noise).to(device)
    conditions = conditions_of(pipeline, prompts, negative, covariates, masks)
    sigmas = flow_sigmas(num_inference_steps, shift, spacing)
    if start is not None:
        sigmas = sigmas[-1 - max(1, round(num_inference_steps * strength)):]
        x = (1 - float(sigmas[0])) * start + float(sigmas[0]) * x
    before = None
    for i, sigma in enumerate(sigmas[:-1]):
        velocity = guided_velocity(pipeline, x, float(sigma), conditions, guidance_scale, guidance_interval)
        clean = x - float(sigma) * velocity
        x, before = SOLVERS[solver](x, clean, before, sigmas, i), clean
    return x


@torch.no_grad()
def decode_float(pipeline, latents):
    """Scaled latents (batch, channels, size, size) → images (batch, 3, 256, 256) in −1…1 and a little beyond."""
    return pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).float()


def to_bytes(images):
    """Images (batch, 3, h, w) in −1…1 → uint8 (batch, h, w, 3)."""
    return ((images.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def decode(pipeline, latents):
    """Scaled latents (batch, channels, size, size) → uint8 images (batch, 256, 256, 3)."""
    return to_bytes(decode_float(pipeline, latents))


def rounding(device, precision='bf16'):
    """What to compute in: a context of bf16 or fp16 autocast on `device`, or of none for fp32."""
    if precision == 'fp32':
        return nullcontext()
    return torch.autocast(torch.device(device).type, {'bf16': torch.bfloat16, 'fp16': torch.float16}[precision])


def sample(pipeline, prompts, seeds, indices, batch=32, precision='bf16', **options):
    """uint8 images (n, 256, 256, 3), made in batches. `options` as in sample_latents, per-image ones sliced along."""
    out = []
    for k in range(0, len(prompts), batch):
        part = slice(k, k + batch)
        sliced = {name: value[part] if name in ('covariates', 'masks', 'noise', 'start') and value is not None else value
                  for name, value in options.items()}
        with rounding(pipeline.device, precision):
            latents = sample_latents(pipeline, prompts[part], seeds[part], indices[part], **sliced)
        # Half precision would round the pixels of the decoder's last layer to half a grey level.
        with rounding(pipeline.device, 'fp32' if pipeline.device.type == 'cuda' else precision):
            out.append(decode(pipeline, latents.float()))
    return np.concatenate(out)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('prompts', nargs='+')
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--out', type=out_file, required=True)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--count', type=int, default=6)
    parser.add_argument('--steps', type=int, default=12)
    parser.add_argument('--guidance', type=float, default=3.0)
    args = parser.parse_args()
    pipeline = load_pipeline(args.pipeline)
    prompts = [prompt for prompt in args.prompts for _ in range(args.count)]
    images = sample(pipeline, prompts, [args.seed] * len(prompts), list(range(args.count)) * len(args.prompts),
                    num_inference_steps=args.steps, guidance_scale=args.guidance)
    contact_sheet(images, args.count).save(args.out)
