import numpy as np
import torch

from training.evaluate.edits import Change, called_so, share_of_pixels, shares_called, sources_of
from training.goldens.edit_golden import ramp
from training.goldens.make_fixtures import tiny_pipeline
from training.model.edit import edit, edit_latents
from training.model.generated import encode_images

NO_FINDING, PNEUMONIA = ['chest x-ray, no finding'], ['chest x-ray, pneumonia']


def test_the_same_words_change_no_byte():
    source = ramp(64, 64)
    assert (edit(tiny_pipeline(), source, NO_FINDING, NO_FINDING, [7], [0], precision='fp32') == source).all()


def test_a_step_goes_along_the_pushed_difference_of_both_prompts():
    pipeline = tiny_pipeline()
    start = encode_images(pipeline, ramp(64, 64))
    moved = {push: edit_latents(pipeline, start, NO_FINDING, PNEUMONIA, [7], [0], num_inference_steps=1, push=push) - start for push in (1, 4)}
    assert moved[1].abs().max() > 0
    torch.testing.assert_close(moved[4], 4 * moved[1], atol=1e-6, rtol=1e-3)


def test_less_strength_runs_fewer_steps_and_changes_less():
    pipeline, calls = tiny_pipeline(), []
    start = encode_images(pipeline, ramp(64, 64))
    pipeline.unet.register_forward_hook(lambda *_: calls.append(1))
    changes = [edit_latents(pipeline, start, NO_FINDING, PNEUMONIA, [7], [0], strength=strength) - start for strength in (0.5, 1.0)]
    assert len(calls) == 2 * 2 + 4 * 2                                # two runs a step
    assert changes[0].abs().mean() < changes[1].abs().mean()


def test_an_edit_decoded_whole_lacks_what_the_autoencoder_loses_of_the_source():
    source = ramp(64, 64)
    whole = edit(tiny_pipeline(), source, NO_FINDING, NO_FINDING, [7], [0], precision='fp32', whole=True)
    assert whole.shape == source.shape and (whole != source).any()


def test_a_change_is_answered_by_each_label_that_it_accepts():
    classes = [('a', 'x'), ('a', 'y'), ('a', 'z'), ('b', 'q')]
    logits = np.array([[0, 2, 1, 9], [0, 1, 2, 9], [2, 0, 1, 9], [0, 1, 2, 9]], np.float32)
    strict, either = Change('a', 'x', 'y', '', ''), Change('a', 'x', 'y', '', '', accepts=('z',))
    shares = shares_called(strict, logits, classes)
    assert shares == {'x': 0.25, 'y': 0.25, 'z': 0.5}
    assert called_so(strict, shares) == 0.25 and called_so(either, shares) == 0.75
    assert (strict.name, either.name) == ('a: x to y', 'a: x to y or z')


def test_a_change_in_one_place_takes_few_pixels_and_one_everywhere_half_of_them():
    source = np.zeros((3, 8, 8, 3), np.uint8)
    made = source.copy()
    made[0, 0, 0] = 200
    made[1] = 3
    shares = share_of_pixels(source, made)
    assert shares[0] == 0 and 0.4 < shares[1] <= 0.5 and np.isnan(shares[2])


def test_sources_are_held_out_rows_with_the_label_before_and_always_the_same():
    rows = [{'set': 'a', 'label': label} for label in ('x', 'y') * 10]
    allowed = np.arange(20) >= 10
    chosen = sources_of(Change('a', 'x', 'y', '', ''), rows, allowed, 3)
    assert chosen == sources_of(Change('a', 'x', 'y', '', ''), rows, allowed, 3) and len(chosen) == 3
    assert all(k >= 10 and rows[k]['label'] == 'x' for k in chosen)
