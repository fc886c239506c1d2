"""A pipeline folder as training reads and writes it: unet/, text_encoder/, vae/, tokenizer/, augmentation.safetensors."""

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save_file

from training.data.augment import NUM_AUGMENTATIONS
from training.data.dataset import load_dataset
from training.data.prompts import split_words
from training.model.autoencoder import MedicalAutoencoder
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer, grow_vocabulary, read_tokenizer, save_tokenizer, words_of
from training.model.unet import MedicalUNet, add_augmentation, cut_augmentation
from training.model.weights import check_fit, read_part

AUGMENTATION_FILE = 'augmentation.safetensors'


@dataclass
class Networks:
    """What a run trains (unet, which reads augmentation numbers, and text_encoder) and what it only uses."""
    unet: MedicalUNet
    text_encoder: MedicalTextEncoder
    vae: MedicalAutoencoder
    tokenizer: object


def save_columns(folder, columns):
    """Keeps beside a pipeline what read the augmentation numbers: float32 (width, 9). Nothing but training reads it."""
    save_file({'columns': columns.float().cpu().contiguous()}, Path(folder) / AUGMENTATION_FILE)


def read_columns(folder):
    """What save_columns kept, or None."""
    path = Path(folder) / AUGMENTATION_FILE
    return load_file(path)['columns'] if path.exists() else None


def save_pipeline(folder, unet, text_encoder, vae, tokenizer):
    """Writes a pipeline folder; the UNet loses its augmentation columns to the file beside it."""
    narrow, columns = cut_augmentation(unet)
    narrow.save_pretrained(folder / 'unet')
    text_encoder.save_pretrained(folder / 'text_encoder')
    vae.save_pretrained(folder / 'vae')
    save_tokenizer(folder / 'tokenizer', tokenizer)
    if columns is not None:
        save_columns(folder, columns)


def read_networks(folder):
    """The parts of a pipeline folder, its UNet with augmentation numbers. Raises WeightsDoNotFit."""
    folder = Path(folder)
    unet, text_encoder, vae = (read_part(cls, folder / name) for cls, name in
                               ((MedicalUNet, 'unet'), (MedicalTextEncoder, 'text_encoder'), (MedicalAutoencoder, 'vae')))
    check_fit(unet, text_encoder, vae, folder)
    return Networks(add_augmentation(unet, NUM_AUGMENTATIONS, read_columns(folder)), text_encoder, vae, read_tokenizer(folder))


def new_words(rows, tokenizer):
    """Words of the captions that the tokenizer does not know, sorted."""
    known = tokenizer.get_vocab()
    return sorted({word for row in rows for word in split_words(row['prompt'])} - set(known))


def make_networks(args, config):
    """(Networks to train, rows, images, masks, validation) by train.py's arguments: read from --init, or new.

    Captions of a data set of one's own bring their words into the vocabulary.
    """
    rows, images, masks, validation = load_dataset(args.data, args.cache)
    before = read_networks(args.init) if args.init else None
    tokenizer = before.tokenizer if before else build_tokenizer()
    own = [row for row in rows if row['set'] == 'own']
    tokenizer = build_tokenizer([*words_of(tokenizer), *new_words(own, tokenizer)])
    size = tokenizer.get_vocab_size()
    vae = read_part(MedicalAutoencoder, args.autoencoder) if args.autoencoder else before.vae
    if before:
        unet, text_encoder = before.unet, grow_vocabulary(before.text_encoder, size)
    else:
        unet = MedicalUNet(**config['unet'], num_augmentations=NUM_AUGMENTATIONS)
        text_encoder = MedicalTextEncoder(vocab_size=size, width=unet.config.prompt_dim, **config['text_encoder'])
    check_fit(unet, text_encoder, vae, args.init or args.autoencoder)
    return Networks(unet, text_encoder, vae, tokenizer), rows, images, masks, validation
