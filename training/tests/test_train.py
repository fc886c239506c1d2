"""train.py end to end on random images: it learns, and a resumed run equals an unbroken one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

TRAINING = Path(__file__).resolve().parents[1]
TINY = {
    'seed': 1, 'batch': 8, 'lr': 1e-3, 'weight_decay': 0.0, 'warmup': 1, 'ema_decay': 0.9, 'shift': 1.0, 'low_resolution_samples': 8, 'balance': 0.5, 'text_lr_factor': 3.0, 'drop_all': 0.1, 'drop_text': 0.05,
    'drop_covariates': 0.3, 'drop_covariate': 0.15, 'drop_mask': 0.3,
    'unet': {'block_out_channels': [32, 64], 'attention_levels': [False, True], 'prompt_dim': 32, 'num_covariate_tokens': 2, 'head_dim': 32},
    'text_encoder': {'num_layers': 1, 'heads': 2},
}


def run(script, *args, cwd):
    subprocess.run([sys.executable, str(TRAINING / script), *map(str, args)], cwd=cwd, check=True)


@pytest.fixture(scope='module')
def work(data_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp('work')
    (folder / 'tiny.json').write_text(json.dumps(TINY))
    run('train_autoencoder.py', '--data', data_dir, '--minutes', 0.02, '--batch', 2, cwd=folder)
    return folder


def train(work, data_dir, name, steps):
    run('train.py', '--data', data_dir, '--autoencoder', 'runs/ae/autoencoder', '--config', 'tiny.json', '--name', name, '--steps', steps, cwd=work)
    return torch.load(work / 'runs' / name / 'checkpoint.pt', weights_only=False)


def test_a_resumed_run_equals_an_unbroken_one(work, data_dir):
    whole = train(work, data_dir, 'whole', 4)
    train(work, data_dir, 'broken', 2)
    resumed = train(work, data_dir, 'broken', 4)
    assert resumed['step'] == whole['step'] == 4 and resumed['seen'] == 32
    for name, value in whole['ema'].items():
        torch.testing.assert_close(resumed['ema'][name], value)
    assert (work / 'runs/broken/pipeline/unet/config.json').exists()


def test_an_optimizer_from_before_the_covariate_group_keeps_each_parameters_moments():
    from train import in_these_groups
    reader, body, words = torch.nn.Linear(3, 2), torch.nn.Linear(2, 5), torch.nn.Linear(4, 4)
    unet = torch.nn.Sequential(body, reader)
    old = torch.optim.AdamW([{'params': list(unet.parameters())}, {'params': list(words.parameters())}])
    (reader(torch.ones(1, 3)).sum() + body(torch.ones(1, 2)).sum() + words(torch.ones(1, 4)).sum()).backward()
    old.step()
    new = torch.optim.AdamW([{'params': list(body.parameters())}, {'params': list(words.parameters())}, {'params': list(reader.parameters())}])
    new.load_state_dict(in_these_groups(old.state_dict(), unet, words, list(reader.parameters())))
    for parameter in (*reader.parameters(), *body.parameters(), *words.parameters()):
        assert torch.equal(new.state[parameter]['exp_avg'], old.state[parameter]['exp_avg'])
