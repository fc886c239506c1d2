"""Pictures side by side on one sheet."""

import numpy as np
from PIL import Image


def contact_sheet(images, columns):
    """uint8 (n, h, w, 3) → one picture, row by row."""
    rows = [np.concatenate(list(images[k:k + columns]), axis=1) for k in range(0, len(images), columns)]
    return Image.fromarray(np.concatenate(rows))
