import numpy as np
import pytest
import torch

from training.judges.metrics import KidParts, density_coverage, exact_interval, kid, ms_ssim, polynomial_mmd2, subsets

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


def test_ms_ssim_is_one_for_equal_images_and_falls_with_noise():
    image = torch.rand(2, 1, 128, 128)
    assert ms_ssim(image, image).tolist() == pytest.approx([1, 1])
    assert (ms_ssim(image, (image + 0.5 * torch.rand_like(image)) / 1.5) < 0.95).all()


def test_the_kid_of_a_subset_is_that_of_its_samples():
    a, b = rng.normal(size=(40, 8)), rng.normal(0.3, 1, size=(30, 8))
    take_a, take_b = subsets(np.random.default_rng(1), 40, 3), subsets(np.random.default_rng(2), 30, 3)
    assert take_a.sum(1).tolist() == [20, 20, 20] and len(np.unique(take_a, axis=0)) == 3
    expected = [polynomial_mmd2(a[x == 1], b[y == 1]) for x, y in zip(take_a, take_b)]
    np.testing.assert_allclose(KidParts(a, b)(take_a, take_b), expected, atol=1e-10)


def test_exact_intervals_are_those_of_the_tables():
    # Clopper and Pearson, 95 %: 8 of 10 and 0 of 30 as R's binom.test gives them.
    found = exact_interval(8, 10)
    assert (found['low'], found['high']) == (pytest.approx(0.4439, abs=1e-4), pytest.approx(0.9748, abs=1e-4))
    none, every = exact_interval(0, 30), exact_interval(30, 30)
    assert none['low'] == 0 and none['high'] == pytest.approx(0.1157, abs=1e-4)
    assert every['high'] == 1 and every['low'] == pytest.approx(1 - 0.1157, abs=1e-4)
