"""The denoising network of volumes and its text encoder; plain PyTorch, inputs as in the exported graphs.

The network draws an image and its label map together, as Haar bands. Given a label map it draws the image to it: the map enters
as further channels with a flag that says whether it is there.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from training.volumes.haar import BANDS, fold

LATENT_CHANNELS = 3 * BANDS          # image, distance to the surface, nearer part
MASK_CHANNELS = 2                    # anterior and posterior
NUM_COVARIATES = 2                   # anterior and posterior mm³
PROMPT_DIM = 64
FREQUENCIES = 4                      # of the covariates' sines
GROUPS = 8


class GroupNorm(nn.GroupNorm):
    """In the input's own precision: autocast would turn every activation into float32."""

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):
            return F.group_norm(x, self.num_groups, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps)


class ResBlock(nn.Module):
    """Two convolutions; the condition scales and shifts what stands between them."""

    def __init__(self, size_in, size_out, emb_dim, dropout=0.0):
        super().__init__()
        self.norm1, self.norm2 = GroupNorm(GROUPS, size_in), GroupNorm(GROUPS, size_out)
        self.conv1 = nn.Conv3d(size_in, size_out, 3, padding=1)
        self.conv2 = nn.Conv3d(size_out, size_out, 3, padding=1)
        self.condition = nn.Linear(emb_dim, 2 * size_out)
        self.skip = nn.Conv3d(size_in, size_out, 1) if size_in != size_out else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, emb):
        """x (batch, size_in, X, Y, Z); emb (batch, emb_dim) → (batch, size_out, X, Y, Z)."""
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.condition(emb).to(h.dtype)[:, :, None, None, None].chunk(2, dim=1)
        h = F.silu(self.norm2(h) * (1 + scale) + shift)
        return self.skip(x) + self.conv2(self.dropout(h))


