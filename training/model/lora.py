"""Low-rank factors as inputs of the UNet's graph, and the names under which diffusers and peft know them."""

import torch
import torch.nn.functional as F
from torch import nn


class LoraUNet(nn.Module):
    """The UNet with low-rank factors for attention, its feed-forward layers and projections, and the residual convolutions.

    y = W·x + up·(down·x), down (rank, in), up (out, rank); Hu et al. 2021, https://arxiv.org/abs/2106.09685. Of a convolution
    down is (rank, in, k, k) and up (out, rank, 1, 1), as peft has them. The strength is a factor that the caller
    multiplies into `up`.
    """

    def __init__(self, unet):
        super().__init__()
        self.unet = unet
        self.names = [name for name, module in unet.named_modules() if takes_factors(name, module)]
        self.factor_shapes = [factor_shapes(unet.get_submodule(name)) for name in self.names]

    def example_factors(self, rank):
        """Zeros in graph order: {'lora.MODULE.down': tensor, 'lora.MODULE.up': tensor, …}."""
        factors = {}
        for name, (down, up) in zip(self.names, self.factor_shapes):
            factors[f'lora.{name}.down'] = torch.zeros(rank, *down)
            factors[f'lora.{name}.up'] = torch.zeros(up[0], rank, *up[1:])
        return factors

    def forward(self, *inputs):
        plain, factors = inputs[:7], inputs[7:]
        handles = []
        for k, name in enumerate(self.names):
            down, up = factors[2 * k], factors[2 * k + 1]
            def add(module, args, output, down=down, up=up):
                if isinstance(module, nn.Linear):
                    return output + (args[0] @ down.t()) @ up.t()
                return output + F.conv2d(F.conv2d(args[0], down, padding=module.padding), up)
            handles.append(self.unet.get_submodule(name).register_forward_hook(add))
        try:
            return self.unet(*plain)
        finally:
            for handle in handles:
                handle.remove()


def takes_factors(name, module):
    """Whether a module gets low-rank factors."""
    if isinstance(module, nn.Linear):
        return '.attn1.to_' in name or '.attn2.to_' in name or '.ff.net.' in name
    return isinstance(module, nn.Conv2d) and (name.endswith(('.proj_in', '.proj_out')) or '.resnets.' in name and name.endswith(('.conv1', '.conv2')))


def factor_shapes(module):
    """(down without its leading rank, up without its second axis, the rank)."""
    if isinstance(module, nn.Linear):
        return (module.in_features,), (module.out_features,)
    return (module.in_channels, *module.kernel_size), (module.out_channels, 1, 1)
