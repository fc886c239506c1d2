"""Random numbers that the browser reproduces: Philox4x32-10 and Box-Muller (src/diffusion/random.ts)."""

import numpy as np

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def philox4x32(counter, key):
    """Philox4x32-10 (Salmon et al. 2011): counter (..., 4) and key (2,), uint32 → random words (..., 4), uint32."""
    c0, c1, c2, c3 = (np.asarray(word, np.uint64) for word in np.moveaxis(np.asarray(counter), -1, 0))
    k0, k1 = int(key[0]), int(key[1])
    for _ in range(10):
        product0 = np.uint64(MULTIPLIERS[0]) * c0
        product1 = np.uint64(MULTIPLIERS[1]) * c2
        c0, c1, c2, c3 = (
            (product1 >> _SHIFT) ^ c1 ^ np.uint64(k0),
            product1 & _LOW,
            (product0 >> _SHIFT) ^ c3 ^ np.uint64(k1),
            product0 & _LOW,
        )
        k0 = (k0 + WEYL[0]) & 0xFFFFFFFF
        k1 = (k1 + WEYL[1]) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def standard_normals(seed, image_index, count):
    """The first `count` normals of the stream (seed, image_index), float32 (count,).

    Block i is Philox with key (seed, 0) and counter (i, 0, image_index, 0); its words (0, 1) and (2, 3) become two
    normals each by Box-Muller in float64. seed and image_index are 0…2³²−1.
    """
    return _normals(seed, image_index, 0, count)


def step_noise(seed, image_index, step, count):
    """The noise that a stochastic sampler adds at step `step` (0 is the first that runs), float32 (count,).

    As standard_normals, with counter (i, step + 1, image_index, 0), which no initial noise uses.
    """
    return _normals(seed, image_index, step + 1, count)


def _normals(seed, image_index, stream, count):
    blocks = np.arange(-(-count // 4), dtype=np.uint64)
    counter = np.zeros((len(blocks), 4), np.uint64)
    counter[:, 0] = blocks
    counter[:, 1] = stream
    counter[:, 2] = image_index
    return standard_normals_of(philox4x32(counter, (seed, 0)))[:count]


def uniforms_of(words):
    """Philox words (blocks, 4) → float64 (4·blocks,) in (0, 1)."""
    return (words.astype(np.float64).reshape(-1) + 0.5) * 2.0**-32


def standard_normals_of(words):
    """Philox words (blocks, 4) → float32 (4·blocks,): words (0, 1) and (2, 3) become two normals each by Box-Muller in float64."""
    words = words.astype(np.float64)
    radius = np.sqrt(-2 * np.log((words[:, 0::2] + 0.5) * 2.0**-32))                # (blocks, 2)
    angle = 2 * np.pi * (words[:, 1::2] * 2.0**-32)
    normals = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)   # (blocks, 2, 2)
    return normals.reshape(-1).astype(np.float32)


def initial_noise(seed, image_index, shape):
    """Standard normal float32 array of `shape`, filled row by row: the latents every image starts from."""
    return standard_normals(seed, image_index, int(np.prod(shape))).reshape(shape)
