"""A small 3D U-Net that finds the two parts of a hippocampus; the judge of volumes, and what synthetic pairs are to train."""

import torch
import torch.nn.functional as F
from torch import nn

from training.volumes.augment import changed_batch
from training.volumes.haar import BANDS, fold, unfold

CLASSES = 3


class Segmenter(nn.Module):
    """Image (batch, 1, 40, 56, 40) in −1…1 → logits (batch, 3, 40, 56, 40). Works on 2×2×2 blocks, so at an eighth of the cost."""

    def __init__(self, width=16):
        super().__init__()
        def block(size_in, size_out, stride=1):
            return nn.Sequential(nn.Conv3d(size_in, size_out, 3, stride, 1), nn.GroupNorm(4, size_out), nn.SiLU())
        self.first = nn.Sequential(block(BANDS, width), block(width, width))
        self.down = nn.Sequential(block(width, 2 * width, 2), block(2 * width, 2 * width))
        self.deep = nn.Sequential(block(2 * width, 4 * width, 2), block(4 * width, 4 * width))
        self.up1 = block(6 * width, 2 * width)
        self.up0 = block(3 * width, width)
        self.last = nn.Conv3d(width, CLASSES * BANDS, 1)

    def forward(self, image):
        h0 = self.first(fold(image))
        h1 = self.down(h0)
        h = F.interpolate(self.deep(h1), scale_factor=2.0, mode='nearest')
        h = F.interpolate(self.up1(torch.cat([h, h1], dim=1)), scale_factor=2.0, mode='nearest')
        return unfold(self.last(self.up0(torch.cat([h, h0], dim=1))))


def one_hot(labels):
    """Integers (n, …) → float (n, 3, …)."""
    return F.one_hot(labels.long(), CLASSES).movedim(-1, 1).float()


def segmentation_loss(logits, target, row_weight=None):
    """Cross-entropy plus one minus the soft Dice of the two parts. logits, target: (n, 3, X, Y, Z), the latter one-hot;
    row_weight (n,): shares of the cross-entropy that sum to 1, equal ones without it."""
    each = -(logits.log_softmax(1) * target).sum(dim=1).mean(dim=(1, 2, 3))
    shares = logits.softmax(1)
    both = (shares * target).sum(dim=(0, 2, 3, 4))[1:]
    whole = (shares + target).sum(dim=(0, 2, 3, 4))[1:]
    return (each.mean() if row_weight is None else (row_weight * each).sum()) + 1 - (2 * both / (whole + 1)).mean()


def train_segmenter(parts, steps, batch=4, seed=0, lr=3e-3, net=None, bf16=False):
    """Trains on canvases; parts: [(canvases (n, 3, 48, 64, 48), scanned), …], drawn alike. Returns the network.

    Each step draws a part, then volumes of it, and changes them as the generator's training does. bf16: the convolutions in
    bfloat16, which takes two thirds of the time on a CPU with AMX.
    """
    torch.manual_seed(seed)
    device = parts[0][0].device
    net = (net or Segmenter()).to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    net.train()
    for _ in range(steps):
        canvases, scanned = parts[torch.randint(0, len(parts), (1,)).item()]
        indices = torch.randint(0, len(canvases), (batch,), device=device)
        with torch.no_grad():
            drawn = changed_batch(canvases[indices].float(), scanned[indices])
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            logits = net(drawn.volumes[:, :1])
        segmentation_loss(logits.float(), one_hot(drawn.labels)).backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
    return net.eval()


@torch.no_grad()
def segment(net, images, batch=8):
    """uint8 (n, 40, 56, 40) → labels uint8 of the same shape."""
    return torch.cat([net(images[k:k + batch, None].float() / 127.5 - 1).argmax(1).to(torch.uint8)
                      for k in range(0, len(images), batch)])


def dice(found, labels):
    """Mean over both parts of the Dice overlap, each volume (n,). found, labels: integers (n, X, Y, Z)."""
    scores = []
    for part in (1, 2):
        a, b = found == part, labels == part
        both, whole = (a & b).sum(dim=(1, 2, 3)), a.sum(dim=(1, 2, 3)) + b.sum(dim=(1, 2, 3))
        scores.append(2 * both / whole.clamp_min(1))
    return torch.stack(scores).float().mean(0)
