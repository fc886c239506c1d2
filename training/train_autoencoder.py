"""Trains the autoencoder on random crops and saves runs/NAME/autoencoder, checkpoint.pt and log.csv.

    python training/train_autoencoder.py --data DIR --name ae --minutes 20

Run again with the same name to go on from the checkpoint. `--decoder-only` keeps the latents as they are and
improves the decoder alone, which never invalidates a trained UNet.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from autoencoder import MedicalAutoencoder
from data import load_dataset


def psnr(a, b):
    """Peak signal-to-noise ratio in dB of images in −1…1, one value per image. (batch, 3, H, W) → (batch,)."""
    mse = ((a.clamp(-1, 1) - b) ** 2).mean(dim=(1, 2, 3)).clamp_min(1e-10)
    return 10 * torch.log10(4 / mse)


def detail_loss(x, y, levels=3):
    """L1 between image gradients at several scales: keeps vessels and edges that plain L1 smooths away."""
    total = 0
    for level in range(levels):
        total = total + F.l1_loss(x.diff(dim=-1), y.diff(dim=-1)) + F.l1_loss(x.diff(dim=-2), y.diff(dim=-2))
        if level + 1 < levels:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return total / levels


def frequency_loss(x, y):
    """L1 between orthonormal FFTs (Jiang et al. 2021, https://arxiv.org/abs/2012.12821, without its weights)."""
    return (torch.fft.rfft2(x.float(), norm='ortho') - torch.fft.rfft2(y.float(), norm='ortho')).abs().mean()


def colour_loss(x, y):
    """L1 between the coarse colour differences R − G and B − G. Most sets are grey, so plain L1 lets colour fade."""
    def differences(image):
        return F.avg_pool2d(image[:, [0, 2]] - image[:, 1:2], 4)
    return F.l1_loss(differences(x), differences(y))


def random_crops(images, indices, size, rng):
    """uint8 (n, 256, 256, 3), (batch,) → float (batch, 3, size, size) in −1…1."""
    crops = np.empty((len(indices), size, size, 3), np.uint8)
    limit = images.shape[1] - size + 1
    for k, i in enumerate(indices):
        y, x = rng.integers(0, limit, 2)
        crops[k] = images[i, y:y + size, x:x + size]
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 127.5 - 1


def set_weights(rows, power=0.5, label_power=0.0, factors=None):
    """Sampling weight of each row, so that a set of n images is drawn in proportion to factors[set]·n^(1 − power).

    Within a set a label and skin tone of n images is drawn in proportion to n^(1 − label_power).
    """
    kind_of = [(row['set'], row['label'], row['skin_tone']) for row in rows]
    sets, kinds = Counter(row['set'] for row in rows), Counter(kind_of)
    weights = np.array([kinds[kind] ** -label_power for kind in kind_of])
    totals = Counter()
    for row, weight in zip(rows, weights):
        totals[row['set']] += weight
    share = {name: (factors or {}).get(name, 1.0) * n ** (1 - power) for name, n in sets.items()}
    weights = np.array([weight / totals[row['set']] * share[row['set']] for row, weight in zip(rows, weights)])
    return weights / weights.sum()


@torch.no_grad()
def validate(model, images, rows, validation, device, per_set=6):
    """Mean PSNR of whole validation images by set, in dB."""
    model.eval()
    out = {}
    for name in sorted({row['set'] for row in rows}):
        chosen = [i for i in np.nonzero(validation)[0] if rows[i]['set'] == name][:per_set]
        if not chosen:
            continue
        batch = torch.from_numpy(images[chosen]).permute(0, 3, 1, 2).float().to(device) / 127.5 - 1
        with torch.autocast(device.type, torch.bfloat16):
            out[name] = psnr(model(batch).float(), batch).mean().item()
    model.train()
    return out


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--name', default='ae')
    parser.add_argument('--minutes', type=float, default=20)
    parser.add_argument('--crops', type=int, help='ends after so many crops instead of minutes: for comparisons')
    parser.add_argument('--crop', type=int, default=64)
    parser.add_argument('--batch', type=int, default=24)
    parser.add_argument('--lr', type=float, default=5e-4)
    parser.add_argument('--inner-channels', type=int, default=8)
    parser.add_argument('--decoder-only', action='store_true')
    parser.add_argument('--init', help='folder of a trained autoencoder to start from')
    parser.add_argument('--threads', type=int, default=0)
    args = parser.parse_args()

    if args.threads:
        torch.set_num_threads(args.threads)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    run = Path('runs') / args.name
    run.mkdir(parents=True, exist_ok=True)
    (run / 'config.json').write_text(json.dumps(vars(args), indent=1))
    rows, images, _, validation = load_dataset(args.data, args.cache)
    train = np.nonzero(~validation)[0]
    weights = set_weights([rows[i] for i in train])
    rng = np.random.default_rng(int(time.time()))

    model = MedicalAutoencoder.from_pretrained(args.init) if args.init else MedicalAutoencoder(inner_channels=args.inner_channels)
    model = model.train().to(device, memory_format=torch.channels_last)
    print(sum(p.numel() for p in model.encoder.parameters()), sum(p.numel() for p in model.decoder.parameters()))
    parameters = model.decoder.parameters() if args.decoder_only else model.parameters()
    optimizer = torch.optim.AdamW(parameters, lr=args.lr, betas=(0.9, 0.98), weight_decay=1e-4)
    step, crops_seen = 0, 0
    if (run / 'checkpoint.pt').exists():
        saved = torch.load(run / 'checkpoint.pt', map_location=device)
        model.load_state_dict(saved['model'])
        step, crops_seen = saved['step'], saved['crops_seen']
        if saved['decoder_only'] == args.decoder_only:
            optimizer.load_state_dict(saved['optimizer'])

    started = last = time.time()
    seconds, crops_before = args.minutes * 60, crops_seen
    running = 0.0
    while True:
        elapsed = time.time() - started
        spent = (crops_seen - crops_before) / args.crops if args.crops else elapsed / seconds
        # The rate falls to a twentieth over the last 60 % of the time: most of the gain comes then.
        progress = max(0.0, (spent - 0.4) / 0.6)
        rate = args.lr * min(1.0, (step + 1) / 100) * max(0.05, 1 - progress)
        for group in optimizer.param_groups:
            group['lr'] = rate
        indices = rng.choice(train, args.batch, p=weights)
        batch = random_crops(images, indices, args.crop, rng).to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.set_grad_enabled(not args.decoder_only):
                latents = model.encode(batch)
            output = model.decode(latents)
        output = output.float()
        loss = F.l1_loss(output, batch) + 0.5 * detail_loss(output, batch) + 0.2 * frequency_loss(output, batch)
        loss = loss + 2 * colour_loss(output, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        crops_seen += len(batch)
        running = 0.98 * running + 0.02 * loss.item() if step > 1 else loss.item()
        done = spent >= 1
        if time.time() - last > 120 or done:
            last = time.time()
            by_set = validate(model, images, rows, validation, device)
            mean = sum(by_set.values()) / max(1, len(by_set))
            line = f'{step},{crops_seen},{elapsed:.0f},{running:.4f},{mean:.2f},' + ' '.join(
                f'{k}:{v:.1f}' for k, v in by_set.items())
            print(line, flush=True)
            with open(run / 'log.csv', 'a') as file:
                file.write(line + '\n')
            torch.save({'model': model.state_dict(), 'optimizer': optimizer.state_dict(), 'step': step,
                        'crops_seen': crops_seen, 'decoder_only': args.decoder_only}, run / 'checkpoint.pt')
            model.save_pretrained(run / 'autoencoder')
        if done:
            break
