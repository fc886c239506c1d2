"""What every method of the comparison offers, and how noise is drawn for it."""

import copy

import torch
from torch import nn

from training.common.philox import initial_noises
from training.train.flow import ema_update

NOISE = 128                # numbers that a generator of one step starts from


class Method:
    """A method that learns from batches and then draws. Below it: begin, step and sample; the loop is training.py's.

    `networks` is an nn.ModuleDict of all that has parameters; what samples are drawn by is kept under names that end in `_ema`
    or has no such twin. `batch` is the number of images of a step.
    """
    key = title = ''
    batch = 8
    trained = True
    one_step = False                                                      # True: a generator, exported as one graph

    def begin(self, shape):
        """Makes the networks for a task.Shape."""
        raise NotImplementedError

    def step(self, batch, progress):
        """One step on a task.Batch at `progress` 0…1 of the time: {name: loss as a float tensor}."""
        raise NotImplementedError

    def draw(self, labels, seeds, mask):
        """labels (n, K) one-hot, seeds (n,), mask (n, 1, 128, 128) or None → (n, C, 128, 128) in −1…1, the same for the same seed."""
        raise NotImplementedError

    def laid_out(self):
        """Puts the networks into the layout of memory in which a CPU convolves fastest; returns the method."""
        self.networks.to(memory_format=torch.channels_last)
        return self

    def parameters(self):
        """Number of parameters that are trained."""
        return sum(p.numel() for name, part in self.networks.items() if not name.endswith('_ema') for p in part.parameters())

    def optimizer(self, *parts, rate, betas=(0.9, 0.99), decay=0.0):
        """AdamW over the parameters of some networks."""
        return torch.optim.AdamW([p for part in parts for p in part.parameters()], rate, betas=betas, weight_decay=decay, fused=True)


def averaged(network):
    """A copy that follows its network by an exponential mean (follow)."""
    return copy.deepcopy(network).requires_grad_(False).eval()


def follow(network, ema, step, decay=0.995):
    """Moves the mean towards the network; in the first steps faster. What batch norms have counted is taken over as it is."""
    ema_update(network, ema, min(decay, (1 + step) / (10 + step)))
    for mine, theirs in zip(ema.buffers(), network.buffers()):
        mine.copy_(theirs)


def normals(seeds, shape):
    """(n, *shape) standard normal numbers, as the page draws them for these seeds."""
    return torch.as_tensor(initial_noises(list(seeds), [0] * len(seeds), tuple(shape), torch.device('cpu'))).float()


def cooled(progress, start=0.6):
    """Factor of the learning rate: 1, and from `start` on a straight line down to 0.05."""
    return 1.0 if progress < start else 1.0 - 0.95 * (progress - start) / (1 - start)


def set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group['lr'] = rate


def descend(loss, optimizer, clip=None):
    """One step down a loss; gradients longer than `clip` are shortened to it."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if clip:
        nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group['params']], clip)
    optimizer.step()
