import json

import numpy as np
import pytest
import torch

from training.data.nuclei_layout import make_layout, measure_mask
from training.judges.linear_head import fit_head, folds_of
from training.usefulness import chest as usefulness_chest
from training.usefulness import nuclei as usefulness_nuclei
from training.usefulness import skin as usefulness_skin
from training.usefulness import synthetic, usefulness, ways_to_train

RNG = np.random.default_rng


def one_hot_scores(predicted, classes=3):
    return np.log(np.eye(classes)[np.asarray(predicted)] * 0.8 + 0.1)


class FakeGenerator:
    """Draws noise whose brightness says the class, so that synthetic images teach something true; masks are drawn as they are."""
    steps, guidance = 4, 1.0

    def __init__(self):
        self.calls = []

    def images(self, prompts, *, first_seed=0, covariates=None, masks=None):
        self.calls.append((list(prompts), covariates, masks))
        level = [200 if 'normal' in p or 'nevus' in p or 'health' in p else 60 for p in prompts]
        made = RNG(len(prompts)).integers(0, 40, (len(prompts), 256, 256, 3)) + np.array(level)[:, None, None, None]
        if masks is not None:
            made = np.repeat(np.repeat(np.asarray(masks)[:, 0], 4, 1), 4, 2)[..., None] * np.full(3, 180) + 20
        return made.astype(np.uint8)


# 8×8 mean colours stand in for EfficientNet.
def fake_features(images, cache=None, **_):
    x = np.asarray(images, np.float32).reshape(len(images), 8, 32, 8, 32, 3).mean(axis=(2, 4, 5)).reshape(len(images), 64)
    return x / 255


@pytest.fixture
def generator(monkeypatch):
    for module in (ways_to_train, usefulness_chest, usefulness_skin):
        monkeypatch.setattr(module, 'generic_features', fake_features)
    return FakeGenerator()


def row(name, label, patient, **columns):
    empty = dict.fromkeys(('age', 'sex', 'view', 'findings', 'skin_tone', 'region', 'cdr', 'nuclei'), '')
    return empty | {'set': name, 'label': label, 'patient': patient, 'prompt': f'{name} {label}'} | columns



def test_every_prompt_of_a_synthetic_training_set_says_its_label():
    rows = [row('kermany', 'viral pneumonia', 'v')] * 300
    prompts = synthetic.prompts_of(rows)
    assert all('vir' in prompt for prompt in prompts) and len(set(prompts)) > 50
    assert prompts == synthetic.prompts_of(rows) != synthetic.prompts_of(rows, seed=1)


# --- chest ---

def chest_rows():
    rng, rows, images = RNG(3), [], []
    for k in range(360):
        label = usefulness_chest.CLASSES[k % 3]
        rows.append(row('kermany', label, f'p{k // 2}' if k < 60 else f'q{k}'))
        images.append(np.full((256, 256, 3), (200, 60, 60)[k % 3], np.uint8) + rng.integers(0, 40, (256, 256, 3), dtype=np.uint8))
    return rows, np.stack(images), np.arange(360) >= 240


def test_real_subsets_hold_one_image_of_a_patient_and_grow_within_a_seed():
    rows, _, validation = chest_rows()
    candidates = np.nonzero(~validation)[0]
    small, large = (usefulness_chest.real_subset(rows, candidates, size, 0) for size in (30, 90))
    assert len(large) == 90 and set(small) <= set(large)
    assert np.bincount([usefulness_chest.CLASSES.index(rows[i]['label']) for i in large]).tolist() == [30, 30, 30]
    assert set(usefulness_chest.real_subset(rows, candidates, 30, 1)) != set(small)
    with pytest.raises(ValueError, match='ask for fewer'):
        usefulness_chest.real_subset(rows, candidates[:30], 300, 0)


