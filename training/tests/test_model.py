import torch
from autoencoder import MedicalAutoencoder
from text_encoder import MedicalTextEncoder, build_tokenizer, tokenize
from unet import MedicalUNet

TINY_UNET = dict(latent_channels=16, sample_size=4, mask_size=16, block_out_channels=(32, 64), attention_levels=(False, True), prompt_dim=32,
                 num_covariate_tokens=2, head_dim=32)


def test_the_autoencoder_keeps_shapes_and_bounds_its_latents():
    model = MedicalAutoencoder(encoder_channels=(8, 8, 8), decoder_channels=(8, 8, 8))
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    latents = model.encode(images * 100)
    assert latents.shape == (2, 16, 4, 4) and latents.abs().max() <= 3
    assert model.decode(latents).shape == images.shape


def test_an_absent_condition_changes_nothing_whatever_its_value():
    unet = MedicalUNet(**TINY_UNET).eval()
    latents, embeds = torch.randn(1, 16, 4, 4), torch.randn(1, 5, 32)
    none = torch.zeros(1, 7)
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
