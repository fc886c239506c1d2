"""The denoising network: diffusers' UNet2DConditionModel plus covariates and an instance mask.

Its inputs are those of the exported graph, so that training changes weights and never interfaces:
latents, timestep, prompt embeds, covariates with presence flags, mask with a presence flag. Training may add numbers that say
how an image was augmented; what reads them is cut off before a pipeline is saved.
"""

import copy

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin, UNet2DConditionModel
from diffusers.configuration_utils import register_to_config
from torch import nn

from training.common.errors import WeightsDoNotFit


CLASS_INPUT = 'unet.class_embedding.linear_1.weight'      # (width, 2·covariates + prompt_dim + augmentations)
TOKEN_INPUT = 'covariate_tokens.weight'                   # (tokens·prompt_dim, 2·covariates)


class MedicalUNet(ModelMixin, ConfigMixin):
    """Velocity of the rectified flow from noisy latents and any subset of the conditions.

    Covariates enter twice: added to the time embedding (what the whole image is like), together with the
    prompt's summary token, and as extra cross-attention tokens (what a region attends to). The mask enters as
    folded input channels.
    """

    @register_to_config
    def __init__(self, latent_channels=8, sample_size=32, block_out_channels=(128, 256, 384),
                 attention_levels=(False, True, True), layers_per_block=1, prompt_dim=256, num_covariates=8,
                 num_covariate_tokens=4, mask_channels=2, mask_size=64, head_dim=32, num_augmentations=0):
        super().__init__()
        down = tuple('CrossAttnDownBlock2D' if a else 'DownBlock2D' for a in attention_levels)
        up = tuple('CrossAttnUpBlock2D' if a else 'UpBlock2D' for a in reversed(attention_levels))
        fold = mask_size // sample_size
        self.unet = UNet2DConditionModel(
            sample_size=sample_size, in_channels=latent_channels + mask_channels * fold * fold + 1,
            out_channels=latent_channels, block_out_channels=block_out_channels, down_block_types=down,
            up_block_types=up, layers_per_block=layers_per_block, cross_attention_dim=prompt_dim,
            attention_head_dim=tuple(c // head_dim for c in block_out_channels), class_embed_type='projection',
            projection_class_embeddings_input_dim=2 * num_covariates + prompt_dim + num_augmentations)
        self.covariate_tokens = nn.Linear(2 * num_covariates, num_covariate_tokens * prompt_dim)

    def forward(self, latents, timestep, prompt_embeds, covariates, covariates_present, mask, mask_present, augmentation=None):
        """→ noise_pred (batch, 8, 32, 32), the velocity noise − x0.

        latents (batch, 8, 32, 32); timestep (batch,) = σ·1000; prompt_embeds (batch, tokens, prompt_dim);
        covariates, covariates_present (batch, 8); mask (batch, 2, 64, 64) in 0…1; mask_present (batch, 1);
        augmentation (batch, num_augmentations), or None for images as they are.
        """
        flags = covariates_present
        known = torch.cat([covariates * flags, flags], dim=1)                          # (batch, 16)
        tokens = self.covariate_tokens(known).view(known.shape[0], -1, self.config.prompt_dim)
        summary = torch.cat([known, prompt_embeds[:, 0]], dim=1)                       # (batch, 16 + prompt_dim)
        if self.config.num_augmentations:
            if augmentation is None:
                augmentation = latents.new_zeros(len(latents), self.config.num_augmentations)
            summary = torch.cat([summary, augmentation.to(summary.dtype)], dim=1)
        context = torch.cat([prompt_embeds, tokens], dim=1)
        present = mask_present.view(-1, 1, 1, 1)
        folded = F.pixel_unshuffle(mask, self.config.mask_size // self.config.sample_size) * present
        plane = present.expand(-1, 1, latents.shape[2], latents.shape[3])
        return self.unet(torch.cat([latents, folded, plane], dim=1), timestep, encoder_hidden_states=context,
                         class_labels=summary).sample


def widen_covariates(state, num_covariates):
    """The state dict of a MedicalUNet with fewer covariates, made to fit `num_covariates`: a new dict.

    What the network reads of n covariates is [values (n), flags (n)]; each half gets columns of zeros at its end, so that the
    network does what it did, whatever the new covariates say. Raises WeightsDoNotFit where the weights know more covariates.
    """
    before = state[TOKEN_INPUT].shape[1] // 2
    more = num_covariates - before
    if more < 0:
        raise WeightsDoNotFit(f'The weights know {before} covariates, the network only {num_covariates}. Use the code that they were made with.')
    out = dict(state)
    for name in (TOKEN_INPUT, CLASS_INPUT) if more else ():
        values, flags, rest = out[name].split([before, before, out[name].shape[1] - 2 * before], dim=1)
        nothing = values.new_zeros(len(values), more)
        out[name] = torch.cat([values, nothing, flags, nothing, rest], dim=1)
    return out


def settings(unet):
    """The arguments that a MedicalUNet was made with."""
    return {name: value for name, value in unet.config.items() if not name.startswith('_')}


def add_augmentation(unet, count, columns=None):
    """A copy of a MedicalUNet that also reads `count` augmentation numbers; zeros give what the UNet gave.

    columns (width, count): what cut_augmentation gave away, to go on from; without them the numbers start without effect.
    """
    wide = MedicalUNet(**{**settings(unet), 'num_augmentations': count})
    state = dict(unet.state_dict())
    if columns is None:
        columns = state[CLASS_INPUT].new_zeros(len(state[CLASS_INPUT]), count)
    state[CLASS_INPUT] = torch.cat([state[CLASS_INPUT], columns.to(state[CLASS_INPUT])], dim=1)
    wide.load_state_dict(state)
    return wide.train(unet.training)


def cut_augmentation(unet):
    """(a copy of a MedicalUNet that reads no augmentation numbers, the columns cut off (width, count) or None)."""
    count = unet.config.num_augmentations
    if not count:
        return copy.deepcopy(unet), None
    narrow = MedicalUNet(**{**settings(unet), 'num_augmentations': 0})
    state = {name: value.detach().cpu() for name, value in unet.state_dict().items()}
    columns = state[CLASS_INPUT][:, -count:].clone()
    state[CLASS_INPUT] = state[CLASS_INPUT][:, :-count].clone()
    narrow.load_state_dict(state)
    return narrow.eval(), columns
