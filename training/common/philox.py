"""Random numbers that the browser reproduces (batch/phantoscope_batch/philox.py), and the same drawn by PyTorch on a device.

    python -m training.common.philox --seed 7 --index 0 --count 8

prints the first normals of one stream.
"""

import argparse

import numpy as np

from phantoscope_batch.philox import (MULTIPLIERS, WEYL, initial_noise, philox4x32, standard_normals, standard_normals_of, step_noise,
                                      uniforms_of)

__all__ = ['initial_noise', 'initial_noises', 'philox4x32', 'standard_normals', 'standard_normals_of', 'step_noise', 'uniforms_of']


def initial_noises(seeds, indices, shape, device='cpu'):
    """initial_noise of many streams at once, drawn on a device of PyTorch: float32 tensor (n, *shape).

    The words are the same; sine, cosine and logarithm of another library may differ in the last bit of a float32.
    """
    import torch
    count, n = int(np.prod(shape)), len(seeds)
    blocks = -(-count // 4)
    words = [torch.arange(blocks, device=device).expand(n, -1), torch.zeros(n, 1, dtype=torch.int64, device=device),
             torch.as_tensor(indices, dtype=torch.int64, device=device)[:, None], torch.zeros(n, 1, dtype=torch.int64, device=device)]
    c0, c1, c2, c3 = (word.expand(n, blocks) for word in words)
    low = 0xFFFFFFFF
    k0, k1 = torch.as_tensor(seeds, dtype=torch.int64, device=device)[:, None], 0
    for _ in range(10):
        p0, p1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]                # int64 wraps; the mask undoes the sign of its upper half
        c0, c1, c2, c3 = ((p1 >> 32) & low) ^ c1 ^ k0, p1 & low, ((p0 >> 32) & low) ^ c3 ^ k1, p0 & low
        k0, k1 = (k0 + WEYL[0]) & low, (k1 + WEYL[1]) & low
    words = torch.stack([c0, c1, c2, c3], dim=2).double()                  # (n, blocks, 4)
    radius = (-2 * ((words[..., 0::2] + 0.5) * 2.0**-32).log()).sqrt()
    angle = 2 * np.pi * (words[..., 1::2] * 2.0**-32)
    normals = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=3).float().reshape(n, -1)
    return normals[:, :count].reshape(n, *shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--index', type=int, default=0)
    parser.add_argument('--count', type=int, default=8)
    args = parser.parse_args()
    print(' '.join(f'{x:.7f}' for x in standard_normals(args.seed, args.index, args.count)))


if __name__ == '__main__':
    main()
