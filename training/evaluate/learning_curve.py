"""Quality against samples seen: the same evaluation for several checkpoints of one run.

    python -m training.evaluate.learning_curve --data DIR 21000:runs/curve-21k 57000:runs/curve-57k 116160:runs/shipped

Each argument is SAMPLES:PIPELINE. The result goes under `details.learning_curve` of the metrics file.
"""

import argparse

import torch

from training.evaluate.conditions import label_agreement
from training.evaluate.evaluate import Judged, caption_images, write_details
from training.model.generated import CachedGenerator

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoints', nargs='+')
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--steps', type=int, default=12)
    parser.add_argument('--guidance', type=float, default=3.0)
    parser.add_argument('--per-set', type=int, default=40)
    parser.add_argument('--out', default='docs/model-metrics.json')
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    judged = Judged(args)
    curve = []
    for checkpoint in args.checkpoints:
        samples, folder = checkpoint.split(':', 1)
        images = caption_images(CachedGenerator(folder, args.steps, args.guidance), judged.rows, judged.chosen)
        _, _, heads = judged.fidelity(images)
        labels = label_agreement(judged.network, judged.classes, judged.asked, images, judged.real_images)
        curve.append({'samples': int(samples), 'label_agreement_ratio': labels['ratio'], **heads})
        print(curve[-1], flush=True)
    write_details(args.out, 'learning_curve', {
        'steps': args.steps, 'guidance': args.guidance, 'images': len(judged.chosen), 'points': curve})
