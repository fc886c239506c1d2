"""Two latent diffusion models, which learn an autoencoder first and then to denoise its latents: MONAI's, and this project's own."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from training.model.autoencoder import DOWNSCALE, MedicalAutoencoder
from training.model.sample import Pipeline, sample_latents
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer, tokenize
from training.model.unet import MedicalUNet
from training.rivals.methods.base import Method, averaged, cooled, descend, follow, normals, set_rate
from training.rivals.task import SIZE
from training.train.batches import Batch as FlowBatch
from training.train.flow import FlowModel, flow_timesteps
from training.train.losses import pixel_loss

PLACES = SIZE // DOWNSCALE                                                # latents of 16×16


class Latent(Method):
    """The first share of the time goes to the autoencoder, the rest to latents, each encoded when it is first drawn."""
    batch = 8
    autoencoder_share = 0.35
    sampling_steps = 16
    rate = 6e-4

    def begin(self, shape):
        self.shape, self.steps, self.kept = shape, 0, {}
        self.networks = nn.ModuleDict(self.build(shape))
        self.of_autoencoder = self.optimizer(self.networks['autoencoder'], rate=1e-3)
        self.of_denoiser = self.optimizer(self.networks['denoiser'], rate=self.rate, decay=0.01)
        self.networks['denoiser_ema'] = averaged(self.networks['denoiser'])
        self.networks['scale'] = nn.ParameterList([nn.Parameter(torch.ones(()), requires_grad=False)])

    @property
    def scale(self):
        """What latents are multiplied by to have a spread of 1: set at the first of them."""
        return self.networks['scale'][0]

    def learn_pictures(self, x):
        """Loss of the autoencoder, a scalar."""
        raise NotImplementedError

    def encode(self, x):
        """(n, C, 128, 128) → latents (n, c, 16, 16), not scaled."""
        raise NotImplementedError

    def learn_latents(self, latents, labels, mask):
        """Loss of the denoiser, a scalar."""
        raise NotImplementedError

    def step(self, batch, progress):
        share = self.autoencoder_share
        if progress < share:
            set_rate(self.of_autoencoder, 1e-3 * cooled(progress / share))
            loss = self.learn_pictures(batch.x)
            descend(loss, self.of_autoencoder, clip=1.0)
            return {'autoencoder': loss.detach()}
        set_rate(self.of_denoiser, self.rate * cooled((progress - share) / (1 - share)) * min(1, (self.steps + 1) / 50))
        loss = self.learn_latents(self.latents(batch), batch.labels, batch.mask)
        descend(loss, self.of_denoiser, clip=1.0)
        self.steps += 1
        follow(self.networks['denoiser'], self.networks['denoiser_ema'], self.steps)
        return {'denoiser': loss.detach()}

    @torch.no_grad()
    def latents(self, batch):
        """Scaled latents of a batch; what was encoded before is taken from memory."""
        new = [k for k, key in enumerate(batch.keys) if key not in self.kept]
        first = not self.kept
        if new:
            with torch.autocast('cpu', torch.bfloat16):
                found = self.encode(batch.x[new]).float()
            self.kept |= {int(batch.keys[k]): z for k, z in zip(new, found)}
        latents = torch.stack([self.kept[int(key)] for key in batch.keys])
        if first:
            self.scale.copy_(1 / latents.std())
        return latents * self.scale


class Monai(Latent):
    """MONAI's AutoencoderKL and DiffusionModelUNet: Pinaya et al. 2023, https://arxiv.org/abs/2307.15208, in the sizes that fit."""
    key, title = 'monai', 'latent diffusion (MONAI)'

    def build(self, shape):
        from monai.networks.nets import AutoencoderKL, DiffusionModelUNet
        autoencoder = AutoencoderKL(2, shape.channels, shape.channels, num_res_blocks=1, channels=(16, 32, 64, 96), latent_channels=4,
                                    attention_levels=(False,) * 4, norm_num_groups=8, with_encoder_nonlocal_attn=False,
                                    with_decoder_nonlocal_attn=False)
        denoiser = DiffusionModelUNet(2, 4 + shape.mask, 4, num_res_blocks=1, channels=(64, 128, 192), attention_levels=(False, True, True),
                                      norm_num_groups=8, num_head_channels=32, num_class_embeds=shape.classes)
        return {'autoencoder': autoencoder, 'denoiser': denoiser}

    def learn_pictures(self, x):
        with torch.autocast('cpu', torch.bfloat16):
            seen, mean, deviation = self.networks['autoencoder'](x)
        mean, deviation = mean.float(), deviation.float()
        divergence = 0.5 * (mean**2 + deviation**2 - 1 - (deviation**2).clamp_min(1e-8).log()).mean()
        return F.l1_loss(seen.float(), x) + 1e-4 * divergence

    def encode(self, x):
        return self.networks['autoencoder'].encode(x)[0]

    def _seen(self, latents, mask):
        return latents if mask is None else torch.cat([latents, F.avg_pool2d(mask, DOWNSCALE)], 1)

    def learn_latents(self, latents, labels, mask):
        from monai.networks.schedulers import DDPMScheduler
        schedule = DDPMScheduler(1000, schedule='scaled_linear_beta', beta_start=0.0015, beta_end=0.0205)
        noise, t = torch.randn_like(latents), torch.randint(0, 1000, (len(latents),))
        noisy = schedule.add_noise(latents, noise, t)
        with torch.autocast('cpu', torch.bfloat16):
            guess = self.networks['denoiser'](self._seen(noisy, mask), t, class_labels=labels.argmax(1))
        return F.mse_loss(guess.float(), noise)

    @torch.no_grad()
    def draw(self, labels, seeds, mask):
        from monai.networks.schedulers import DDIMScheduler
        schedule = DDIMScheduler(1000, schedule='scaled_linear_beta', beta_start=0.0015, beta_end=0.0205, clip_sample=False)
        schedule.set_timesteps(self.sampling_steps)
        x, denoiser = normals(seeds, (4, PLACES, PLACES)), self.networks['denoiser_ema'].eval()
        with torch.autocast('cpu', torch.bfloat16):
            for t in schedule.timesteps:
                guess = denoiser(self._seen(x, mask), t.expand(len(x)), class_labels=labels.argmax(1)).float()
                x, _ = schedule.step(guess, t, x)
        return self.networks['autoencoder'].decode(x / self.scale).clamp(-1, 1)