def test_the_chest_experiment_learns_from_training_rows_and_reports_gains_with_intervals(tmp_path, generator):
    rows, images, validation = chest_rows()
    found = usefulness_chest.chest_usefulness(generator, rows, images, validation, count=30, sizes=(30,), seeds=2, cache=tmp_path, rounds=50)
    assert found['test_images'] == 120 and found['by_size']['30']['real_images'] == 30
    accuracy = found['by_size']['30']['balanced_accuracy']
    assert set(accuracy) == {'real', 'synthetic', 'synthetic_then_real', 'mixed'}
    # Normal is bright and the two pneumonias look alike: 2/3 is all that can be had.
    assert accuracy['real']['value'] == pytest.approx(2 / 3, abs=0.08)
    assert found['synth_then_real_gain_30_low'] <= found['synth_then_real_gain_30'] <= found['synth_then_real_gain_30_high']
    json.dumps(found)


def test_pre_training_is_used_by_the_way_that_is_named_after_it(monkeypatch):
    rng = RNG(0)
    def blobs(n):
        labels = np.arange(n) % 3
        return (np.eye(3)[labels] * 3 + rng.normal(size=(n, 3))).astype(np.float32)[None], labels
    real, labels = blobs(9)
    subset = ways_to_train.Subset(real, labels, np.arange(9), 0)
    ways = ways_to_train.Ways([subset], *blobs(300), 3, folds=3)
    test, truth = blobs(600)

    def right(way, setting):
        monkeypatch.setitem(ways_to_train.SETTINGS, way, [setting])
        (head, chosen), = ways.best(way)
        assert chosen == setting
        return (head.log_probabilities(ways.to_real[0](test[0])).argmax(1) == truth).mean()
    pulled = right('synthetic_then_real', {'pretrain': 1e-3, 'strength': 1e3})
    assert pulled == pytest.approx(right('synthetic', {'strength': 1e-3}), abs=0.01)
    assert pulled != right('real', {'strength': 1e-3})


def test_a_setting_is_chosen_by_images_that_its_fold_left_out():
    rng = RNG(3)
    labels = np.arange(60) % 3
    views = (np.eye(3)[labels] + 0.5 * rng.normal(size=(60, 3))).astype(np.float32)[None]
    subsets = [ways_to_train.Subset(views, labels, np.arange(60), 0), ways_to_train.Subset(views[:, :30], labels[:30], np.arange(30), 0)]
    ways = ways_to_train.Ways(subsets, views, labels, 3)
    for (head, setting), subset, to_real in zip(ways.best('real'), subsets, ways.to_real):
        losses = []
        for candidate in ways_to_train.SETTINGS['real']:
            fold, total = folds_of(subset.groups, subset.labels, 5, 0), 0.0
            for k in range(5):
                inside, outside = np.nonzero(fold != k)[0], np.nonzero(fold == k)[0]
                alone = fit_head(to_real(subset.views[0, inside]), subset.labels[inside], 3, candidate['strength'], max_iterations=2000)
                total -= alone.log_probabilities(to_real(subset.views[0, outside]))[np.arange(len(outside)), subset.labels[outside]].sum()
            losses.append(total)
        assert setting == ways_to_train.SETTINGS['real'][int(np.argmin(losses))]


# --- nuclei ---

def discs(rng, count=4):
    instances = np.zeros((256, 256), np.uint8)
    y, x = np.indices(instances.shape)
    for k in range(count):
        cy, cx = rng.integers(30, 226, 2)
        instances[(y - cy) ** 2 + (x - cx) ** 2 < 18**2] = k + 1
    return instances


def test_a_drawn_layout_follows_what_was_measured():
    one = measure_mask(discs(RNG(0), 1))
    assert one['count'] == 1 and one['elongation'] == pytest.approx(1, abs=0.05)
    assert np.exp(one['log_diameter']) == pytest.approx(36, abs=1)
    assert measure_mask(np.zeros((64, 64), np.uint8)) is None
    asked = {'count': 30, 'log_diameter': np.log(16), 'spread': 0.1, 'elongation': 2.0, 'clustered': 0.0}
    drawn = [measure_mask(make_layout([asked], RNG(k))) for k in range(20)]
    assert np.mean([m['count'] for m in drawn]) == pytest.approx(30, rel=0.15)
    assert np.exp(np.mean([m['log_diameter'] for m in drawn])) == pytest.approx(16, rel=0.1)
    assert np.mean([m['elongation'] for m in drawn]) == pytest.approx(2.0, rel=0.1)
    clustered = [measure_mask(make_layout([asked | {'clustered': 0.9, 'count': 12}], RNG(k)))['clustered'] for k in range(20)]
    apart = [measure_mask(make_layout([asked | {'count': 12}], RNG(k)))['clustered'] for k in range(20)]
    assert np.mean(clustered) > np.mean(apart) + 0.3
    assert (make_layout([asked], RNG(5)) == make_layout([asked], RNG(5))).all()


