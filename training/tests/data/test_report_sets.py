import csv

import numpy as np
from PIL import Image

from training.data.dataset import load_dataset
from training.data.make_report_sets import parts_of, some_of, write_set


def test_the_folders_follow_the_split_that_the_generator_was_trained_with(data_dir, tmp_path):
    rows, _, _, validation = load_dataset(data_dir, tmp_path / 'cache')
    for kind, name in (('chest', 'kermany'), ('nuclei', 'dsb2018')):
        write_set(kind, data_dir, tmp_path)
        for folder, side in (('real', False), ('test', True)):
            expected = {row['file'].replace('.webp', '.png') for row, held in zip(rows, validation) if row['set'] == name and held == side}
            found = {path.name for path in (tmp_path / kind / folder).glob('*.png') if not path.name.endswith('.mask.png')}
            assert found == expected


def test_every_image_has_a_line_with_its_label_and_patient_and_every_nucleus_image_its_mask(data_dir, tmp_path):
    write_set('chest', data_dir, tmp_path)
    write_set('nuclei', data_dir, tmp_path)
    with open(tmp_path / 'chest/labels.csv', newline='') as file:
        lines = {line['file']: line for line in csv.DictReader(file)}
    assert lines['kermany_3.png'] == {'file': 'kermany_3.png', 'label': 'viral pneumonia', 'patient': 'kermany/v11', 'skin_tone': ''}
    masks = list((tmp_path / 'nuclei').glob('*/*.mask.png'))
    assert len(masks) == 10
    assert np.unique(np.asarray(Image.open(masks[0]))).tolist() == [0, 1, 2, 3]


def test_a_diagnosis_with_few_validation_photos_is_tested_only_where_the_page_holds_patients_out():
    rows = [{'label': 'NEV', 'skin_tone': 'tan'}] * 12 + [{'label': 'SCC', 'skin_tone': 'dark'}] * 12 + [{'label': 'NEV', 'skin_tone': ''}]
    validation = np.array(([True] * 6 + [False] * 6) + ([True] * 2 + [False] * 10) + [True])
    parts = parts_of('skin', rows, validation, ['one'] * 25)
    assert parts == {'real': list(range(6, 12)), 'test': list(range(6)), 'all': list(range(24))}


def test_of_a_large_training_split_whole_patients_are_taken_and_always_the_same():
    groups = [f'patient {i // 3}' for i in range(300)]
    chosen = some_of(range(300), groups, most=30)
    assert len(chosen) == 30 and chosen == some_of(list(range(299, -1, -1)), groups, most=30)
    assert len({groups[i] for i in chosen}) == 10
