"""What a covariate does: asked values against measured ones; and the losses that membership stands on."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny import small_pipeline

from training.data.dataset import COVARIATES
from training.evaluate.effects import _ASKED, Effects
from training.evaluate.fidelity import denoising_losses
from training.model.generated import encode_images, image_to_image, reconstructions


class Painter:
    """Draws pictures whose colour follows the one covariate that is asked for, or not."""

    def __init__(self, obeys):
        self.obeys, self.pipeline = obeys, SimpleNamespace(covariates=COVARIATES)

    def images(self, prompts, *, covariates, first_seed):
        rng, out = np.random.default_rng(first_seed), []
        for asked in covariates:
            (name, value), = asked.items()
            low, high = next((low, high) for known, low, high, _ in COVARIATES if known == name)
            level = (value - low) / (high - low) if self.obeys else rng.random()
            colour = np.array([90 + 130 * level, 60 + 110 * level, 50 + 90 * level])
            out.append(np.clip(colour + rng.integers(0, 8, (256, 256, 3)), 0, 255).astype(np.uint8))
        return np.stack(out)


def effects():
    """NIH rows whose brightness says the sex, and skin photos of every tone, half of them held out."""
    tones = ['dark', 'brown', 'tan', 'intermediate', 'light', 'very light']
    rows = [{'set': 'nih', 'label': 'x', 'sex': 'MF'[k % 2], 'age': str(20 + k)} for k in range(40)]
    rows += [{'set': 'pad_ufes', 'label': 'NEV', 'skin_tone': tones[k % 6]} for k in range(40)]
    images = np.concatenate([Painter(True).images(['x'] * 40, covariates=[{'sex': float(k % 2 == 0)} for k in range(40)], first_seed=1),
                             Painter(True).images(['x'] * 40, covariates=[{'skin_tone': float(k % 6)} for k in range(40)], first_seed=2)])

    def features(pictures):
        return np.asarray(pictures, np.float32)[:, ::64, ::64].reshape(len(pictures), -1) / 255
    return Effects(rows, images, np.arange(80) % 4 > 1, features, lambda at: features(images[list(at)]), None)


@pytest.mark.parametrize('name', ['sex', 'skin_tone'])
def test_a_covariate_that_is_obeyed_has_an_effect_and_one_that_is_not_has_none(name):
    found = effects().measure(name, Painter(True), 24)
    # Two sexes give ties: 0.87 is the most that ranks of two values and of twelve different measures in each can correlate.
    assert found['effect'] > 0.85 and found['interval'][0] > 0.7 and found['n'] == 24
    assert found['real']['value'] > 0.8 and found['range'] == ([0.0, 1.0] if name == 'sex' else [0.0, 5.0])
    assert found['asked'] == found['range'] and set(found) == {'range', 'asked', 'effect', 'interval', 'n', 'unit', 'measure', 'real'}
    ignored = effects().measure(name, Painter(False), 24)
    assert ignored['interval'][0] < 0 < ignored['interval'][1] and ignored['real'] == found['real']


def test_every_covariate_of_the_model_has_a_measure():
    assert set(_ASKED) == {name for name, *_ in COVARIATES}


def test_a_denoising_loss_is_that_of_its_image_whatever_the_batch():
    pipeline = small_pipeline()
    rows = [{'set': 'kermany', 'label': 'normal', 'prompt': prompt, 'age': age} for prompt, age in (('chest x-ray', '50'), ('brain MRI', ''), ('x', '3'))]
    latents = torch.randn(3, 8, 32, 32, generator=torch.Generator().manual_seed(5))
    together = denoising_losses(pipeline, latents, rows, batch=3, precision='fp32')
    np.testing.assert_allclose(denoising_losses(pipeline, latents, rows, batch=2, precision='fp32'), together, rtol=1e-4)
    assert len(set(together.round(6))) == 3
    # An untrained network's velocity is far from noise − x0, whose mean square is 2.
    assert (together > 1).all()


def test_a_round_trip_is_the_picture_that_encoder_and_decoder_make_and_strength_0_starts_from_it():
    pipeline = small_pipeline()
    images = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    latents = encode_images(pipeline, images, batch=2)
    assert latents.shape == (3, 8, 32, 32)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        expected = ((pipeline.vae(x).clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    made = reconstructions(pipeline, images, batch=2)
    assert np.abs(made.astype(int) - expected).max() <= 1
    # One step of σ = 0.001 changes a latent by a thousandth of the velocity.
    near = image_to_image(pipeline, images[:1], 0.001, ['x'], [1], [0], precision='fp32', num_inference_steps=1000, guidance_scale=1.0)
    assert np.abs(near.astype(int) - made[:1]).mean() < 1
