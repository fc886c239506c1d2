"""The training step of a UNet as a plain ONNX graph: flow-matching loss and its gradients for low-rank factors.

Inputs: clean latents, noise, timestep, the conditions, a weight for each row, and the factors; outputs: loss (), row_losses
(batch,), and grad.NAME for every factor and for prompt_embeds. onnxruntime-web runs it like any other graph; the optimizer is
src/finetune's. The base weights lie in the files that inference uses.
"""

import onnx
import torch
from torch import nn

from training.export.backward import add_gradients
from training.export.graphs import EXAMPLE_BATCH, free_batch, to_fixed_onnx
from training.export.parts import RANK, unet_inputs
from training.model.lora import LoraUNet


class TrainingStep(nn.Module):
    """Rectified flow with velocity target (Liu et al. 2022, https://arxiv.org/abs/2209.03003) on a UNet with factors.

    x = (1 − σ)·latents + σ·noise with σ = timestep / 1000; row_losses = mean squared error against noise − latents;
    loss = Σ row_weight·row_losses.
    """

    def __init__(self, unet):
        super().__init__()
        self.lora = LoraUNet(unet)

    def forward(self, latents, noise, timestep, prompt_embeds, covariates, covariates_present, mask, mask_present, row_weight, *factors):
        sigma = (timestep / 1000).view(-1, 1, 1, 1)
        noisy = latents + sigma * (noise - latents)
        off = self.lora(noisy, timestep, prompt_embeds, covariates, covariates_present, mask, mask_present, *factors) - (noise - latents)
        row_losses = (off * off).mean(dim=(1, 2, 3))
        return (row_weight * row_losses).sum(), row_losses


def step_inputs(step, batch=EXAMPLE_BATCH, rank=RANK):
    """Example inputs in graph order: {name: tensor}."""
    plain = unet_inputs(step.lora.unet.config, batch)
    return {'latents': plain.pop('latents'), 'noise': torch.randn(batch, *latent_shape(step)), **plain,
            'row_weight': torch.full((batch,), 1 / batch), **step.lora.example_factors(rank)}


def latent_shape(step):
    """(channels, height, width)."""
    config = step.lora.unet.config
    return config.latent_channels, config.sample_size, config.sample_size


def training_graph(step, path):
    """The ONNX model, batch and rank free, weights inside; writes to `path` on the way."""
    inputs = step_inputs(step)
    trained = [name for name in inputs if name.startswith('lora.')] + ['prompt_embeds']
    model = add_gradients(to_fixed_onnx(step, inputs, path, ['loss', 'row_losses']), trained, 'loss')
    free_batch(model.graph)
    for value in [*model.graph.input, *model.graph.output]:
        free_rank(value)
    onnx.checker.check_model(model)
    return model


def free_rank(value):
    """Names the rank's axis of a factor or of its gradient."""
    if '.lora.' in f'.{value.name}':
        value.type.tensor_type.shape.dim[0 if value.name.endswith('.down') else 1].dim_param = 'rank'
