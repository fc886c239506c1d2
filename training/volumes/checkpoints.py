"""Weights of one moment of a training run, with all that is needed to run them, in one safetensors file."""

import json

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from training.volumes.codec import Codec
from training.volumes.flow import FlowModel
from training.volumes.unet3d import PromptEncoder, VolumeUNet
from training.volumes.words import MAX_LENGTH, token_ids


def build_model(config):
    """An untrained FlowModel; config: {channels, emb_dim}."""
    unet = VolumeUNet(channels=tuple(config['channels']), emb_dim=config['emb_dim'])
    return FlowModel(unet, PromptEncoder(len(token_ids()), MAX_LENGTH))


def save_checkpoint(path, model, codec, config, facts):
    """Writes `path`, float16. facts: {name: number} of this moment, kept in the file's metadata."""
    weights = {name: tensor.half().contiguous().cpu() for name, tensor in model.state_dict().items()}
    codec_numbers = {'mean': codec.mean.tolist(), 'scale': codec.scale.tolist()}
    metadata = {'config': json.dumps(config), 'codec': json.dumps(codec_numbers), 'facts': json.dumps(facts)}
    save_file(weights, f'{path}.part', metadata)
    path.with_name(path.name + '.part').replace(path)


def load_checkpoint(path, device='cpu'):
    """→ (FlowModel in float32 and evaluation mode, Codec, config, facts)."""
    with safe_open(path, 'pt') as file:
        metadata = {name: json.loads(text) for name, text in file.metadata().items()}
        weights = {name: file.get_tensor(name).float() for name in file.keys()}
    model = build_model(metadata['config'])
    model.load_state_dict(weights)
    codec = Codec(**metadata['codec'])
    return model.to(device).eval(), codec.to(device), metadata['config'], metadata['facts']


@torch.no_grad()
def all_finite(model):
    """Whether every weight is a number."""
    return bool(torch.stack([p.isfinite().all() for p in model.parameters()]).all())
