"""Turns a folder of weights with their configs into a pipeline folder, to sample from and to train on from.

    python -m training.model.import_weights --from FOLDER --out runs/base/pipeline

FOLDER holds autoencoder.fp16.safetensors, text-encoder.fp16.safetensors and teacher-unet.fp16.safetensors; the metadata of each
says its config as JSON. `aug_columns` of the UNet, which read how an image was augmented, go to OUT/augmentation.safetensors: train.py
goes on with them, nothing else reads them. Covariates that the weights do not know yet start without effect.
"""

import argparse
import json
from pathlib import Path

from safetensors import SafetensorError, safe_open

from training.common.errors import WeightsDoNotFit, named_errors
from training.model.autoencoder import MedicalAutoencoder
from training.model.pipeline_folder import save_columns
from training.model.text_encoder import MedicalTextEncoder, build_tokenizer, save_tokenizer
from training.model.unet import MedicalUNet
from training.model.weights import build, check_fit, fill, today

FILES = {'vae': 'autoencoder.fp16.safetensors', 'text_encoder': 'text-encoder.fp16.safetensors', 'unet': 'teacher-unet.fp16.safetensors'}


def read_file(path):
    """(config, {name: tensor}) of a safetensors file. Raises WeightsDoNotFit where it lacks or cannot be read."""
    try:
        with safe_open(path, 'pt') as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}
        config = json.loads(metadata['config'])
    except (OSError, SafetensorError) as error:
        raise WeightsDoNotFit(f'{path} cannot be read ({error}). The folder must hold {", ".join(FILES.values())}.') from error
    except (KeyError, ValueError) as error:
        raise WeightsDoNotFit(f'{path} says no config in its metadata (key "config", JSON). Save it again with the settings of its '
                              'class there.') from error
    return config, state


def import_weights(folder):
    """(unet, text encoder, autoencoder, columns of the augmentation (width, 9) or None) from a folder as described above."""
    read = {part: read_file(Path(folder) / name) for part, name in FILES.items()}
    vae = fill(build(MedicalAutoencoder, read['vae'][0], FILES['vae']), read['vae'][1], FILES['vae'])
    config, state = read['text_encoder']
    config = {'vocab_size': build_tokenizer().get_vocab_size(), **config}
    text_encoder = fill(build(MedicalTextEncoder, config, FILES['text_encoder']), state, FILES['text_encoder'])
    config, state = read['unet']
    columns = state.pop('aug_columns', None)
    config, state = today(config, state, FILES['unet'])
    unet = fill(build(MedicalUNet, config, FILES['unet']), state, FILES['unet'])
    check_fit(unet, text_encoder, vae, folder)
    return unet.eval(), text_encoder.eval(), vae.eval(), columns


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--from', dest='source', required=True)
    parser.add_argument('--out', required=True)
    args = parser.parse_args(argv)
    unet, text_encoder, vae, columns = import_weights(args.source)
    out = Path(args.out)
    for name, part in (('unet', unet), ('text_encoder', text_encoder), ('vae', vae)):
        part.save_pretrained(out / name)
    save_tokenizer(out / 'tokenizer')
    if columns is not None:
        save_columns(out, columns)
    print(f'{out}: ready for sample.py and train.py --init')


if __name__ == '__main__':
    main()
