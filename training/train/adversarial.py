"""A patch critic for the decoder (Isola et al. 2017, https://arxiv.org/abs/1611.07004; weighted as Esser et al. 2021,
https://arxiv.org/abs/2012.09841, eq. 7): it tells patches of real images from decoded ones, and the decoder learns to pass."""

import torch
import torch.nn.functional as F
from torch import nn

EVERY = 25                   # steps between two measurements of the weight


def critic_network(channels):
    """(batch, 3, H, W) → (batch, 1, H/8, W/8), above 0 for patches that look real."""
    norm = nn.utils.parametrizations.spectral_norm
    layers, before = [], 3
    for width, stride in ((channels, 2), (2 * channels, 2), (4 * channels, 2), (4 * channels, 1)):
        layers += [norm(nn.Conv2d(before, width, 4 if stride == 2 else 3, stride, 1)), nn.LeakyReLU(0.2)]
        before = width
    return nn.Sequential(*layers, nn.Conv2d(before, 1, 3, 1, 1))


class PatchCritic(nn.Module):
    """The critic, its optimizer, and the weight that makes its gradient as large as the reconstruction's at the decoder's last layer."""

    def __init__(self, decoder, device, channels=48, rate=4e-4, strength=0.5):
        super().__init__()
        self.network = critic_network(channels).to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, betas=(0.5, 0.95), weight_decay=0.0)
        self.last_layer = [m.weight for m in decoder if isinstance(m, nn.Conv2d)][-1:]
        self.rate, self.strength, self.weight, self.steps = rate, strength, None, 0

    def judge(self, images):
        with torch.autocast(images.device.type, torch.bfloat16):
            return self.network(images.contiguous(memory_format=torch.channels_last)).float()

    def joined(self, reconstruction, decoded, step):
        """The decoder's loss: reconstruction and, fading in over 200 steps, how far the critic is from being convinced."""
        adversarial = -self.judge(decoded).mean()
        if self.weight is None or step % EVERY == 0:
            one, two = (torch.autograd.grad(part, self.last_layer, retain_graph=True)[0].norm() for part in (reconstruction, adversarial))
            measured = (one / (two + 1e-6)).clamp(0, 10).item()
            self.weight = measured if self.weight is None else 0.9 * self.weight + 0.1 * measured
        return reconstruction + self.strength * min(1.0, step / 200) * self.weight * adversarial

    def learn(self, decoded, real, done):
        """One step of the critic by the hinge loss; its rate falls over the second half."""
        for group in self.optimizer.param_groups:
            group['lr'] = self.rate * min(1.0, (self.steps + 1) / 20) * max(0.1, 1 - max(0.0, (done - 0.5) / 0.5))
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.relu(1 - self.judge(real)).mean() + F.relu(1 + self.judge(decoded)).mean()
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        return loss.item() if self.steps % EVERY == 0 else None

    def state_dict(self, *args, **kwargs):
        return {'network': self.network.state_dict(), 'optimizer': self.optimizer.state_dict(), 'weight': self.weight, 'steps': self.steps}

    def load_state_dict(self, state, *args, **kwargs):
        self.network.load_state_dict(state['network'])
        self.optimizer.load_state_dict(state['optimizer'])
        self.weight, self.steps = state['weight'], state['steps']
