"""The judges: what they call a copy, a label, a fluid share and a skin tone."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from training.evaluate.checked import asked_probability, draw_checked, try_seed
from training.evaluate.compare_quantization import int4_blocks, int8_per_channel
from training.evaluate.conditions import agreement_ratio, dice, nuclei_fields, spearman
from training.evaluate.effects import Ridge, asked_values, seen_range
from training.evaluate.fidelity import auc_with_interval, class_ms_ssim, copies, coverage_over, covered, kid_mean, kid_ratio, matched_training_rows, nearest_generated, thumbnails
from training.judges.export_judge import export_network
from training.judges.judges import FeatureJudge, LabelNetwork, agreement, augment, judge, load_label_network, named_right, train_label_network
from training.judges.metrics import density_coverage


def test_fields_of_nuclei_are_set_beside_real_ones_and_empty_ones_are_counted():
    y, x = np.mgrid[:256, :256]
    def field(count):
        mask = np.zeros((256, 256), np.uint8)
        for k in range(count):
            mask[(y - 30 - 40 * (k // 5)) ** 2 + (x - 30 - 45 * (k % 5)) ** 2 < 144] = k + 1
        return mask
    masks = [field(k % 8) for k in range(1, 21)]
    rows = [{'label': 'fluorescence'}] * 20
    images = np.stack([(mask > 0)[..., None].repeat(3, 2) for mask in masks]).astype(np.uint8) * 255
    found = nuclei_fields(lambda batch: batch[..., 0] > 0, rows, np.zeros_like(images), images, masks)
    assert found['all']['generated']['empty']['hits'] == 20 and found['all']['real']['empty']['hits'] == 2
    assert found['all']['area_distance'] is None and found['all']['count_distance']['value'] == 0.9
    assert found['segmenter_count_on_real']['value'] == 1.0
    same = nuclei_fields(lambda batch: batch[..., 0] > 0, rows, images, images, masks)
    assert same['fluorescence']['area_distance']['value'] == 0


def test_ridge_predicts_what_features_say_and_takes_a_strong_pull_where_they_say_nothing():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(120, 40)).astype(np.float32)
    told, noise = x[:, 0] * 3 + 50, rng.normal(size=120)
    predict = Ridge(x[:80], told[:80])
    assert np.corrcoef(predict(x[80:]), told[80:])[0, 1] > 0.95
    assert Ridge(x[:80], noise[:80]).strength > predict.strength


def test_values_are_asked_for_over_what_training_saw():
    rows = [{'age': str(age), 'skin_tone': 'tan', 'nuclei': ''} for age in range(101)]
    values, span = asked_values('age', rows, range(101), 10)
    assert span == (5.0, 95.0) and (values[0], values[-1]) == (5.0, 95.0)
    assert seen_range('age', rows, range(2, 101)) == (2.0, 100.0)
    tones, span = asked_values('skin_tone', rows, range(101), 12)
    assert span == (0.0, 5.0) and sorted(set(tones)) == [0, 1, 2, 3, 4, 5]


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
    # 30 of 30 lie above the held-out share whatever the noise; the new ones do not, and sets under ten images are not judged.
    assert copied['above'] == ['busi'] and new['above'] == []
    assert copied['by_set']['busi']['generated']['hits'] == 30 and copied['pooled']['generated']['low'] > 0.88
    assert copied['by_set']['busi']['held_out']['hits'] == 2


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
    nothing = kid_ratio(real, good, rng.normal(size=(80, 8)), at)           # as good as real: its KID is about 0
    assert nothing['low'] is nothing['high'] is None
    mean = kid_mean(real, good, at)
    assert mean['low'] < mean['value'] < mean['high'] and kid_mean(real, good + 1, at)['low'] > mean['high']


def test_a_thumbnail_is_near_a_copy_of_other_contrast_and_far_from_another_picture():
    rng = np.random.default_rng(9)
    small = rng.integers(50, 200, (2, 8, 8, 1), dtype=np.uint8)
    one, other = small.repeat(32, 1).repeat(32, 2).repeat(3, 3)
    a, copy, b = thumbnails(np.stack([one, (one * 0.5 + 60).astype(np.uint8), other]))
    assert np.linalg.norm(a - copy) < 0.05 and np.linalg.norm(a - b) > 1
    # √(2 − 2·correlation), the correlation over the 32×32 thumbnails.
    small_one, small_other = (x[::8, ::8, 0].astype(float).ravel() for x in (one, other))
    assert np.linalg.norm(a - b) == pytest.approx(np.sqrt(2 - 2 * np.corrcoef(small_one, small_other)[0, 1]), abs=1e-4)


def test_coverage_over_a_reference_is_the_ratio_of_coverages_with_an_interval():
    rng = np.random.default_rng(4)
    real, alike, narrow = rng.normal(size=(60, 6)), rng.normal(size=(60, 6)), 0.1 * rng.normal(size=(60, 6))
    at = [np.arange(60)]
    assert covered(real, narrow).mean() == density_coverage(real, narrow)[1]
    found = coverage_over(real, narrow, alike, at)
    assert found['value'] == covered(real, narrow).mean() / covered(real, alike).mean() and found['low'] < found['value'] < found['high'] < 1
    assert coverage_over(real, alike, alike, at) == {'value': 1.0, 'low': 1.0, 'high': 1.0}


def test_a_picture_near_a_target_betrays_it_within_its_modality_only():
    targets, pool = np.zeros((2, 3)), np.stack([np.ones(3), np.full(3, 5.0)])
    found = nearest_generated(targets, np.array([0, 1]), pool, np.array([0, 1]))
    np.testing.assert_allclose(found, [np.sqrt(3), 5 * np.sqrt(3)])


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
    assert named_right(logits, rows, classes).tolist() == [1, 0, 1]


def test_agreement_over_real_counts_each_set_alike_and_leaves_out_sets_of_one_label():
    sets = np.array(['a'] * 40 + ['b'] * 10 + ['c'] * 5)
    made, real = (np.concatenate([np.arange(40) < a, np.arange(10) < b, np.full(5, np.nan)]) for a, b in ((20, 9), (40, 10)))
    found = agreement_ratio(made, real, sets)
    assert found['ratio'] == (0.5 + 0.9) / 2 and found['low'] < 0.7 < found['high']
    assert found['by_set']['generated']['a']['hits'] == 20 and 'c' not in found['by_set']['real']


def test_the_exported_network_read_back_gives_the_same_answers(tmp_path):
    rows = [{'set': 'busi', 'label': 'benign'}, {'set': 'busi', 'label': 'malignant'}, {'set': 'idrid', 'label': 'DR0'}]
    torch.manual_seed(0)
    network = LabelNetwork(3).train()
    network(torch.rand(16, 3, 128, 128) * 2 - 1)                          # batch norms that have seen something
    export_network(network.eval(), tmp_path / 'network.onnx')
    images = np.random.default_rng(0).integers(0, 255, (4, 256, 256, 3), dtype=np.uint8)
    read, classes = load_label_network(tmp_path / 'network.onnx', rows)
    expected, found = judge(network, images), judge(read, images)
    # float16 weights: a thousandth of the largest.
    for a, b in zip(expected, found):
        np.testing.assert_allclose(b, a, atol=5e-3 * np.abs(a).max())
    assert classes == [('busi', 'benign'), ('busi', 'malignant'), ('idrid', 'DR0')]
    with pytest.raises(ValueError, match='2 labels'):
        load_label_network(tmp_path / 'network.onnx', rows[:2])


def test_the_label_network_learns_what_tells_labels_apart():
    rng = np.random.default_rng(5)
    rows = [{'set': 'busi', 'label': ('benign', 'malignant')[k % 2]} for k in range(40)]
    images = np.stack([np.full((256, 256, 3), (60, 180)[k % 2], np.uint8) + rng.integers(0, 20, (256, 256, 3), dtype=np.uint8) for k in range(40)])
    network = train_label_network(images, rows, np.arange(32), 0, batch=8, steps=60)
    (right, n), = agreement(judge(network, images[32:])[1], rows[32:], [('busi', 'benign'), ('busi', 'malignant')]).values()
    assert (right, n) == (8, 8)


def test_the_second_judge_names_labels_within_a_set_from_features_alone():
    rng = np.random.default_rng(6)
    rows = [{'set': ('busi', 'hannover')[k % 4 == 3], 'label': 'COVID-19' if k % 4 == 3 else ('benign', 'malignant')[k % 2]} for k in range(200)]
    features = rng.normal(size=(200, 12)).astype(np.float32)
    features[:, 0] += [4 * (row['label'] == 'malignant') for row in rows]
    found = FeatureJudge(features[:120], rows, np.arange(120))
    right = named_right(found.logits(features[120:]), rows[120:], found.classes)
    assert np.nanmean(right) > 0.9 and np.isnan(right).sum() == 20


class _BrightnessNetwork(torch.nn.Module):
    """Calls an image malignant where it is bright."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(4.0))

    def forward(self, x):
        level = self.scale * x.mean((1, 2, 3))
        return x.mean((2, 3)), torch.stack([-level, level, torch.zeros_like(level)], 1)


