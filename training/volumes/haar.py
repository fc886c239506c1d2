"""One level of the orthonormal Haar transform in three dimensions: its own inverse up to a transpose, and free of loss.

A volume is cut into blocks of 2×2×2 voxels; each block becomes eight numbers, its mean times √8 first and then seven
differences. Mallat 1989, https://doi.org/10.1109/34.192463, with the Haar wavelet. Band b = 4i + 2j + k has differences
along x, y and z where i, j and k are 1.
"""

import numpy as np
import torch

BANDS = 8


def haar_matrix():
    """float32 (8, 8), orthogonal: bands from the eight voxels of a block, voxel 4·dx + 2·dy + dz."""
    pair = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    return torch.from_numpy(np.kron(np.kron(pair, pair), pair).astype(np.float32))


def fold(volumes):
    """(batch, c, X, Y, Z) → (batch, 8·c, X/2, Y/2, Z/2): the voxels of each block, channel 8·c + 4·dx + 2·dy + dz."""
    b, c, x, y, z = volumes.shape
    blocks = volumes.reshape(b, c, x // 2, 2, y // 2, 2, z // 2, 2).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return blocks.reshape(b, c * BANDS, x // 2, y // 2, z // 2)


def unfold(folded):
    """The inverse of fold."""
    b, c, x, y, z = folded.shape
    blocks = folded.reshape(b, c // BANDS, 2, 2, 2, x, y, z).permute(0, 1, 5, 2, 6, 3, 7, 4)
    return blocks.reshape(b, c // BANDS, 2 * x, 2 * y, 2 * z)


def _mix(folded, matrix):
    b, c, *grid = folded.shape
    mixed = torch.einsum('ij,bcjn->bcin', matrix.to(folded), folded.reshape(b, c // BANDS, BANDS, -1))
    return mixed.reshape(b, c, *grid)


def haar(volumes):
    """(batch, c, X, Y, Z) → (batch, 8·c, X/2, Y/2, Z/2), band-last within each channel. X, Y and Z are even."""
    return _mix(fold(volumes), haar_matrix())


def inverse_haar(bands):
    """The inverse of haar, exact up to rounding."""
    return unfold(_mix(bands, haar_matrix().T))