class Attention(nn.Module):
    """Self-attention over all voxels of a small grid."""

    def __init__(self, size, head_dim=24):
        super().__init__()
        self.heads = size // head_dim
        self.norm = GroupNorm(GROUPS, size)
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x):
        b, c, *grid = x.shape
        tokens = self.norm(x).flatten(2).transpose(1, 2)                               # (batch, voxels, c)
        q, k, v = (t.reshape(b, -1, self.heads, c // self.heads).transpose(1, 2) for t in self.qkv(tokens).chunk(3, dim=-1))
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, -1, c)
        return x + self.out(mixed).transpose(1, 2).reshape(b, c, *grid).to(x.dtype)


def timestep_features(timestep, size):
    """σ·1000 (batch,) → sines and cosines (batch, size). Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3.5."""
    rates = torch.exp(torch.arange(size // 2, device=timestep.device) * (-math.log(10000) / (size // 2 - 1)))
    angles = timestep.float()[:, None] * rates
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)


class VolumeUNet(nn.Module):
    """Velocity of the rectified flow from noisy Haar bands and any subset of the conditions.

    `augmentations` numbers say how a training volume was changed (Karras et al. 2022, https://arxiv.org/abs/2206.00364,
    appendix F.2); they are zero at inference and no part of the exported graph.
    """

    def __init__(self, channels=(56, 112, 144), emb_dim=256, augmentations=12, dropout=0.1):
        super().__init__()
        c0, c1, c2 = channels
        known = NUM_COVARIATES * (2 * FREQUENCIES + 2) + PROMPT_DIM
        self.time = nn.Sequential(nn.Linear(64, emb_dim), nn.SiLU(), nn.Linear(emb_dim, emb_dim))
        self.known = nn.Sequential(nn.Linear(known, emb_dim), nn.SiLU(), nn.Linear(emb_dim, emb_dim))
        self.augmentation = nn.Linear(augmentations, emb_dim, bias=False)
        self.first = nn.Conv3d(LATENT_CHANNELS + MASK_CHANNELS * BANDS + 1, c0, 3, padding=1)
        self.down0, self.shrink0 = ResBlock(c0, c0, emb_dim), nn.Conv3d(c0, c1, 3, stride=2, padding=1)
        self.down1, self.shrink1 = ResBlock(c1, c1, emb_dim), nn.Conv3d(c1, c2, 3, stride=2, padding=1)
        self.down2 = ResBlock(c2, c2, emb_dim, dropout)
        self.attention = Attention(c2)
        self.middle = ResBlock(c2, c2, emb_dim, dropout)
        self.up2 = ResBlock(2 * c2, c2, emb_dim, dropout)
        self.grow1, self.up1 = nn.Conv3d(c2, c1, 1), ResBlock(2 * c1, c1, emb_dim)
        self.grow0, self.up0 = nn.Conv3d(c1, c0, 1), ResBlock(2 * c0, c0, emb_dim)
        self.last_norm, self.last = GroupNorm(GROUPS, c0), nn.Conv3d(c0, LATENT_CHANNELS, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def embed(self, timestep, prompt_embeds, covariates, covariates_present, augmentations=None):
        """→ (batch, emb_dim): σ, the prompt's first token, the volumes asked for, the augmentation."""
        values = covariates * covariates_present
        turns = values[:, :, None] * (math.pi * torch.arange(1, FREQUENCIES + 1, device=values.device) / 2)
        waves = torch.cat([torch.sin(turns), torch.cos(turns) - 1], dim=2) * covariates_present[:, :, None]
        known = torch.cat([values, covariates_present, waves.flatten(1), prompt_embeds[:, 0]], dim=1)
        emb = self.time(timestep_features(timestep, 64)) + self.known(known)
        if augmentations is not None:
            emb = emb + self.augmentation(augmentations)
        return F.silu(emb)

    def forward(self, latents, timestep, prompt_embeds, covariates, covariates_present, mask, mask_present, augmentations=None):
        """→ noise_pred (batch, 24, 20, 28, 20), the velocity noise − x0.

        latents (batch, 24, 20, 28, 20); timestep (batch,) = σ·1000; prompt_embeds (batch, tokens, 64); covariates,
        covariates_present (batch, 2), −1…1 and 0 or 1; mask (batch, 2, 40, 56, 40), 1 in the anterior and in the posterior
        part; mask_present (batch, 1); augmentations (batch, 12) in training only.
        """
        emb = self.embed(timestep, prompt_embeds, covariates, covariates_present, augmentations)
        present = mask_present[:, :, None, None, None]
        plane = present.expand(-1, 1, *latents.shape[2:])
        h0 = self.down0(self.first(torch.cat([latents, fold(mask) * present, plane], dim=1)), emb)
        h1 = self.down1(self.shrink0(h0), emb)
        h2 = self.down2(self.shrink1(h1), emb)
        h = self.middle(self.attention(h2), emb)
        h = self.up2(torch.cat([h, h2], dim=1), emb)
        h = F.interpolate(self.grow1(h), scale_factor=2.0, mode='nearest')
        h = self.up1(torch.cat([h, h1], dim=1), emb)
        h = F.interpolate(self.grow0(h), scale_factor=2.0, mode='nearest')
        h = self.up0(torch.cat([h, h0], dim=1), emb)
        return self.last(F.silu(self.last_norm(h)))


class PromptEncoder(nn.Module):
    """One layer of a transformer. Token 0, [BOS], sums the prompt up; padding comes out as zeros."""

    def __init__(self, vocab_size, max_length, width=PROMPT_DIM, heads=4):
        super().__init__()
        self.heads = heads
        self.tokens = nn.Embedding(vocab_size, width)
        self.positions = nn.Parameter(0.02 * torch.randn(max_length, width))
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, input_ids):
        """input_ids int64 (batch, tokens) → prompt_embeds (batch, tokens, width)."""
        b, n = input_ids.shape
        kept = (input_ids != 0).to(self.positions.dtype)                               # (batch, tokens)
        x = self.tokens(input_ids) + self.positions[None, :n]
        q, k, v = (t.reshape(b, n, self.heads, -1).transpose(1, 2) for t in self.qkv(self.norm1(x)).chunk(3, dim=-1))
        bias = ((1 - kept) * -1e4)[:, None, None, :].to(q.dtype)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self.out(y.transpose(1, 2).reshape(b, n, -1))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.norm3(x) * kept[:, :, None]
