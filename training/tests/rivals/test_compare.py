"""The runner: each result once, a method that diverges or fails does not stop the others, and the document says what the figures say."""

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from training.common.errors import BadSetting
from training.rivals import compare
from training.rivals.collect import collect, compared, sheet
from training.rivals.compare import Comparison, run_task
from training.rivals.judge import has_collapsed, precision_recall
from training.rivals.methods.base import Method
from training.rivals.report import DOCUMENT, document, movement, read_metrics
from training.rivals.request import judged_request
from training.rivals.training import train
from training.rivals.words import losses, none_is_real, ranks, seeds, speed
from training.tests.rivals.test_methods import small_task


class Quick(Method):
    """Learns one number; draws that brightness."""
    key, title, batch = 'gan', 'quick', 2

    def begin(self, shape):
        self.networks = nn.ModuleDict({'bright': nn.Linear(1, 1)})
        self.channels = shape.channels

    def step(self, batch, progress):
        return {'loss': torch.tensor(1.0)}

    def draw(self, labels, seeds, mask):
        return torch.zeros(len(labels), self.channels, 128, 128)


class Broken(Quick):
    key, title = 'dcgan', 'broken'

    def step(self, batch, progress):
        return {'loss': torch.tensor(float('nan') if progress > 0.5 else 1.0)}


