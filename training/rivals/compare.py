"""Trains every method of both tasks for the same CPU time, draws, judges, and keeps each result as a file of its own.

    python -m training.rivals.compare --data DIR --out runs/rivals --seconds 360
    python -m training.rivals.compare --data DIR --out runs/rivals --seconds 120 --methods gan ours         how ranks move with time
    python -m training.rivals.compare --data DIR --out runs/rivals --seconds 360 --methods gan --seed 1     another seed
    python -m training.rivals.report --run runs/rivals                                                      → docs/comparison.md

Run it again after it was cut: what is there is not done again, so that a killed run loses at most the training it was in. A method
that diverges is kept as such, with its last pictures in look.png, and the others go on. Needs training/rivals/requirements.txt.
"""

import argparse
import json
import time
import traceback
from pathlib import Path

import numpy as np
import torch

from training.common.errors import BadSetting, TrainingError, named_errors
from training.rivals.judge import Judge
from training.rivals.registry import BY_TASK, methods_of
from training.rivals.request import judged_request, pairs_request
from training.rivals.task import load_task
from training.rivals.training import MOST_PARAMETERS, draw, train, write_json, write_whole
from training.rivals.usefulness import ClassifierTest, SegmenterTest

JUDGED_BY = ('per_label', 'pairs', 'segmenter_steps')                     # flags that decide the figures of every method


def folder_of(out, task, cls, seconds, seed):
    """Where the result of one training lies; of what is not trained, one folder for all times."""
    return Path(out) / task / (f'{cls.key}-{seconds:g}s-seed{seed}' if cls.trained else cls.key)


def begun(cls, shape):
    """A method with fresh networks. Raises BadSetting where it has more parameters than all are allowed."""
    method = cls()
    method.begin(shape)
    if cls.trained and method.parameters() > MOST_PARAMETERS:
        raise BadSetting(f'{method.title} has {method.parameters() / 1e6:.1f} M parameters, more than the {MOST_PARAMETERS / 1e6:.0f} M of all.')
    return method.laid_out()


def trained(cls, task, folder, seconds, seed):
    """(method, record of its training), from the folder where it is there; trained and kept there where not."""
    torch.manual_seed(seed)
    method, record, weights = begun(cls, task.shape), folder / 'training.json', folder / 'weights.pt'
    if not cls.trained:
        return method, {'status': 'not trained', 'parameters': method.parameters()}
    if not record.exists():
        print(f'{task.name}: {method.title}, {seconds:g} s', flush=True)
        look = judged_request(task, 4), folder / 'look.png'
        found = train(method, task, seconds, seed, look) | {'parameters': method.parameters()}
        if found['status'] == 'trained':
            write_whole(weights, lambda part: torch.save(method.networks.state_dict(), part))
        write_json(record, found)
        return method, found
    found = json.loads(record.read_text())
    if found['status'] == 'trained':
        method.networks.load_state_dict(torch.load(weights, weights_only=True))
    return method, found


def drawn(method, task, request, file):
    """The pictures and masks that a method answers a request with, kept in `file`; {images, masks, seconds of an image}."""
    if not file.exists():
        start = time.process_time()
        images, masks = draw(method, task, request)
        each = (time.process_time() - start) / len(request)
        masks = np.zeros((0,)) if masks is None else masks
        write_whole(file, lambda part: np.savez_compressed(part, images=images, masks=masks, seconds=each))
    kept = np.load(file)
    return kept['images'], kept['masks'] if kept['masks'].size else None, float(kept['seconds'])


