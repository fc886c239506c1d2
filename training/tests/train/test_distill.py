"""The distillation's targets and the teacher's walk."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny import TINY

from training.common.errors import BadSetting
from training.data.dataset import COVARIATES, load_dataset
from training.goldens.make_fixtures import tiny_pipeline
from training.model.pipeline_folder import save_pipeline
from training.model.text_encoder import build_tokenizer, tokenize
from training.model.unet import MedicalUNet
from training.train.batches import NOTHING_DROPPED, prompt_bank
from training.train.distill import main, straightness_error, window_targets
from training.train.trajectories import (WINDOWS, condition_data, draw_conditions, guidance_of, read_guidance, read_pairs, teacher_trajectories,
                          turn_one_covariate)


def test_a_straight_flow_has_the_same_velocity_in_every_window():
    x0, noise = torch.randn(3, 2, 4, 4), torch.randn(3, 2, 4, 4)
    sigmas = torch.linspace(1, 0, WINDOWS + 1).view(1, -1, 1, 1, 1)
    borders = (1 - sigmas) * x0[:, None] + sigmas * noise[:, None]
    window, position = torch.tensor([0, 2, 3]), torch.tensor([0.0, 0.5, 0.9])
    x, t, velocity = window_targets(borders, window, position)
    sigma = (t / 1000).view(-1, 1, 1, 1)
    torch.testing.assert_close(velocity, noise - x0, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(x, (1 - sigma) * x0 + sigma * noise, rtol=1e-4, atol=1e-4)


def test_one_euler_step_over_a_window_lands_on_its_end():
    borders = torch.randn(4, WINDOWS + 1, 2, 4, 4)
    window = torch.arange(WINDOWS)
    x, _, velocity = window_targets(borders, window, torch.zeros(4))
    torch.testing.assert_close(x - velocity / WINDOWS, borders[torch.arange(4), window + 1], rtol=1e-5, atol=1e-5)


def conditional_pipeline(seen):
    """A UNet whose velocity is the sum of the embeds, and a text encoder that gives 1 for a prompt and 0 for none."""
    def unet(x, t, embeds, values, flags, mask, mask_present):
        seen.append(len(x))
        return embeds.sum(dim=(1, 2)).view(-1, 1, 1, 1).expand_as(x)

    def text_encoder(ids):
        return (ids[:, 2] > 0).float().view(-1, 1, 1)
    return SimpleNamespace(unet=unet, text_encoder=text_encoder)


def conditions(n):
    ids = torch.zeros(n, 40, dtype=torch.int64)
    ids[:, :4] = torch.tensor([2, 9, 9, 3])
    return ids, torch.zeros(n, 8), torch.zeros(n, 8), torch.zeros(n, 2, 64, 64), torch.zeros(n, 1)


def guided(scale, low=0.0, high=1.0, n=2):
    return tuple(torch.full((n,), value) for value in (scale, low, high))


def test_the_teachers_walk_ends_where_a_guided_constant_velocity_leads():
    noise = torch.randn(2, 1, 4, 4)
    borders = teacher_trajectories(conditional_pipeline([]), conditions(2), noise, guided(3.0), steps=8)
    assert borders.shape == (2, WINDOWS + 1, 1, 4, 4)
    torch.testing.assert_close(borders[:, 0], noise)
    torch.testing.assert_close(borders[:, -1], noise - 3.0, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(borders[:, 2], noise - 1.5, rtol=1e-5, atol=1e-5)


def test_outside_the_interval_the_teacher_runs_without_guidance_at_half_the_cost():
    seen, noise = [], torch.zeros(2, 1, 4, 4)
    borders = teacher_trajectories(conditional_pipeline(seen), conditions(2), noise, guided(3.0, 0.4, 0.8), steps=4)
    assert seen == [2, 4, 4, 2]
    torch.testing.assert_close(borders[:, -1], noise - (0.25 + 0.75 + 0.75 + 0.25), rtol=1e-5, atol=1e-5)


def test_each_row_has_the_guidance_of_its_set_and_only_guided_rows_cost_twice(tmp_path):
    (tmp_path / 'g.json').write_text(json.dumps({'default': 1.0, 'idrid': {'scale': 2.0, 'from': 0.2}, 'busi': 1.5}))
    table = read_guidance(str(tmp_path / 'g.json'))
    hard = guidance_of(table, [{'set': 'idrid'}, {'set': 'nih'}, {'set': 'busi'}])
    assert [part.tolist() for part in hard] == [[2.0, 1.0, 1.5], [pytest.approx(0.2), 0.0, 0.0], [1.0] * 3]
    seen = []
    borders = teacher_trajectories(conditional_pipeline(seen), conditions(3), torch.zeros(3, 1, 4, 4), hard, steps=4)
    assert seen == [5, 5, 5, 5]
    torch.testing.assert_close(borders[:, -1, 0, 0, 0], -torch.tensor([2.0, 1.0, 1.5]))
    assert read_guidance('1.25')['default'] == (1.25, 0.0, 1.0)
    with pytest.raises(BadSetting, match='--guidance'):
        read_guidance('no-such-file.json')


@pytest.fixture(scope='module')
def data(data_dir, tmp_path_factory):
    rows, _, masks, _ = load_dataset(data_dir, tmp_path_factory.mktemp('cache'))
    bank = prompt_bank(rows, build_tokenizer(), 2, 0)
    return condition_data(rows, masks, np.ones(len(rows)), bank, build_tokenizer(), TINY, torch.device('cpu'))


def test_one_covariate_is_asked_for_evenly_and_in_no_word(data):
    at = {name: [i for i, row in enumerate(data.rows) if row['set'] == name] for name in ('pad_ufes', 'kermany')}
    chosen = torch.tensor([*at['pad_ufes'] * 40, at['kermany'][0]])
    turned, ids, values, flags = turn_one_covariate(data, chosen, torch.Generator().manual_seed(0))
    assert not turned[-1] and turned[:-1].all()
    assert (flags[:-1].sum(1) == 1).all() and not values[flags == 0].any()
    tone = [name for name, *_ in COVARIATES].index('skin_tone')
    assert set((values[:-1][flags[:-1, tone] == 1, tone] * 5).round().int().tolist()) == {-5, -3, -1, 1, 3, 5}
    said = tokenize(build_tokenizer(), ['tan'])[0, 1]
    assert (data.bank[chosen[:-1]] == said).any() and not (ids == said).any()


def test_a_number_of_nuclei_that_was_drawn_is_not_contradicted_by_a_mask(data):
    ids, values, flags, mask, shown, chosen = draw_conditions(data, 2000, NOTHING_DROPPED, torch.Generator().manual_seed(0), turned_share=0.5)
    marked = torch.tensor([row['set'] == 'dsb2018' for row in data.rows])[chosen]
    own = (values[:, 7] - (2 * 3 / 120 - 1)).abs() < 1e-6
    assert (shown[marked & own] == 1).all() and not shown[marked & ~own].any() and not mask[marked & ~own].any()
    assert (marked & ~own).sum() / marked.sum() == pytest.approx(0.5, abs=0.1)


def teacher(folder):
    torch.manual_seed(0)
    pipeline = tiny_pipeline()
    unet = MedicalUNet(sample_size=4, mask_size=64, block_out_channels=(32,), attention_levels=(False,), prompt_dim=32, num_covariate_tokens=1,
                       head_dim=32)
    with torch.no_grad():
        for parameter in [*unet.parameters(), *pipeline.text_encoder.parameters()]:
            parameter += 0.1 * torch.randn_like(parameter)           # so that a prompt changes the velocity
    save_pipeline(folder, unet, pipeline.text_encoder, pipeline.vae, pipeline.tokenizer)
    (folder.parent / 'tiny.json').write_text(json.dumps(TINY))
    return ['--pipeline', str(folder), '--config', str(folder.parent / 'tiny.json'), '--batch', '8', '--steps', '4', '--guidance', '4']


def test_a_student_learns_from_disk_as_from_memory_and_its_loss_falls(data_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    common = [*teacher(tmp_path / 'teacher'), '--data', str(data_dir), '--log-seconds', '1000', '--rate', '2e-4',
              '--guidance', '12']                                    # far from what the student begins with: there is much to learn
    assert main([*common, '--name', 'disk', '--pairs', '0.001']) is None
    assert read_pairs(tmp_path / 'runs/disk')['borders'].shape[1:] == (5, 8, 4, 4)
    on_disk = main([*common, '--name', 'disk', '--train-steps', '150'])
    in_memory = main([*common, '--name', 'memory', '--pairs', '0.001', '--train-steps', '2', '--memory'])
    walked = [torch.cat([student.held_out['borders'], student.pairs['borders']]) for student in (on_disk, in_memory)]
    common_walks = min(map(len, walked))                             # the clock decides how many there are
    assert common_walks >= 8 and torch.equal(walked[0][:common_walks], walked[1][:common_walks])
    text, pairs = on_disk.pipeline.text_encoder, on_disk.pairs
    assert straightness_error(on_disk.unet, text, pairs) < 0.8 * straightness_error(on_disk.pipeline.unet, text, pairs)
    held_out = [float(row['held_out']) for row in csv.DictReader(open(tmp_path / 'runs/disk/log.csv'))]
    assert on_disk.number == 150 and len(held_out) == 2 and all(value > 0 for value in held_out)
    assert (tmp_path / 'runs/memory/pipeline/unet/config.json').exists()


def test_training_without_trajectories_and_odd_steps_are_named(data_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    common = [*teacher(tmp_path / 'teacher'), '--data', str(data_dir), '--name', 'none']
    for more, words in ((['--minutes', '1'], 'holds no trajectories'), (['--steps', '6'], 'multiple of 4')):
        with pytest.raises(SystemExit):
            main([*common, *more])
        assert words in capsys.readouterr().err
