import pytest
import torch

from training.common.errors import WeightsDoNotFit
from training.model.autoencoder import MedicalAutoencoder
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer, tokenize
from training.model.unet import CLASS_INPUT, MedicalUNet, add_augmentation, cut_augmentation, widen_covariates

TINY_UNET = dict(sample_size=4, mask_size=16, block_out_channels=(32, 64), attention_levels=(False, True), prompt_dim=32,
                 num_covariate_tokens=2, head_dim=32)


def test_the_autoencoder_keeps_shapes_and_bounds_its_latents():
    model = MedicalAutoencoder(encoder_channels=(8, 8, 8), decoder_channels=(8, 8, 8))
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    latents = model.encode(images * 100)
    assert latents.shape == (2, 8, 8, 8) and latents.abs().max() <= 3
    assert model.decode(latents).shape == images.shape


def test_a_config_that_says_fold_1_is_read_and_one_that_folds_is_refused():
    assert MedicalAutoencoder.from_config({'fold': 1, 'inner_channels': 8}).config.inner_channels == 8
    with pytest.raises(WeightsDoNotFit, match='folds 2×2'):
        MedicalAutoencoder.from_config({'fold': 2, 'inner_channels': 4})


def moved(unet):
    """The UNet with every parameter away from its start: zeros would hide a column in the wrong place."""
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return unet


def test_weights_of_fewer_covariates_do_what_they_did_whatever_the_new_one_says():
    before = moved(MedicalUNet(**TINY_UNET, num_covariates=7)).eval()
    after = MedicalUNet(**TINY_UNET).eval()
    after.load_state_dict(widen_covariates(before.state_dict(), 8))
    x, t, embeds = torch.randn(2, 8, 4, 4), torch.tensor([500.0, 30.0]), torch.randn(2, 5, 32)
    values, flags, mask, there = torch.rand(2, 8), torch.ones(2, 8), torch.rand(2, 2, 16, 16), torch.ones(2, 1)
    expected = before(x, t, embeds, values[:, :7], flags[:, :7], mask, there)
    torch.testing.assert_close(after(x, t, embeds, values, flags, mask, there), expected)
    torch.testing.assert_close(after(x, t, embeds, values, flags - torch.eye(8)[7], mask, there), expected)
    with pytest.raises(WeightsDoNotFit, match='8 covariates'):
        widen_covariates(after.state_dict(), 7)


def test_augmentation_columns_come_off_and_go_back_without_a_trace():
    plain = moved(MedicalUNet(**TINY_UNET)).eval()
    wide = add_augmentation(plain, 9, torch.randn(len(plain.state_dict()[CLASS_INPUT]), 9))
    inputs = (torch.randn(1, 8, 4, 4), torch.tensor([500.0]), torch.randn(1, 5, 32), torch.rand(1, 8), torch.ones(1, 8),
              torch.rand(1, 2, 16, 16), torch.ones(1, 1))
    torch.testing.assert_close(wide(*inputs), plain(*inputs))
    assert not torch.allclose(wide(*inputs, torch.ones(1, 9)), plain(*inputs))
    narrow, columns = cut_augmentation(wide)
    assert narrow.config.num_augmentations == 0 and torch.equal(narrow(*inputs), plain(*inputs))
    again = add_augmentation(narrow, 9, columns)
    assert torch.equal(again(*inputs, torch.ones(1, 9)), wide(*inputs, torch.ones(1, 9)))


def test_an_absent_condition_changes_nothing_whatever_its_value():
    unet = MedicalUNet(**TINY_UNET).eval()
    latents, embeds = torch.randn(1, 8, 4, 4), torch.randn(1, 5, 32)
    none = torch.zeros(1, 8)
    def run(covariates, present, mask, mask_present):
        return unet(latents, torch.tensor([500.0]), embeds, covariates, present, mask, mask_present)
    plain = run(none, none, torch.zeros(1, 2, 16, 16), torch.zeros(1, 1))
    assert torch.equal(plain, run(none + 0.7, none, torch.ones(1, 2, 16, 16), torch.zeros(1, 1)))
    assert not torch.allclose(plain, run(none + 0.7, none + 1, torch.zeros(1, 2, 16, 16), torch.zeros(1, 1)))
    assert not torch.allclose(plain, run(none, none, torch.ones(1, 2, 16, 16), torch.ones(1, 1)))


def test_padding_does_not_reach_the_other_tokens():
    tokenizer = build_tokenizer()
    encoder = MedicalTextEncoder(vocab_size=tokenizer.get_vocab_size(), width=32, num_layers=1, heads=2).eval()
    ids = tokenize(tokenizer, ['chest x-ray, PNEUMONIA'])
    assert ids.shape == (1, 40) and (ids[0, 6:] == 0).all() and (ids[0, :6] != 1).all()
    torch.testing.assert_close(encoder(ids)[:, :6], encoder(ids[:, :6]))
    assert encoder(ids)[:, 6:].abs().max() == 0


def test_a_word_outside_the_vocabulary_is_unknown():
    ids = tokenize(build_tokenizer(), ['chest zebra'])[0]
    assert (ids == 1).sum() == 1
