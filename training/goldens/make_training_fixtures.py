"""Writes a small training-step graph and what PyTorch makes of it, for the tests of src/finetune.

    python -m training.goldens.make_training_fixtures --out tests/fixtures/training-step

golden.json: `step` holds loss, row losses and every gradient for the inputs of `pattern`; `run` the losses of 50 steps of AdamW with
warm-up, clipping and EMA, and where the factors end; `adamw` 100 steps of the optimizer by itself. Arrays are base64 of
little-endian float32, row-major.
"""

import argparse
import base64
import json
from pathlib import Path

import numpy as np
import torch

from training.export.export_training import TrainingStep, step_inputs, training_graph
from training.model.unet import MedicalUNet

BATCH, RANK = 4, 2
RUN = {'steps': 50, 'learningRate': 2e-3, 'betas': [0.9, 0.999], 'epsilon': 1e-8, 'weightDecay': 0.01, 'warmUpSteps': 10, 'maxGradientNorm': 0.5,
       'emaDecay': 0.95}


def small_unet():
    """Two levels, attention in the lower: every operator of the shipped network, 0.3 MB."""
    torch.manual_seed(0)
    return MedicalUNet(latent_channels=4, sample_size=8, mask_size=16, block_out_channels=(32, 32), attention_levels=(False, True), prompt_dim=16,
                       num_covariate_tokens=1, head_dim=16).eval()


def pattern(shape, offset):
    """((7919·(i + 37·offset) + 13) mod 1000) / 1000 − 0.5 for the row-major index i: inputs that both languages can make."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return torch.from_numpy((((7919 * (i + 37 * offset) + 13) % 1000) / 1000 - 0.5).astype(np.float32).reshape(shape))


def batch_inputs(step, number, factors=None):
    """Inputs of the step `number` in graph order: pattern(shape, 200·number + position), but timestep row r is 125 + 250·((r + number) mod 4),
    presence flags are 1, row weights 1/batch, and factors, where they are not given, 0.2·pattern."""
    inputs = {}
    for k, (name, example) in enumerate(step_inputs(step, BATCH, RANK).items()):
        if name == 'timestep':
            inputs[name] = torch.tensor([125.0 + 250 * ((row + number) % 4) for row in range(BATCH)])
        elif name.endswith('_present'):
            inputs[name] = torch.ones_like(example)
        elif name == 'row_weight':
            inputs[name] = torch.full((BATCH,), 1 / BATCH)
        elif name.startswith('lora.'):
            inputs[name] = factors[name] if factors else 0.2 * pattern(example.shape, 200 * number + k)
        else:
            inputs[name] = pattern(example.shape, 200 * number + k)
    return inputs


def encode(tensor):
    """base64 of float32."""
    return base64.b64encode(np.ascontiguousarray(tensor.detach().numpy(), '<f4').tobytes()).decode()


def one_step(step):
    """Loss and gradients of step 0's inputs."""
    inputs = {name: tensor.requires_grad_(name.startswith('lora.') or name == 'prompt_embeds') for name, tensor in batch_inputs(step, 0).items()}
    loss, rows = step(*inputs.values())
    loss.backward()
    return {'loss': loss.item(), 'rowLosses': rows.tolist(), 'gradients': {name: encode(t.grad) for name, t in inputs.items() if t.grad is not None}}


def whole_run(step):
    """50 steps from 0.2·pattern: the losses, and factors and averages at the end."""
    factors = {name: t.clone().requires_grad_(True) for name, t in batch_inputs(step, 0).items() if name.startswith('lora.')}
    average = {name: t.detach().clone() for name, t in factors.items()}
    optimizer = torch.optim.AdamW(factors.values(), lr=RUN['learningRate'], betas=RUN['betas'], eps=RUN['epsilon'], weight_decay=RUN['weightDecay'])
    losses = []
    for k in range(RUN['steps']):
        for group in optimizer.param_groups:
            group['lr'] = RUN['learningRate'] * min(1, (k + 1) / RUN['warmUpSteps'])
        loss, _ = step(*batch_inputs(step, k, factors).values())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(factors.values(), RUN['maxGradientNorm'])
        optimizer.step()
        with torch.no_grad():
            for name, t in factors.items():
                average[name].lerp_(t, 1 - RUN['emaDecay'])
        losses.append(loss.item())
    return {**RUN, 'losses': losses, 'factors': {n: encode(t) for n, t in factors.items()}, 'average': {n: encode(t) for n, t in average.items()}}


def optimizer_alone():
    """100 AdamW steps of 64 values with gradient pattern((64,), step): the values at the end, from pattern((64,), 7)."""
    values = pattern((64,), 7).requires_grad_(True)
    optimizer = torch.optim.AdamW([values], lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)
    for k in range(100):
        values.grad = pattern((64,), k)
        optimizer.step()
    return {'learningRate': 1e-2, 'betas': [0.9, 0.999], 'epsilon': 1e-8, 'weightDecay': 0.1, 'steps': 100, 'values': encode(values)}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='tests/fixtures/training-step')
    out = Path(parser.parse_args().out)
    out.mkdir(parents=True, exist_ok=True)
    step = TrainingStep(small_unet())
    model = training_graph(step, out / 'step.onnx')
    (out / 'step.onnx').write_bytes(model.SerializeToString())
    golden = {'batch': BATCH, 'rank': RANK, 'step': one_step(step), 'run': whole_run(step), 'adamw': optimizer_alone()}
    (out / 'golden.json').write_text(json.dumps(golden) + '\n')
    print(f"{(out / 'step.onnx').stat().st_size / 1e3:.0f} kB graph, {(out / 'golden.json').stat().st_size / 1e3:.0f} kB golden, "
          f"loss {golden['run']['losses'][0]:.4f} → {golden['run']['losses'][-1]:.4f}")
