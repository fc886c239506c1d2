"""Judges generated volumes against real ones; writes one JSON.

    python3 -m training.volumes.evaluate --data hippocampus.zip --samples samples.npz --checkpoint best.safetensors --out volumes.json

samples.npz holds images and labels uint8 (n, 40, 56, 40) and asked_mm3 (n, 2), as train.py leaves them and sample.py --npz writes
them. Segmenters are trained on real pairs, on synthetic pairs and on both, a few seeds each, and compared on the held-out test
split. --parts names what to compute; what an older JSON at --out has of the others stays.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from training.common.files import out_file
from training.export.package import read_entry
from training.common.errors import named_errors
from training.volumes.bank import Bank
from training.volumes.checkpoints import load_checkpoint
from training.volumes.data import CANVAS, FRAME, read_volumes
from training.volumes.fields import fields_of
from training.volumes.flow import Guidance, conditions_of, flow_loss, loss_weights
from training.volumes.measures import auc, compare_morphometry, copies, diversity, relative_error, spearman
from training.volumes.probe import draw_samples, fixed_noise
from training.volumes.segmenter import dice, segment, train_segmenter
from training.volumes.stored import read_package

PARTS = ('control', 'images', 'copies', 'membership', 'dice')
SIGMAS = (0.125, 0.375, 0.625, 0.875)


def as_canvases(images, labels):
    """Pairs (n, 40, 56, 40) as train_segmenter takes them: laid into the canvas, edges repeated, scanned in the frame only."""
    pad = [((c - f) // 2, (c - f) // 2) for c, f in zip(CANVAS, FRAME)]
    wide = torch.from_numpy(np.pad(images, [(0, 0), *pad], mode='edge'))
    label = torch.from_numpy(np.pad(labels, [(0, 0), *pad]))
    scanned = torch.from_numpy(np.pad(np.ones(images.shape, bool), [(0, 0), *pad]))
    fields = torch.cat([fields_of(label[k:k + 16]).half() for k in range(0, len(label), 16)])
    return torch.cat([wide[:, None].half() / 127.5 - 1, fields], dim=1), scanned


class Real:
    """The splits of the real volumes, as canvases and as frames."""

    def __init__(self, path, device):
        self.bank = Bank(read_volumes(path), device)

    def canvases(self, part, most=None):
        indices = self.bank.split[part][:most]
        return self.bank.canvases[indices], self.bank.scanned[indices]

    def frames(self, part):
        """images and labels, uint8 tensors (n, 40, 56, 40) on the device."""
        batches = [self.bank.plain(self.bank.split[part][k:k + 16]) for k in range(0, len(self.bank.split[part]), 16)]
        images = torch.cat([((b.volumes[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8) for b in batches])
        return images, torch.cat([b.labels for b in batches])


def judge_control(real, samples, steps, seed=0, bf16=False):
    """Asked mm³ against what a segmenter of real volumes finds in the generated images, and against the drawn labels."""
    net = train_segmenter([real.canvases('train')], steps, seed=seed, bf16=bf16)
    images, labels = real.frames('test')
    found = segment(net, torch.from_numpy(samples['images']).to(images.device)).cpu().numpy()
    own = segment(net, images)
    result = {'segmenter_dice': dice(own, labels).mean().item()}
    def volume(maps, part):
        return (np.asarray(maps) == part).sum((1, 2, 3))
    for k, part in enumerate(('anterior', 'posterior')):
        asked, true = samples['asked_mm3'][:, k], volume(labels.cpu(), k + 1)
        pairs = {'image': (asked, volume(found, k + 1)), 'label': (asked, volume(samples['labels'], k + 1)),
                 'judge_on_real': (true, volume(own.cpu(), k + 1))}      # what the judge itself can do
        for name, (expected, got) in pairs.items():
            result[f'{name}_{part}'] = {'spearman': spearman(expected, got), 'mean_error': relative_error(expected, got)}
    return result


def judge_dice(real, samples, steps, seeds, sizes=(160, 60, 20), bf16=False, after=lambda result: None):
    """Dice on held-out real volumes of segmenters trained on synthetic pairs, on so many real ones, on the synthetic and then the
    real ones, and on both together where all real ones are among `sizes`. after: told what is known once a seed is through."""
    synthetic = tuple(t.to(real.bank.device) for t in as_canvases(samples['images'], samples['labels']))
    images, labels = real.frames('test')
    scores = {}
    def note(way, net):
        scores.setdefault(way, []).append(dice(segment(net, images), labels).mean().item())
    for seed in range(seeds):
        first = train_segmenter([synthetic], steps, seed=seed, bf16=bf16)
        note('synthetic', first)
        if len(real.bank.split['train']) in sizes:
            note('both', train_segmenter([real.canvases('train'), synthetic], steps, seed=seed, bf16=bf16))
        for size in sizes:
            own = real.canvases('train', size)
            note(f'real_{len(own[0])}', train_segmenter([own], steps, seed=seed, bf16=bf16))
            then = train_segmenter([own], steps, seed=seed, lr=1e-3, net=copy.deepcopy(first), bf16=bf16)
            note(f'synthetic_then_real_{len(own[0])}', then)
        after(summarize_dice(scores))
    return summarize_dice(scores)


def summarize_dice(scores):
    """{way: Dice of each seed} → means, ratio to real, and gains with Student's 95 % half-widths."""
    summary = {way: {'mean': float(np.mean(values)), 'each': values} for way, values in scores.items()}
    sizes = [int(way.removeprefix('real_')) for way in scores if way.startswith('real_')]
    result = {'scores': summary, 'ratio_synthetic_real': summary['synthetic']['mean'] / summary[f'real_{max(sizes)}']['mean']}
    for size in sizes:
        gains = np.array(scores[f'synthetic_then_real_{size}']) - np.array(scores[f'real_{size}'])
        n = len(gains)
        half = float(stats.t.ppf(0.975, n - 1) * gains.std(ddof=1) / np.sqrt(n)) if n > 1 else None
        result[f'gain_{size}'] = {'mean': float(gains.mean()), 'half_width': half}
    return result


