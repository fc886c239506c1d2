"""Plain measures of one picture: colour, fluid, vessels, sharpness, nuclei."""

import numpy as np
import pytest

from training.evaluate.fidelity import vessels
from training.judges.measures import csf_measure, ita_measure, laplacian_variance, nuclei_areas, srgb_to_lab, vessel_share


def test_known_colours_have_their_lab_values():
    # CIE values of sRGB white, black and pure red (D65), as tabulated by Lindbloom.
    lab = srgb_to_lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8))
    np.testing.assert_allclose(lab, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]], atol=0.05)


def test_darker_skin_has_a_smaller_typology_angle_and_the_lesion_does_not_count():
    light, dark = (np.full((256, 256, 3), colour, np.uint8) for colour in ((224, 172, 140), (110, 70, 50)))
    assert ita_measure(light) > ita_measure(dark)
    with_lesion = light.copy()
    with_lesion[90:160, 90:160] = 20
    assert ita_measure(with_lesion) == ita_measure(light)


def test_larger_ventricles_measure_as_more_fluid_and_an_empty_image_as_none():
    def brain(radius):
        y, x = np.mgrid[:256, :256] - 128
        image = np.where(x**2 + y**2 < 100**2, 180, 0)
        return np.where(x**2 + y**2 < radius**2, 20, image).astype(np.uint8)
    assert 0.03 < csf_measure(brain(20)) < csf_measure(brain(40)) < 0.2
    assert np.isnan(csf_measure(np.zeros((256, 256), np.uint8)))


def _fundus(lines):
    y, x = np.mgrid[:256, :256]
    image = np.where(((x - 128) ** 2 + (y - 128) ** 2 < 110**2)[..., None], (180, 120, 60), 0).astype(np.uint8)
    for k in range(lines):
        image[60:196, 70 + 25 * k:73 + 25 * k] = (140, 70, 40)
    return image


def test_dark_lines_inside_the_disc_are_vessels_and_the_rim_is_none():
    assert vessel_share(_fundus(0)) == 0
    one, four = vessel_share(_fundus(1)), vessel_share(_fundus(4))
    # A line of 3×136 pixels, of a disc of radius 98: 1.4 %; the filter widens it by up to three pixels a side.
    assert 0.012 < one < 0.04 and four == pytest.approx(4 * one, rel=0.05)
    assert np.isnan(vessel_share(np.zeros((256, 256, 3), np.uint8)))
    rows = [{'set': 'idrid', 'label': 'DR0'}] * 4 + [{'set': 'busi', 'label': 'benign'}]
    found = vessels(rows, range(5), np.stack([_fundus(1)] * 5), np.stack([_fundus(4)] * 5))
    assert found['n'] == 4 and found['ratio']['value'] == pytest.approx(0.25, rel=0.05)


def test_blur_lowers_the_laplacian_variance():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 1), dtype=np.uint8).repeat(3, 2)
    # White noise of variance v has a Laplacian of variance 20·v: 4² + 4·1².
    assert laplacian_variance(noise) == pytest.approx(20 * noise[..., 0].astype(float).var(), rel=0.1)
    assert laplacian_variance(np.full((64, 64, 3), 90, np.uint8)) == 0


def test_nuclei_that_touch_are_counted_apart_and_specks_are_not():
    y, x = np.mgrid[:128, :128]
    def discs(*centres):
        return np.any([(y - cy) ** 2 + (x - cx) ** 2 < 10**2 for cy, cx in centres], axis=0)
    two = discs((40, 40), (40, 57))
    assert len(nuclei_areas(two)) == 2 and nuclei_areas(two).sum() == two.sum()
    speck = np.zeros((128, 128), bool)
    speck[5:7, 5:7] = True
    assert len(nuclei_areas(speck)) == 0 == len(nuclei_areas(~two & two))
    assert nuclei_areas(discs((40, 40)))[0] == pytest.approx(np.pi * 100, rel=0.05)
