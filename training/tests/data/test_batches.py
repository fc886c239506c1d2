"""Variants of images and masks, the numbers that tell them, and batches with dropped conditions."""

import numpy as np
import pytest
import torch

from training.data.augment import augment_images, augment_masks, draw_augmentations, mask_planes
from training.data.dataset import load_dataset, mask_channels
from training.model.autoencoder import MedicalAutoencoder
from training.model.text_encoder import build_tokenizer, tokenize
from training.train.batches import NOTHING_DROPPED, Drops, TrainingData, encode_variants, prompt_bank
from training.train.train_autoencoder import set_weights

CPU = torch.device('cpu')


def test_zeros_change_nothing_and_mirrors_are_exact():
    x, still = torch.rand(2, 3, 32, 32) * 2 - 1, torch.zeros(2, 9)
    assert torch.equal(augment_images(x, still), x)
    mirrored = still.clone()
    mirrored[:, 0] = 1
    assert torch.equal(augment_images(x, mirrored), x.flip(-1))


def test_a_mask_moves_with_its_image():
    instances = torch.zeros(1, 64, 64, dtype=torch.int32)
    instances[:, 20:30, 12:24] = 7
    a = torch.tensor([[1, 0, 1, 0.15, 0.2, 0.1, -0.05, 0, 0.0]])
    image = (instances > 0).float().expand(1, 3, 64, 64) * 2 - 1
    moved = augment_masks(instances, a)
    assert set(moved.unique().tolist()) == {0, 7} and not torch.equal(moved, instances)
    assert ((augment_images(image, a)[:, 0] > 0) == (moved > 0)).float().mean() > 0.98       # bicubic against nearest, at the border


def test_only_sets_without_an_up_are_turned_over():
    a = draw_augmentations([{'set': 'kermany'}] * 200 + [{'set': 'dsb2018'}] * 200, np.random.default_rng(0))
    assert not a[:200, 1:3].any() and a[200:, 1].mean() == pytest.approx(0.5, abs=0.12) and a[:200, 0].mean() == pytest.approx(0.5, abs=0.12)


def test_mask_planes_are_those_of_the_cache():
    instances = np.zeros((256, 256), np.uint8)
    instances[64:128, 64:128], instances[64:128, 128:190] = 1, 2
    planes = mask_planes(torch.from_numpy(instances)[None].int())[0].numpy()
    assert np.abs(planes.astype(int) - mask_channels(instances)).max() <= 1


@pytest.fixture(scope='module')
def data(data_dir, tmp_path_factory):
    rows, images, masks, validation = load_dataset(data_dir, tmp_path_factory.mktemp('cache'))
    torch.manual_seed(0)
    autoencoder = MedicalAutoencoder((8, 8, 8), (8, 8, 8), (1, 1, 1), (1, 1, 1))
    encoded = encode_variants(autoencoder, rows, images, masks, variants=3, half=True, seed=0, device=CPU)
    weights = set_weights(rows) * ~validation
    return TrainingData(encoded, prompt_bank(rows, build_tokenizer(), 4, 0), rows, weights, 2.0, CPU), validation, autoencoder, images


def test_variants_have_the_shapes_that_training_reads(data):
    data, _, autoencoder, images = data
    assert data.latents.shape == (3, 40, 8, 32, 32) and data.half.shape == (3, 40, 8, 16, 16)
    assert not data.augmentations[0].any() and data.augmentations[1:].abs().sum(2).gt(0).float().mean() > 0.9
    x = torch.from_numpy(np.array(images[:2])).permute(0, 3, 1, 2).float() / 127.5 - 1
    torch.testing.assert_close(data.latents[0, :2].float(), autoencoder.encode(x), atol=2e-2, rtol=5e-2)     # bfloat16
    assert not torch.equal(data.planes[0], data.planes[1])


def test_a_batch_holds_training_rows_only_and_the_same_generator_draws_the_same(data):
    data, validation, *_ = data
    assert (data.weights[torch.from_numpy(validation)] == 0).all() and validation.any()
    one, two = (data.draw(64, Drops(), torch.Generator().manual_seed(3), half) for half in (False, True))
    assert torch.equal(one.ids, two.ids) and one.mask.shape == (64, 2, 64, 64) and two.mask.shape == (64, 2, 32, 32)
    assert one.x0.shape == (64, 8, 32, 32) and two.x0.shape == (64, 8, 16, 16)


def test_conditions_drop_as_often_as_asked_and_alone_or_all_together(data):
    data, *_ = data
    everything = data.draw(2000, NOTHING_DROPPED, torch.Generator().manual_seed(1))
    assert (everything.ids[:, 2] > 0).all() and (everything.augmentation.abs().sum(1) == 0).float().mean() > 0.5
    gone = data.draw(2000, Drops(all=1.0), torch.Generator().manual_seed(1))
    assert torch.equal(gone.ids[0], tokenize(build_tokenizer(), [''])[0]) and not gone.present.any() and not gone.mask.any()
    some = data.draw(4000, Drops(0, 0, 0.25, 0.0, 0.35), torch.Generator().manual_seed(1))
    assert some.present.sum() / data.draw(4000, NOTHING_DROPPED, torch.Generator().manual_seed(1)).present.sum() == pytest.approx(0.75, abs=0.04)