class Ours(Latent):
    """This project's networks, their losses and their sampler, at 128×128: rectified flow in latents of 8×16×16, asked by a prompt."""
    key, title = 'ours', 'ours, trained anew'
    guidance = {'guidance_scale': 2.0, 'guidance_interval': (0.2, 0.8)}
    dropped = 0.1                                                         # prompts and masks left out, for guidance

    def build(self, shape):
        self.tokenizer = build_tokenizer()
        words = MedicalTextEncoder(self.tokenizer.get_vocab_size(), width=128, num_layers=2)
        unet = MedicalUNet(sample_size=PLACES, block_out_channels=(64, 96, 160), prompt_dim=128, mask_channels=1, mask_size=4 * PLACES)
        autoencoder = MedicalAutoencoder((24, 48, 96), (24, 64, 128), (1, 1, 1), (1, 1, 2))
        return {'autoencoder': autoencoder, 'denoiser': FlowModel(unet, words)}

    def prompts(self, labels):
        return [self.shape.words[int(k)] for k in labels.argmax(1)]

    def learn_pictures(self, x):
        x = x.expand(-1, 3, -1, -1)
        with torch.autocast('cpu', torch.bfloat16):
            seen = self.networks['autoencoder'](x)
        return pixel_loss(seen.float(), x)

    def encode(self, x):
        return self.networks['autoencoder'].encode(x.expand(-1, 3, -1, -1))

    def learn_latents(self, latents, labels, mask):
        n = len(latents)
        ids = tokenize(self.tokenizer, [prompt if np.random.random() >= self.dropped else '' for prompt in self.prompts(labels)])
        nothing = torch.zeros(n, 8)
        small = torch.zeros(n, 1, 4 * PLACES, 4 * PLACES) if mask is None else F.avg_pool2d(mask, 2)
        there = torch.full((n, 1), float(mask is not None)) * (torch.rand(n, 1) >= self.dropped)
        batch = FlowBatch(latents, ids, nothing, nothing, small, there, None)
        with torch.autocast('cpu', torch.bfloat16):
            return self.networks['denoiser'](batch, torch.randn_like(latents), flow_timesteps(n, 1.0, 'cpu', uniform_share=0.5))

    @torch.no_grad()
    def draw(self, labels, seeds, mask):
        parts, autoencoder = self.networks['denoiser_ema'].eval(), self.networks['autoencoder'].eval()
        pipeline = Pipeline(parts.unet, parts.text_encoder, autoencoder, self.tokenizer, torch.device('cpu'))
        small = None if mask is None else F.avg_pool2d(mask, 2)
        with torch.autocast('cpu', torch.bfloat16):
            latents = sample_latents(pipeline, self.prompts(labels), list(seeds), [0] * len(seeds), masks=small,
                                     num_inference_steps=self.sampling_steps, **self.guidance)
            x = autoencoder.decode(latents / self.scale).float().clamp(-1, 1)
        return x.mean(1, keepdim=True) if self.shape.channels == 1 else x
