"""Fine-tuning a tiny Stable Diffusion: the loss falls, a run resumes exactly, and what it saves can be loaded."""

import csv
import json

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from training.data.captions import read_captions
from training.goldens.make_sd_fixtures import tiny_stable_diffusion
from training.train.finetune import main, parse_arguments
from training.train.stable_diffusion import prepare_training, read_image, snr_weights


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """(pipeline folder, image folder): eight smooth pictures with a .txt each."""
    pipeline, images = tmp_path_factory.mktemp('pipeline'), tmp_path_factory.mktemp('images')
    tiny_stable_diffusion().save_pretrained(pipeline)
    rng = np.random.default_rng(0)
    for k in range(8):
        small = Image.fromarray(rng.integers(0, 255, (3, 4, 3), dtype=np.uint8))
        small.resize((48, 36), Image.Resampling.BICUBIC).save(images / f'{k}.png')
        (images / f'{k}.txt').write_text(f'picture {k}')
    return str(pipeline), str(images)


def tune(folders, name, *options):
    common = ['--pipeline', folders[0], '--images', folders[1], '--name', name, '--size', '32', '--batch', '4', '--accumulate', '1', '--warmup', '1']
    run = main([*common, *options])
    losses = [float(row[1]) for row in csv.reader(open(run / 'log.csv'))]
    return run, losses


def unet_answer(pipeline):
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return pipeline.unet(torch.randn(1, 4, 8, 8, generator=generator), 500, torch.randn(1, 77, 32, generator=generator)).sample


def test_full_training_lowers_the_loss_and_saves_a_whole_pipeline(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run, losses = tune(folders, 'full', '--full', '--lr', '3e-3', '--steps', '60', '--ema', '0.9', '--min-snr', '5')
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])
    tuned = StableDiffusionPipeline.from_pretrained(run / 'pipeline', safety_checker=None)
    assert not torch.allclose(unet_answer(tuned), unet_answer(tiny_stable_diffusion()), atol=1e-2)


def test_a_lora_lowers_the_loss_loads_into_diffusers_and_draws_validation_images(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ['--lora-wide', '--text-encoder', '--rank', '8', '--lr', '2e-2', '--steps', '60', '--validation-prompt', 'picture 1',
               '--validation-steps', '2']
    run, losses = tune(folders, 'lora', *options)
    assert np.mean(losses[-10:]) < 0.95 * np.mean(losses[:5])
    loaded = tiny_stable_diffusion()
    loaded.load_lora_weights(str(run / 'lora'))
    # The same weights by another way: the checkpoint's, put into a pipeline that is ready to be trained.
    trained = tiny_stable_diffusion()
    parameters = prepare_training(trained, parse_arguments(['--pipeline', '', '--images', '', '--name', '', *options]), torch.float32)
    for parameter, value in zip(parameters, torch.load(run / 'checkpoint.pt', weights_only=False)['trained']):
        parameter.data.copy_(value)
    torch.testing.assert_close(unet_answer(loaded), unet_answer(trained), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(unet_answer(loaded), unet_answer(tiny_stable_diffusion()), atol=1e-2)
    texts = [p.encode_prompt('picture 1', 'cpu', 1, False)[0] for p in (loaded, trained, tiny_stable_diffusion())]
    torch.testing.assert_close(texts[0], texts[1], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(texts[0], texts[2], atol=1e-2)
    assert Image.open(run / 'step-000060.png').size == (32, 32)


def test_a_resumed_run_ends_where_an_unbroken_one_does(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ('--rank', '4', '--lr', '1e-3', '--accumulate', '2', '--ema', '0.9')
    tune(folders, 'whole', *options, '--steps', '6')
    tune(folders, 'broken', *options, '--steps', '3')
    tune(folders, 'broken', *options, '--steps', '6')
    whole, broken = (torch.load(f'runs/{name}/checkpoint.pt', weights_only=False) for name in ('whole', 'broken'))
    assert whole['step'] == broken['step'] == 6
    for kind in ('trained', 'ema'):
        assert all(torch.equal(a, b) for a, b in zip(whole[kind], broken[kind]))
    assert any(not torch.equal(a, b) for a, b in zip(whole['trained'], whole['ema']))


def test_captions_come_from_a_table_or_beside_the_image_or_from_the_command(tmp_path):
    for name in ('a', 'b'):
        Image.new('RGB', (8, 8)).save(tmp_path / f'{name}.png')
    with pytest.raises(SystemExit, match='has no caption'):
        read_captions(tmp_path)
    assert read_captions(tmp_path, 'x-ray') == [(tmp_path / 'a.png', 'x-ray'), (tmp_path / 'b.png', 'x-ray')]
    (tmp_path / 'a.txt').write_text('one\n')
    assert read_captions(tmp_path, 'x-ray')[0] == (tmp_path / 'a.png', 'one')
    (tmp_path / 'metadata.jsonl').write_text(json.dumps({'file_name': 'b.png', 'text': 'two'}) + '\n')
    assert read_captions(tmp_path) == [(tmp_path / 'b.png', 'two')]
    (tmp_path / 'captions.csv').write_text('file,caption\na.png,"three, four"\nc.png,five\n')
    with pytest.raises(SystemExit, match='c.png'):
        read_captions(tmp_path)


def test_images_are_cut_square_from_their_middle(tmp_path):
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = 255
    Image.fromarray(pixels).save(tmp_path / 'wide.png')
    image = read_image(tmp_path / 'wide.png', 10)
    assert image.shape == (3, 10, 10) and image.min() == 1
    pixels[:, 10:15] = 0
    Image.fromarray(pixels).save(tmp_path / 'wide.png')
    assert read_image(tmp_path / 'wide.png', 10)[0, 0].tolist() == [-1] * 5 + [1] * 5
    assert read_image(tmp_path / 'wide.png', 10, flip=True)[0, 0].tolist() == [1] * 5 + [-1] * 5


def test_min_snr_weights_are_one_below_gamma_and_fall_above():
    alphas = torch.tensor([0.5, 0.9])                                 # SNR 1 and 9
    torch.testing.assert_close(snr_weights(alphas, 5.0, False), torch.tensor([1.0, 5 / 9]))
    torch.testing.assert_close(snr_weights(alphas, 5.0, True), torch.tensor([0.5, 0.5]))
