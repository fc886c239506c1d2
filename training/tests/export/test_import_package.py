"""A package becomes trainable weights again, or says that it is of another version."""

import json

import pytest
import torch

from training.export.export import export_pipeline
from training.export.import_package import main
from training.export.manifest_entry import build_entry, covariate_entries
from training.goldens.make_fixtures import tiny_pipeline
from training.model.sample import load_pipeline

CONFIG = {'unet': {'sample_size': 8, 'mask_size': 16, 'block_out_channels': [32], 'attention_levels': [False], 'prompt_dim': 32,
                   'num_covariate_tokens': 1, 'head_dim': 32},
          'text_encoder': {'num_layers': 1, 'heads': 2},
          'autoencoder': {'encoder_channels': [8, 8, 8], 'decoder_channels': [8, 8, 8], 'encoder_blocks': [1, 1, 1], 'decoder_blocks': [1, 1, 1]}}


@pytest.fixture(scope='module')
def shipped(tmp_path_factory):
    folder, pipeline = tmp_path_factory.mktemp('package'), tiny_pipeline()
    with torch.no_grad():
        for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder):
            for parameter in part.parameters():                      # as after training: no two tensors are equal
                parameter += 0.01 * torch.randn_like(parameter)
    components, tokenizer = export_pipeline(pipeline, folder / 'tiny', trainable=True)
    entry = build_entry('tiny', components, tokenizer, pipeline.unet.config, 0.9, {'patch': 1, 'weights': []}, covariate_entries())
    (folder / 'config.json').write_text(json.dumps(CONFIG))
    return folder, pipeline, entry


def run(folder, entry):
    (folder / 'manifest.json').write_text(json.dumps({'models': [entry]}))
    main(['--package', str(folder / 'tiny'), '--manifest', str(folder / 'manifest.json'), '--config', str(folder / 'config.json'),
          '--out', str(folder / 'out')])


def test_images_and_latents_of_the_imported_pipeline_are_the_packages(shipped):
    folder, pipeline, entry = shipped
    assert entry['image'] == {'width': 64, 'height': 64} and entry['latents']['channels'] == 8
    run(folder, entry)
    imported = load_pipeline(folder / 'out', torch.device('cpu'))
    images = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(imported.vae(images), pipeline.vae(images), atol=2e-3, rtol=1e-2)       # float16 weights
    assert imported.vae.config.scaling_factor == 0.9


def test_a_package_with_folded_latents_is_refused_by_name(shipped, capsys):
    folder, _, entry = shipped
    with pytest.raises(SystemExit):
        run(folder, {**entry, 'version': '0.3.0', 'latents': {**entry['latents'], 'downscale': 16}})
    assert 'WeightsDoNotFit: tiny 0.3.0' in capsys.readouterr().err
