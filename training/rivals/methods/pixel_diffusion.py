"""A denoising diffusion model of pixels, by diffusers: Ho et al. 2020, https://arxiv.org/abs/2006.11239.

Each square of 2×2 pixels goes in as channels (Hoogeboom et al. 2023, https://arxiv.org/abs/2301.11093, call it patching): a core
could not afford the layers at full size.
"""

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel
from torch import nn

from training.rivals.methods.base import Method, averaged, cooled, descend, follow, normals, set_rate
from training.rivals.task import SIZE


class Ddpm(Method):
    key, title = 'ddpm', 'DDPM of pixels (diffusers)'
    batch, rate = 8, 4e-4
    sampling_steps = 16                                                   # of DDIM: Song et al. 2021, arXiv 2010.02502

    def begin(self, shape):
        self.shape, self.steps = shape, 0
        unet = UNet2DModel(
            sample_size=SIZE // 2, in_channels=4 * (shape.channels + shape.mask), out_channels=4 * shape.channels, layers_per_block=1,
            block_out_channels=(32, 64, 96, 128), down_block_types=('DownBlock2D',) * 3 + ('AttnDownBlock2D',),
            up_block_types=('AttnUpBlock2D',) + ('UpBlock2D',) * 3, norm_num_groups=8, attention_head_dim=32, num_class_embeds=shape.classes)
        self.networks = nn.ModuleDict({'unet': unet, 'unet_ema': averaged(unet)})
        self.optimizer_ = self.optimizer(unet, rate=self.rate)
        self.schedule = DDPMScheduler(beta_schedule='squaredcos_cap_v2', prediction_type='v_prediction')

    def guess(self, unet, noisy, t, labels, mask):
        """The velocity that a UNet sees in noisy pictures (n, C, 128, 128), of the same shape."""
        seen = F.pixel_unshuffle(noisy if mask is None else torch.cat([noisy, mask], 1), 2)
        with torch.autocast('cpu', torch.bfloat16):
            return F.pixel_shuffle(unet(seen, t, labels.argmax(1)).sample.float(), 2)

    def step(self, batch, progress):
        set_rate(self.optimizer_, self.rate * cooled(progress) * min(1, (self.steps + 1) / 50))
        noise, t = torch.randn_like(batch.x), torch.randint(0, 1000, (len(batch.x),))
        noisy = self.schedule.add_noise(batch.x, noise, t)
        loss = F.mse_loss(self.guess(self.networks['unet'], noisy, t, batch.labels, batch.mask), self.schedule.get_velocity(batch.x, noise, t))
        descend(loss, self.optimizer_, clip=1.0)
        self.steps += 1
        follow(self.networks['unet'], self.networks['unet_ema'], self.steps)
        return {'velocity': loss.detach()}

    @torch.no_grad()
    def draw(self, labels, seeds, mask):
        unet, schedule = self.networks['unet_ema'].eval(), DDIMScheduler.from_config(self.schedule.config, timestep_spacing='trailing')
        schedule.set_timesteps(self.sampling_steps)
        x = normals(seeds, (self.shape.channels, SIZE, SIZE))
        for t in schedule.timesteps:
            x = schedule.step(self.guess(unet, x, t.expand(len(x)), labels, mask), t, x).prev_sample
        return x.clamp(-1, 1)
