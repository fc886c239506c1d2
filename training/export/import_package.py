"""Turns a shipped package back into a pipeline folder, so that training can go on from its weights.

    python -m training.export.import_package --package public/models/phantoscope-medical-256 --out runs/shipped
    python -m training.train.train --data DIR --autoencoder runs/shipped/vae --init runs/shipped --name next --minutes 90

Weights come back as they were stored: int8 per channel for UNet and text encoder (4 bits in a distilled UNet's linear layers),
float16 for the VAE. Of a package with a
distilled UNet and its teacher the teacher is read, which training can go on from; `--unet unet.onnx` reads the distilled one.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from training.common.errors import WeightsDoNotFit, named_errors
from training.export.graphs import EXAMPLE_BATCH, to_onnx
from training.export.parts import Decoder, Encoder, unet_inputs
from training.export.quantize import read_int4_blocks
from training.model.autoencoder import DOWNSCALE, MedicalAutoencoder
from training.model.text_encoder import MAX_LENGTH, MedicalTextEncoder, build_tokenizer, save_tokenizer
from training.model.unet import MedicalUNet


def stored_weights(path):
    """Name → float32 array of every weight of a stored graph, under the name it had before it was made smaller."""
    model = onnx.load(path)
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    axes = {node.output[0]: next(a.i for a in node.attribute if a.name == 'axis')
            for node in model.graph.node if node.op_type == 'DequantizeLinear'}
    out = {}
    for name, value in tensors.items():
        if name.endswith('_int8'):
            base = name.removesuffix('_int8')
            shape = [-1 if i == axes[base] else 1 for i in range(value.ndim)]
            out[base] = value.astype(np.float32) * tensors[base + '_scale'].reshape(shape)
        elif name.endswith('_int4'):
            out[name.removesuffix('_int4')] = read_int4_blocks(value, tensors[name.removesuffix('_int4') + '_scale'])
        elif name.endswith('_half'):
            out[name.removesuffix('_half')] = value.astype(np.float32)
        elif value.dtype == np.float32 and not name.endswith('_scale'):
            out[name] = value
    return out


def load_weights(module, wrapper, inputs, output, path):
    """Fills `module`, the part of `wrapper` that the graph at `path` holds, in place.

    It is exported again with random numbers in every parameter: the exporter gives the same names, and the
    numbers tell which parameter, turned which way, each name stands for. Raises ValueError where a parameter is not found.
    """
    stored = stored_weights(path)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()
    with tempfile.TemporaryDirectory() as folder:
        graph = to_onnx(wrapper, inputs, Path(folder) / 'random.onnx', output).graph
    places = {}
    for tensor in graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size > 1:
            places.setdefault(round(float(np.sort(value, axis=None)[0]), 6), []).append((tensor.name, value))
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            wanted = parameter.numpy()
            for place, value in places.get(round(float(wanted.min()), 6), []):
                turned = next((turn for turn in (lambda a: a, lambda a: a.T)
                               if turn(value).size == wanted.size and np.array_equal(turn(value).reshape(wanted.shape), wanted)), None)
                if turned:
                    parameter.copy_(torch.tensor(turned(stored[place]).reshape(wanted.shape)))
                    break
            else:
                raise ValueError(f'{name} of shape {wanted.shape} is not in {path}; was the package made by another export.py?')


def import_package(package, config, scaling_factor, unet_graph='unet.onnx'):
    """(unet, text encoder, vae) with the weights of a package. `config` is the training config it was made with: settings of `unet`,
    `text_encoder` and, where they are not the class's own, `autoencoder`."""
    unet, vae = MedicalUNet(**config['unet']).eval(), MedicalAutoencoder(**config.get('autoencoder', {})).eval()
    text_encoder = MedicalTextEncoder(vocab_size=build_tokenizer().get_vocab_size(), width=unet.config.prompt_dim, **config['text_encoder']).eval()
    size = unet.config.sample_size
    load_weights(unet, unet, unet_inputs(unet.config), 'noise_pred', package / unet_graph)
    load_weights(text_encoder, text_encoder, {'input_ids': torch.zeros(EXAMPLE_BATCH, MAX_LENGTH, dtype=torch.int64)}, 'prompt_embeds',
                 package / 'text-encoder.onnx')
    latents = torch.zeros(EXAMPLE_BATCH, unet.config.latent_channels, size, size)
    images = torch.zeros(EXAMPLE_BATCH, 3, DOWNSCALE * size, DOWNSCALE * size)
    load_weights(vae.decoder, Decoder(vae), {'latents': latents}, 'image', package / 'vae-decoder.onnx')
    load_weights(vae.encoder, Encoder(vae), {'image': images}, 'latents', package / 'vae-encoder.onnx')
    vae.register_to_config(scaling_factor=scaling_factor)
    return unet, text_encoder, vae


def check_package(entry):
    """Raises WeightsDoNotFit where a manifest entry describes a network that this version does not have."""
    latents = entry['latents']
    if latents['downscale'] != DOWNSCALE:
        raise WeightsDoNotFit(f"{entry['id']} {entry['version']} has latents of a {latents['downscale']}th of the image, this version of an "
                              f'{DOWNSCALE}th. Check out the version of the code that made it, or import a newer package.')


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--package', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--config', default='training/configs/base.json')
    parser.add_argument('--unet', help="file of the UNet's graph (default: unet-guided.onnx where there is one, else unet.onnx)")
    parser.add_argument('--out', required=True)
    args = parser.parse_args(argv)
    package, out = Path(args.package), Path(args.out)
    entry = next(m for m in json.loads(Path(args.manifest).read_text())['models'] if m['id'] == package.name)
    check_package(entry)
    graph = args.unet or ('unet-guided.onnx' if (package / 'unet-guided.onnx').exists() else 'unet.onnx')
    parts = import_package(package, json.loads(Path(args.config).read_text()), entry['latents']['scalingFactor'], graph)
    for name, part in zip(('unet', 'text_encoder', 'vae'), parts):
        part.save_pretrained(out / name)
    save_tokenizer(out / 'tokenizer')
    print(f'{out}: ready for sample.py and train.py --init')


if __name__ == '__main__':
    main()
