"""Judges a trained pipeline against real images that training never saw.

    python training/evaluate.py --pipeline runs/base/pipeline --data DIR --out docs/model-metrics.json

Writes flat figures: `modality_accuracy` (a classifier trained on real training images names the modality of images made
from the captions of validation rows, without covariates), the same for paraphrased captions and for real validation
images, PSNR and SSIM of the autoencoder by set, download size.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from data import MODALITIES, load_dataset, modality_index
from metrics import ssim_parts
from prompts import compose_prompt
from sample import contact_sheet, load_pipeline, sample
from torch import nn
from train_autoencoder import psnr, set_weights

CLASSIFIER_SIZE = 64


def small(images):
    """uint8 (n, 256, 256, 3) → float (n, 3, 64, 64) in −1…1."""
    x = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return F.avg_pool2d(x, images.shape[1] // CLASSIFIER_SIZE)


class ModalityClassifier(nn.Sequential):
    """Five convolutions and a linear layer: (n, 3, 64, 64) → logits (n, 6)."""

    def __init__(self):
        layers, channels = [], 3
        for width in (32, 64, 96, 128):
            layers += [nn.Conv2d(channels, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(channels, len(MODALITIES)))


def train_classifier(images, rows, train, steps=600, batch=64, seed=0):
    """Trains on real training images only; sets are balanced like in the generator, with flips and noise."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    labels = np.array([modality_index(rows[i]) for i in train])
    weights = set_weights([rows[i] for i in train])
    pool = torch.cat([small(images[train[k:k + 512]]) for k in range(0, len(train), 512)])
    model = ModalityClassifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    for step in range(steps):
        chosen = rng.choice(len(train), batch, p=weights)
        x = pool[chosen] + 0.1 * torch.randn(batch, 3, CLASSIFIER_SIZE, CLASSIFIER_SIZE)
        if step % 2:
            x = x.flip(3)
        loss = F.cross_entropy(model(x), torch.from_numpy(labels[chosen]), label_smoothing=0.05)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        for group in optimizer.param_groups:
            group['lr'] = 2e-3 * (1 - step / steps)
    return model.eval()


@torch.no_grad()
def accuracy_by_class(model, images, labels):
    """(overall, {modality: (right, n)}, predictions)."""
    predicted = torch.cat([model(small(images[k:k + 256])).argmax(1) for k in range(0, len(images), 256)]).numpy()
    labels = np.asarray(labels)
    by_class = {name: (int((predicted[labels == k] == k).sum()), int((labels == k).sum())) for k, name in enumerate(MODALITIES)}
    return float((predicted == labels).mean()), by_class, predicted


@torch.no_grad()
def autoencoder_quality(vae, images, rows, validation, per_set=40):
    """{set: {psnr, ssim, n}} on whole validation images."""
    out = {}
    for name in sorted({row['set'] for row in rows}):
        chosen = [i for i in np.nonzero(validation)[0] if rows[i]['set'] == name][:per_set]
        x = torch.from_numpy(np.array(images[chosen])).permute(0, 3, 1, 2).float() / 127.5 - 1
        y = torch.cat([vae(part).clamp(-1, 1) for part in x.split(8)])
        ssim, _ = ssim_parts(y, x, window=8, data_range=2.0)
        out[name] = {'psnr': round(psnr(y, x).mean().item(), 2), 'ssim': round(ssim.mean().item(), 4), 'n': len(chosen)}
    return out


def validation_rows(rows, validation, count, seed=0):
    """Row indices (count,) of validation rows, modalities in equal shares."""
    rng = np.random.default_rng(seed)
    pools = [[i for i in np.nonzero(validation)[0] if modality_index(rows[i]) == k] for k in range(len(MODALITIES))]
    return [int(rng.choice(pools[k % len(pools)])) for k in range(count)]


def name_modalities(pipeline, classifier, rows, chosen, prompts, **options):
    """Generates one image for each prompt, without covariates: (share named right, {modality: (right, n)}, images)."""
    made = sample(pipeline, prompts, [1000 + k for k in range(len(prompts))], [0] * len(prompts), **options)
    right, by, _ = accuracy_by_class(classifier, made, [modality_index(rows[i]) for i in chosen])
    return right, by, made


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', default='docs/model-metrics.json')
    parser.add_argument('--sheet', default='runs/evaluation.png')
    parser.add_argument('--count', type=int, default=200)
    parser.add_argument('--steps', type=int, default=12)
    parser.add_argument('--guidance', type=float, default=4.0)
    parser.add_argument('--package', help='folder of the exported package, for its size')
    args = parser.parse_args()

    rows, images, _, validation = load_dataset(args.data, args.cache)
    train = np.nonzero(~validation)[0]
    classifier_file = Path(args.cache) / 'modality-classifier.pt'
    if classifier_file.exists():
        classifier = ModalityClassifier()
        classifier.load_state_dict(torch.load(classifier_file))
        classifier.eval()
    else:
        classifier = train_classifier(images, rows, train)
        torch.save(classifier.state_dict(), classifier_file)
    held_out = np.nonzero(validation)[0]
    real, real_by, _ = accuracy_by_class(classifier, images[held_out], [modality_index(rows[i]) for i in held_out])
    print(f'real validation images: {real:.4f} of {len(held_out)}', real_by, flush=True)

    pipeline = load_pipeline(args.pipeline)
    chosen = validation_rows(rows, validation, args.count)
    options = {'num_inference_steps': args.steps, 'guidance_scale': args.guidance}
    right, by, made = name_modalities(pipeline, classifier, rows, chosen, [rows[i]['prompt'] for i in chosen], **options)
    print(f'captions: {right:.4f} of {args.count}', by, flush=True)
    contact_sheet(made[:60], 12).save(args.sheet)
    random.seed(0)
    paraphrased, paraphrased_by, _ = name_modalities(
        pipeline, classifier, rows, chosen, [compose_prompt(rows[i]) for i in chosen], **options)
    print(f'paraphrases: {paraphrased:.4f} of {args.count}', paraphrased_by, flush=True)
    metrics = {
        'split': 'validation: 10 % of patients, or of groups of near-duplicates, of each set',
        'modality_accuracy': right, 'modality_accuracy_samples': args.count, 'modality_by_class': by,
        'modality_accuracy_paraphrased': paraphrased, 'modality_by_class_paraphrased': paraphrased_by,
        'modality_accuracy_real': real, 'modality_accuracy_real_images': len(held_out),
        'steps': args.steps, 'guidance': args.guidance, 'unet_parameters': sum(p.numel() for p in pipeline.unet.parameters()),
        'autoencoder': autoencoder_quality(pipeline.vae, images, rows, validation)}
    if args.package:
        metrics['download_bytes'] = sum(f.stat().st_size for f in Path(args.package).iterdir())
    Path(args.out).write_text(json.dumps(metrics, indent=1) + '\n')