def test_dice_is_one_for_the_same_mask_and_for_two_empty_ones():
    a = np.zeros((3, 8, 8), bool)
    a[0, :4], a[1, :4] = True, True
    b = a.copy()
    b[1] = False
    b[1, 2:6] = True
    assert usefulness_nuclei.dice(a, b).tolist() == [1.0, 0.5, 1.0]


def test_the_nuclei_experiment_trains_on_either_kind_of_pair_and_gives_their_ratio(generator, monkeypatch):
    monkeypatch.setattr(usefulness_nuclei, 'CROP', 32)
    rng = RNG(7)
    masks = np.stack([discs(rng) for _ in range(24)])
    images = np.where(masks[..., None] > 0, 200, 20).astype(np.uint8).repeat(3, axis=3)
    rows = [row('dsb2018', 'fluorescence', '', nuclei='4') for _ in range(24)]
    validation = np.arange(24) >= 16
    found = usefulness_nuclei.nuclei_usefulness(generator, rows, images, masks, validation, count=8, seeds=2, steps=150,
                                                training_mask_share=0.25, rounds=50)
    assert found['real_pairs'] == 16 and found['test_images'] == 8 and found['dice_by_stain']['fluorescence']['n'] == 8
    assert found['dice']['real']['value'] > 0.8 and found['dice']['synthetic']['value'] > 0.8
    assert found['nuclei_dice_ratio_low'] <= found['nuclei_dice_ratio'] <= found['nuclei_dice_ratio_high']
    planes = generator.calls[0][2]
    assert planes.shape == (8, 2, 64, 64) and planes.max() <= 1
    json.dumps(found)


def test_networks_side_by_side_are_the_networks_alone():
    torch.manual_seed(0)
    models = [usefulness_nuclei.TinyUNet().train() for _ in range(3)]
    x = torch.rand(4, 9, 32, 32)
    together = usefulness_nuclei.side_by_side(models).train()
    logits = together(x)
    alone = [model(x[:, 3 * k:3 * k + 3]) for k, model in enumerate(models)]           # batch norm as in training
    torch.testing.assert_close(logits, torch.stack(alone, 1), atol=1e-5, rtol=1e-4)
    apart = usefulness_nuclei.taken_apart(together)
    for model, part in zip(models, apart):
        for a, b in zip(model.state_dict().values(), part.state_dict().values()):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_the_judge_of_masks_learns_from_the_rows_it_is_given_and_answers_at_full_size(tmp_path, monkeypatch):
    monkeypatch.setattr(usefulness_nuclei, 'CROP', 32)
    rng = RNG(8)
    masks = np.stack([discs(rng) for _ in range(16)])
    images = np.where(masks[..., None] > 0, 200, 20).astype(np.uint8).repeat(3, axis=3)
    rows = [row('dsb2018' if k < 14 else 'busi', 'fluorescence', '') for k in range(16)]
    segment = usefulness_nuclei.nuclei_segmenter(rows, images, masks, range(12), steps=150, cache=tmp_path)
    found = segment(images[12:14])
    assert found.shape == (2, 256, 256) and found.dtype == bool
    assert usefulness_nuclei.dice(found, masks[12:14] > 0).mean() > 0.8
    monkeypatch.setattr(usefulness_nuclei, 'train_segmenters', lambda *_, **__: pytest.fail('trained again'))
    again = usefulness_nuclei.nuclei_segmenter(rows, images, masks, range(12), steps=150, cache=tmp_path)
    assert (again(images[12:14]) == found).all()


