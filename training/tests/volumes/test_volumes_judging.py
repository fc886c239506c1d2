"""Judging volumes: the segmenter learns, and every measure gives a known answer on a known case."""

import numpy as np
import pytest
import torch
from test_volumes_data import two_parts

from training.volumes.data import place
from training.volumes.evaluate import as_canvases, summarize_dice
from training.volumes.fields import fields_of, labels_of
from training.volumes.measures import (auc, compare_morphometry, copies, diversity, exact_interval, morphometry, ms_ssim, nearest_correlation,
                              relative_error, spearman)
from training.volumes.page_pairs import write_pairs
from training.volumes.segmenter import Segmenter, dice, one_hot, segment, segmentation_loss, train_segmenter


@pytest.fixture(scope='module', autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noise_volumes(n, seed=0):
    """Smooth random volumes, unlike each other."""
    coarse = torch.rand(n, 1, 5, 7, 5, generator=torch.Generator().manual_seed(seed))
    return (torch.nn.functional.interpolate(coarse, size=(40, 56, 40), mode='trilinear')[:, 0] * 255).to(torch.uint8).numpy()


def test_a_segmenter_finds_the_parts_of_a_shape_after_some_steps():
    image, label, scanned = (torch.from_numpy(a)[None] for a in place(*two_parts()))
    canvas = torch.cat([image[:, None].float() / 127.5 - 1, fields_of(label)], dim=1)
    frame = tuple(slice(4, -4) for _ in range(3))
    inner_image, inner_label = image[(..., *frame)], label[(..., *frame)]
    torch.manual_seed(0)
    before = dice(segment(Segmenter(8), inner_image), inner_label).item()
    net = train_segmenter([(canvas, scanned)], steps=90, batch=2, lr=1e-2, net=Segmenter(8))
    after = dice(segment(net, inner_image), inner_label).item()
    assert after > before + 0.3 and after > 0.5


def test_pairs_lie_in_the_canvas_as_real_ones_do():
    label = np.zeros((1, 40, 56, 40), np.uint8)
    label[0, 10:20, 30:40, 10:20], label[0, 10:20, 20:30, 12:22] = 1, 2
    canvases, scanned = as_canvases(noise_volumes(1), label)
    assert canvases.shape == (1, 3, 48, 64, 48) and scanned.sum() == 40 * 56 * 40
    assert np.array_equal(labels_of(canvases[:, 1:].float())[0, 4:-4, 4:-4, 4:-4].numpy(), label[0])


def test_dice_of_half_an_overlap():
    a = torch.zeros(1, 4, 4, 4, dtype=torch.uint8)
    a[0, :2], a[0, 2:] = 1, 2
    b = a.clone()
    b[0, 1] = 0                                                        # part 1: 16 of 32 found → 2·16/48
    assert dice(b, a).item() == pytest.approx((2 / 3 + 1) / 2)


def test_agreement_of_asked_and_found():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 25]) == pytest.approx(0.8)
    assert relative_error([100, 200], [110, 180]) == pytest.approx(0.1)


def test_the_exact_interval_is_that_of_the_textbook():
    # Clopper-Pearson of 4 in 10: 0.1216 to 0.7376; 0 of 30: to 0.1157.
    assert exact_interval(4, 10) == pytest.approx((0.12155, 0.73762), abs=1e-4)
    assert exact_interval(0, 30) == pytest.approx((0.0, 0.11570), abs=1e-4)
    assert exact_interval(30, 30)[1] == 1.0


def test_a_copy_is_found_mirrored_and_shifted():
    train, others = noise_volumes(12), noise_volumes(20, seed=1)
    mirrored = train[:1, ::-1].copy()
    shifted = np.roll(train[1:2], 2, axis=2)
    near = nearest_correlation(np.concatenate([mirrored, shifted, others[:1]]), train)
    assert near[0] > 0.999 and near[1] > 0.999 and near[2] < 0.95
    found = copies(np.concatenate([train[:6], others[:4]]), train, others)
    assert found['copies'] >= 6 and found['p_above'] < 0.05 and found['interval'][0] > 0.2
    assert copies(noise_volumes(20, seed=2), train, others)['p_above'] > 0.05


def test_structural_similarity_is_one_for_equals_and_falls_with_noise():
    a = noise_volumes(2)
    noisy = np.clip(a + np.random.default_rng(0).normal(0, 25, a.shape), 0, 255).astype(np.uint8)
    assert ms_ssim(a, a) == pytest.approx([1, 1]) and (ms_ssim(a, noisy) < 0.9).all()
    assert diversity(np.repeat(a[:1], 3, axis=0)) == pytest.approx(1) and diversity(noise_volumes(6)) < 0.7


def test_a_cube_has_its_volume_and_surface():
    label = np.zeros((1, 8, 8, 8), np.uint8)
    label[0, :3, :4, :5], label[0, :3, :1, :5] = 2, 1
    measured = morphometry(label)
    assert (measured['anterior_mm3'], measured['posterior_mm3']) == (15, 45)
    assert measured['surface_mm2'] == 2 * (12 + 15 + 20) and measured['anterior_share'] == 0.25
    assert compare_morphometry(label.repeat(9, 0), label.repeat(9, 0))['surface_mm2']['ks_p'] == 1


def test_the_area_under_the_curve():
    assert auc([1, 2, 3], [4, 5, 6])['auc'] == 1 and auc([1, 2], [1, 2])['auc'] == 0.5
    low, high = auc(np.arange(30), np.arange(30) + 0.5)['interval']
    assert low < 0.52 < high


def test_gains_come_with_the_half_width_of_students_t():
    scores = {'synthetic': [0.5, 0.7], 'real_20': [0.4, 0.4], 'synthetic_then_real_20': [0.5, 0.6], 'real_60': [0.8, 0.8],
              'synthetic_then_real_60': [0.8, 0.8]}
    result = summarize_dice(scores)
    # mean gain 0.15, deviation 0.0707, t(0.975; 1) = 12.706
    assert result['gain_20'] == pytest.approx({'mean': 0.15, 'half_width': 12.7062 * 0.05}, rel=1e-4)
    assert result['ratio_synthetic_real'] == pytest.approx(0.75) and result['gain_60']['mean'] == 0


def test_the_segmenters_loss_is_cross_entropy_plus_what_dice_lacks():
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 3, 4, 4, 4), torch.randint(3, (2, 4, 4, 4))
    target = one_hot(labels)
    both, whole = (logits.softmax(1) * target).sum((0, 2, 3, 4))[1:], (logits.softmax(1) + target).sum((0, 2, 3, 4))[1:]
    expected = torch.nn.functional.cross_entropy(logits, labels) + 1 - (2 * both / (whole + 1)).mean()
    assert segmentation_loss(logits, target).item() == pytest.approx(expected.item(), rel=1e-6)
    assert segmentation_loss(logits, target, torch.tensor([0.5, 0.5])).item() == pytest.approx(expected.item(), rel=1e-6)


def test_pairs_for_the_page_lie_one_after_the_other(tmp_path):
    images, labels = noise_volumes(3), np.zeros((3, 40, 56, 40), np.uint8)
    labels[2, 1, 2, 3] = 2
    write_pairs(tmp_path / 'pairs.bin', [(images[:1], labels[:1]), (images[1:], labels[1:])])
    written = np.fromfile(tmp_path / 'pairs.bin', np.uint8).reshape(3, 2, 40, 56, 40)
    assert (written[:, 0] == images).all()
    assert written[2, 1, 1, 2, 3] == 2
