"""What is asked of a model while it trains and just after: held-out loss, copies, samples to look at."""

import struct
import zlib
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from training.volumes.data import VOLUME_RANGES
from training.volumes.flow import conditions_of, flow_loss, loss_weights, walk
from training.volumes.haar import BANDS, haar

SIGMAS = 4                         # levels of the held-out loss
MOST = 32                          # volumes of it


@lru_cache(maxsize=SIGMAS)
def fixed_noise(shape, seed, device):
    """The same normal numbers on every device and at every call."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(device)


@torch.no_grad()
def held_out_loss(model, bank, part, given, most=MOST):
    """Mean loss of a split's first volumes at fixed levels and noise, all volumes known, label map `given` or not."""
    indices = bank.split[part][:most]
    batch = bank.plain(indices)
    x0, weights = bank.codec.encode(batch.volumes), loss_weights(batch.scanned)
    n, device = len(indices), bank.device
    ids = torch.zeros(n, bank.prompts.shape[2], dtype=torch.int64, device=device)
    said = lambda value: torch.full((n,), value, dtype=torch.bool, device=device)
    conditions = conditions_of(ids, batch.mm3, batch.labels, said(False), said(True)[:, None].expand(-1, 2), said(given))
    losses = []
    for k in range(SIGMAS):
        sigma = torch.full((n,), (k + 0.5) / SIGMAS, device=device)
        losses.append(flow_loss(model, x0, fixed_noise(x0.shape, k, device), sigma, weights, conditions).mean())
    return torch.stack(losses).mean().item()


@torch.no_grad()
def draw_samples(model, bank, count, steps=8, batch=32, seed=0, guidance=None, ranges=None):
    """`count` volumes for volumes asked for near those of training. → dict of arrays: images, labels uint8, asked and found mm³.

    ranges: what a manifest says may be asked for, mm³; the network is told the same place between its own VOLUME_RANGES.
    """
    rng = torch.Generator().manual_seed(seed)
    train = bank.mm3[bank.split['train']].cpu()
    asked = train[torch.randint(0, len(train), (count,), generator=rng)] + 40 * torch.randn(count, 2, generator=rng)
    told = asked
    if ranges is not None:
        (low, high), (own_low, own_high) = (torch.tensor(r, dtype=torch.float32).T for r in (ranges, VOLUME_RANGES))
        asked = asked.clamp(low, high)
        told = own_low + (asked - low) / (high - low) * (own_high - own_low)
    grid = bank.plain(bank.split['train'][:1]).volumes.shape[2:]
    images, labels = [], []
    for k in range(0, count, batch):
        mm3 = told[k:k + batch].to(bank.device)
        n = len(mm3)
        noise = fixed_noise((n, 3 * BANDS, *(g // 2 for g in grid)), seed + 1 + k, bank.device)
        said = torch.ones(n, 2, dtype=torch.bool, device=bank.device)
        ids = torch.zeros(n, bank.prompts.shape[2], dtype=torch.int64, device=bank.device)
        nothing = torch.zeros(n, *grid, dtype=torch.uint8, device=bank.device)
        conditions, unsaid = (conditions_of(ids, mm3, nothing, ~said[:, 0], which, ~said[:, 0]) for which in (said, ~said))
        image, label = bank.codec.decode_pair(walk(model, noise, conditions, steps, guidance, unsaid))
        images.append(image.cpu())
        labels.append(label.cpu())
    images, labels = torch.cat(images).numpy(), torch.cat(labels).numpy()
    found = np.stack([(labels == 1).sum((1, 2, 3)), (labels == 2).sum((1, 2, 3))], axis=1)
    return {'images': images, 'labels': labels, 'asked_mm3': asked.numpy(), 'found_mm3': found}


def coarse_features(images):
    """uint8 (n, 40, 56, 40) → unit vectors (n, …): block means of the middle, which nearly every scan covers."""
    means = haar(torch.as_tensor(images)[:, None].float())[:, 0][:, 3:-3, 3:-3, 3:-3]
    means = F.avg_pool3d(means[:, None], 3, 1, 1).flatten(1)
    return F.normalize(means - means.mean(1, keepdim=True), dim=1)


def nearest(images, others):
    """Highest correlation of each image with any other, as it is or mirrored: (n,)."""
    features = coarse_features(others)
    both = [coarse_features(images), coarse_features(np.ascontiguousarray(np.flip(images, 1)))]
    return torch.stack([(f @ features.T).amax(1) for f in both]).amax(0)


def copy_rate(samples, bank):
    """Share of samples nearer to a training volume than 19 of 20 validation volumes are. A quick look, no proof."""
    def images(part):
        whole = torch.cat([bank.plain(bank.split[part][k:k + 16]).volumes[:, 0].cpu() for k in range(0, len(bank.split[part]), 16)])
        return ((whole + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    train, validation = images('train'), images('validation')
    limit = torch.quantile(nearest(validation, train), 0.95)
    near = nearest(samples['images'], train)
    return {'copy_rate': (near > limit).float().mean().item(), 'nearest_generated': near.median().item(),
            'nearest_validation': nearest(validation, train).median().item()}


def planes_of(image):
    """uint8 (x, y, z) → one grey picture of its axial, coronal and sagittal middle planes, 56 rows high."""
    x, y, z = image.shape
    planes = [image[:, :, z // 2].T, image[:, y // 2].T, image[x // 2].T]
    side = max(image.shape)
    padded = [np.pad(p, ((0, side - p.shape[0]), (0, side - p.shape[1]))) for p in planes]
    return np.concatenate([p[::-1] for p in padded], axis=1)


def montage(rows):
    """Lists of (image, label) → one grey picture: three planes each, the label map below as grey levels."""
    def pair(image, label):
        return np.concatenate([planes_of(image), planes_of((label * 120).astype(np.uint8))])
    return np.concatenate([np.concatenate([pair(*one) for one in row], axis=1) for row in rows])


def write_png(path, grey):
    """uint8 (height, width) → an 8-bit grey PNG; needs no imaging package."""
    def chunk(kind, raw):
        return struct.pack('>I', len(raw)) + kind + raw + struct.pack('>I', zlib.crc32(kind + raw))
    height, width = grey.shape
    lines = b''.join(b'\0' + row.tobytes() for row in np.ascontiguousarray(grey))
    header = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(lines)) + chunk(b'IEND', b''))
