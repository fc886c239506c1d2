import numpy as np
import torch
from make_fixtures import tiny_pipeline
from philox import initial_noise, standard_normals
from sample import decode, flow_sigmas, sample_latents


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
