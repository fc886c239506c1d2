"""Training on a folder of one's own: the commands of README.md, tiny, and what is said where captions lack."""

import json
import re
import runpy
import shlex
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import AUTOENCODER, TINY, TRAINING

from training.common.errors import BadSetting, NoCaptions, NoSuchImages
from training.data.dataset import load_dataset
from training.data.own_data import own_rows
from training.data.prompts import split_words
from training.model.text_encoder import tokenize


def write_folder(folder, count=12):
    """Ringed discs, small and large, in pictures that are not square."""
    folder.mkdir()
    y, x = np.mgrid[:96, :120]
    for k in range(count):
        radius = 12 if k % 2 else 30
        distance = np.hypot(y - 40 - k, x - 60)
        pixels = np.where(distance < radius, 200, 40) + 10 * (k % 3)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f'{k:02d}.png')
        (folder / f'{k:02d}.txt').write_text(f'zoetrope slice, {"small" if k % 2 else "large"} quoit')
    return folder


def commands():
    """The shell lines of README.md's page on a data set of one's own."""
    page = (TRAINING / 'README.md').read_text().split("## A data set of one's own")[1].split('\n## ')[0]
    return [shlex.split(line.strip()) for line in re.findall(r'^    (python -m training.*)$', page, re.MULTILINE)]


def test_the_commands_of_the_page_run_and_the_prompts_words_are_known(tmp_path, monkeypatch):
    write_folder(tmp_path / 'my-images')
    (tmp_path / 'tiny.json').write_text(json.dumps({**TINY, 'autoencoder': AUTOENCODER}))
    small = {'data.dataset': (), 'train.train_autoencoder': ['--steps', 2, '--batch', 2, '--crop', 64, '--config', 'tiny.json', '--log-seconds', 1000],
             'train.train': ['--steps', 2, '--config', 'tiny.json', '--log-seconds', 1000], 'model.sample': ['--steps', 1, '--count', 1]}
    monkeypatch.chdir(tmp_path)
    names = []
    for _, _, module, *args in commands():
        name = module.removeprefix('training.')
        names.append(name)
        monkeypatch.setattr(sys, 'argv', [module, *args, *map(str, small[name])])
        runpy.run_module(module, run_name='__main__')
    assert names == ['data.dataset', 'train.train_autoencoder', 'train.train', 'model.sample']
    assert Image.open(tmp_path / 'sheet.png').size == (256, 512)
    from training.model.sample import load_pipeline
    tokenizer = load_pipeline(tmp_path / 'runs/mine/pipeline', torch.device('cpu')).tokenizer
    assert {'zoetrope', 'quoit'} <= set(split_words('zoetrope slice, small quoit')) & set(tokenizer.get_vocab())
    assert (tokenize(tokenizer, ['zoetrope slice, large quoit']) == 1).sum() == 0


def test_a_folder_becomes_rows_and_square_pictures(tmp_path):
    rows, images, _, validation = load_dataset(write_folder(tmp_path / 'own'), tmp_path / 'cache')
    assert images.shape == (12, 256, 256, 3) and rows[0]['prompt'] == 'zoetrope slice, large quoit' and len(validation) == 12
    assert images[0, 128, 128, 0] == 200


def test_a_patient_column_keeps_patients_on_one_side(tmp_path):
    write_folder(tmp_path / 'own')
    lines = ['file,caption,patient', *(f'{k:02d}.png,quoit,p{k // 4}' for k in range(12))]
    (tmp_path / 'own/captions.csv').write_text('\n'.join(lines))
    assert [row['patient'] for row in own_rows(tmp_path / 'own')] == [f'p{k // 4}' for k in range(12)]
    validation = load_dataset(tmp_path / 'own', tmp_path / 'cache')[3]
    assert all(len(set(validation[k:k + 4])) == 1 for k in (0, 4, 8))


@pytest.mark.parametrize(('encoding', 'separator'), [('utf-8-sig', ','), ('utf-8', ';'), ('utf-8-sig', '\t')])
def test_a_table_that_a_spreadsheet_saved_is_read_with_its_patients(tmp_path, encoding, separator):
    write_folder(tmp_path / 'own')
    rows = [('File', 'Caption', 'Patient'), *((f'{k:02d}.png', f'größe {k}', f'p{k // 4}') for k in range(12))]
    (tmp_path / 'own/captions.csv').write_text('\r\n'.join(separator.join(row) for row in rows), encoding=encoding)
    assert [(row['prompt'], row['patient']) for row in own_rows(tmp_path / 'own')] == [row[1:] for row in rows[1:]]


def test_patients_of_json_lines_count_and_another_encoding_is_named(tmp_path):
    write_folder(tmp_path / 'own')
    lines = [json.dumps({'file_name': f'{k:02d}.png', 'text': 'quoit', 'patient': k // 4}) for k in range(12)]
    (tmp_path / 'own/metadata.jsonl').write_text('\n'.join(lines))
    assert [row['patient'] for row in own_rows(tmp_path / 'own')] == [str(k // 4) for k in range(12)]
    (tmp_path / 'own/captions.csv').write_bytes('file,caption\n00.png,größe\n'.encode('cp1252'))
    with pytest.raises(NoCaptions, match='not in UTF-8'):
        load_dataset(tmp_path / 'own', tmp_path / 'cache')


def test_missing_captions_images_and_folders_are_named(tmp_path):
    folder = write_folder(tmp_path / 'own')
    (folder / '03.txt').write_text(' ')
    with pytest.raises(NoCaptions, match='empty caption'):
        own_rows(folder)
    (folder / '03.txt').unlink()
    with pytest.raises(NoCaptions, match='03.png has no caption'):
        own_rows(folder)
    (folder / '03.txt').write_text('quoit')
    (folder / '03.png').write_bytes(b'not an image')
    with pytest.raises(NoSuchImages, match='03.png cannot be read'):
        load_dataset(folder, tmp_path / 'cache')
    with pytest.raises(NoSuchImages, match='no folder'):
        own_rows(tmp_path / 'none')


def test_a_cache_of_another_data_set_is_refused(tmp_path):
    load_dataset(write_folder(tmp_path / 'own'), tmp_path / 'cache')
    with pytest.raises(BadSetting, match='another data set'):
        load_dataset(write_folder(tmp_path / 'more', 13), tmp_path / 'cache')


def test_a_cache_is_refused_when_the_same_number_of_images_are_others(tmp_path):
    folder = write_folder(tmp_path / 'own')
    load_dataset(folder, tmp_path / 'cache')
    load_dataset(folder, tmp_path / 'cache')
    (folder / '00.png').rename(folder / '99.png')                    # the order of the images is another one now
    (folder / '00.txt').rename(folder / '99.txt')
    with pytest.raises(BadSetting, match='another data set'):
        load_dataset(folder, tmp_path / 'cache')


def test_a_cache_is_refused_when_an_image_or_its_patient_has_changed(tmp_path):
    folder = write_folder(tmp_path / 'own')
    load_dataset(folder, tmp_path / 'cache')
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(folder / '00.png')
    with pytest.raises(BadSetting, match='another data set'):
        load_dataset(folder, tmp_path / 'cache')
    load_dataset(folder, tmp_path / 'more')
    (folder / 'captions.csv').write_text('\n'.join(['file,caption,patient', *(f'{k:02d}.png,quoit,p{k // 4}' for k in range(12))]))
    with pytest.raises(BadSetting, match='another data set'):
        load_dataset(folder, tmp_path / 'more')
