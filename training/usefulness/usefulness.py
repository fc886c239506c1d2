"""Do the generator's images help models of real images? Three experiments, each one function call.

    python -m training.usefulness.usefulness --pipeline runs/few/pipeline --data DIR                distilled: 4 steps, no guidance
    python -m training.usefulness.usefulness --pipeline runs/base/pipeline --data DIR --guidance 1.5 --steps 20 nuclei

chest (chest.py): few real X-rays, with and without synthetic ones first. nuclei (nuclei.py): a
segmenter that never saw a real pair. skin (skin.py): diagnosis by skin tone. Writes flat figures and
details.usefulness into --metrics and leaves the rest of that file as it is; evaluate.py calls the same functions. Synthetic images
and features are kept by the weights and options that made them, so that a second run only trains.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from training.data.dataset import load_dataset
from training.model.generated import CachedGenerator
from training.usefulness.chest import chest_usefulness
from training.usefulness.nuclei import nuclei_segmenter, nuclei_usefulness
from training.usefulness.skin import skin_usefulness

__all__ = ['usefulness', 'chest_usefulness', 'nuclei_usefulness', 'skin_usefulness', 'nuclei_segmenter']
EXPERIMENTS = ('chest', 'nuclei', 'skin')
FLAT = ('synth_then_real_gain', 'nuclei_dice_ratio', 'skin_worst_group_gain')


def usefulness(generator, rows, images, masks, validation, *, experiments=EXPERIMENTS, groups=None, scale=1.0, seeds=20,
               cache='runs/useful', device='cpu'):
    """{experiment: its result}; every number in the results can go into JSON.

    generator: what draws (generated.py). groups: names of near-duplicates of each row. scale: share of the synthetic images to
    make, and of the segmenters' steps, for a quick look. seeds: real subsets of each size in the chest experiment.
    """
    out = {}
    for name in experiments:
        used = time.process_time()
        print(f'{name}:', flush=True)
        if name == 'chest':
            out[name] = chest_usefulness(generator, rows, images, validation, count=round(1500 * scale), seeds=seeds, cache=cache, device=device)
        elif name == 'nuclei':
            out[name] = nuclei_usefulness(generator, rows, images, masks, validation, count=round(400 * scale),
                                          steps=round(700 * min(1, max(scale, 0.05))), groups=groups, device=device)
        elif name == 'skin':
            out[name] = skin_usefulness(generator, rows, images, validation, per_cell=max(1, round(10 * scale)), cache=cache, device=device)
        else:
            raise ValueError(f'unknown experiment {name}: expected one of {", ".join(EXPERIMENTS)}')
        out[name]['cpu_seconds'] = round(time.process_time() - used)
    return out


def flat_figures(results):
    """The flat keys of docs/model-metrics.json out of what `usefulness` gives."""
    return {key: value for result in results.values() for key, value in result.items() if key.startswith(FLAT)}


def _interval(result, key):
    return {'value': result[key], 'low': result[f'{key}_low'], 'high': result[f'{key}_high']}


def details(results):
    """What the model card reads as details.usefulness: {classifier: {gains}, nuclei: {ratio}, skin: {worst_group_gain}}, and all else."""
    out = {}
    for name, result in results.items():
        rest = {key: value for key, value in result.items() if not key.startswith(FLAT)}
        if name == 'chest':
            gains = {size: _interval(result, f'synth_then_real_gain_{size}') for size in result['by_size']}
            out['classifier'] = rest | {'gains': gains}
        elif name == 'nuclei':
            out['nuclei'] = rest | {'ratio': _interval(result, 'nuclei_dice_ratio')}
        else:
            verdict = result['skin_worst_group_gain_verdict']
            out['skin'] = rest | {'worst_group_gain': _interval(result, 'skin_worst_group_gain') | {'verdict': verdict}}
    return out


def write_into(metrics_file, results):
    """Puts flat figures and details of the experiments that ran into the metrics file; other keys stay."""
    path = Path(metrics_file)
    metrics = json.loads(path.read_text()) if path.exists() else {}
    metrics |= flat_figures(results)
    found = metrics.setdefault('details', {}).setdefault('usefulness', {})
    found.update(details(results))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(metrics, indent=1) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('experiments', nargs='*', default=EXPERIMENTS)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--images', default='runs/cache', help='decoded images and split')
    parser.add_argument('--cache', default='runs/useful')
    parser.add_argument('--metrics', default='docs/model-metrics.json')
    parser.add_argument('--steps', type=int, default=4)
    parser.add_argument('--guidance', type=float, default=1.0)
    parser.add_argument('--scale', type=float, default=1.0)
    parser.add_argument('--seeds', type=int, default=20)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows, images, masks, validation = load_dataset(args.data, args.images)
    split_groups = json.loads((Path(args.images) / 'split.json').read_text())['groups']
    results = usefulness(CachedGenerator(args.pipeline, args.steps, args.guidance), rows, images, masks, validation,
                         experiments=args.experiments, groups=split_groups, scale=args.scale, seeds=args.seeds, cache=args.cache,
                         device=args.device)
    write_into(args.metrics, results)
    print(json.dumps(flat_figures(results), indent=1))
