"""Writes the numbers that the TypeScript schedulers and random numbers must meet, from diffusers and NumPy.

    python training/make_scheduler_goldens.py --out tests/fixtures

makes schedulers.json (full sampling loops with a toy model) and philox.json (words and normals).
"""

import argparse
import json
from pathlib import Path

import diffusers
import numpy as np
import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler
from philox import philox4x32, standard_normals

STEPS = (1, 4, 20)
NUM_VALUES = 64

# Each is an entry's SchedulerConfig, in the manifest's own words.
CONFIGS = [
    {'type': 'flow-match-euler', 'predictionType': 'flow', 'numTrainTimesteps': 1000, 'shift': 1.0},
    {'type': 'flow-match-euler', 'predictionType': 'flow', 'numTrainTimesteps': 1000, 'shift': 3.0},
    {'type': 'flow-match-euler', 'predictionType': 'flow', 'numTrainTimesteps': 1000, 'shift': 1.0,
     'timestepSpacing': 'trailing'},
    {'type': 'flow-match-euler', 'predictionType': 'flow', 'numTrainTimesteps': 1000, 'shift': 2.5,
     'timestepSpacing': 'trailing'},
    # Stable Diffusion 1.5 with DDIM.
    {'type': 'ddim', 'predictionType': 'epsilon', 'numTrainTimesteps': 1000, 'betaStart': 0.00085, 'betaEnd': 0.012,
     'betaSchedule': 'scaled_linear', 'timestepSpacing': 'leading', 'setAlphaToOne': False, 'stepsOffset': 1},
    # Stable Diffusion 2.1: v-prediction.
    {'type': 'ddim', 'predictionType': 'v', 'numTrainTimesteps': 1000, 'betaStart': 0.00085, 'betaEnd': 0.012,
     'betaSchedule': 'scaled_linear', 'timestepSpacing': 'leading', 'setAlphaToOne': False, 'stepsOffset': 1},
    {'type': 'ddim', 'predictionType': 'v', 'numTrainTimesteps': 1000, 'betaStart': 0.00085, 'betaEnd': 0.012,
     'betaSchedule': 'scaled_linear', 'timestepSpacing': 'trailing', 'setAlphaToOne': True, 'stepsOffset': 0},
    {'type': 'ddim', 'predictionType': 'epsilon', 'numTrainTimesteps': 1000, 'betaStart': 0.0001, 'betaEnd': 0.02,
     'betaSchedule': 'linear', 'timestepSpacing': 'linspace', 'setAlphaToOne': True, 'stepsOffset': 0},
]


def make_scheduler(config, num_steps):
    """The diffusers scheduler behind a manifest's SchedulerConfig, with its timesteps set."""
    if config['type'] == 'flow-match-euler':
        scheduler = FlowMatchEulerDiscreteScheduler(config['numTrainTimesteps'], shift=config['shift'])
        if config.get('timestepSpacing') == 'trailing':
            scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / num_steps, num_steps))
        else:
            scheduler.set_timesteps(num_steps)
        return scheduler
    scheduler = DDIMScheduler(
        config['numTrainTimesteps'], config['betaStart'], config['betaEnd'], config['betaSchedule'],
        clip_sample=False, set_alpha_to_one=config['setAlphaToOne'], steps_offset=config['stepsOffset'],
        prediction_type='v_prediction' if config['predictionType'] == 'v' else 'epsilon',
        timestep_spacing=config['timestepSpacing'])
    scheduler.set_timesteps(num_steps)
    return scheduler


def toy_model(latents, timestep):
    """A stand-in for the UNet that JavaScript can repeat: bends each value and looks at the time."""
    return latents * (timestep / (timestep + 1000.0)) + 0.25 * torch.sin(3 * latents)


def run_loop(config, num_steps):
    """One whole sampling run in float32, with its timesteps and the latents it ends on."""
    scheduler = make_scheduler(config, num_steps)
    latents = torch.linspace(-2, 2, NUM_VALUES, dtype=torch.float64).float()
    for timestep in scheduler.timesteps:
        noise_pred = toy_model(latents, float(timestep))
        latents = scheduler.step(noise_pred, timestep, latents).prev_sample
    return {'numInferenceSteps': num_steps, 'timesteps': [float(t) for t in scheduler.timesteps],
            'latents': [float(x) for x in latents]}


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
    return {'words': words, 'normals': normals}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('tests/fixtures'))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    cases = [{'config': config, 'runs': [run_loop(config, n) for n in STEPS]} for config in CONFIGS]
    schedulers = {'source': f'diffusers {diffusers.__version__}', 'cases': cases}
    (args.out / 'schedulers.json').write_text(json.dumps(schedulers) + '\n')
    (args.out / 'philox.json').write_text(json.dumps(philox_vectors()) + '\n')


if __name__ == '__main__':
    main()
