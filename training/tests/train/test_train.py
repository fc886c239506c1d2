"""train.py end to end on random images: it learns, resumes exactly, keeps its ranks together, and stops where a loss breaks."""

import csv
import json
import math

import pytest
import torch
from safetensors.torch import load_file
from tiny import TINY, run, workspace

from training.common.errors import BadSetting
from training.common.plan import Clock, Plan
from training.train.train import learning_rate, main, read_config

# Two ranks: the second one's clock stands still and it is asked to stop late, so that only an agreement ends both on one step.
# It runs main once for each list of arguments, for to start two processes takes longer than these runs.
RANKS = """
import json, os, sys, time
from pathlib import Path
from accelerate.state import AcceleratorState, GradientState
from training.common.plan import Clock
from training.train.train import Training, main
rank = int(os.environ['RANK'])
if rank:
    Clock.progress = lambda clock: 0.0
draw, drawn, found = Training.step, [], []
def step(run, done):
    draw(run, done)
    drawn.append(run.generator.get_state().sum().item())
    time.sleep(0.05 * rank)
Training.step = step
for arguments in json.loads(sys.argv[1]):
    drawn.clear()
    run = main(arguments)
    weights = sum(p.double().sum().item() for p in run.core.parameters())
    found.append({**run.counts, 'drawn': [*drawn], 'weights': weights})
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
Path(f'rank{rank}.json').write_text(json.dumps(found))
"""


@pytest.fixture(scope='module')
def work(data_dir, tmp_path_factory):
    folder = workspace(tmp_path_factory.mktemp('work'))
    (folder / 'ranks.py').write_text(RANKS)
    return folder


def arguments(work, data_dir, name, *more, config='tiny.json'):
    return ['--data', str(data_dir), '--autoencoder', str(work / 'ae'), '--config', str(work / config), '--name', name,
            '--log-seconds', '1000', *map(str, more)]


def checkpoint(work, name):
    return torch.load(work / 'runs' / name / 'checkpoint.pt', weights_only=False)


def same(one, two):
    """Weights, averaged weights and moments, bit for bit."""
    moments = [(one['optimizer']['state'][k][m], two['optimizer']['state'][k][m]) for k in one['optimizer']['state'] for m in ('exp_avg', 'exp_avg_sq')]
    pairs = [(one[part][name], two[part][name]) for part in ('model', 'ema') for name in one[part]] + moments
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit_across_a_change_of_stage(work, data_dir, monkeypatch):
    monkeypatch.chdir(work)
    main(arguments(work, data_dir, 'whole', '--steps', 5))
    main(arguments(work, data_dir, 'broken', '--steps', 1))
    assert checkpoint(work, 'broken')['stage'] == 0
    main(arguments(work, data_dir, 'broken', '--steps', 3))
    main(arguments(work, data_dir, 'broken', '--steps', 5))
    whole, resumed = checkpoint(work, 'whole'), checkpoint(work, 'broken')
    assert (whole['step'], whole['seen'], whole['stage']) == (resumed['step'], resumed['seen'], resumed['stage']) == (5, 28, 1)
    assert same(whole, resumed)
    assert torch.equal(whole['random'][0]['generator'], resumed['random'][0]['generator'])


def test_the_pipeline_reads_no_augmentation_and_the_columns_lie_beside_it(work):
    folder = work / 'runs/whole/pipeline'
    assert json.loads((folder / 'unet/config.json').read_text())['num_augmentations'] == 0
    assert load_file(folder / 'augmentation.safetensors')['columns'].abs().sum() > 0
    rows = list(csv.DictReader(open(work / 'runs/whole/log.csv')))
    assert all(0 < float(row['validation']) < 5 and float(row['loss']) > 0 for row in rows)


def test_training_goes_on_from_a_pipeline_folder(work, data_dir, monkeypatch):
    monkeypatch.chdir(work)
    run = main(['--data', str(data_dir), '--init', 'runs/whole/pipeline', '--config', 'tiny.json', '--name', 'next', '--steps', '0'])
    averaged = checkpoint(work, 'whole')['ema']
    assert all(torch.equal(value, averaged[name]) for name, value in run.core.state_dict().items())


