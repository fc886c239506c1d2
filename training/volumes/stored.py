"""A shipped volume package as a FlowModel in PyTorch, with the very numbers that the browser multiplies with."""

from pathlib import Path

import numpy as np
import torch

from training.common.errors import WeightsDoNotFit
from training.export.graphs import open_session
from training.export.package import module_weights
from training.volumes.codec import Codec
from training.volumes.flow import FlowModel
from training.volumes.haar import haar
from training.volumes.unet3d import PromptEncoder, VolumeUNet

# What only training needs: its numbers are zero at inference, so the exported graph has none of it.
NOT_STORED = ('augmentation.weight',)
STORED_AS = {'positions': '.bias'}


def _fill(module, weights, path):
    """Copies `weights` into the parameters of `module`; WeightsDoNotFit where one is missing or of another size."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name in NOT_STORED:
                parameter.zero_()
                continue
            value = weights.get(STORED_AS.get(name, name))
            if value is None or value.size != parameter.numel():
                raise WeightsDoNotFit(f'{path} holds no weight {name} of shape {tuple(parameter.shape)}. It was made by another '
                                      'export.py: export the package again, or use the version of the code that made it.')
            parameter.copy_(torch.from_numpy(np.array(value).reshape(parameter.shape)))
    return module


def read_codec(path):
    """The Codec of a stored decoder graph, by what it makes of zeros and of ones."""
    session = open_session(path)
    def bands(value):
        latents = np.full((1, *session.get_inputs()[0].shape[1:]), value, np.float32)
        return haar(torch.from_numpy(session.run(None, {'latents': latents})[0]))[0, :, 0, 0, 0]
    mean = bands(0)
    return Codec(mean, 1 / (bands(1) - mean))


def read_package(folder, entry):
    """(FlowModel in evaluation mode, Codec) of a package folder and its manifest entry."""
    folder = Path(folder)
    weights, words = (module_weights(folder / f'{stem}.onnx') for stem in ('unet', 'text-encoder'))
    channels = tuple(weights[f'{name}.conv1.weight'].shape[0] for name in ('down0', 'down1', 'down2'))
    unet = VolumeUNet(channels=channels, emb_dim=len(weights['time.0.bias']))
    text = PromptEncoder(len(words['tokens.weight']), entry['tokenizer']['maxLength'])
    model = FlowModel(_fill(unet, weights, folder / 'unet.onnx'), _fill(text, words, folder / 'text-encoder.onnx'))
    return model.eval(), read_codec(folder / 'vae-decoder.onnx')
