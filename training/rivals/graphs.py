"""Writes the graphs that a picture of each trained method takes, for the page's runtime to time: tests/browser/pipeline/rivals.prove.ts.

    python -m training.rivals.graphs --run runs/rivals --out runs/rival-graphs
    npm run prove-rivals                                                        → docs/comparison-metrics/browser.json

For each method of the run (its longest training, seed 0) OUT/TASK-METHOD-PART.onnx, one picture a run, and OUT/index.json: which
graphs a picture takes, how often each is run, and their inputs. Large weights are kept as float16 and computed with as float32.
"""

import argparse
from pathlib import Path

import onnx
import torch
from torch import nn

from training.common.errors import named_errors
from training.export.graphs import describe_values, to_fixed_onnx
from training.export.parts import Decoder, unet_inputs
from training.export.quantize import store_float16
from training.model.sample import flow_sigmas
from training.rivals.export import example, longest_trainings, rounded
from training.rivals.methods.latent import PLACES
from training.rivals.task import SIZE, shape_of
from training.rivals.training import write_json


class PixelStep(nn.Module):
    """One step of the DDPM of pixels as a graph: noisy (1, C, 64, 64) with the mask's channels, timestep (1,), label (1,) → velocity."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, noisy, timestep, label):
        return self.unet(noisy, timestep, label).sample


class LatentStep(nn.Module):
    """One step of MONAI's denoiser: noisy (1, 4 or 5, 16, 16), timestep (1,), label (1,) → noise (1, 4, 16, 16)."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, noisy, timestep, label):
        return self.unet(noisy, timestep, class_labels=label)


def noisy_inputs(channels, side):
    return {'noisy': torch.randn(1, channels, side, side), 'timestep': torch.tensor([500]), 'label': torch.tensor([0])}


def guided_steps(method):
    """How many steps of ours run the UNet twice: those in the interval of its guidance."""
    low, high = method.guidance['guidance_interval']
    return int(sum(low <= sigma <= high for sigma in flow_sigmas(method.sampling_steps)[:-1]))


def picture_graphs(method, shape):
    """[(part, module, example inputs of one row, runs a picture takes)] of a method that has begun."""
    networks = method.networks
    if method.one_step:
        return [('generator', networks['generator_ema'], example(shape, 1), 1)]
    if method.key == 'ddpm':
        inputs = noisy_inputs(4 * (shape.channels + shape.mask), SIZE // 2)
        return [('step', PixelStep(networks['unet_ema']), inputs, method.sampling_steps)]
    if method.key == 'monai':
        return [('step', LatentStep(networks['denoiser_ema']), noisy_inputs(4 + shape.mask, PLACES), method.sampling_steps),
                ('decoder', Decoder(networks['autoencoder']), {'latents': torch.randn(1, 4, PLACES, PLACES)}, 1)]
    flow, config = networks['denoiser_ema'], networks['denoiser_ema'].unet.config
    return [('step', flow.unet, unet_inputs(config, 1), method.sampling_steps + guided_steps(method)),
            ('decoder', Decoder(networks['autoencoder']), {'latents': torch.randn(1, config.latent_channels, PLACES, PLACES)}, 1)]


def write_graph(module, inputs, path):
    """The graph with float16 weights inside; {file, bytes, inputs: {name: {dtype, shape}}}."""
    onnx.save(store_float16(to_fixed_onnx(rounded(module), inputs, path, ['out'])), path)
    values, _ = describe_values(path, {})
    return {'file': path.name, 'bytes': path.stat().st_size, 'inputs': {value['name']: value for value in values.values()}}


def write_picture_graphs(task, cls, folder, out):
    """Record of one method: {task, key, parts: [{file, bytes, runs, inputs}]}."""
    shape, method = shape_of(task), cls()
    method.begin(shape)
    method.networks.load_state_dict(torch.load(folder / 'weights.pt', weights_only=True))
    parts = []
    for part, module, inputs, runs in picture_graphs(method, shape):
        parts.append(write_graph(module.eval(), inputs, Path(out) / f'{task}-{cls.key}-{part}.onnx') | {'runs': runs})
    return {'task': task, 'key': cls.key, 'parts': parts}


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--run', default='runs/rivals')
    parser.add_argument('--out', default='runs/rival-graphs')
    args = parser.parse_args(argv)
    Path(args.out).mkdir(parents=True, exist_ok=True)
    records = []
    for task, cls, folder in longest_trainings(args.run):
        records.append(write_picture_graphs(task, cls, folder, args.out))
        print(f'{task}: {cls.title}: {sum(part["bytes"] for part in records[-1]["parts"]) / 1e6:.2f} MB', flush=True)
    write_json(Path(args.out) / 'index.json', records)


if __name__ == '__main__':
    main()
