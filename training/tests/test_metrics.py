import numpy as np
import pytest
import torch
from metrics import copy_rate, density_coverage, kid, ms_ssim, polynomial_mmd2

rng = np.random.default_rng(0)


def test_kid_is_about_zero_for_one_distribution_and_grows_with_a_shift():
    a, b = rng.normal(size=(400, 16)), rng.normal(size=(400, 16))
    same, shifted = kid(a, b), kid(a, b + 1)
    assert same['low'] <= 0 <= same['high']
    assert shifted['low'] > same['high'] and shifted['low'] < shifted['value'] < shifted['high']


def test_kid_is_unbiased():
    draws = [polynomial_mmd2(rng.normal(size=(30, 8)), rng.normal(size=(30, 8))) for _ in range(400)]
    assert abs(np.mean(draws)) < 3 * np.std(draws) / 20


def test_a_collapsed_generator_has_density_but_no_coverage():
    real = rng.normal(size=(200, 8))
    density, coverage = density_coverage(real, np.repeat(real[:1], 200, axis=0))
    assert density > 0 and coverage < 0.2
    density, coverage = density_coverage(real, rng.normal(size=(200, 8)))
    assert 0.8 < density < 1.2 and coverage > 0.9
    with pytest.raises(ValueError, match='equal numbers'):
        density_coverage(real, real[:10])


def test_copies_of_training_images_are_counted():
    training, held_out = rng.normal(size=(300, 8)), rng.normal(size=(200, 8))
    generated = rng.normal(size=(100, 8))
    generated[:20] = training[:20] + 0.001
    rate, floor, _ = copy_rate(generated, training, held_out)
    assert 0.2 <= rate < 0.35 and floor == pytest.approx(0.05)


def test_ms_ssim_is_one_for_equal_images_and_falls_with_noise():
    image = torch.rand(2, 1, 128, 128)
    assert ms_ssim(image, image).tolist() == pytest.approx([1, 1])
    assert (ms_ssim(image, (image + 0.5 * torch.rand_like(image)) / 1.5) < 0.95).all()
