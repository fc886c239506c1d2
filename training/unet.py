"""The denoising network: diffusers' UNet2DConditionModel plus covariates and an instance mask.

Its inputs are those of the exported graph, so that training changes weights and never interfaces:
latents, timestep, prompt embeds, covariates with presence flags, mask with a presence flag.
"""

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin, UNet2DConditionModel
from diffusers.configuration_utils import register_to_config
from torch import nn


class MedicalUNet(ModelMixin, ConfigMixin):
    """Velocity of the rectified flow from noisy latents and any subset of the conditions.

    Covariates enter twice: added to the time embedding (what the whole image is like), together with the
    prompt's summary token, and as extra cross-attention tokens (what a region attends to). The mask enters as
    folded input channels.
    """

    @register_to_config
    def __init__(self, latent_channels=16, sample_size=16, block_out_channels=(160, 256, 320),
                 attention_levels=(False, True, False), layers_per_block=1, prompt_dim=256, num_covariates=7,
                 num_covariate_tokens=4, mask_channels=2, mask_size=64, head_dim=32):
        super().__init__()
        down = tuple('CrossAttnDownBlock2D' if a else 'DownBlock2D' for a in attention_levels)
        up = tuple('CrossAttnUpBlock2D' if a else 'UpBlock2D' for a in reversed(attention_levels))
        fold = mask_size // sample_size
        self.unet = UNet2DConditionModel(
            sample_size=sample_size, in_channels=latent_channels + mask_channels * fold * fold + 1,
            out_channels=latent_channels, block_out_channels=block_out_channels, down_block_types=down,
            up_block_types=up, layers_per_block=layers_per_block, cross_attention_dim=prompt_dim,
            attention_head_dim=tuple(c // head_dim for c in block_out_channels),
            class_embed_type='projection', projection_class_embeddings_input_dim=2 * num_covariates + prompt_dim)
        self.covariate_tokens = nn.Linear(2 * num_covariates, num_covariate_tokens * prompt_dim)

    def forward(self, latents, timestep, prompt_embeds, covariates, covariates_present, mask, mask_present):
        """→ noise_pred (batch, 16, 16, 16), the velocity noise − x0.

        latents (batch, 16, 16, 16); timestep (batch,) = σ·1000; prompt_embeds (batch, tokens, prompt_dim);
        covariates, covariates_present (batch, 7); mask (batch, 2, 64, 64) in 0…1; mask_present (batch, 1).
        """
        flags = covariates_present
        known = torch.cat([covariates * flags, flags], dim=1)                          # (batch, 14)
        tokens = self.covariate_tokens(known).view(known.shape[0], -1, self.config.prompt_dim)
        summary = torch.cat([known, prompt_embeds[:, 0]], dim=1)                       # (batch, 14 + prompt_dim)
        context = torch.cat([prompt_embeds, tokens], dim=1)
        present = mask_present.view(-1, 1, 1, 1)
        folded = F.pixel_unshuffle(mask, self.config.mask_size // self.config.sample_size) * present
        plane = present.expand(-1, 1, latents.shape[2], latents.shape[3])
        return self.unet(torch.cat([latents, folded, plane], dim=1), timestep, encoder_hidden_states=context,
                         class_labels=summary).sample
