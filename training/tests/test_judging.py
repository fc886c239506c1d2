"""The judges: what they call a copy, a label, a fluid share and a skin tone."""

import numpy as np
import torch
from compare_quantization import int4_blocks, int8_per_channel
from conditions import dice, spearman
from fidelity import auc_with_interval, class_ms_ssim, copies, kid_ratio, matched_training_rows
from judges import LabelNetwork, agreement, augment, judge
from measures import csf_measure, ita_measure, srgb_to_lab


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


def test_a_copied_training_image_is_counted_and_a_new_one_is_not():
    rng = np.random.default_rng(0)
    rows = [{'set': 'busi', 'label': 'benign'}] * 90
    training, held_out = rng.normal(size=(60, 16)), rng.normal(size=(30, 16))
    train, chosen = np.arange(60), np.arange(60, 90)
    new = copies(rows, chosen, train, rng.normal(size=(30, 16)), held_out, training)
    copied = copies(rows, chosen, train, training[:30] + 1e-3, held_out, training)
    assert copied['copy_rate'] == 1.0 and copied['points'] > 90
    assert abs(new['points']) < 15
    assert copied['nearest'][0][1] == train[copied['nearest'][0][0]]


def test_matched_rows_have_the_same_label_and_come_from_training():
    rows = [{'set': 'busi', 'label': 'benign' if k % 2 else 'malignant'} for k in range(40)]
    matched = matched_training_rows(rows, list(range(10)), np.arange(10, 40))
    assert min(matched) >= 10 and len(set(matched)) == 10
    assert [rows[i]['label'] for i in matched] == [rows[k]['label'] for k in range(10)]


def test_the_ratio_of_a_set_with_itself_is_one_and_of_a_worse_one_above():
    rng = np.random.default_rng(1)
    real, good = rng.normal(size=(80, 8)), rng.normal(0.5, 1, size=(80, 8))
    at = [np.arange(40), np.arange(40, 80)]
    assert kid_ratio(real, good, good, at)['value'] == 1.0
    worse = kid_ratio(real, good + 1, good, at)
    assert worse['low'] > 1.0


def test_members_with_lower_loss_are_betrayed_and_equal_ones_are_not():
    rng = np.random.default_rng(2)
    a = rng.normal(size=200)
    assert auc_with_interval(a - 2, a)['low'] > 0.8
    assert auc_with_interval(a, a)['value'] == 0.5


def test_repeated_images_have_less_variety_than_different_ones():
    rng = np.random.default_rng(3)
    different = rng.integers(0, 255, (4, 256, 256, 3), dtype=np.uint8)
    assert class_ms_ssim(np.stack([different[0]] * 4), ['a'] * 4) > 0.99 > class_ms_ssim(different, ['a'] * 4)


def test_labels_are_compared_within_their_own_set():
    classes = [('busi', 'benign'), ('busi', 'malignant'), ('idrid', 'DR0'), ('idrid', 'DR1')]
    logits = np.array([[1, 0, 9, 0], [1, 0, 9, 0], [9, 0, 0, 1]])
    rows = [{'set': 'busi', 'label': 'benign'}, {'set': 'busi', 'label': 'malignant'}, {'set': 'idrid', 'label': 'DR1'}]
    assert agreement(logits, rows, classes) == {'busi': (1, 2), 'idrid': (1, 1)}


def test_the_label_network_judges_without_changing_its_answer_and_augments_only_what_may_be_mirrored():
    torch.manual_seed(0)
    network = LabelNetwork(5).eval()
    images = np.random.default_rng(0).integers(0, 255, (3, 256, 256, 3), dtype=np.uint8)
    features, logits = judge(network, images)
    assert features.shape == (3, 192) and logits.shape == (3, 5)
    np.testing.assert_array_equal(judge(network, images)[1], logits)
    half = torch.full((64, 3, 128, 128), -0.9)
    half[..., 64:] = 0.9
    kept = augment(half, np.zeros(64, bool), np.random.default_rng(0))
    mirrored = augment(half, np.ones(64, bool), np.random.default_rng(0))
    right = kept[..., 96:].mean(dim=(1, 2, 3)) > kept[..., :32].mean(dim=(1, 2, 3))
    assert right.all() and not (mirrored[..., 96:].mean(dim=(1, 2, 3)) > mirrored[..., :32].mean(dim=(1, 2, 3))).all()


def test_dice_and_rank_correlation_know_their_extremes():
    full, empty = np.ones((4, 4), bool), np.zeros((4, 4), bool)
    assert (dice(full, full), dice(full, empty), dice(empty, empty)) == (1.0, 0.0, 1.0)
    rising = spearman(range(20), [k**3 for k in range(19)] + [float('nan')])
    assert rising['value'] > 0.999 and rising['unmeasured'] == 1 and rising['n'] == 19


def test_rounded_weights_stay_within_half_a_step():
    weight = torch.randn(8, 50)
    eight = int8_per_channel(weight)
    assert ((eight - weight).abs().amax(1) <= weight.abs().amax(1) / 127 / 2 + 1e-6).all()
    four = int4_blocks(weight, block=10)
    blocks = weight.view(8, 5, 10)
    step = (blocks.amax(2).clamp_min(0) - blocks.amin(2).clamp_max(0)) / 15
    assert ((four - weight).view(8, 5, 10).abs().amax(2) <= step * 0.51 + 5e-3).all()
    assert (four - weight).abs().mean() > (eight - weight).abs().mean()
