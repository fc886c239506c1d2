"""What int8 arithmetic in the decoder would change in the pictures: its convolutions rounded by onnxruntime, against float32.

    python -m training.evaluate.int8_decoder --package public/models/phantoscope-medical-256 --out runs/int8-decoder

Writes decoder-float32.onnx and decoder-int8.onnx, and prints PSNR and MS-SSIM of pictures that the ranges were not taken from. How long
each takes in the browser's runtime: node bench/compare-graphs.js runs/int8-decoder/decoder-float32.onnx runs/int8-decoder/decoder-int8.onnx
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from training.export.graphs import open_session
from training.export.package import open_package
from training.judges.metrics import ms_ssim
from training.model.sample import sample_latents


class _Latents(CalibrationDataReader):
    """The latents whose activations say how far each tensor goes, one row at a time."""

    def __init__(self, latents):
        self.rows = iter(latents)

    def get_next(self):
        row = next(self.rows, None)
        return None if row is None else {'latents': row[None]}


def write_float32(source, target):
    """The decoder without its Casts: weights stored in float16 as the float32 that they stand for."""
    model = onnx.load(source)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.op_type == 'Cast' and node.input[0] in stored]:
        half = stored[node.input[0]]
        model.graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(half).astype(np.float32), node.output[0]))
        model.graph.initializer.remove(half)
        model.graph.node.remove(node)
    onnx.save(model, target)


def write_int8(source, target, latents):
    """The float32 decoder with int8 convolutions, their ranges those of `latents` (n, channels, size, size)."""
    quantize_static(source, target, _Latents(latents), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
                    weight_type=QuantType.QInt8, op_types_to_quantize=['Conv'])


def compare(reference, changed, latents):
    """{psnr, msSsim}, each {least, mean}, of two decoders' pictures in −1…1 and a little beyond."""
    a, b = (torch.from_numpy(np.concatenate([session.run(None, {'latents': row[None]})[0] for row in latents])).clamp(-1, 1)
            for session in (open_session(reference), default_session(changed)))
    psnr = 10 * torch.log10(4 / (a - b).square().mean(dim=(1, 2, 3)))
    grey = [(x.mean(1, keepdim=True) + 1) / 2 for x in (a, b)]
    return {name: {'least': round(float(values.min()), 4), 'mean': round(float(values.mean()), 4)}
            for name, values in (('psnr', psnr), ('msSsim', ms_ssim(*grey)))}


def default_session(path):
    """onnxruntime with its own defaults, by which rounded convolutions run in int8."""
    return onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--package', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    package, out = Path(args.package), Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    entry = next(entry for entry in json.loads(Path(args.manifest).read_text())['models'] if entry['id'] == package.name)
    prompts = [example['prompt'] for example in entry['examples']]
    pipeline = open_package(package, entry)
    steps = entry['defaults']['numInferenceSteps']
    latents = [sample_latents(pipeline, prompts, [seed] * len(prompts), [0] * len(prompts), num_inference_steps=steps,
                              guidance_scale=1.0).numpy() / entry['latents']['scalingFactor'] for seed in (1, 2)]
    plain, rounded = out / 'decoder-float32.onnx', out / 'decoder-int8.onnx'
    write_float32(package / entry['components']['vaeDecoder']['graph']['name'], plain)
    write_int8(plain, rounded, latents[0])
    print(json.dumps({'calibrated on': len(latents[0]), 'compared': len(latents[1]), **compare(plain, rounded, latents[1])}))


if __name__ == '__main__':
    main()
