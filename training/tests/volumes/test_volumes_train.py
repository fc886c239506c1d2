"""A tiny training run of the volume model: it learns, keeps its clock, goes on, and survives a NaN."""

import csv
import io
import time
import zipfile

import numpy as np
import pytest
import torch
from test_volumes_data import two_parts

from training.volumes import train as run
from training.volumes.bank import Bank
from training.volumes.checkpoints import load_checkpoint
from training.volumes.data import read_volumes
from training.volumes.flow import conditions_of, loss_weights
from training.volumes.haar import BANDS


@pytest.fixture(scope='module')
def archive(tmp_path_factory):
    """Seven volumes: one shape, moved and brightened."""
    path = tmp_path_factory.mktemp('volumes') / 'set.zip'
    rows = []
    with zipfile.ZipFile(path, 'w') as file:
        for k in range(7):
            image, label = two_parts()
            image = np.clip(image + np.random.default_rng(k).normal(5 * k, 3, image.shape), 0, 255).astype(np.uint8)
            buffer = io.BytesIO()
            np.savez(buffer, image=image, label=np.roll(label, k - 3, axis=0))
            file.writestr(f'v{k}.npz', buffer.getvalue())
            rows.append({'file': f'v{k}.npz', 'anterior_mm3': (label == 1).sum(), 'posterior_mm3': (label == 2).sum()})
        table = io.StringIO()
        writer = csv.DictWriter(table, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        file.writestr('volumes.csv', table.getvalue())
    return path


@pytest.fixture(scope='module')
def bank(archive):
    return Bank(read_volumes(archive), torch.device('cpu'))


@pytest.fixture(scope='module', autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tiny(archive, out, *more):
    return ['--data', str(archive), '--out', str(out), '--device', 'cpu', '--channels', '8,8,24', '--emb-dim', '16', '--batch', '2',
            '--validation', '1', '--samples', '2', '--log-every', '0', '--look-every', '0', '--lr', '2e-3', *more]


def trainer_of(archive, bank, tmp_path, *more):
    torch.manual_seed(0)
    options = run.parse(tiny(archive, tmp_path, *more))
    return run.Trainer(bank, {'channels': [8, 8, 24], 'emb_dim': 16}, options)


def test_a_run_learns_keeps_its_clock_and_leaves_what_can_be_opened(archive, tmp_path):
    started = time.time()
    run.main(tiny(archive, tmp_path, '--seconds', '600', '--steps', '60', '--ema', '0.9'))
    assert time.time() - started < 600
    log = (tmp_path / 'log.txt').read_text()
    losses = [float(line.split('loss ')[1].split()[0]) for line in log.splitlines() if ' loss ' in line]
    assert len(losses) == 3 and losses[-1] < 0.9 * losses[0]
    model, codec, config, facts = load_checkpoint(tmp_path / 'last.safetensors')
    assert facts['step'] == 60 and config['channels'] == [8, 8, 24] and codec.scale.shape == (24,)
    assert all(np.isfinite(value) for value in facts.values())
    samples = np.load(tmp_path / 'samples.npz')
    assert samples['images'].shape == (2, 40, 56, 40) and set(np.unique(samples['labels'])) <= {0, 1, 2}
    assert (tmp_path / 'montage.png').read_bytes().startswith(b'\x89PNG') and (tmp_path / 'best.safetensors').exists()
    assert run.all_finite(model)


def test_the_clock_ends_a_run(archive, bank, tmp_path):
    trainer = trainer_of(archive, bank, tmp_path)
    started = time.time()
    run.train(trainer, started + 3, lambda name, facts: None)
    assert trainer.step > 1 and time.time() - started < 20


def test_a_plan_without_time_to_train_says_so(archive, tmp_path):
    with pytest.raises(run.PlanTooShort, match='raise --seconds'):
        run.main(tiny(archive, tmp_path, '--seconds', '0.01', '--reserve', '0'))


def test_a_run_goes_on_from_its_state(archive, tmp_path):
    more = ('--seconds', '600', '--state', str(tmp_path / 'state.pt'))
    run.main(tiny(archive, tmp_path, *more, '--steps', '20'))
    first = torch.load(tmp_path / 'state.pt')
    run.main(tiny(archive, tmp_path, *more, '--steps', '22'))
    second = torch.load(tmp_path / 'state.pt')
    assert (first['step'], second['step']) == (20, 22)
    key = next(iter(first['optimizer']['state']))
    assert second['optimizer']['state'][key]['step'] == 22
    moved = [name for name in first['model'] if not torch.equal(first['model'][name], second['model'][name])]
    assert moved and all((first['model'][name] - second['model'][name]).abs().max() < 0.02 for name in moved)


def test_a_nan_takes_the_run_back_and_the_third_ends_it(archive, bank, tmp_path):
    trainer = trainer_of(archive, bank, tmp_path)
    trainer.update(0.0)
    assert trainer.check(0.5)
    good = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    for failure in (1, 2):
        with torch.no_grad():
            next(trainer.model.parameters()).fill_(float('nan'))
        trainer.update(0.0)
        assert not trainer.check(float('nan'))
        assert trainer.failures == failure and trainer.rate == 0.5**failure
        assert all(torch.equal(value, good[name]) for name, value in trainer.model.state_dict().items())
    with pytest.raises(run.TrainingDiverged, match='lower --lr'):
        trainer.check(float('nan'))


def test_a_nan_in_the_first_steps_is_named_too(archive, bank, tmp_path):
    with pytest.raises(run.TrainingDiverged, match='step 0'):
        trainer_of(archive, bank, tmp_path).check(float('inf'))


def test_nothing_is_learnt_where_nothing_was_scanned(bank):
    scanned = torch.ones(1, 40, 56, 40, dtype=torch.bool)
    scanned[:, 0] = False
    weights = loss_weights(scanned)
    assert not weights[:, :BANDS, 0].any() and weights[:, :BANDS, 1:].all() and weights[:, BANDS:].all()


def test_what_is_not_said_does_not_reach_the_network(bank):
    trainer_model = run.build_model({'channels': [8, 8, 24], 'emb_dim': 16}).eval()
    for parameter in trainer_model.parameters():                     # what begins as zeros hides everything
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    latents, sigma = torch.randn(1, 24, 20, 28, 20), torch.tensor([500.0])
    ids = bank.prompts[0, :1]
    labels = bank.plain(torch.tensor([0])).labels
    def answer(mm3, labels, ids, said):
        flag = torch.tensor([said])
        return trainer_model(latents, sigma, conditions_of(ids, torch.tensor([mm3]), labels, flag, flag[:, None].expand(1, 2), flag))
    with torch.no_grad():
        quiet = answer([1200.0, 1400.0], labels, ids, False)
        assert torch.equal(quiet, answer([2400.0, 1000.0], torch.zeros_like(labels), bank.prompts[80, :1], False))
        said = answer([1200.0, 1400.0], labels, ids, True)
        assert not torch.allclose(said, quiet)
        assert not torch.allclose(said, answer([2400.0, 1400.0], labels, ids, True))
        assert not torch.allclose(said, answer([1200.0, 1400.0], torch.zeros_like(labels), ids, True))
        assert not torch.allclose(said, answer([1200.0, 1400.0], labels, bank.prompts[80, :1], True))


def test_prompts_say_the_class_that_the_volumes_have(bank):
    low, high = bank.thresholds[0], bank.thresholds[1]
    smallest = bank.prompts_for(torch.tensor([0]), (low[None, 1:3] - 1))
    assert any(torch.equal(smallest[0], phrasing) for phrasing in bank.prompts[:1].reshape(-1, smallest.shape[1])) or bank.grain[0] > low[3]
    largest = bank.prompts_for(torch.tensor([0]), high[None, 1:3] + high[0])
    places = [k for k in range(81) if any(torch.equal(largest[0], phrasing) for phrasing in bank.prompts[k])]
    assert any(k >= 78 for k in places)


def test_the_memory_format_can_change_between_steps_and_a_state_fits_either(archive, bank, tmp_path):
    trainer = trainer_of(archive, bank, tmp_path, '--bf16')
    for name in ('channels_last_3d', 'contiguous_format'):
        trainer.use_format(name)
        for _ in range(2):
            assert trainer.update(0.0).isfinite()
        assert trainer.check(1.0)
    state = trainer.good
    trainer.use_format('channels_last_3d')
    trainer.restore(state)
    assert trainer.update(0.0).isfinite() and trainer.step == 5
    weight = trainer.model.unet.last.weight
    assert weight.stride() == trainer.optimizer.state[weight]['exp_avg'].stride() and weight.stride(1) == 1


def test_a_run_can_start_from_a_checkpoint_and_keeps_its_codec(archive, bank, tmp_path):
    first = trainer_of(archive, bank, tmp_path)
    codec = type(bank.codec)(bank.codec.mean + 1, bank.codec.scale)
    run.save_checkpoint(tmp_path / 'a.safetensors', first.model, codec, first.config, {'step': 3})
    second = trainer_of(archive, run.copy.copy(bank), tmp_path)
    with torch.no_grad():
        second.model.unet.last.weight.fill_(1)
    run.start_from(second, tmp_path / 'a.safetensors')
    assert not second.model.unet.last.weight.any() and torch.equal(second.bank.codec.mean, bank.codec.mean + 1)
    second.config = {**second.config, 'emb_dim': 32}
    with pytest.raises(ValueError, match='--emb-dim'):
        run.start_from(second, tmp_path / 'a.safetensors')
