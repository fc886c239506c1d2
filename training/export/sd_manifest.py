"""The manifest entry of a Stable Diffusion pipeline, from the pipeline's own configuration."""

import re

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import (
    DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LCMScheduler, PNDMScheduler,
    TCDScheduler,
)

from training.export.preview import fit_preview

# The manifest's types (src/models/manifest/manifest.ts), in the order in which they are offered.
SCHEDULERS = {'ddim': DDIMScheduler, 'euler': EulerDiscreteScheduler, 'euler-ancestral': EulerAncestralDiscreteScheduler,
              'dpm-solver-multistep': DPMSolverMultistepScheduler, 'pndm': PNDMScheduler, 'lcm': LCMScheduler, 'tcd': TCDScheduler}
SETTINGS = {'num_train_timesteps': 'numTrainTimesteps', 'beta_start': 'betaStart', 'beta_end': 'betaEnd', 'beta_schedule': 'betaSchedule',
            'timestep_spacing': 'timestepSpacing', 'set_alpha_to_one': 'setAlphaToOne', 'steps_offset': 'stepsOffset',
            'clip_sample': 'clipSample', 'rescale_betas_zero_snr': 'rescaleBetasZeroSnr', 'skip_prk_steps': 'skipPrkSteps',
            'use_karras_sigmas': 'useKarrasSigmas', 'final_sigmas_type': 'finalSigmasType', 'lower_order_final': 'lowerOrderFinal',
            'original_inference_steps': 'originalInferenceSteps', 'timestep_scaling': 'timestepScaling'}
PREDICTIONS = {'epsilon': 'epsilon', 'v_prediction': 'v'}
# Settings that the app has no words for, with the values that it takes for granted.
FIXED = {'trained_betas': (None,), 'thresholding': (False,), 'use_exponential_sigmas': (False, None), 'use_beta_sigmas': (False, None),
         'use_lu_lambdas': (False,), 'use_flow_sigmas': (False,), 'euler_at_final': (False,), 'solver_order': (2,),
         'algorithm_type': ('dpmsolver++',), 'solver_type': ('midpoint',), 'interpolation_type': ('linear',),
         'timestep_type': ('discrete',), 'skip_prk_steps': (True,), 'beta_schedule': ('linear', 'scaled_linear')}


def scheduler_entry(scheduler):
    """A manifest SchedulerConfig of a diffusers scheduler, or None where the app has none with these settings."""
    type_name = next((name for name, cls in SCHEDULERS.items() if type(scheduler) is cls), None)
    config = scheduler.config
    known = type(scheduler)().config                                  # from_config keeps what other classes had, too
    if type_name is None or any(key in known and config[key] not in values for key, values in FIXED.items()):
        return None
    if config.prediction_type not in PREDICTIONS:
        return None
    settings = {word: config[key] for key, word in SETTINGS.items() if key in known and config[key] is not None}
    # What Stable Diffusion's pipelines in diffusers make of every scheduler that they are given.
    corrected = {key: value for key, value in {'stepsOffset': 1, 'clipSample': False}.items() if key in settings}
    return {'type': type_name, 'predictionType': PREDICTIONS[config.prediction_type], **settings, **corrected}


def scheduler_entries(own):
    """The pipeline's own scheduler first, then every other one with the same betas, made as diffusers makes it."""
    first = scheduler_entry(own)
    if first and first['type'] in ('lcm', 'tcd'):                     # distilled for it: all others only blur
        return [first]
    entries = [first] if first else []
    for name, cls in SCHEDULERS.items():
        if type(own) is not cls:
            skip = {'skip_prk_steps': True} if cls is PNDMScheduler else {}
            entries.append(scheduler_entry(cls.from_config(own.config, **skip)))
    karras = scheduler_entry(DPMSolverMultistepScheduler.from_config(own.config, use_karras_sigmas=True))
    if karras:
        entries.append({**karras, 'id': 'dpm-solver-multistep-karras', 'title': 'DPM-Solver++ 2M Karras'})
    entries = [entry for entry in entries if entry]
    if not entries:
        raise SystemExit(f'{type(own).__name__} with {dict(own.config)} has no counterpart in the app. Save the pipeline with a '
                         'DDIMScheduler of its betas, or with another of ' + ', '.join(SCHEDULERS) + '.')
    if not first:
        print(f'{type(own).__name__} with its settings is not in the app; the default is {entries[0]["type"]} with the same betas.')
    return entries