# --- skin ---

def skin_rows():
    rng, rows, images = RNG(11), [], []
    for k in range(187):
        # 156…185: five photos of each diagnosis in each tone group; 186: the only melanoma.
        label, tone = 'MEL' if k == 186 else ('NEV', 'BCC')[k % 2], ('brown', 'intermediate', 'light')[k // 2 % 3]
        rows.append(row('pad_ufes', label, f'P{k // 2}', skin_tone=tone, prompt=f'clinical skin photo, {tone} skin, ' + ('nevus', 'BCC')[k % 2]))
        images.append(np.full((256, 256, 3), (200, 60)[k % 2], np.uint8) + rng.integers(0, 40, (256, 256, 3), dtype=np.uint8))
    return rows, np.stack(images), np.arange(187) >= 156


def test_the_skin_experiment_balances_tones_and_marks_small_groups(tmp_path, generator):
    rows, images, validation = skin_rows()
    found = usefulness_skin.skin_usefulness(generator, rows, images, validation, per_cell=2, seeds=2, cache=tmp_path, rounds=50)
    assert found['synthetic_photos'] == 24  # no melanoma to ask for
    assert sorted(c['skin_tone'] for c in generator.calls[0][1]) == sorted([0.0, 1.0, 2.0, 3.0, 4.0, 5.0] * 4)
    groups = found['validation']['groups']
    assert {name: g['n'] for name, g in groups.items()} == {'dark, brown, tan': 10, 'intermediate': 10, 'light, very light': 10}
    assert groups['intermediate']['mixed']['gain']['verdict'] == 'insufficient' == found['skin_worst_group_gain_verdict']
    assert groups['dark, brown, tan']['diagnoses'] == {'BCC': 5, 'NEV': 5} and found['validation']['all']['n'] == 31
    assert found['cross_validated']['groups']['intermediate']['mixed']['gain']['verdict'] != 'insufficient'
    assert found['cross_validated']['all']['real']['value'] > 0.95
    json.dumps(found)


def test_the_prompt_of_a_synthetic_skin_photo_does_not_name_the_tone_of_the_row_it_was_made_from(generator):
    rows, _, validation = skin_rows()
    usefulness_skin.synthetic_skin(generator, rows, validation, 5)
    prompts, covariates, _ = generator.calls[0]
    dark = [p for p, c in zip(prompts, covariates) if c['skin_tone'] == 0]
    assert len(dark) == 10 and not any('brown skin,' in p or 'light skin' in p or 'intermediate' in p for p in dark)


def test_figures_go_into_the_metrics_file_and_leave_the_others_alone(tmp_path):
    file = tmp_path / 'docs' / 'metrics.json'
    nuclei = {'nuclei_dice_ratio': 0.9, 'nuclei_dice_ratio_low': 0.8, 'nuclei_dice_ratio_high': 1.0, 'seeds': 3}
    usefulness.write_into(file, {'nuclei': nuclei})
    file.write_text(json.dumps(json.loads(file.read_text()) | {'modality_accuracy': 1}))
    gain = {'synth_then_real_gain_50': 0.1, 'synth_then_real_gain_50_low': 0.0, 'synth_then_real_gain_50_high': 0.2}
    usefulness.write_into(file, {'chest': gain | {'by_size': {'50': {}}}})
    metrics = json.loads(file.read_text())
    assert metrics['modality_accuracy'] == 1 and metrics['nuclei_dice_ratio'] == 0.9 and metrics['synth_then_real_gain_50'] == 0.1
    assert metrics['details']['usefulness'] == {
        'nuclei': {'seeds': 3, 'ratio': {'value': 0.9, 'low': 0.8, 'high': 1.0}},
        'classifier': {'by_size': {'50': {}}, 'gains': {'50': {'value': 0.1, 'low': 0.0, 'high': 0.2}}}}


def test_an_unknown_experiment_is_refused_by_name():
    with pytest.raises(ValueError, match='expected one of chest'):
        usefulness.usefulness(None, [], [], [], [], experiments=['brain'])
