"""A package read back draws what its graphs draw; the store keeps pictures one by one; noise and guidance are what they say."""

import dataclasses

import numpy as np
import pytest
import torch
from tiny import small_pipeline

from training.common.errors import BadSetting, WeightsDoNotFit
from training.common.philox import initial_noise, initial_noises
from training.evaluate.same_picture import compare_pictures, difference
from training.export.export import export_pipeline
from training.export.manifest_entry import build_entry, covariate_entries
from training.export.package import _fill, open_package, package_digest, read_entry, read_package
from training.model.autoencoder import MedicalAutoencoder
from training.model.generated import Generator, ImageStore
from training.model.sample import sample, sample_latents


@pytest.fixture(scope='module')
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp('models') / 'small'
    pipeline = small_pipeline()
    components, tokenizer = export_pipeline(pipeline, folder)
    return folder, build_entry('small', components, tokenizer, pipeline.unet.config, 0.9, {}, covariate_entries())


def test_pytorch_draws_from_the_stored_weights_what_the_graphs_draw(package):
    weights, graphs = read_package(*package), open_package(*package)
    original = small_pipeline()
    for part in ('unet', 'text_encoder'):
        for (name, parameter), was in zip(getattr(weights, part).named_parameters(), getattr(original, part).parameters()):
            # A sixteenth of the largest weight is what 4 bits can be off.
            assert (parameter - was).abs().max() <= was.abs().max() / 7, name
    assert weights.vae.config.scaling_factor == 0.9 and [name for name, *_ in weights.covariates][-1] == 'nuclei'
    found = compare_pictures(graphs, weights, ['fp32', 'bf16'], num_inference_steps=3, guidance_scale=2.0)
    assert found['fp32']['within'] and found['fp32']['mean'] < 0.05 and found['bf16']['within']
    # The comparison can fail: a rounded-off convolution draws another picture.
    with torch.no_grad():
        weights.unet.unet.conv_out.weight.mul_(1.5)
    changed = compare_pictures(graphs, weights, ['fp32'], num_inference_steps=3, guidance_scale=2.0)['fp32']
    assert not changed['within'] and changed['mean'] > changed['allowed']


def test_what_does_not_fit_is_refused_by_name(package, tmp_path):
    folder, entry = package
    with pytest.raises(WeightsDoNotFit, match='holds no weight encoder.1.weight'):
        _fill(MedicalAutoencoder(), {}, folder / 'vae-decoder.onnx')
    manifest = tmp_path / 'manifest.json'
    manifest.write_text('{"models": [{"id": "one"}]}')
    with pytest.raises(BadSetting, match='it has one'):
        read_entry(manifest, 'two')
    unet = entry['components']['unet']
    longer = {**unet, 'weights': [{**unet['weights'][0], 'bytes': unet['weights'][0]['bytes'] + 1}]}
    with pytest.raises(WeightsDoNotFit, match='unet-0.bin has'):
        package_digest(folder, {**entry, 'components': {**entry['components'], 'unet': longer}})


def test_the_digest_of_a_package_is_that_of_its_bytes(package, tmp_path):
    folder, entry = package
    before = package_digest(folder, entry)
    copy = tmp_path / 'copy'
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert package_digest(copy, entry) == before
    weights = copy / entry['components']['unet']['weights'][0]['name']
    flipped = bytearray(weights.read_bytes())
    flipped[0] ^= 1
    weights.write_bytes(flipped)
    assert package_digest(copy, entry) != before


def test_noise_of_many_streams_is_the_noise_of_each():
    many = initial_noises([7, 2**32 - 1, 7], [0, 5, 1], (8, 4, 4)).numpy()
    for noise, (seed, index) in zip(many, ((7, 0), (2**32 - 1, 5), (7, 1))):
        np.testing.assert_allclose(noise, initial_noise(seed, index, (8, 4, 4)), atol=1e-6)