def test_micro_batches_give_the_gradient_of_the_whole_batch(work, data_dir, monkeypatch):
    monkeypatch.chdir(work)
    (work / 'big.json').write_text(json.dumps({**TINY, 'micro_batch': None}))
    norms = [main(arguments(work, data_dir, name, '--steps', 1, config=config)).running for name, config in (('one', 'big.json'), ('two', 'tiny.json'))]
    torch.testing.assert_close(norms[0], norms[1], rtol=2e-3, atol=1e-4)                        # bfloat16
    one, two = checkpoint(work, 'one'), checkpoint(work, 'two')
    for k, moments in one['optimizer']['state'].items():
        torch.testing.assert_close(moments['exp_avg'], two['optimizer']['state'][k]['exp_avg'], rtol=0.1, atol=2e-3)


def test_a_broken_loss_ends_the_run_by_name_and_keeps_the_last_checkpoint(work, data_dir, monkeypatch, capsys):
    monkeypatch.chdir(work)
    main(arguments(work, data_dir, 'sick', '--steps', 2))
    before = (work / 'runs/sick/checkpoint.pt').read_bytes()
    (work / 'steep.json').write_text(json.dumps({**TINY, 'lr': 1e30}))
    with pytest.raises(SystemExit) as ended:
        main(arguments(work, data_dir, 'sick', '--steps', 9, config='steep.json'))
    assert ended.value.code == 2 and 'LossIsNotANumber: ' in capsys.readouterr().err
    assert (work / 'runs/sick/checkpoint.pt').read_bytes() == before


def test_two_ranks_draw_different_batches_end_on_one_step_and_resume_exactly(work, data_dir):
    plan = work / 'plan.json'
    plan.write_text(json.dumps({'half': 0.02, 'full': 0.05}))
    runs = [('timed', '--plan', str(plan)), ('pair', '--steps', '4'), ('parted', '--steps', '2'), ('parted', '--steps', '4')]
    run(work / 'ranks.py', json.dumps([arguments(work, data_dir, *one) for one in runs]), cwd=work, ranks=2)
    (first, second), *others = zip(*(json.loads((work / f'rank{k}.json').read_text()) for k in range(2)))
    assert first['step'] == second['step'] > 2 and first['stage'] == second['stage'] == 1
    assert first['weights'] == second['weights'] and first['seen'] % 2 == 0
    assert all(a != b for a, b in zip(first['drawn'], second['drawn']))
    for (one, other), count in zip(others, (4, 2, 2)):
        assert all(a != b for a, b in zip(one['drawn'], other['drawn'])) and len(one['drawn']) == count
    assert same(checkpoint(work, 'pair'), checkpoint(work, 'parted'))


def test_the_rate_warms_up_and_cools_in_the_last_stage_only():
    counts = {'step': 99, 'stage': 0, 'stage_step': 99}
    config = {**TINY, 'lr': 1.0, 'warmup': 100}
    assert learning_rate(config, counts, 1.0) == 1 and learning_rate(config, {**counts, 'step': 0}, 0.0) == 0.01
    last = {'step': 500, 'stage': 1, 'stage_step': 300}
    assert learning_rate(config, last, 0.5) == 1 and learning_rate(config, last, 1.0) == pytest.approx(0.03)
    assert learning_rate(config, last, 0.7) == pytest.approx(1 - 0.97 * math.sqrt(0.15 / 0.45))


def test_a_plan_is_read_again_while_a_stage_runs(tmp_path):
    path = tmp_path / 'plan.json'
    path.write_text('{"full": 1}')
    plan = Plan(path)
    clock = Clock(lambda: plan.minutes('full'), spent=30)
    assert clock.progress() == pytest.approx(0.5, abs=0.05)
    path.write_text('{"full": 0.')                                   # half written
    assert clock.progress() == pytest.approx(0.5, abs=0.05)
    path.write_text('{"full": 0.25}')
    assert clock.progress() > 1
    with pytest.raises(BadSetting, match='no minutes for "student"'):
        plan.minutes('student')


def test_a_config_that_lacks_something_is_named(tmp_path):
    (tmp_path / 'c.json').write_text(json.dumps({**TINY, 'stages': [{'name': 'full'}]}))
    with pytest.raises(BadSetting, match='in a stage'):
        read_config(tmp_path / 'c.json')
