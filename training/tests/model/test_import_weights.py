"""A folder of weights becomes a pipeline folder, or says in one line why it cannot."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.common.errors import WeightsDoNotFit
from training.goldens.make_fixtures import tiny_pipeline
from training.model.import_weights import FILES, import_weights, main
from training.model.pipeline_folder import AUGMENTATION_FILE
from training.model.sample import load_pipeline
from training.model.unet import MedicalUNet

CONFIG = {'vae': {'fold': 1, 'encoder_channels': [8, 8, 8], 'decoder_channels': [8, 8, 8], 'encoder_blocks': [1, 1, 1],
                  'decoder_blocks': [1, 1, 1], 'scaling_factor': 0.98},
          'text_encoder': {'num_layers': 1, 'heads': 2, 'width': 32},
          'unet': {'latent_channels': 8, 'sample_size': 8, 'mask_size': 16, 'block_out_channels': [32], 'attention_levels': [False],
                   'prompt_dim': 32, 'num_covariate_tokens': 1, 'head_dim': 32}}


def states():
    """Weights of a UNet with seven covariates, as the first run of this network left them."""
    pipeline = tiny_pipeline()
    unet = MedicalUNet(**CONFIG['unet'], num_covariates=7)
    return {'vae': pipeline.vae.state_dict(), 'text_encoder': pipeline.text_encoder.state_dict(),
            'unet': {**unet.state_dict(), 'aug_columns': torch.ones(128, 9)}}


def write(folder, state, config=CONFIG):
    for part, name in FILES.items():
        tensors = {key: value.half().contiguous() for key, value in state[part].items()}
        save_file(tensors, folder / name, {'config': json.dumps(config[part])})
    return folder


def test_weights_become_a_pipeline_with_todays_covariates_and_the_augmentation_beside_it(tmp_path):
    state = states()
    main(['--from', str(write(tmp_path, state)), '--out', str(tmp_path / 'out')])
    pipeline = load_pipeline(tmp_path / 'out', torch.device('cpu'))
    assert pipeline.vae.config.scaling_factor == 0.98 and pipeline.unet.config.num_covariates == 8
    tokens = pipeline.unet.state_dict()['covariate_tokens.weight']
    assert not tokens[:, [7, 15]].any()
    torch.testing.assert_close(tokens[:, [*range(7), *range(8, 15)]], state['unet']['covariate_tokens.weight'], atol=1e-3, rtol=1e-3)
    assert load_file(tmp_path / 'out' / AUGMENTATION_FILE)['columns'].shape == (128, 9)


@pytest.mark.parametrize(('part', 'change', 'words'), [
    ('vae', {'fold': 2}, 'folds 2×2'), ('vae', {'inner_channels': 4}, 'other shapes'), ('unet', {'block_out_channels': [64]}, 'other shapes'),
    ('text_encoder', {'num_layers': 2}, 'lacks layers.1'), ('unet', {'kernel': 5}, 'names kernel')])
def test_a_config_of_another_network_is_named(tmp_path, part, change, words):
    write(tmp_path, states(), {**CONFIG, part: {**CONFIG[part], **change}})
    with pytest.raises(WeightsDoNotFit, match=words):
        import_weights(tmp_path)


def test_a_missing_file_and_one_without_a_config_are_named(tmp_path):
    with pytest.raises(WeightsDoNotFit, match='autoencoder.fp16.safetensors cannot be read'):
        import_weights(tmp_path)
    write(tmp_path, states())
    save_file({'a': torch.zeros(1)}, tmp_path / FILES['unet'])
    with pytest.raises(WeightsDoNotFit, match='says no config'):
        import_weights(tmp_path)


def test_the_command_ends_with_one_line_and_code_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(['--from', str(tmp_path), '--out', str(tmp_path / 'out')])
    assert ended.value.code == 2 and capsys.readouterr().err.startswith('WeightsDoNotFit: ')