def test_guidance_pushes_only_while_sigma_is_in_its_interval():
    pipeline, asked = small_pipeline(), (['breast ultrasound, benign'], [1], [0])
    def latents(**options):
        return sample_latents(pipeline, *asked, num_inference_steps=4, **options)
    plain, everywhere = latents(guidance_scale=1.0), latents(guidance_scale=3.0)
    torch.testing.assert_close(latents(guidance_scale=3.0, guidance_interval=(0.3, 0.4)), plain)      # σ are 1, ¾, ½, ¼
    torch.testing.assert_close(latents(guidance_scale=3.0, guidance_interval=(0.25, 1.0)), everywhere)
    part = latents(guidance_scale=3.0, guidance_interval=(0.5, 0.75))
    assert (part - plain).abs().max() > 1e-3 and (part - everywhere).abs().max() > 1e-3


def test_the_store_survives_a_cut_and_gives_pictures_in_the_order_asked_for(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    keys = [f'{k:032x}' for k in range(3)]
    ImageStore(tmp_path).add(keys, images)
    with open(tmp_path / 'images.bin', 'ab') as file:                     # half a picture, and a key without one
        file.write(b'\0' * 1000)
    with open(tmp_path / 'index.txt', 'a') as file:
        file.write(f'{9:032x}\n0000')
    store = ImageStore(tmp_path)
    assert store.count == 3 and f'{9:032x}' not in store
    assert (store.get([keys[2], keys[0]]) == images[[2, 0]]).all()
    store.add([f'{9:032x}'], images[1:2])
    assert (ImageStore(tmp_path).get([f'{9:032x}'])[0] == images[1]).all()
    with pytest.raises(ValueError, match='uint8'):
        store.add(['x'], images[:1].astype(np.float32))


def test_a_generator_draws_each_picture_once_and_knows_what_was_asked(tmp_path, monkeypatch):
    drawn = []
    def fake(pipeline, prompts, seeds, indices, **options):
        drawn.append((list(prompts), list(seeds)))
        return np.stack([np.full((256, 256, 3), seed % 251, np.uint8) for seed in seeds])
    monkeypatch.setattr('training.model.generated.sample', fake)
    few = Generator(None, 'weights', ImageStore(tmp_path), steps=4, batch=2)
    first = few.images(['a', 'b', 'c'], first_seed=10)
    assert [prompts for prompts, _ in drawn] == [['a', 'b'], ['c']] and first[:, 0, 0, 0].tolist() == [10, 11, 12]
    again = few.images(['c', 'a', 'd'], seeds=[12, 10, 13])
    assert drawn[2:] == [(['d'], [13])] and again[:, 0, 0, 0].tolist() == [12, 10, 13]
    reopened = dataclasses.replace(few, store=ImageStore(tmp_path))
    reopened.images(['a', 'b', 'c'], first_seed=10)
    assert len(drawn) == 3
    for other in (few.with_steps(8), few.with_steps(4, guidance=2.0), few.with_steps(4, interval=(0.2, 0.8)), few.with_steps(4, weights='else')):
        other.images(['a'], first_seed=10)
    few.images(['a'], first_seed=10, covariates=[{'age': 5.0}])
    few.images(['a'], first_seed=10, masks=np.zeros((1, 2, 64, 64), np.float32))
    assert len(drawn) == 9


def test_differences_are_counted_in_grey_levels():
    a = np.full((1, 4, 4, 3), 200, np.uint8)
    b = a.copy()
    b[0, 0, 0] = 10
    assert difference(a, b) == {'mean': 190 / 16, 'largest': 190}


def test_a_graph_pipeline_takes_masks_and_covariates(package):
    graphs = open_package(*package)
    asked = dict(num_inference_steps=1, guidance_scale=1.0, precision='fp32')
    plain = sample(graphs, ['microscopy'], [1], [0], **asked)
    masked = sample(graphs, ['microscopy'], [1], [0], masks=np.ones((1, 2, 64, 64), np.float32), **asked)
    counted = sample(graphs, ['microscopy'], [1], [0], covariates=[{'nuclei': 100.0}], **asked)
    assert plain.shape == (1, 256, 256, 3) and (plain != masked).any() and (plain != counted).any()
