"""The exported package of the volume model computes what the network computes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from training.common.philox import initial_noise
from training.export.graphs import open_session
from training.goldens.make_volume_fixtures import FRAME, label_map, start_image, tiny_model
from training.volumes.export import export_model, preview_of, write_volume_entry
from training.volumes.flow import Guidance, conditions_of, walk
from training.volumes.haar import inverse_haar
from training.volumes.manifest_entry import build_entry, calibrated_ranges
from training.volumes.sample import Package, default_request, flow_sigmas, labels_of, open_package, voxels
from training.volumes.stored import read_package
from training.volumes.words import build_tokenizer, tokenize


@pytest.fixture(scope='module')
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp('package') / 'tiny-volume'
    model, codec = tiny_model()
    components, tokenizer = export_model(model, codec, folder, FRAME)
    return model, codec, folder, build_entry('tiny-volume', components, tokenizer, preview_of(codec), 4, 1.0, FRAME)


@pytest.mark.parametrize('scale', [1, 2])
def test_a_run_of_the_package_is_a_walk_of_the_network_up_to_int8(exported, scale):
    model, codec, folder, entry = exported
    package = Package(folder, entry)
    labels = label_map(FRAME)
    request = default_request(entry, seed=3, covariates={'posterior_mm3': 1500.0}, guidanceScale=scale)
    latents, decoded = package.run(request, labels)
    noise = torch.from_numpy(initial_noise(3, 0, latents.shape))
    conditions = conditions_of(torch.tensor(tokenize([request['prompt']])), torch.tensor([[0.0, 1500.0]]), torch.from_numpy(labels)[None],
                               torch.tensor([True]), torch.tensor([[False, True]]), torch.tensor([True]))
    no = torch.tensor([False])
    unsaid = conditions_of(torch.tensor(tokenize([''])), torch.zeros(1, 2), torch.from_numpy(labels)[None], no, no[:, None].expand(1, 2), no)
    expected = walk(model, noise, conditions, request['numInferenceSteps'], Guidance(scale, *entry['defaults']['guidanceInterval']), unsaid)
    # int8 weights: half a step of 127 each.
    assert (torch.from_numpy(latents) - expected).abs().max() < 0.05 * expected.abs().max()
    image, found = codec.decode_pair(torch.from_numpy(latents))
    again, found_again = voxels(decoded)
    assert np.abs(image[0].numpy().astype(int) - again).max() <= 1 and (found[0].numpy() != found_again).mean() < 0.001
    assert np.array_equal(labels_of(decoded), found_again)


def test_an_image_is_kept_while_its_label_map_is_drawn(exported):
    _, _, folder, entry = exported
    package, image = Package(folder, entry), start_image(FRAME)
    drawn, free = (package.run(default_request(entry, init={'strength': strength}), image=image)[1] for strength in (0, 0.5))
    assert np.abs(voxels(drawn)[0].astype(int) - image).max() <= 1
    assert np.abs(voxels(free)[0].astype(int) - image).max() > 5


def test_a_package_comes_back_as_the_network_that_it_stores():
    folder = Path(__file__).parents[3] / 'public/models/phantoscope-hippocampus-3d'
    package = open_package(folder, folder.parents[2] / 'model-manifest.json')
    model, codec = read_package(folder, package.entry)
    noise = torch.from_numpy(initial_noise(3, 0, (1, 24, 20, 28, 20)))
    no = torch.tensor([False])
    unsaid = conditions_of(torch.tensor(tokenize([''])), torch.zeros(1, 2), torch.zeros(1, 40, 56, 40), no, no[:, None].expand(1, 2), no)
    latents, decoded = package.run(default_request(package.entry, prompt='', seed=3, guidanceScale=1, numInferenceSteps=1))
    assert torch.allclose(walk(model, noise, unsaid, 1), torch.from_numpy(latents), atol=1e-3)
    assert torch.allclose(codec.decode(torch.from_numpy(latents))[0], torch.from_numpy(decoded), atol=1e-3)


def test_the_graphs_take_any_batch_and_the_encoder_undoes_the_decoder(exported):
    _, _, folder, _ = exported
    latents = np.random.default_rng(0).normal(size=(2, 24, 4, 8, 12)).astype(np.float32)
    decoded = open_session(folder / 'vae-decoder.onnx').run(None, {'latents': latents})[0]
    assert decoded.shape == (2, 3, *FRAME)
    again = open_session(folder / 'vae-encoder.onnx').run(None, {'image': decoded})[0]
    assert np.abs(again - latents).max() < 1e-4


def test_the_preview_is_the_first_voxel_of_each_pair_along_z(exported):
    _, codec, _, entry = exported
    bands = torch.randn(1, 24, 4, 8, 12) / 4
    weights = np.array(entry['preview']['weights'])                                    # (12, 25)
    image = (inverse_haar(bands / codec.scale[:, None, None, None] + codec.mean[:, None, None, None])[0, 0] + 1) / 2
    for row, (dx, dy) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        drawn = np.tensordot(weights[row, :24], bands[0].numpy(), 1) + weights[row, 24]
        assert np.abs(drawn - image[dx::2, dy::2, 0::2].numpy()).max() < 2e-4


def test_the_tokenizer_cuts_as_the_training_did():
    tokenizer = build_tokenizer()
    for prompt in ('Hippocampus MRI, with LARGE anterior-part', 'smooth é tumour', ''):
        ids = tokenizer.encode(prompt).ids
        assert ids == tokenize([prompt])[0][:len(ids)]


def test_the_entry_goes_behind_the_default_model(tmp_path, exported):
    entry = exported[3]
    path = tmp_path / 'm.json'
    path.write_text(json.dumps({'schemaVersion': 1, 'defaultModel': 'a', 'models': [{'id': 'a'}, {'id': entry['id']}, {'id': 'b'}]}))
    write_volume_entry(path, entry)
    manifest = json.loads(Path(path).read_text())
    assert [model['id'] for model in manifest['models']] == ['a', 'b', 'tiny-volume'] and manifest['defaultModel'] == 'a'


def test_sigmas_shift_towards_noise():
    assert np.allclose(flow_sigmas(2, 3.0), [1, 0.75, 0])


def test_the_ranges_are_what_the_network_draws_at_their_ends():
    asked = np.random.default_rng(0).uniform(1000, 2600, (50, 2))
    found = np.stack([600 + 0.5 * asked[:, 0], 100 + asked[:, 1]], axis=1)
    assert calibrated_ranges(asked, found) == ((1100, 1900), (1050, 2300))
