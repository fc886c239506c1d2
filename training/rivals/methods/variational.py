"""A conditional variational autoencoder: Sohn et al. 2015, with the decoder that the GAN has as its generator."""

import torch
import torch.nn.functional as F
from torch import nn

from training.rivals.methods.base import NOISE, Method, averaged, cooled, descend, follow, normals, set_rate
from training.rivals.nets import Grower, Shrinker
from training.train.losses import detail_loss


class Encoder(nn.Module):
    """picture, labels[, mask] → mean and log-variance of the code, each (n, Z)."""

    def __init__(self, shape, width=160):
        super().__init__()
        self.body = Shrinker(shape, (24, 48, 96, 128, width))
        self.last = nn.Linear(16 * width + shape.classes, 2 * NOISE)

    def forward(self, x, labels, mask=None):
        return self.last(torch.cat([self.body(x, mask).flatten(1), labels], 1)).chunk(2, 1)


class Cvae(Method):
    key, title = 'cvae', 'conditional VAE'
    one_step = True
    batch = 8
    rate, weight = 1e-3, 1e-3                                             # weight: of the divergence, which is a sum over Z numbers

    def begin(self, shape):
        self.steps = 0
        decoder = Grower(NOISE, shape)
        self.networks = nn.ModuleDict({'encoder': Encoder(shape), 'generator': decoder, 'generator_ema': averaged(decoder)})
        self.both = self.optimizer(self.networks['encoder'], decoder, rate=self.rate)

    def step(self, batch, progress):
        set_rate(self.both, self.rate * cooled(progress))
        with torch.autocast('cpu', torch.bfloat16):
            mean, log_variance = self.networks['encoder'](batch.x, batch.labels, batch.mask)
            mean, log_variance = mean.float(), log_variance.float().clamp(-10, 5)
            code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
            x = self.networks['generator'](code, batch.labels, batch.mask)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
        picture = F.l1_loss(x.float(), batch.x) + 0.5 * detail_loss(x.float(), batch.x)
        descend(picture + self.weight * min(1.0, 5 * progress) * divergence, self.both, clip=1.0)
        self.steps += 1
        follow(self.networks['generator'], self.networks['generator_ema'], self.steps)
        return {'picture': picture.detach(), 'divergence': divergence.detach()}

    @torch.no_grad()
    def draw(self, labels, seeds, mask):
        return self.networks['generator_ema'].eval()(normals(seeds, (NOISE,)), labels, mask)
