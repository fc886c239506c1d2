"""Plain measures of an image that can be set beside what was asked for, or beside real images: fluid in a brain slice, tone of a
skin photo, vessels of a fundus photo, nuclei of a segmented field, sharpness."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from scipy.ndimage import (binary_erosion, binary_fill_holes, distance_transform_edt, gaussian_filter, gaussian_laplace, label, laplace,
                           maximum_filter)

_RGB_TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])


def of_each(measure, images):
    """What `measure` says of each image, in order, by as many threads as PyTorch is set to: scipy's filters let others work meanwhile."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return list(pool.map(measure, images))


def csf_measure(image):
    """Dark share of a skull-stripped axial slice: pixels of the filled brain mask under a fifth of its 99th percentile.

    image: uint8 (256, 256, 3) or (256, 256). Returns 0…1, or NaN where there is no brain. On the axial slices of OASIS-1
    its rank correlation with `csf_fraction`, which was measured on the whole volume, is 0.94.
    """
    grey = np.asarray(image if image.ndim == 2 else image.mean(axis=2), np.float32)
    brain = binary_fill_holes(grey > 12)
    if brain.sum() < 500:
        return float('nan')
    inside = grey[brain]
    return float((inside < 0.2 * np.percentile(inside, 99)).mean())


def srgb_to_lab(image):
    """uint8 sRGB (…, 3) → CIE L*a*b* (…, 3), D65 (IEC 61966-2-1 and CIE 15)."""
    c = np.asarray(image, np.float64) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _RGB_TO_XYZ.T / _WHITE_D65
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def ita_measure(image, border=64):
    """Individual typology angle in degrees of the skin around the lesion: median L* and b* of the outer `border` pixels.

    ITA = arctan((L* − 50) / b*)·180/π (Chardon et al. 1991). image: uint8 (256, 256, 3).
    """
    rim = np.ones(image.shape[:2], bool)
    rim[border:-border, border:-border] = False
    lab = srgb_to_lab(image[rim])
    lightness, blue_yellow = np.median(lab[:, 0]), np.median(lab[:, 2])
    return float(np.degrees(np.arctan2(lightness - 50, blue_yellow)))


def laplacian_variance(image):
    """Variance of the 4-neighbour Laplacian of the grey image, in grey levels squared: how much fine texture there is.

    image: uint8 (h, w, 3). The blurred pictures of a weak autoencoder have a few per cent of what X-ray films have.
    """
    return float(laplace(image.mean(axis=2).astype(np.float32)).var())


def vessel_share(image, scales=(1.5, 2.5), threshold=2.5):
    """Share of the pixels inside the fundus disc that a fixed ridge filter calls vessel: dark lines in the green channel.

    The response is the largest σ²·∇²G of the two scales, which is positive in dark lines, in grey levels; pixels above `threshold` count.
    image: uint8 (256, 256, 3). NaN where no disc is found. Bright spots and the rim, cut off by 12 pixels, do not count.
    """
    disc = binary_erosion(binary_fill_holes(gaussian_filter(image.mean(axis=2).astype(np.float32), 2) > 20), iterations=12)
    if disc.sum() < 5000:
        return float('nan')
    green = image[..., 1].astype(np.float32)
    response = np.max([sigma**2 * gaussian_laplace(green, sigma) for sigma in scales], axis=0)
    return float((response[disc] > threshold).mean())


def nuclei_areas(foreground, smallest=12, smoothing=1.5):
    """Areas in pixels (n,) of the nuclei of a foreground mask, bool (h, w); touching ones are parted at their waists.

    Each pixel goes to the nearest peak of the smoothed distance to the background; pieces under `smallest` pixels do not count.
    """
    if not foreground.any():
        return np.zeros(0)
    depth = gaussian_filter(distance_transform_edt(foreground), smoothing) * foreground
    peaks, _ = label((depth == maximum_filter(depth, size=7)) & (depth > 1))
    if not peaks.any():
        return np.zeros(0)
    nearest = distance_transform_edt(peaks == 0, return_distances=False, return_indices=True)
    areas = np.bincount(peaks[tuple(nearest)][foreground])[1:]
    return areas[areas >= smallest].astype(float)