def sampling_defaults(pipeline, entries):
    """Steps and guidance that suit the pipeline: few and none where it was distilled for that."""
    chosen = entries[0]['type']
    if chosen in ('lcm', 'tcd'):
        embedded = pipeline.unet.config.time_cond_proj_dim is not None
        return {'numInferenceSteps': 4, 'guidanceScale': 8.5 if embedded else 1.0, 'scheduler': chosen}
    turbo = chosen == 'euler' and entries[0]['timestepSpacing'] == 'trailing'      # as SD-Turbo is published
    return {'numInferenceSteps': 1 if turbo else 25, 'guidanceScale': 1.0 if turbo else 7.5, 'scheduler': chosen}


@torch.no_grad()
def preview_projection(vae, images=None, side=16, count=8):
    """Least squares from a latent pixel to its RGB. `images`: float (n, 3, h, w) in −1…1; without any, smooth random latents."""
    channels, scale = vae.config.latent_channels, vae.config.scaling_factor
    if images is None:
        generator = torch.Generator().manual_seed(0)
        coarse = torch.randn(count, channels, side // 4, side // 4, generator=generator)
        latents = F.interpolate(coarse, side, mode='bicubic') + 0.3 * torch.randn(count, channels, side, side, generator=generator)
        decoded = torch.cat([vae.decode(row[None] / scale).sample for row in latents])
    else:
        decoded = images
        latents = torch.cat([vae.encode(row[None]).latent_dist.mean * scale for row in images])
    pixels = ((decoded.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    return fit_preview(latents.numpy(), np.ascontiguousarray(pixels), patch=1)


def model_id(text):
    """A manifest id out of a folder name."""
    return re.sub(r'[^a-z0-9._-]+', '-', text.lower()).strip('-._') or 'model'


def build_entry(pipeline, components, tokenizer, words, size, preview, requirements, tile=None):
    """A complete ModelEntry (src/models/manifest/manifest.ts). `size`: (height, width) in pixels; `words`: what only a person knows."""
    entries = scheduler_entries(pipeline.scheduler)
    if words['scheduler']:
        entries.sort(key=lambda entry: entry.get('id', entry['type']) != words['scheduler'])
        if entries[0].get('id', entries[0]['type']) != words['scheduler']:
            raise SystemExit(f'The pipeline cannot use the scheduler {words["scheduler"]} (it can use '
                             + ', '.join(entry.get('id', entry['type']) for entry in entries) + ').')
    defaults = sampling_defaults(pipeline, entries)
    distilled = defaults['numInferenceSteps'] == 1                    # for steps without guidance, which would spoil them
    defaults |= {key: words[key] for key in ('numInferenceSteps', 'guidanceScale') if words[key] is not None}
    config = pipeline.vae.config
    if tile:
        components['vaeDecoder']['tile'] = {'size': tile}
    return {
        'id': words['id'], 'title': words['title'], 'version': words['version'], 'summary': words['summary'],
        'licence': {'name': words['licence'], 'url': words['licenceUrl']}, 'card': words['card'], 'baseUrl': f'models/{words["id"]}/',
        'components': components, 'tokenizer': tokenizer,
        'image': {'width': size[1], 'height': size[0]},
        'latents': {'channels': config.latent_channels, 'downscale': 2 ** (len(config.block_out_channels) - 1),
                    'scalingFactor': config.scaling_factor, 'shift': getattr(config, 'shift_factor', None) or 0},
        'schedulers': entries, 'defaults': defaults,
        'ranges': {'numInferenceSteps': [1, 100], 'guidanceScale': [1, 1 if distilled else 20],
                   **({} if distilled else {'guidanceRescale': [0, 1]})},
        'conditions': {'covariates': [], 'initImage': True},
        'preview': preview,
        'examples': [{'modality': words['modality'], 'title': text[:40], 'prompt': text} for text in words['examples']],
        'requirements': requirements,
    }
