"""Pairs for the page's judge, and what this folder's finds with them: the Dice of both is to be the same within what seeds vary.

    python -m training.volumes.page_pairs --data hippocampus.zip --samples samples.npz --out runs/volumes-page

Writes OUT.bin (image and label map of each volume, uint8 (40, 56, 40) each: the first real ones of the training split, then
synthetic ones, then the test split) and OUT.json (how many of each, and the Dice by seed of segmenters trained on the real ones,
and on both). tests/browser/finetune/volume-dice.prove.ts reads them.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from training.common.errors import named_errors
from training.volumes.evaluate import Real, as_canvases
from training.volumes.segmenter import dice, segment, train_segmenter


def write_pairs(path, sets):
    """sets: [(images, labels), …], uint8 arrays (n, 40, 56, 40)."""
    with open(path, 'wb') as file:
        for images, labels in sets:
            for image, label in zip(images, labels):
                file.write(np.asarray(image, np.uint8).tobytes() + np.asarray(label, np.uint8).tobytes())


def judge_arms(real, synthetic, count, steps, seeds):
    """{'real': Dice on the test split by seed, 'mixed': the same}; synthetic: canvases and what is scanned of them."""
    images, labels = real.frames('test')
    own = real.canvases('train', count)
    arms = {'real': [own], 'mixed': [own, synthetic]}
    return {arm: [dice(segment(train_segmenter(parts, steps, seed=seed), images), labels).mean().item() for seed in range(seeds)]
            for arm, parts in arms.items()}


@named_errors
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--samples', required=True, help='as evaluate.py --keep-samples leaves them')
    parser.add_argument('--out', required=True)
    parser.add_argument('--real', type=int, default=20)
    parser.add_argument('--steps', type=int, default=120)
    parser.add_argument('--seeds', type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(1)
    real, samples, out = Real(args.data, torch.device('cpu')), dict(np.load(args.samples)), Path(args.out)
    first, test = ([array.numpy()[:most] for array in real.frames(part)] for part, most in (('train', args.real), ('test', None)))
    made = (samples['images'], samples['labels'])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_pairs(out.with_suffix('.bin'), [first, made, test])
    counts = {'real': len(first[0]), 'synthetic': len(made[0]), 'test': len(test[0])}
    found = judge_arms(real, as_canvases(*made), args.real, args.steps, args.seeds)
    result = {**counts, 'steps': args.steps, 'dice': found}
    out.with_suffix('.json').write_text(json.dumps(result, indent=1) + '\n')
    print(json.dumps(result))


if __name__ == '__main__':
    main()
