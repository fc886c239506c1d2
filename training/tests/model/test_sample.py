import numpy as np
import pytest
import torch

from training.common.philox import initial_noise, standard_normals
from training.goldens.make_fixtures import tiny_pipeline
from training.model.sample import SOLVERS, decode, flow_sigmas, sample_latents


def test_each_image_index_has_its_own_noise_and_a_longer_draw_only_appends():
    a, b = initial_noise(7, 0, (16, 4, 4)), initial_noise(7, 1, (16, 4, 4))
    assert not np.allclose(a, b)
    assert (standard_normals(7, 0, 300)[:256] == a.reshape(-1)).all()
    many = standard_normals(2**32 - 1, 3, 40000)
    assert abs(many.mean()) < 0.02 and abs(many.std() - 1) < 0.02


def test_steps_run_from_pure_noise_to_clean():
    assert flow_sigmas(4).tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert flow_sigmas(4, shift=3)[1] > 0.75


def test_a_batch_gives_the_images_that_single_runs_give():
    pipeline = tiny_pipeline()
    together = sample_latents(pipeline, ['chest x-ray', 'brain MRI'], [1, 2], [0, 5], num_inference_steps=2)
    alone = sample_latents(pipeline, ['brain MRI'], [2], [5], num_inference_steps=2)
    torch.testing.assert_close(together[1:], alone, atol=1e-5, rtol=1e-4)
    assert decode(pipeline, together).shape == (2, 64, 64, 3)


def gaussian_flow(solver, steps):
    """The end of the walk for data that are N(0.5, 0.3²), whose velocity is known, from noise 1; the exact end is 0.5 + 0.3 · 1."""
    def velocity(x, sigma):
        mean, variance = (1 - sigma) * 0.5, (1 - sigma) ** 2 * 0.09 + sigma ** 2
        return (x - mean) * (sigma - (1 - sigma) * 0.09) / variance - 0.5
    sigmas, x, before = flow_sigmas(steps), 1.0, None
    for i, sigma in enumerate(sigmas[:-1]):
        clean = x - sigma * velocity(x, sigma)
        x, before = SOLVERS[solver](x, clean, before, sigmas, i), clean
    return x


def test_dpm_solver_is_converges_faster_than_euler():
    error = {(solver, n): abs(gaussian_flow(solver, n) - 0.8) for solver in SOLVERS for n in (64, 128)}
    assert 1.7 < error['flow-match-euler', 64] / error['flow-match-euler', 128] < 2.2
    assert error['dpm-solver-multistep', 64] / error['dpm-solver-multistep', 128] > 2.7
    assert error['dpm-solver-multistep', 64] < error['flow-match-euler', 64] / 5


def test_linspace_ends_at_the_last_training_level_and_trailing_does_not():
    assert flow_sigmas(3, spacing='linspace').tolist() == pytest.approx([1, 0.5005, 0.001, 0])
    assert flow_sigmas(3)[2] == pytest.approx(1 / 3)
