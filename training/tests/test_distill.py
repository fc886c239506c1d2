"""The distillation's targets and the teacher's walk."""

from types import SimpleNamespace

import torch
from data import COVARIATES, load_dataset
from distill import WINDOWS, teacher_trajectories, turn_one_covariate, window_targets
from train import prepare_conditions


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


def test_the_teachers_walk_ends_where_a_guided_constant_velocity_leads():
    noise = torch.randn(2, 1, 4, 4)
    borders = teacher_trajectories(conditional_pipeline([]), conditions(2), noise, guidance=3.0, steps=8)
    assert borders.shape == (2, WINDOWS + 1, 1, 4, 4)
    torch.testing.assert_close(borders[:, 0], noise)
    torch.testing.assert_close(borders[:, -1], noise - 3.0, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(borders[:, 2], noise - 1.5, rtol=1e-5, atol=1e-5)


def test_outside_the_interval_the_teacher_runs_without_guidance_at_half_the_cost():
    seen, noise = [], torch.zeros(2, 1, 4, 4)
    borders = teacher_trajectories(conditional_pipeline(seen), conditions(2), noise, guidance=3.0, steps=4, interval=(0.4, 0.8))
    assert seen == [2, 4, 4, 2]
    torch.testing.assert_close(borders[:, -1], noise - (0.25 + 0.75 + 0.75 + 0.25), rtol=1e-5, atol=1e-5)


def test_one_covariate_is_asked_for_evenly_and_in_no_word(data_dir, tmp_path):
    rows = load_dataset(data_dir, tmp_path)[0]
    values, present, _ = prepare_conditions([{**row, 'mask': ''} for row in rows], None)
    skin = [i for i, row in enumerate(rows) if row['set'] == 'pad_ufes']
    chest = [i for i, row in enumerate(rows) if row['set'] == 'kermany'][:1]
    asked, drawn, flags = turn_one_covariate(rows, values, present, [*skin * 40, *chest])
    assert asked[-1] is rows[chest[0]] and not flags[-1].any()
    assert (flags[:-1].sum(1) == 1).all() and not drawn[flags == 0].any()
    tone = [name for name, *_ in COVARIATES].index('skin_tone')
    assert set((drawn[flags[:, tone] == 1, tone] * 5).round().int().tolist()) == {-5, -3, -1, 1, 3, 5}
    assert not any('skin' in word.replace('skin photo', '') for word in (row['prompt'] for row in asked[:-1]))
