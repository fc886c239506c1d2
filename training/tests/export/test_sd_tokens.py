"""The exported UNet of Stable Diffusion takes prompts longer than CLIP's 77 tokens, as joined chunks."""

import numpy as np
import pytest
import torch

from training.export.export_stable_diffusion import export_part
from training.export.graphs import open_session
from training.export.sd_graphs import build_parts
from training.goldens.make_sd_fixtures import tiny_stable_diffusion


@pytest.mark.parametrize('tokens', [77, 154, 231])
def test_the_unet_takes_any_number_of_tokens(tokens, tmp_path):
    pipeline = tiny_stable_diffusion()
    module = build_parts(pipeline)['unet']
    export_part('unet', module, pipeline, tmp_path, 'float32', (8, 8))
    generator = torch.Generator().manual_seed(tokens)
    sample, embeds = torch.randn(2, 4, 8, 8, generator=generator), torch.randn(2, tokens, 32, generator=generator)
    timestep = torch.tensor([499.0, 20.0])
    with torch.no_grad():
        expected = module(sample, timestep, embeds).numpy()
    session = open_session(tmp_path / 'unet.onnx')
    assert session.get_inputs()[2].shape == ['batch', 'tokens', 32]
    actual = session.run(None, {'sample': sample.numpy(), 'timestep': timestep.numpy(), 'encoder_hidden_states': embeds.numpy()})[0]
    assert np.abs(actual - expected).max() < 1e-4
