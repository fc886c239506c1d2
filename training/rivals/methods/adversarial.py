"""Three adversarial generators: a conditional GAN with differentiable augmentation, a conditional DCGAN, and one after pix2pix."""

import torch
import torch.nn.functional as F
from torch import nn

from training.rivals.methods.base import NOISE, Method, averaged, cooled, descend, follow, normals, set_rate
from training.rivals.nets import LEAK, beside, differentiable_augmentation
from training.rivals.task import SIZE


class Adversarial(Method):
    """A generator and a critic that take turns; the picture is drawn by the generator's exponential mean."""
    one_step = True
    rate, betas = 2e-4, (0.5, 0.999)                                      # of both

    def build(self, shape):
        """(generator, critic)."""
        raise NotImplementedError

    def begin(self, shape):
        self.shape, self.steps = shape, 0
        generator, critic = self.build(shape)
        self.networks = nn.ModuleDict({'generator': generator, 'critic': critic, 'generator_ema': averaged(generator)})
        self.of_generator = self.optimizer(generator, rate=self.rate, betas=self.betas)
        self.of_critic = self.optimizer(critic, rate=self.rate, betas=self.betas)

    def judged(self, x, batch):
        """The critic's say on pictures that belong to the labels and masks of a batch."""
        return self.networks['critic'](x, batch.labels, batch.mask)

    def critic_loss(self, real, fake):
        """Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661; the generator's is its non-saturating one."""
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    def generator_loss(self, fake, x, batch):
        return F.softplus(-fake).mean()

    def step(self, batch, progress):
        generator, n = self.networks['generator'].train(), len(batch.x)
        set_rate(self.of_generator, self.rate * cooled(progress))
        set_rate(self.of_critic, self.rate * cooled(progress))
        with torch.autocast('cpu', torch.bfloat16):
            x = generator(torch.randn(n, NOISE), batch.labels, batch.mask)
            real, fake = self.judged(batch.x, batch), self.judged(x.detach(), batch)
        of_critic = self.critic_loss(real.float(), fake.float())
        descend(of_critic, self.of_critic)
        with torch.autocast('cpu', torch.bfloat16):
            fake = self.judged(x, batch)
        of_generator = self.generator_loss(fake.float(), x.float(), batch)
        descend(of_generator, self.of_generator)
        self.steps += 1
        follow(generator, self.networks['generator_ema'], self.steps)
        return {'generator': of_generator.detach(), 'critic': of_critic.detach()}

    @torch.no_grad()
    def draw(self, labels, seeds, mask):
        return self.networks['generator_ema'].eval()(normals(seeds, (NOISE,)), labels, mask)


class DcganGenerator(nn.Module):
    """Radford et al. 2016, https://arxiv.org/abs/1511.06434, with labels (and a mask) beside the features."""

    def __init__(self, shape, width=24):
        super().__init__()
        widths = [8 * width, 8 * width, 4 * width, 2 * width, width]
        self.first = nn.ConvTranspose2d(NOISE + shape.classes, widths[0], 4, bias=False)
        self.layers = nn.ModuleList(nn.ConvTranspose2d(before + shape.mask, after, 4, 2, 1, bias=False)
                                    for before, after in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(w) for w in widths)
        self.last = nn.ConvTranspose2d(widths[-1] + shape.mask, shape.channels, 4, 2, 1)

    def forward(self, noise, labels, mask=None):
        x = F.relu(self.norms[0](self.first(torch.cat([noise, labels], 1)[:, :, None, None])))
        for layer, norm in zip(self.layers, self.norms[1:]):
            x = F.relu(norm(layer(beside(x, mask))))
        return torch.tanh(self.last(beside(x, mask)))


