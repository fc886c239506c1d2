"""A whole run on the CPU by a tiny plan: each stage takes its minutes, and losses fall.

The clock moves by a second whenever it is looked at, so that a busy machine makes as many steps as an idle one.
"""

import csv
import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import AUTOENCODER, TINY

from training.common.plan import Plan
from training.train.whole_run import Stages, main, shown_rows

LOOKS = {'autoencoder': 20, 'decoder': 3, 'half': 4, 'full': 12, 'trajectories': 4, 'student': 24, 'images': 1}


@pytest.fixture(scope='module')
def work(data_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp('whole')
    unet = {**TINY['unet'], 'block_out_channels': [32], 'attention_levels': [False]}
    (folder / 'tiny.json').write_text(json.dumps({**TINY, 'lr': 4e-3, 'autoencoder': AUTOENCODER, 'unet': unet}))
    (folder / 'plan.json').write_text(json.dumps({name: looks / 60 for name, looks in LOOKS.items()}))
    command = ['--data', str(data_dir), '--plan', 'plan.json', '--config', 'tiny.json', '--name', 'all', '--autoencoder-batch', '4', '--crop', '64',
               '--student-batch', '4', '--teacher-steps', '4', '--guidance', '3', '--critic-channels', '4', '--images-per-set', '1', '--student-rate', '5e-3',
               '--log-seconds', '1000']
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr('training.train.whole_run.SHEET', ['chest x-ray', 'skin photo, nevus'])
        patch.setattr('training.train.whole_run.COLUMNS', 1)
        seconds = itertools.count()
        patch.setattr('training.common.plan.monotonic', lambda: float(next(seconds)))
        main(command)
        yield folder, command


def column(folder, name, key):
    return [float(row[key]) for row in csv.DictReader(open(folder / 'runs' / name / 'log.csv'))]


def test_the_losses_of_autoencoder_and_teacher_fall_and_the_student_stays_near_its_teacher(work):
    folder, _ = work
    loss = column(folder, 'all-ae', 'loss')
    assert loss[-1] < 0.995 * loss[0]
    assert column(folder, 'all-teacher', 'validation')[-1] < 0.98 * column(folder, 'all-teacher', 'validation')[0]
    assert 0 < column(folder, 'all-student', 'held_out')[-1] < 0.1            # that a student learns is proven in test_distill.py


def test_images_and_sheets_of_both_are_there_and_the_each_stage_took_its_share(work):
    folder, _ = work
    stages = json.loads((folder / 'runs/all/stages.json').read_text())
    assert list(stages) == ['autoencoder', 'decoder', 'teacher', 'student', 'images']
    assert len(list((folder / 'runs/cache').glob('prompts-*.pt'))) == 1          # made beside, and found again
    saved = {name: torch.load(folder / f'runs/all-{name}/checkpoint.pt', weights_only=False) for name in ('ae', 'teacher')}
    assert saved['ae']['step'] == pytest.approx(LOOKS['autoencoder'], abs=3)
    assert saved['teacher']['stage'] == 1 and 4 <= saved['teacher']['step'] <= LOOKS['half'] + LOOKS['full']
    for name, steps in (('teacher', 4), ('student', 4)):
        drawn = np.load(folder / f'runs/all/{name}.npz')
        assert drawn['images'].shape[1:] == (256, 256, 3) and len(drawn['images']) == len(drawn['rows']) > 0 and drawn['steps'] == steps
        assert Image.open(folder / f'runs/all/{name}.png').size == (256, 2 * 256)


def test_a_finished_run_does_nothing_again(work, capsys):
    folder, command = work
    before = (folder / 'runs/all-teacher/checkpoint.pt').stat().st_mtime_ns
    main(command)
    assert (folder / 'runs/all-teacher/checkpoint.pt').stat().st_mtime_ns == before and '— ' not in capsys.readouterr().out


def test_a_stage_that_a_signal_stopped_is_not_over(tmp_path):
    stages = Stages(tmp_path)
    stages.run('autoencoder', lambda: None)
    with pytest.raises(SystemExit, match='Stopped in teacher'):
        stages.run('teacher', lambda: SimpleNamespace(stopped=True))
    assert list(Stages(tmp_path).over) == ['autoencoder']


def test_held_out_rows_take_turns_by_set():
    rows = [{'set': name} for name in ('a', 'a', 'a', 'b')]
    assert shown_rows(rows, np.array([True, True, True, True]), 2) == [0, 3, 1]


def test_the_plan_that_is_shipped_fits_the_shipped_config_and_ten_minutes():
    from tiny import TRAINING
    plan = Plan(TRAINING / 'configs/ten-minutes.json')
    config = json.loads((TRAINING / 'configs/base.json').read_text())
    assert all(plan.minutes(stage['name']) > 0 for stage in config['stages']) and sum(plan.stages.values()) < 10