def test_a_checked_picture_is_drawn_again_with_its_own_seeds_until_it_is_called_what_was_asked_for():
    class Fake:
        calls = []

        def images(self, prompts, *, seeds, covariates):
            self.calls.append(seeds)
            # The first of them is brighter in each try: row 0 is there at the third, row 2 never.
            return np.stack([np.full((256, 256, 3), 60 + 50 * len(self.calls) * (k == 0), np.uint8) for k in range(len(seeds))])
    classes = [('busi', 'benign'), ('busi', 'malignant'), ('hannover', 'COVID-19')]
    rows = [{'set': 'busi', 'label': label, 'prompt': label} for label in ('malignant', 'benign', 'malignant')]
    rows.append({'set': 'hannover', 'label': 'COVID-19', 'prompt': 'x'})
    first = np.full((4, 256, 256, 3), 50, np.uint8)
    found = draw_checked(Fake(), _BrightnessNetwork(), classes, rows, first, tries=3, first_seed=0)
    assert Fake.calls == [[try_seed(k, attempt) for k in (0, 2)] for attempt in (1, 2)]
    assert found['tries'].tolist() == [3, 1, 3, 1] and found['confirmed'].tolist() == [True, True, False, False]
    assert found['checkable'].tolist() == [True, True, True, False]
    assert found['images'][:, 0, 0, 0].tolist() == [160, 50, 60, 50]
    # As trySeed of src/diffusion/checked.ts gives them.
    assert [try_seed(7, k) for k in range(4)] == [7, 232970672, 4210063330, 3748580433] and try_seed(2**32 - 1, 3) == 238078874
    chance = asked_probability(np.array([[0.0, np.log(3), 9]]), rows[:1], classes)
    np.testing.assert_allclose(chance, [0.75])


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
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 80), rng.normal(size=80)
    found = spearman(a, a + b)
    assert found['value'] == pytest.approx(spearmanr(a, a + b)[0]) and found['low'] < found['value'] < found['high']
    assert spearman(a, np.zeros(80)) == {'value': 0.0, 'low': -1.0, 'high': 1.0, 'n': 80, 'unmeasured': 0}


def test_rounded_weights_stay_within_half_a_step():
    weight = torch.randn(8, 50)
    eight = int8_per_channel(weight)
    assert ((eight - weight).abs().amax(1) <= weight.abs().amax(1) / 127 / 2 + 1e-6).all()
    four = int4_blocks(weight, block=10)
    blocks = weight.view(8, 5, 10)
    step = (blocks.amax(2).clamp_min(0) - blocks.amin(2).clamp_max(0)) / 15
    assert ((four - weight).view(8, 5, 10).abs().amax(2) <= step * 0.51 + 5e-3).all()
    assert (four - weight).abs().mean() > (eight - weight).abs().mean()
