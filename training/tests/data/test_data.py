import numpy as np
import pytest

from training.data.dataset import build_cache, covariate_vector, load_dataset, mask_channels, near_duplicate_groups
from training.data.prompts import compose_prompt, split_words, vocabulary


def test_the_cache_holds_every_image_and_mask(data_dir, tmp_path):
    rows, images, masks, validation = load_dataset(data_dir, tmp_path)
    assert images.shape == (40, 256, 256, 3)
    assert [int(masks[i].max()) for i, row in enumerate(rows) if row['mask']] == [3] * 10
    again = load_dataset(data_dir, tmp_path)[3]
    assert (validation == again).all()


def test_no_patient_is_on_both_sides_of_the_split(data_dir, tmp_path):
    rows, _, _, validation = load_dataset(data_dir, tmp_path)
    side = {}
    for row, inside in zip(rows, validation):
        if row['patient']:
            assert side.setdefault((row['set'], row['patient']), inside) == inside


def test_covariates_are_scaled_and_flagged():
    values, present = covariate_vector({'age': '75', 'sex': 'M', 'view': '', 'skin_tone': 'dark', 'dr_grade': '2', 'nuclei': '125'})
    assert values.tolist() == pytest.approx([0.5, 1, 0, 0, 0, -1, 0, 1])
    assert present.tolist() == [1, 1, 0, 0, 0, 1, 1, 1]


def test_rows_with_a_count_of_nuclei_have_it_as_the_last_covariate(data_dir, tmp_path):
    rows = load_dataset(data_dir, tmp_path)[0]
    for row in rows:
        values, present = covariate_vector(row)
        assert present[7] == (row['set'] == 'dsb2018')
        assert values[7] == pytest.approx(2 * 3 / 120 - 1 if present[7] else 0)


def test_touching_nuclei_have_a_boundary_between_them():
    instances = np.zeros((256, 256), np.uint8)
    instances[64:128, 64:128], instances[64:128, 128:192] = 1, 2
    foreground, boundary = mask_channels(instances)
    assert foreground[16:32, 16:48].min() == 255 and foreground[:16].max() == 0
    assert boundary[20, 31] > 0 and boundary[20, 32] > 0 and boundary[20, 24] == 0


def test_a_slightly_changed_copy_joins_its_original():
    rng = np.random.default_rng(1)
    small = rng.integers(0, 255, (20, 16, 16)).astype(np.float32)
    images = np.kron(small, np.ones((16, 16), np.float32))
    images[7] = images[3] + rng.normal(0, 5, images[3].shape)
    groups = near_duplicate_groups(images)
    assert groups[7] == groups[3] and len(set(groups)) == 19


def test_every_composed_prompt_is_inside_the_vocabulary(data_dir, tmp_path):
    known = set(vocabulary())
    for row in load_dataset(data_dir, tmp_path)[0]:
        for _ in range(20):
            assert set(split_words(compose_prompt(row))) <= known


def test_several_processes_decode_what_one_does(data_dir, tmp_path):
    for processes in (1, 2):
        build_cache(data_dir, tmp_path / str(processes), processes)
    for name in ('images.npy', 'masks.npy'):
        alone, together = (np.load(tmp_path / folder / name) for folder in ('1', '2'))
        assert (alone == together).all() and alone.any()
