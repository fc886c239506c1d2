"""The evaluation as a run: parts in order, written after each, gone on with; guidance; the card and the manifest."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from training.common.errors import BadSetting
from training.evaluate import card
from training.evaluate import evaluate
from training.evaluate import tune_guidance
from training.evaluate.sheet import PROMPTS, contact_sheet_of, save_small


def parts(log, monkeypatch):
    """Two parts that say when they ran; the second can be told to fail."""
    def first(e):
        log.append('first')
        return {'kid': 0.1}, {'usefulness': {'nuclei': 1}}

    def second(e):
        log.append('second')
        if e.broken:
            raise e.broken
        return {'coverage': 0.5}, {'usefulness': {'skin': 2}}
    monkeypatch.setattr(evaluate, 'PARTS', {'first': first, 'second': second})


def run(tmp_path, key='a', broken=None, seconds=None, started=None, only=None):
    out = tmp_path / 'docs' / 'metrics.json'
    args = SimpleNamespace(out=out, seconds=seconds, only=only)
    metrics = evaluate.opened_metrics(out, key, only)
    evaluation = SimpleNamespace(few=SimpleNamespace(store=SimpleNamespace(count=0)), broken=broken)
    import time
    left_out = evaluate.run_parts(evaluation, metrics, args, time.time() if started is None else started)
    return left_out, json.loads(out.read_text()) if out.exists() else None


def test_a_cut_evaluation_goes_on_after_its_last_finished_part(tmp_path, monkeypatch):
    log = []
    parts(log, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, broken=KeyboardInterrupt)
    assert json.loads((tmp_path / 'docs/metrics.json').read_text())['kid'] == 0.1
    left, metrics = run(tmp_path)
    assert log == ['first', 'second', 'second'] and left == ([], [])
    assert metrics['details']['usefulness'] == {'nuclei': 1, 'skin': 2} and set(metrics['evaluated']['seconds']) == {'first', 'second'}


def test_a_part_that_fails_is_told_and_tried_again(tmp_path, monkeypatch, capsys):
    log = []
    parts(log, monkeypatch)
    found, metrics = run(tmp_path, broken=ValueError('no such thing'))
    assert found == ([], ['second']) and 'no such thing' in capsys.readouterr().out and 'second' not in metrics['evaluated']['seconds']
    assert run(tmp_path)[0] == ([], []) and log == ['first', 'second', 'second']


def test_figures_of_another_model_are_not_gone_on_with(tmp_path, monkeypatch):
    log = []
    parts(log, monkeypatch)
    run(tmp_path, 'a')
    with pytest.raises(BadSetting, match='--only would keep none'):
        run(tmp_path, 'b', only=['second'])
    assert json.loads((tmp_path / 'docs/metrics.json').read_text())['kid'] == 0.1
    _, metrics = run(tmp_path, 'b')
    assert log == ['first', 'second', 'first', 'second'] and metrics['evaluated']['key'] == 'b'


def test_parts_that_time_does_not_allow_are_named(tmp_path, monkeypatch):
    log = []
    parts(log, monkeypatch)
    left, metrics = run(tmp_path, seconds=10, started=0.0)
    assert left == (['first', 'second'], []) and log == [] and metrics is None


def test_what_was_measured_goes_into_the_entries_of_its_package_and_version_only():
    effect = {'range': [0.0, 5.0], 'effect': 0.9, 'interval': [0.8, 0.95], 'n': 96, 'unit': '', 'measure': 'typology angle', 'real': {}}

    def model(name, version):
        return {'id': name, 'version': version, 'conditions': {'covariates': [{'name': 'skin_tone'}, {'name': 'age'}]}}
    manifest = {'models': [model('m', '1.0.0'), model('m-guided', '1.0.0'), model('other', '1.0.0'), model('m', '0.3.0')]}
    found = card.put_measured(manifest, {'model': 'm', 'version': '1.0.0', 'details': {'covariates': {'skin_tone': effect}}})
    measured = [entry['conditions']['covariates'][0].get('measured') for entry in found['models']]
    assert measured[0] == measured[1] == {key: value for key, value in effect.items() if key != 'real'} and measured[2] is measured[3] is None
    assert 'measured' not in found['models'][0]['conditions']['covariates'][1]


def test_the_card_keeps_its_prose_and_leaves_a_dash_where_nothing_was_measured():
    text = f'before\n{card.BEGIN}\nold\n{card.END}\nafter'
    part = {'value': 0.5, 'low': 0.4, 'high': 0.6}
    metrics = {'split': 'validation', 'samples': 640, 'steps': 4, 'many_steps': 20, 'details': {
        'kid': {'generic': part}, 'round_trip': {'kid': {'generic': part}}, 'mask': part,
        'membership': {'denoising loss': part}, 'labels': {'ratio': 0.95, 'low': 0.9, 'high': 1.0, 'by_set': {'real': {}}},
        'checked': {'tries': 4, 'mean_tries': 1.5, 'confirmed': 0.8, 'coverage_over_unchecked': part,
                    'unchecked': {'ratio': 0.9, 'low': 0.8, 'high': 1.0}, 'checked': {'ratio': 0.99, 'low': 0.97, 'high': 1.01}},
        'copies': {'generic': {'points': 0.4, 'copy_rate': 0.05, 'holdout_rate': 0.046, 'above': ['busi']}}}}
    found = card.put_figures(text, metrics)
    assert found.startswith('before') and found.endswith('after') and 'old' not in found
    assert '| ≤ 0.10 | 0.500 (0.400 to 0.600); 0.500 (0.400 to 0.600) |' in found and '| mask Dice | ≥ 0.90 | 0.50 (0.40 to 0.60) |' in found
    assert '| ≥ 0.92 / ≥ 0.98 | 0.90 (0.80 to 1.00) / 0.99 (0.97 to 1.01) |' in found and '| ≥ 0.92 | 0.95 (0.90 to 1.00) |' in found
    assert 'generic: +0.4 (5.0 % against 4.6 %; busi)' in found and '| membership AUC, denoising loss | ≤ 0.55 | 0.50' in found
    assert '| coverage over that of real images | ≥ 0.6 | – |' in found and '### By number of steps' not in found
    assert card.put_figures(found, metrics) == found


def test_a_contact_sheet_is_as_large_as_its_bytes_allow(tmp_path):
    rng = np.random.default_rng(0)
    noise, flat = rng.integers(0, 256, (12, 256, 256, 3), dtype=np.uint8), np.full((12, 256, 256, 3), 90, np.uint8)
    assert save_small(flat, 4, tmp_path / 'flat.png') == 256
    side = save_small(noise, 4, tmp_path / 'noise.png', most=600_000)
    assert side < 256 and (tmp_path / 'noise.png').stat().st_size <= 600_000
    assert Image.open(tmp_path / 'noise.png').size == (4 * side, 3 * side)
    with pytest.raises(ValueError, match='ask for fewer'):
        save_small(noise, 4, tmp_path / 'none.png', most=1000)


def test_the_sheet_asks_for_twelve_prompts_with_six_seeds_each(tmp_path):
    class Fake:
        def images(self, prompts, *, covariates, seeds):
            self.asked = list(zip(prompts, seeds))
            return np.zeros((len(prompts), 256, 256, 3), np.uint8)
    fake = Fake()
    found = contact_sheet_of(fake, tmp_path / 'sheet.png')
    assert len(fake.asked) == 72 and len(set(fake.asked)) == 72 and found['prompts'] == [prompt for prompt, _ in PROMPTS]
    assert {seed for _, seed in fake.asked} == {1, 2, 3, 4, 5, 6}


def test_guidance_is_chosen_set_by_set(monkeypatch):
    rows = [{'set': name, 'label': 'a', 'prompt': 'x'} for name in ('busi', 'idrid') for _ in range(12)]
    real = {'busi': 100, 'idrid': 200}
    images = np.stack([np.full((256, 256, 3), real[row['set']], np.uint8) for row in rows])

    class Fake:
        steps = 4

        def __init__(self, guidance=1.0, interval=(0, 1)):
            self.guidance, self.interval = guidance, interval

        def with_steps(self, steps, guidance, interval):
            return Fake(guidance, interval)

        def images(self, prompts, *, covariates, first_seed):
            # At guidance 1 the first set is right, at 2 over the middle of σ the second.
            level = {1.0: 100, 2.0: 200 if self.interval == (0.2, 0.8) else 20}[self.guidance]
            return np.full((24, 256, 256, 3), level, np.uint8)
    noise = np.random.default_rng(0).normal(size=(24, 6)).astype(np.float32)
    monkeypatch.setattr(tune_guidance, 'generic_features', lambda x, *_, **__: x[:, 0, 0].astype(np.float32).repeat(2, 1) / 50 + noise)
    monkeypatch.setattr(tune_guidance, 'label_agreement', lambda *_: {'by_set': {'generated': {'busi': {'value': 0.5}, 'idrid': {'value': 0.4}}}})
    found = tune_guidance.tune_guidance(Fake(), rows, images, range(24), None, None, scales=(1.0, 2.0), intervals=((0.0, 1.0), (0.2, 0.8)))
    assert [(part['guidance'], part['interval']) for part in found] == [(1.0, [0.0, 1.0]), (2.0, [0.0, 1.0]), (2.0, [0.2, 0.8])]
    best = tune_guidance.best_by_set(found)
    assert best == {'busi': {'guidance': 1.0, 'interval': [0.0, 1.0]}, 'idrid': {'guidance': 2.0, 'interval': [0.2, 0.8]}}


def test_what_cannot_be_measured_is_null_in_the_file(tmp_path):
    evaluate.write_json(tmp_path / 'm.json', {'a': [float('nan'), 1.5], 'b': {'c': float('inf')}})
    assert json.loads((tmp_path / 'm.json').read_text()) == {'a': [None, 1.5], 'b': {'c': None}}
    assert not (tmp_path / 'm.json.part').exists()
