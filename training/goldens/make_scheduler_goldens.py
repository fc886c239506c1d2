"""Writes the numbers that the TypeScript schedulers and random numbers must meet, from diffusers and NumPy.

    python -m training.goldens.make_scheduler_goldens --out tests/fixtures

makes schedulers.json (full sampling loops with a toy model) and philox.json (words and normals).
"""

import argparse
import importlib
import json
from pathlib import Path

import diffusers
import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    TCDScheduler,
)

from training.common.philox import philox4x32, standard_normals, step_noise

STEPS = (1, 4, 20, 50)
IMAGE_TO_IMAGE = [(0.5, 4), (0.5, 20), (0.75, 50)]
NUM_VALUES = 24
SEED = 7

SD = {'numTrainTimesteps': 1000, 'betaStart': 0.00085, 'betaEnd': 0.012, 'betaSchedule': 'scaled_linear'}
EPSILON, V = {'predictionType': 'epsilon', **SD}, {'predictionType': 'v', **SD}
FLOW = {'predictionType': 'flow', 'numTrainTimesteps': 1000}

# Each is an entry's SchedulerConfig, in the manifest's own words.
CONFIGS = [
    {'type': 'flow-match-euler', **FLOW, 'shift': 1.0},
    {'type': 'flow-match-euler', **FLOW, 'shift': 3.0},
    {'type': 'flow-match-euler', **FLOW, 'shift': 1.0, 'timestepSpacing': 'trailing'},
    {'type': 'flow-match-euler', **FLOW, 'shift': 2.5, 'timestepSpacing': 'trailing'},
    # Stable Diffusion 1.5 with DDIM.
    {'type': 'ddim', **EPSILON, 'timestepSpacing': 'leading', 'setAlphaToOne': False, 'stepsOffset': 1},
    # Stable Diffusion 2.1: v-prediction.
    {'type': 'ddim', **V, 'timestepSpacing': 'leading', 'setAlphaToOne': False, 'stepsOffset': 1},
    {'type': 'ddim', **V, 'timestepSpacing': 'trailing', 'setAlphaToOne': True, 'stepsOffset': 0},
    {'type': 'ddim', **V, 'timestepSpacing': 'trailing', 'setAlphaToOne': True, 'rescaleBetasZeroSnr': True},
    {'type': 'ddim', 'predictionType': 'epsilon', 'numTrainTimesteps': 1000, 'betaStart': 0.0001, 'betaEnd': 0.02,
     'betaSchedule': 'linear', 'timestepSpacing': 'linspace', 'setAlphaToOne': True, 'stepsOffset': 0},
    # Stable Diffusion 1.5 as it is published.
    {'type': 'pndm', **EPSILON, 'timestepSpacing': 'leading', 'setAlphaToOne': False, 'stepsOffset': 1, 'skipPrkSteps': True},
    {'type': 'pndm', **V, 'timestepSpacing': 'trailing', 'setAlphaToOne': True, 'skipPrkSteps': True},
    {'type': 'pndm', **EPSILON, 'timestepSpacing': 'linspace', 'setAlphaToOne': True, 'skipPrkSteps': True},
    {'type': 'euler', **EPSILON, 'timestepSpacing': 'leading', 'stepsOffset': 1},
    # SD-Turbo.
    {'type': 'euler', **EPSILON, 'timestepSpacing': 'trailing'},
    {'type': 'euler', **V, 'timestepSpacing': 'linspace', 'finalSigmasType': 'sigma_min'},
    {'type': 'euler', **EPSILON, 'timestepSpacing': 'linspace', 'useKarrasSigmas': True},
    {'type': 'euler', **V, 'timestepSpacing': 'trailing', 'rescaleBetasZeroSnr': True},
    {'type': 'euler-ancestral', **EPSILON, 'timestepSpacing': 'leading', 'stepsOffset': 1},
    {'type': 'euler-ancestral', **EPSILON, 'timestepSpacing': 'trailing'},
    {'type': 'euler-ancestral', **V, 'timestepSpacing': 'linspace'},
    {'type': 'dpm-solver-multistep', **EPSILON, 'timestepSpacing': 'leading', 'stepsOffset': 1},
    {'type': 'dpm-solver-multistep', **EPSILON, 'timestepSpacing': 'linspace', 'lowerOrderFinal': False},
    {'type': 'dpm-solver-multistep', **EPSILON, 'timestepSpacing': 'linspace', 'useKarrasSigmas': True},
    {'type': 'dpm-solver-multistep', **V, 'timestepSpacing': 'trailing', 'finalSigmasType': 'sigma_min'},
    {'type': 'dpm-solver-multistep', **V, 'timestepSpacing': 'trailing', 'rescaleBetasZeroSnr': True},
    {'type': 'dpm-solver-multistep', **FLOW, 'shift': 3.0},
    {'type': 'lcm', **EPSILON, 'originalInferenceSteps': 50, 'timestepScaling': 10.0},
    {'type': 'lcm', **V, 'originalInferenceSteps': 50, 'timestepScaling': 10.0, 'rescaleBetasZeroSnr': True},
    {'type': 'tcd', **EPSILON, 'originalInferenceSteps': 50, 'eta': 0.3},
    {'type': 'tcd', **V, 'originalInferenceSteps': 50, 'eta': 0.0},
]

