"""The pictures that the files of make_format_fixtures.py hold, and what a reader must find in them."""

import hashlib

import numpy as np

WIDTH, HEIGHT = 48, 40
SECRET = 'Zyxwv^Private'


def ramp(dtype, low, high, channels=1, frame=0):
    """A smooth picture (HEIGHT, WIDTH[, 3]) that differs along every axis, of the given type and range."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    planes = [0.5 + 0.25 * np.sin(x / 7 + c + frame) + 0.25 * np.cos(y / 5 - 2 * c) for c in range(channels)]
    picture = np.stack(planes, -1) * (high - low) + low
    return np.round(picture if channels > 1 else picture[..., 0]).astype(dtype)


def expect(array, frames=1, lossy=False):
    """What expected.json says of frame 0."""
    flat = np.ascontiguousarray(array.astype(array.dtype.newbyteorder('<')))
    channels = array.shape[2] if array.ndim == 3 else 1
    entry = {'width': array.shape[1], 'height': array.shape[0], 'channels': channels, 'frames': frames, 'type': array.dtype.name}
    if lossy:
        at = np.linspace(0, flat.size - 1, 40).astype(int)
        return entry | {'at': at.tolist(), 'values': flat.reshape(-1)[at].tolist()}
    return entry | {'sha256': hashlib.sha256(flat.tobytes()).hexdigest()}