def judge_images(real, samples):
    """MS-SSIM within each set, and morphometry of the label maps."""
    images, labels = real.frames('train')
    return {'ms_ssim': diversity(samples['images']), 'ms_ssim_real': diversity(images.cpu().numpy()),
            'morphometry': compare_morphometry(samples['labels'], labels.cpu().numpy())}


def held_out_frames(real):
    """Images that the generator has not seen: validation and test."""
    return np.concatenate([real.frames(part)[0].cpu().numpy() for part in ('validation', 'test')])


@torch.no_grad()
def membership_losses(model, codec, real, part, most=64):
    """Mean denoising loss of each volume at four levels with one noise; label map and mm³ unsaid."""
    indices, device = real.bank.split[part][:most], real.bank.device
    losses = []
    for index in indices:
        batch = real.bank.plain(index[None])
        n = len(SIGMAS)
        x0, weights = codec.encode(batch.volumes), loss_weights(batch.scanned)
        ids = torch.zeros(n, real.bank.prompts.shape[2], dtype=torch.int64, device=device)
        nothing = torch.zeros(n, dtype=torch.bool, device=device)
        labels = batch.labels.expand(n, -1, -1, -1)
        conditions = conditions_of(ids, batch.mm3.expand(n, 2), labels, nothing, nothing[:, None].expand(n, 2), nothing)
        noise = fixed_noise((n, *x0.shape[1:]), 11, device)
        spread = lambda t: t.expand(n, *t.shape[1:])
        sigmas = torch.tensor(SIGMAS, device=device)
        losses.append(flow_loss(model, spread(x0), noise, sigmas, spread(weights), conditions).mean().item())
    return losses