CLASSES = {
    'flow-match-euler': FlowMatchEulerDiscreteScheduler, 'ddim': DDIMScheduler, 'pndm': PNDMScheduler,
    'euler': EulerDiscreteScheduler, 'euler-ancestral': EulerAncestralDiscreteScheduler,
    'dpm-solver-multistep': DPMSolverMultistepScheduler, 'lcm': LCMScheduler, 'tcd': TCDScheduler,
}

# The manifest's words for diffusers' arguments; predictionType and eta are treated apart.
ARGUMENTS = {
    'numTrainTimesteps': 'num_train_timesteps', 'betaStart': 'beta_start', 'betaEnd': 'beta_end',
    'betaSchedule': 'beta_schedule', 'timestepSpacing': 'timestep_spacing', 'setAlphaToOne': 'set_alpha_to_one',
    'stepsOffset': 'steps_offset', 'rescaleBetasZeroSnr': 'rescale_betas_zero_snr', 'skipPrkSteps': 'skip_prk_steps',
    'useKarrasSigmas': 'use_karras_sigmas', 'finalSigmasType': 'final_sigmas_type', 'lowerOrderFinal': 'lower_order_final',
    'originalInferenceSteps': 'original_inference_steps', 'timestepScaling': 'timestep_scaling',
}


def make_scheduler(config, num_steps):
    """The diffusers scheduler behind a manifest's SchedulerConfig, with its timesteps set."""
    if config['type'] == 'flow-match-euler':
        scheduler = FlowMatchEulerDiscreteScheduler(config['numTrainTimesteps'], shift=config['shift'])
        if config.get('timestepSpacing') == 'trailing':
            scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / num_steps, num_steps))
        else:
            scheduler.set_timesteps(num_steps)
        return scheduler
    arguments = {ARGUMENTS[name]: value for name, value in config.items() if name in ARGUMENTS}
    if config['type'] == 'ddim':
        arguments['clip_sample'] = False
    if config['predictionType'] == 'flow':
        arguments.update(prediction_type='flow_prediction', use_flow_sigmas=True, flow_shift=config['shift'])
    elif config['predictionType'] == 'v':
        arguments['prediction_type'] = 'v_prediction'
    scheduler = CLASSES[config['type']](**arguments)
    scheduler.set_timesteps(num_steps)
    return scheduler


def toy_model(latents, timestep):
    """A stand-in for the UNet that JavaScript can repeat: bends each value and looks at the time."""
    return latents * (timestep / (timestep + 1000.0)) + 0.25 * torch.sin(3 * latents)