class Comparison:
    """One task: its request, its judge and what its pictures are tried for; made when the first method needs them."""

    def __init__(self, task, args):
        self.task, self.args = task, args
        self.request = judged_request(task, args.per_label)
        self.judge = Judge(task, self.request, args.data, args.cache)
        self.pairs = pairs_request(task, args.pairs) if task.shape.mask else None
        self.test = SegmenterTest(task, steps=args.segmenter_steps) if task.shape.mask else ClassifierTest(task, args.cache)

    def real(self):
        """Figures of the real images, once. Raises BadSetting where what is there was judged by other settings: the rest would not compare."""
        file, asked = Path(self.args.out) / self.task.name / 'real.json', {name: getattr(self.args, name) for name in JUDGED_BY}
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            write_json(file, self.judge.of_real() | {'training_images': len(self.task.train), 'held_out_images': len(self.task.held_out),
                                                     'classes': self.task.classes, 'pairs': self.args.pairs if self.pairs else 0, 'asked': asked})
            return
        kept = json.loads(file.read_text()).get('asked', asked)         # runs of earlier versions did not write it down
        for name, value in asked.items():
            if kept[name] != value:
                raise BadSetting(f'{file.parent} holds results judged with --{name.replace("_", "-")} {kept[name]}, and {value} was asked for. '
                                 'Give the same, or another folder by --out.')

    def one(self, cls):
        """Trains, draws and judges one method; returns its record. Whatever is there already is only read."""
        args, seconds = self.args, self.args.seconds
        folder = folder_of(args.out, self.task.name, cls, seconds, args.seed)
        folder.mkdir(parents=True, exist_ok=True)
        result = folder / 'result.json'
        if result.exists():
            return json.loads(result.read_text())
        method, training = trained(cls, self.task, folder, seconds, args.seed)
        record = {'key': cls.key, 'title': cls.title, 'seconds': seconds if cls.trained else None, 'seed': args.seed if cls.trained else None,
                  'training': training}
        if training['status'] != 'diverged':
            images, masks, each = drawn(method, self.task, self.request, folder / 'samples.npz')
            record |= {'seconds_an_image': each, 'figures': self.judge.figures(images, masks)}
            if self.pairs is None:
                record['usefulness'] = self.test(images, self.request.labels)
            else:
                more, their_masks, _ = drawn(method, self.task, self.pairs, folder / 'pairs.npz')
                record['usefulness'] = self.test(more, their_masks)
        write_json(result, record)
        return record


def run_task(name, args):
    """All methods of a task; one that fails is said so, and the others go on. Returns the titles of those that failed."""
    comparison, failed = Comparison(load_task(name, args.data, args.cache), args), []
    comparison.real()
    for cls in methods_of(name, args.methods):
        try:
            record = comparison.one(cls)
        except (TrainingError, RuntimeError, ValueError) as error:
            traceback.print_exc()
            print(f'{name}: {cls.title} failed: {error}. The others go on; run the command again to try it again.', flush=True)
            failed.append(f'{name}: {cls.title}')
            continue
        figures = record.get('figures')
        said = f"KID {figures['kid']['value']:.3f}, labels {figures['labels']['value']:.2f}" if figures else record['training']['status']
        print(f'{name}: {cls.title}: {said}', flush=True)
    return failed


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', default='runs/rivals')
    parser.add_argument('--seconds', type=float, default=360, help='CPU seconds of each training')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--tasks', nargs='+', default=list(BY_TASK), choices=list(BY_TASK))
    parser.add_argument('--methods', nargs='+', help='their short names; all where left out')
    parser.add_argument('--per-label', type=int, default=60, help='pictures of a label that are judged')
    parser.add_argument('--pairs', type=int, default=90, help='pictures with masks that a segmenter learns from')
    parser.add_argument('--segmenter-steps', type=int, default=300)
    args = parser.parse_args(argv)
    if args.seconds <= 0:
        raise BadSetting(f'--seconds {args.seconds:g}: a training needs more than none.')
    torch.set_num_threads(1)
    failed = [title for name in args.tasks for title in run_task(name, args)]
    if failed:
        raise SystemExit(f'{len(failed)} failed: {", ".join(failed)}')


if __name__ == '__main__':
    main()
