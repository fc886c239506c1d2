"""Puts weights into the project's classes and says plainly where they do not fit."""

import json
from pathlib import Path

from safetensors.torch import load_file

from training.common.errors import WeightsDoNotFit
from training.data.dataset import COVARIATES
from training.model.unet import MedicalUNet, widen_covariates


def fill(module, state, source):
    """Loads a state dict into `module`, in float32, in place; returns it.

    Raises WeightsDoNotFit, naming `source` and the first names that lack, are too many or have another shape.
    """
    own = module.state_dict()
    lacking = [name for name in own if name not in state]
    surplus = [name for name in state if name not in own]
    other = [f'{name} {tuple(state[name].shape)} for {tuple(own[name].shape)}' for name in own
             if name in state and state[name].shape != own[name].shape]
    for names, what in ((lacking, 'lacks'), (surplus, 'has no place for'), (other, 'has other shapes in')):
        if names:
            more = f' and {len(names) - 3} more' if len(names) > 3 else ''
            raise WeightsDoNotFit(f'{source} does not fit {type(module).__name__}: it {what} {", ".join(names[:3])}{more}. '
                                  'Its config and its weights must be of one network: export or copy both again.')
    module.load_state_dict({name: value.float() for name, value in state.items()})
    return module


def build(cls, config, source):
    """cls.from_config(config). Raises WeightsDoNotFit where the config names a setting that the class does not have."""
    known = cls._get_init_keys(cls) | {'fold'}
    strange = sorted(name for name in config if name not in known and not name.startswith('_'))
    if strange:
        raise WeightsDoNotFit(f'The config of {source} names {", ".join(strange)}, which {cls.__name__} does not have. '
                              'It is of another network, or of a newer version of this code.')
    return cls.from_config({name: value for name, value in config.items() if not name.startswith('_')})


def read_part(cls, folder):
    """A part of a pipeline folder (unet, text_encoder, vae), in evaluation mode.

    A UNet of fewer covariates is widened to today's number. Raises WeightsDoNotFit where files lack or do not fit.
    """
    folder = Path(folder)
    config_file, weights_file = folder / 'config.json', folder / 'diffusion_pytorch_model.safetensors'
    for path in (config_file, weights_file):
        if not path.exists():
            raise WeightsDoNotFit(f'{path} is missing. {folder} must be a folder that save_pretrained wrote: train.py and '
                                  'import_weights.py make one for each part of a pipeline.')
    config, state = json.loads(config_file.read_text()), load_file(weights_file)
    if cls is MedicalUNet:
        config, state = today(config, state, folder)
    return fill(build(cls, config, folder), state, folder).eval()


def today(config, state, source):
    """(config, state) of a MedicalUNet, with today's covariates. Raises WeightsDoNotFit where the network is another."""
    missing = [name for name in ('covariate_tokens.weight', 'unet.class_embedding.linear_1.weight') if name not in state]
    if missing:
        raise WeightsDoNotFit(f'{source} does not fit MedicalUNet: it lacks {", ".join(missing)}. Is it the UNet of this project?')
    return {**config, 'num_covariates': len(COVARIATES)}, widen_covariates(state, len(COVARIATES))


def check_fit(unet, text_encoder, vae, source):
    """Raises WeightsDoNotFit where the parts of a pipeline cannot work together."""
    channels, inner = unet.config.latent_channels, vae.config.inner_channels
    if channels != inner:
        raise WeightsDoNotFit(f'In {source} the UNet reads {channels} latent channels and the autoencoder makes {inner}. They were not '
                              'trained together, or by a version that folded latents: take both from one run of this version.')
    if unet.config.prompt_dim != text_encoder.config.width:
        raise WeightsDoNotFit(f'In {source} the UNet reads prompts of width {unet.config.prompt_dim} and the text encoder makes '
                              f'{text_encoder.config.width}. Take both from one run.')
