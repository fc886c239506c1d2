"""Times one denoising step of Stable Diffusion's UNet in PyTorch, eager and compiled, on the GPU of this machine; prints JSON.

    python bench/gpu/torch_steps.py [--shape sd15] [--batch 1] [--steps 20] [--device cuda]

Weights are random: time depends on shapes alone. `--shape tiny --device cpu` only proves that the script runs.
"""

import argparse
import json
import time

import torch
from diffusers import UNet2DConditionModel

SHAPES = {
    'sd15': {'sample_size': 64, 'cross_attention_dim': 768},
    'tiny': {'sample_size': 8, 'cross_attention_dim': 32, 'layers_per_block': 1, 'block_out_channels': (8, 16), 'norm_num_groups': 4,
             'attention_head_dim': 2, 'down_block_types': ('DownBlock2D', 'DownBlock2D'), 'up_block_types': ('UpBlock2D', 'UpBlock2D')},
}
WARM_UP = 3


def synchronize(device):
    """Waits for all that was queued on a device."""
    if device == 'cuda':
        torch.cuda.synchronize()


@torch.inference_mode()
def time_steps(unet, batch, steps, device, dtype):
    """Median milliseconds of one forward, each of them waited for."""
    size, channels, hidden = unet.config.sample_size, unet.config.in_channels, unet.config.cross_attention_dim
    latents = torch.randn(batch, channels, size, size, device=device, dtype=dtype)
    embeds = torch.randn(batch, 77, hidden, device=device, dtype=dtype)
    timestep = torch.full((batch,), 500, device=device)
    times = []
    for i in range(WARM_UP + steps):
        synchronize(device)
        start = time.perf_counter()
        unet(latents, timestep, encoder_hidden_states=embeds)
        synchronize(device)
        if i >= WARM_UP:
            times.append(1000 * (time.perf_counter() - start))
    return sorted(times)[len(times) // 2]


def measure(shape, batch, steps, device):
    """{eager, compiled, device, …}, milliseconds a step."""
    dtype = torch.float16 if device == 'cuda' else torch.float32
    torch.manual_seed(0)
    unet = UNet2DConditionModel(**SHAPES[shape]).eval().to(device, dtype)
    eager = time_steps(unet, batch, steps, device, dtype)
    compiled = time_steps(torch.compile(unet), batch, steps, device, dtype)
    name = torch.cuda.get_device_name() if device == 'cuda' else 'CPU'
    return {'shape': shape, 'batch': batch, 'dtype': str(dtype).removeprefix('torch.'), 'device': name, 'torch': torch.__version__,
            'msEager': round(eager, 3), 'msCompiled': round(compiled, 3)}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--shape', choices=SHAPES, default='sd15')
    parser.add_argument('--batch', type=int, default=1)
    parser.add_argument('--steps', type=int, default=20)
    parser.add_argument('--device', choices=('cuda', 'cpu'), default='cuda')
    args = parser.parse_args()
    if args.device == 'cuda' and not torch.cuda.is_available():
        parser.error('PyTorch finds no GPU here (expected one by CUDA or ROCm); --device cpu only proves that the script runs')
    print(json.dumps(measure(args.shape, args.batch, args.steps, args.device)))