def judge_membership(real, checkpoint):
    """AUC of the loss as a sign of membership: training against validation and test volumes."""
    model, codec, _, _ = load_checkpoint(checkpoint, real.bank.device)
    members = membership_losses(model, codec, real, 'train')
    others = [*membership_losses(model, codec, real, 'validation'), *membership_losses(model, codec, real, 'test')]
    return {**auc(members, others), 'members': len(members), 'others': len(others)}


def drawn(real, model, codec, count, steps, guidance=None, ranges=None):
    """Samples of a model, asked for as training volumes are and a little beside."""
    bank = copy.copy(real.bank)
    bank.codec = codec
    return draw_samples(model, bank, count, steps, batch=min(8, count), seed=2000, guidance=guidance, ranges=ranges)


def drawn_from_package(real, folder, manifest, count):
    """Samples of a package with the defaults of its manifest entry, in bfloat16: that takes a third of the time on a CPU with AMX."""
    entry = read_entry(manifest, Path(folder).name)
    model, codec = read_package(folder, entry)
    model.bf16 = True
    defaults = entry['defaults']
    guidance = Guidance(defaults['guidanceScale'], *defaults.get('guidanceInterval', (0, 1)))
    ranges = [(c['min'], c['max']) for c in entry['conditions']['covariates']]
    return drawn(real, model.to(real.bank.device), codec, count, defaults['numInferenceSteps'], guidance, ranges)


def samples_of(real, args):
    """What is judged: from a file, or drawn now."""
    if args.samples:
        return dict(np.load(args.samples))
    if args.package:
        return drawn_from_package(real, args.package, args.manifest, args.generate)
    model, codec, _, _ = load_checkpoint(args.checkpoint, real.bank.device)
    return drawn(real, model, codec, args.generate, args.draw_steps)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--samples', help='file; without it --generate says how many the checkpoint draws')
    parser.add_argument('--generate', type=int, default=256)
    parser.add_argument('--draw-steps', type=int, default=8)
    parser.add_argument('--checkpoint', help='for membership, and for samples where there are none')
    parser.add_argument('--package', help='folder of a package to draw from, with the defaults of its manifest entry')
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--keep-samples', type=out_file, help='file for what was drawn')
    parser.add_argument('--sizes', default='160,60,20', help='numbers of real volumes that segmenters learn from')
    parser.add_argument('--out', type=out_file, required=True)
    parser.add_argument('--parts', default=','.join(PARTS))
    parser.add_argument('--steps', type=int, default=400, help='of each segmenter')
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--bf16', action='store_true', help='train segmenters in bfloat16')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--device', default='cpu')
    args = parser.parse_args()
    args.parts = args.parts.split(',')
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f'--parts knows {", ".join(PARTS)}, not {", ".join(sorted(unknown))}')
    if not (args.samples or args.checkpoint or args.package):
        parser.error('--samples, --package or --checkpoint is needed: there is nothing to judge')
    return args


@named_errors
def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    real, out = Real(args.data, torch.device(args.device)), Path(args.out)
    samples = samples_of(real, args)
    if args.keep_samples:
        np.savez_compressed(args.keep_samples, **samples)
    result = json.loads(out.read_text()) if out.exists() else {}
    def keep(part, found):
        result[part] = found
        print(part, json.dumps(found), flush=True)
        out.write_text(json.dumps(result, indent=1) + '\n')
    judges = {'control': lambda: judge_control(real, samples, args.steps, bf16=args.bf16),
              'dice': lambda: judge_dice(real, samples, args.steps, args.seeds, [int(n) for n in args.sizes.split(',')], args.bf16,
                                         lambda partial: keep('dice', partial)),
              'images': lambda: judge_images(real, samples),
              'copies': lambda: copies(samples['images'], real.frames('train')[0].cpu().numpy(), held_out_frames(real)),
              'membership': lambda: judge_membership(real, args.checkpoint)}
    for part in PARTS:
        if part not in args.parts or (part == 'membership' and not args.checkpoint):
            continue
        started = time.time()
        keep(part, {**judges[part](), 'seconds': round(time.time() - started, 1)})


if __name__ == '__main__':
    main()