class Failing(Quick):
    key, title = 'cvae', 'failing'

    def draw(self, labels, seeds, mask):
        raise RuntimeError('out of everything')


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A run with three stub methods, a judge that counts, and no real data."""
    task, calls = small_task('chest'), []

    def init(self, task, args):
        self.task, self.args, self.request, self.pairs = task, args, judged_request(task, 1), None
        figures = {'kid': {'value': 0.5, 'low': 0.4, 'high': 0.6}, 'density': 0.1, 'coverage': 0.2, 'precision': 0.3, 'recall': 0.4, 'ms_ssim': 0.5,
                   'collapsed': False, 'labels': {'value': 0.9}, 'copies': {'value': 0.0}, 'n': 3}
        way = {'value': 0.7, 'low': 0.6, 'high': 0.8, 'gain': {'value': 0.0, 'low': -0.1, 'high': 0.1, 'verdict': 'not distinguishable'}}
        self.judge = Namespace(figures=lambda images, masks: calls.append(images) or figures, of_real=lambda: figures)
        self.test = lambda images, labels: {'real': way, 'synthetic': way, 'mixed': way}
    monkeypatch.setattr(Comparison, '__init__', init)
    monkeypatch.setattr(compare, 'load_task', lambda *_: task)
    monkeypatch.setattr(compare, 'methods_of', lambda *_: [Failing, Broken, Quick])
    args = Namespace(data='', cache='', out=tmp_path, seconds=0.3, seed=0, methods=None, pairs=4, per_label=1, segmenter_steps=2)
    return Namespace(args=args, calls=calls, out=tmp_path / 'chest')


def test_one_that_diverges_or_fails_leaves_the_others_their_turn(bench):
    assert run_task('chest', bench.args) == ['chest: failing']
    broken = json.loads((bench.out / 'dcgan-0.3s-seed0' / 'result.json').read_text())
    assert broken['training']['status'] == 'diverged' and 'figures' not in broken
    assert (bench.out / 'dcgan-0.3s-seed0' / 'look.png').exists(), 'its last picture'
    quick = json.loads((bench.out / 'gan-0.3s-seed0' / 'result.json').read_text())
    assert quick['training']['status'] == 'trained' and 0.3 <= quick['training']['seconds'] < 1
    assert not (bench.out / 'cvae-0.3s-seed0' / 'result.json').exists()

    tasks = collect(bench.args.out, bench.args.out / 'metrics')
    sheet(bench.args.out, tasks, {}, bench.args.out / 'sheet.png')
    text = document(tasks)
    assert '| broken | ' in text and '| diverged |' in text and 'It diverged.' in text
    assert max(len(line) for line in text.split('\n') if not line.startswith('|')) <= 120


def test_what_is_there_is_not_done_again(bench, monkeypatch):
    monkeypatch.setattr(compare, 'methods_of', lambda *_: [Broken, Quick])
    run_task('chest', bench.args)
    monkeypatch.setattr(compare, 'train', lambda *_: pytest.fail('trained again'))
    (bench.out / 'gan-0.3s-seed0' / 'result.json').unlink()              # killed while it was judged
    judged = len(bench.calls)
    run_task('chest', bench.args)
    assert len(bench.calls) == judged + 1
    (bench.out / 'gan-0.3s-seed0' / 'training.json').unlink()            # killed while it was trained
    (bench.out / 'gan-0.3s-seed0' / 'result.json').unlink()
    monkeypatch.setattr(compare, 'train', lambda *_: {'status': 'trained', 'seconds': 0.3, 'steps': 1, 'images': 2})
    run_task('chest', bench.args)
    assert json.loads((bench.out / 'gan-0.3s-seed0' / 'result.json').read_text())['training']['steps'] == 1


@pytest.mark.parametrize(('flag', 'value'), [('per_label', 60), ('pairs', 90), ('segmenter_steps', 300)])
def test_results_of_a_rehearsal_are_not_taken_for_those_of_other_settings(bench, monkeypatch, flag, value):
    monkeypatch.setattr(compare, 'methods_of', lambda *_: [Quick])
    run_task('chest', bench.args)
    run_task('chest', bench.args)
    setattr(bench.args, flag, value)
    with pytest.raises(BadSetting, match=f"--{flag.replace('_', '-')}"):
        run_task('chest', bench.args)


def test_seconds_are_those_of_the_process_not_of_the_wall():
    import time

    class Sleepy(Quick):
        def step(self, batch, progress):
            time.sleep(0.05)
            return super().step(batch, progress)
    found = train(Sleepy(), small_task('chest'), 0.02, 0)
    assert found['seconds'] < found['wall_seconds'] / 2


def test_figures_of_variety():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 3))
    assert precision_recall(points, points) == (1.0, 1.0)
    near_one = points[:1] + 1e-3 * rng.normal(size=(40, 3))
    precision, recall = precision_recall(points, near_one)
    assert precision == 1.0 and recall < 0.1
    assert has_collapsed(0.99, 0.5) and not has_collapsed(0.6, 0.5)


def _record(key, kid, coverage):
    value = {'value': 0.5, 'low': 0.4, 'high': 0.6}
    return {'key': key, 'title': key, 'seconds': 60, 'seed': 0, 'seconds_an_image': 1.0, 'training': {'status': 'trained'},
            'figures': {'kid': {'value': kid, 'low': kid - 0.1, 'high': kid + 0.1}, 'density': 0.1, 'coverage': coverage, 'precision': 0.1, 'recall': 0.1,
                        'labels': value, 'collapsed': False}, 'usefulness': {'synthetic': value, 'mixed': value}}


def test_it_says_where_ours_is_not_first_and_how_sure_that_is():
    found = {'methods': [_record('ours', 0.5, 0.3), _record('gan', 0.1, 0.2), _record('cvae', 0.45, 0.2)]}
    said = losses(found)
    assert len(said) == 1 and said[0].startswith('- **KID**: ours is number 3 of 3 with 0.500; gan is first with 0.100, and their intervals do not meet')
    assert [(r['key'], *places) for r, _, *places in ranks(found, 'kid')] == [('gan', 1, 1, 1), ('cvae', 2, 2, 3), ('ours', 3, 2, 3)]
    assert [place[2] for place in ranks(found, 'coverage')] == [1, 2, 2]
    found['methods'][0]['figures']['kid'] = {'value': 0.05, 'low': 0.0, 'high': 0.15}
    assert losses(found) == []
    assert none_is_real(found) == ''
    for record in found['methods']:
        record['figures']['coverage'] = 0.0
    assert 'no sign of realism' in none_is_real(found)


def test_what_is_compared_was_trained_for_the_same_time():
    longer = _record('gan', 0.01, 0.9) | {'seconds': 1200}
    found = {'methods': [_record('ours', 0.5, 0.3), _record('gan', 0.6, 0.2), longer]}
    assert [record['seconds'] for record in compared(found['methods'])] == [60, 60]
    assert losses(found) == []
    assert '| gan | 0.600 | 0.010 |' in movement(found)


def test_seeds_of_one_training_are_told_together():
    found = {'methods': [_record('ours', 0.5, 0.3), _record('ours', 0.2, 0.3) | {'seed': 1}, _record('gan', 0.6, 0.2)]}
    assert '| ours | 60 | 2 | 0.350 (0.200 to 0.500) | 0.300 (0.300 to 0.300) |' in seeds(found)
    assert 'gan' not in seeds(found)
    assert seeds({'methods': found['methods'][2:]}) == ''


def test_seeds_say_whether_ours_is_behind_by_chance():
    found = {'methods': [_record(key, kid, 0.3) | {'seed': seed} for key, kids in (('ours', (0.5, 0.52)), ('gan', (0.45, 0.46))) for seed, kid in enumerate(kids)]}
    assert losses(found)[0].endswith('but their intervals meet. Over 2 seeds the first has 0.455 (0.450 to 0.460), ours 0.510 (0.500 to 0.520): '
                                     'ranges that do not meet, so that ours is behind.')
    found['methods'][3]['figures']['kid']['value'] = 0.51
    assert losses(found)[0].endswith('so that this may be chance. Over 2 seeds the first has 0.480 (0.450 to 0.510), ours 0.510 (0.500 to 0.520): '
                                     'ranges that meet.')


def test_what_a_picture_costs_in_the_browser_is_ranked_where_it_was_timed():
    slow, quick = (_record(key, 0.5, 0.3) | {'browser': {'seconds': s, 'bytes': 3e6}} for key, s in (('ours', 1.5), ('gan', 0.02)))
    found = {'methods': [slow, quick, _record('cvae', 0.5, 0.3)]}
    assert [r['key'] for r, *_ in ranks(found, 'browser')] == ['gan', 'ours']
    assert '| ours | 1.000 | 1.500 | 3.0 |' in speed(found) and '| cvae | 1.000 | – | – |' in speed(found)


def test_the_document_says_what_the_figures_say():
    assert Path(DOCUMENT).read_text() == document(read_metrics()), 'run python -m training.rivals.report'