def feed_step_noise(scheduler):
    """Lets a stochastic scheduler draw this project's noise, one more step with each draw."""
    module = importlib.import_module(type(scheduler).__module__)
    if not hasattr(module, 'randn_tensor'):
        return
    draws = iter(range(10**6))
    module.randn_tensor = lambda shape, **_: torch.from_numpy(step_noise(SEED, 0, next(draws), int(np.prod(shape))))


def noised_start(scheduler, start):
    """Image to image: clean latents with the noise of step `start` on them."""
    clean = torch.linspace(-1, 1, NUM_VALUES, dtype=torch.float64).float()
    noise = torch.from_numpy(standard_normals(SEED, 0, NUM_VALUES))
    if hasattr(scheduler, 'set_begin_index'):
        scheduler.set_begin_index(start)
    timestep = scheduler.timesteps[start:start + 1]
    if isinstance(scheduler, FlowMatchEulerDiscreteScheduler):
        return scheduler.scale_noise(clean, timestep, noise)
    return scheduler.add_noise(clean, noise, timestep)


def run_loop(config, num_steps, strength=None):
    """One whole sampling run in float32, with its timesteps and the latents it ends on."""
    scheduler = make_scheduler(config, num_steps)
    feed_step_noise(scheduler)
    run = {'numInferenceSteps': num_steps}
    # diffusers' get_timesteps of StableDiffusionImg2ImgPipeline.
    start = 0 if strength is None else num_steps - min(int(num_steps * strength), num_steps)
    if strength is None:
        initial = torch.linspace(-2, 2, NUM_VALUES, dtype=torch.float64).float()
        latents = initial * getattr(scheduler, 'init_noise_sigma', 1.0)
    else:
        latents = noised_start(scheduler, start)
        run.update(strength=strength, startStep=start, noised=rounded(latents))
    eta = {'eta': config['eta']} if 'eta' in config else {}
    for timestep in scheduler.timesteps[start:]:
        sees = scheduler.scale_model_input(latents, timestep) if hasattr(scheduler, 'scale_model_input') else latents
        latents = scheduler.step(toy_model(sees, float(timestep)), timestep, latents, **eta).prev_sample
    return {**run, 'timesteps': rounded(scheduler.timesteps[start:]), 'latents': rounded(latents)}


def rounded(values):
    """Nine digits: all that float32 has."""
    return [float(f'{float(x):.9g}') for x in values]


def philox_vectors():
    """Words for counters and keys that reach every bit, and normals of a few streams."""
    words = []
    for counter, key in [((0,) * 4, (0,) * 2), ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2),
                         ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0))]:
        result = philox4x32(np.array([counter], np.uint64), key)[0]
        words.append({'counter': list(counter), 'key': list(key), 'words': [int(w) for w in result]})
    normals = []
    for seed, image_index, count in [(0, 0, 16), (7, 0, 16), (7, 1, 13), (4294967295, 4294967295, 16)]:
        values = standard_normals(seed, image_index, count)
        normals.append({'seed': seed, 'imageIndex': image_index, 'values': [float(x) for x in values]})
    steps = []
    for seed, image_index, step, count in [(7, 0, 0, 8), (7, 0, 1, 13), (7, 1, 49, 8)]:
        values = step_noise(seed, image_index, step, count)
        steps.append({'seed': seed, 'imageIndex': image_index, 'step': step, 'values': [float(x) for x in values]})
    return {'words': words, 'normals': normals, 'stepNoise': steps}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('tests/fixtures'))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    cases = [{'config': config, 'runs': [run_loop(config, n) for n in STEPS]
              + [run_loop(config, n, strength) for strength, n in IMAGE_TO_IMAGE]} for config in CONFIGS]
    schedulers = {'source': f'diffusers {diffusers.__version__}', 'seed': SEED, 'cases': cases}
    (args.out / 'schedulers.json').write_text(json.dumps(schedulers) + '\n')
    (args.out / 'philox.json').write_text(json.dumps(philox_vectors()) + '\n')


if __name__ == '__main__':
    main()
