"""What smaller weights cost: the same seeds with float32, int8 and 4-bit weights, by pixels and by KID.

    python -m training.evaluate.compare_quantization --pipeline runs/few/pipeline --data DIR --out docs/model-metrics.json

Weights are rounded as quantize.py and ONNX's blocked DequantizeLinear would store them; arithmetic stays as it is. The
result goes under `details.quantization` of the metrics file.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from training.data.dataset import MODALITIES
from training.evaluate.evaluate import Judged, caption_images, write_details
from training.evaluate.fidelity import groups, kid_ratio
from training.export.quantize import SMALL
from training.model.generated import CachedGenerator
from training.model.sample import load_pipeline

BLOCK = 32


def int8_per_channel(weight):
    """Rounded to max|w| / 127 of each output channel (the first axis). float (out, …) → same shape."""
    flat = weight.flatten(1)
    scale = flat.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
    return (torch.round(flat / scale).clamp(-127, 127) * scale).view_as(weight)


def int4_blocks(weight, block=BLOCK):
    """Rounded to 16 levels with a float16 scale for each `block` neighbours along the inputs. float (out, …) → same shape."""
    flat = weight.flatten(1)
    padded = torch.nn.functional.pad(flat, (0, -flat.shape[1] % block)).view(len(flat), -1, block)
    low, high = padded.amin(2, keepdim=True).clamp_max(0), padded.amax(2, keepdim=True).clamp_min(0)
    scale = ((high - low).clamp_min(1e-8) / 15).half().float()
    zero = torch.round(-low / scale).clamp(0, 15)
    rounded = (torch.round(padded / scale) + zero).clamp(0, 15) - zero
    return (rounded * scale).flatten(1)[:, :flat.shape[1]].reshape(weight.shape)


def stored_bytes(weight, bits):
    """Bytes of a weight with its scales (and 4-bit zero points)."""
    if bits == 32:
        return 4 * weight.numel()
    if bits == 8:
        return weight.numel() + 4 * len(weight)
    return weight.numel() // 2 + -(-weight.numel() // BLOCK) * 2.5


# Name → bits of a convolution's and of a linear layer's weight.
VARIANTS = {'float32': (32, 32), 'int8 per channel': (8, 8), 'int8, linear layers 4-bit': (8, 4), '4-bit blocks of 32': (4, 4)}
_ROUND = {32: lambda w: w, 8: int8_per_channel, 4: int4_blocks}


@torch.no_grad()
def rounded_copy(pipeline, folder, conv_bits, linear_bits):
    """Saves the pipeline with rounded UNet and text encoder weights; returns the bytes of all rounded weights."""
    total = 0
    for part in (pipeline.unet, pipeline.text_encoder):
        for module in part.modules():
            weight = getattr(module, 'weight', None)
            if not isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)) or weight.numel() < SMALL:
                continue
            bits = conv_bits if isinstance(module, torch.nn.Conv2d) else linear_bits
            total += stored_bytes(weight, bits)
            weight.copy_(_ROUND[bits](weight))
    for name, part in (('unet', pipeline.unet), ('text_encoder', pipeline.text_encoder), ('vae', pipeline.vae)):
        part.save_pretrained(folder / name)
    return int(total)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--work', default='runs/quantization')
    parser.add_argument('--steps', type=int, default=4)
    parser.add_argument('--guidance', type=float, default=1.0)
    parser.add_argument('--per-set', type=int, default=100)
    parser.add_argument('--out', default='docs/model-metrics.json')
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    judged = Judged(args)
    at = [part for name, part in groups(judged.rows, judged.chosen).items() if name in MODALITIES]
    out, plain = {}, None
    for name, bits in VARIANTS.items():
        folder = Path(args.work) / name.replace(' ', '-').replace(',', '')
        total = rounded_copy(load_pipeline(args.pipeline, torch.device('cpu')), folder, *bits)
        images = caption_images(CachedGenerator(folder, args.steps, args.guidance), judged.rows, judged.chosen)
        made = judged.features(images)
        plain = plain or (images, made)
        out[name] = {'bytes': total, 'mean_absolute_difference': float(np.abs(images.astype(np.int16) - plain[0]).mean()),
                     'kid_over_float32': {space: kid_ratio(judged.real[space], made[space], plain[1][space], at) for space in made}}
        print(name, out[name], flush=True)
    write_details(args.out, 'quantization', {'steps': args.steps, 'images': len(judged.chosen), 'variants': out})