class DcganCritic(nn.Module):
    """Strided convolutions with batch norms; labels as planes of one number beside the picture."""

    def __init__(self, shape, width=24):
        super().__init__()
        widths = [shape.channels + shape.classes + shape.mask, width, 2 * width, 4 * width, 8 * width, 8 * width]
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1, bias=k == 0) for k, (before, after) in enumerate(zip(widths, widths[1:])))
        self.norms = nn.ModuleList(nn.BatchNorm2d(w) for w in widths[2:])
        self.last = nn.Conv2d(widths[-1], 1, 4)

    def forward(self, x, labels, mask=None):
        x = torch.cat([beside(x, mask), labels[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)
        for k, layer in enumerate(self.layers):
            x = layer(x)
            x = F.leaky_relu(self.norms[k - 1](x) if k else x, LEAK)
        return self.last(x)[:, 0, 0, 0]


class Dcgan(Adversarial):
    key, title = 'dcgan', 'conditional DCGAN'

    def build(self, shape):
        parts = DcganGenerator(shape), DcganCritic(shape)
        for part in parts:
            for module in part.modules():
                if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                    nn.init.normal_(module.weight, 0, 0.02)
        return parts


class Gan(Dcgan):
    """The DCGAN's networks, whose critic sees pictures moved, toned and cut: real and drawn ones alike."""
    key, title = 'gan', 'conditional GAN with differentiable augmentation'

    def judged(self, x, batch):
        x, mask = differentiable_augmentation(x.float(), batch.mask)
        return self.networks['critic'](x, batch.labels, mask)


class Translator(nn.Module):
    """A U-Net from mask to picture; noise and labels enter where it is narrowest."""

    def __init__(self, shape, widths=(24, 48, 96, 128, 160)):
        super().__init__()
        inside = (shape.mask, *widths)
        self.down = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1) for before, after in zip(inside, widths))
        self.middle = nn.Linear(NOISE + shape.classes, 32 * (SIZE // 2**len(widths)) ** 2)
        below = (widths[-1] + 32, *widths[::-1][1:])
        self.up = nn.ModuleList(nn.Conv2d(before + skip, skip, 3, padding=1) for before, skip in zip(below, widths[::-1][1:]))
        self.norms = nn.ModuleList(nn.GroupNorm(8, skip) for skip in widths[::-1][1:])
        self.words = nn.ModuleList(nn.Linear(NOISE + shape.classes, skip) for skip in widths[::-1][1:])
        self.last = nn.Conv2d(widths[0] + shape.mask, 4 * shape.channels, 3, padding=1)

    def forward(self, noise, labels, mask):
        vector, skips, x = torch.cat([noise, labels], 1), [], 2 * mask - 1
        for layer in self.down:
            x = F.leaky_relu(layer(x), LEAK)
            skips.append(x)
        side = skips.pop().shape[-1]
        x = torch.cat([x, self.middle(vector).unflatten(1, (32, side, side))], 1)
        for layer, norm, word in zip(self.up, self.norms, self.words):
            x = layer(torch.cat([F.interpolate(x, scale_factor=2.0, mode='nearest'), skips.pop()], 1))
            x = F.leaky_relu(norm(x) + word(vector)[:, :, None, None], LEAK)
        return torch.tanh(F.pixel_shuffle(self.last(beside(x, mask)), 2))


class PatchCritic(nn.Module):
    """Says of each patch of 16×16 places whether it looks real: Isola et al. 2017, https://arxiv.org/abs/1611.07004. → (n, 1, 16, 16)."""

    def __init__(self, shape, widths=(32, 64, 128)):
        super().__init__()
        inside = (shape.channels + shape.mask + shape.classes, *widths)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, 4, 2, 1) for before, after in zip(inside, widths))
        self.norms = nn.ModuleList(nn.GroupNorm(8, w) for w in widths[1:])
        self.last = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, x, labels, mask):
        x = torch.cat([beside(x, mask), labels[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)
        for k, layer in enumerate(self.layers):
            x = layer(x)
            x = F.leaky_relu(self.norms[k - 1](x) if k else x, LEAK)
        return self.last(x)


class Pix2pix(Adversarial):
    """After Isola et al. 2017, as Eschweiler et al. use it for microscopy: a patch critic by least squares, and L1 to the true picture."""
    key, title = 'pix2pix', 'GAN from mask to image, after pix2pix'
    l1 = 20.0

    def build(self, shape):
        return Translator(shape), PatchCritic(shape)

    def critic_loss(self, real, fake):
        return ((real - 1) ** 2).mean() + (fake ** 2).mean()

    def generator_loss(self, fake, x, batch):
        return ((fake - 1) ** 2).mean() + self.l1 * F.l1_loss(x, batch.x)
