"""Judges a shipped package against real images that training never saw: every figure of the model card.

    python -m training.evaluate.evaluate --package public/models/phantoscope-medical-256 --data DIR --device cuda --seconds 150

Everything is measured on the validation split (whole patients, or whole groups of near-duplicates). Pictures are drawn from the
package's own files: on a CPU by ONNX Runtime on its graphs, with `--device cuda` by PyTorch with the very weights they store, and a
part of the evaluation compares the two. Pictures are kept one by one in --store and the figures written after each part, the most
important first: a run that was cut or ran out of --seconds goes on where it stopped when the same command is given again.
Then `python -m training.evaluate.card` puts the tables into the model card and the measured effects of covariates into the manifest.

`--pipeline FOLDER [--teacher FOLDER]` judges pipelines that train.py or distill.py wrote instead.
"""

import argparse
import hashlib
import json
import math
import time
import traceback
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from training.common.errors import BadSetting, named_errors
from training.evaluate.evaluation_parts import PARTS, Evaluation
from training.evaluate.judged import Judged, caption_images
from training.export.package import open_package, package_digest, read_entry, read_package, with_unet_of
from training.model.generated import CachedGenerator, Generator, ImageStore

__all__ = ['Judged', 'caption_images', 'write_details']
SPLIT = 'validation: 10 % of patients, or of groups of near-duplicates, of each set'


@torch.no_grad()
def unet_gflop(unet):
    """2 × multiply-accumulates of one step at batch 1, in 10⁹, as PyTorch counts convolutions and matrix products."""
    c, device = unet.config, next(unet.parameters()).device
    shapes = ((1, c.latent_channels, c.sample_size, c.sample_size), (1,), (1, 40, c.prompt_dim), (1, c.num_covariates), (1, c.num_covariates),
              (1, c.mask_channels, c.mask_size, c.mask_size), (1, 1))
    with FlopCounterMode(display=False) as counter:
        unet(*(torch.zeros(shape, device=device) for shape in shapes))
    return counter.get_total_flops() / 1e9


def download_bytes(entry):
    """Bytes of all files of a manifest entry that drawing needs."""
    parts = entry['components'].values()
    files = [file for part in parts for file in (part['graph'], *part['weights'])]
    return sum(file['bytes'] for file in (*files, entry['tokenizer']['file'], entry['tokenizer']['config']))


def without_nan(value):
    """The same with None for every NaN or infinity, which JSON does not know."""
    if isinstance(value, dict):
        return {key: without_nan(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_json(path, value):
    """Writes so that a cut leaves the file of before or the new one whole."""
    part = Path(f'{path}.part')
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps(without_nan(value), indent=1, allow_nan=False) + '\n')
    part.replace(path)


def write_details(path, name, value):
    """Puts one part under `details` of the metrics file and leaves the rest of it as it is."""
    metrics = json.loads(Path(path).read_text())
    metrics.setdefault('details', {})[name] = value
    write_json(path, metrics)


def package_generators(args):
    """(entry, few, many) of a package: its default, and its many-step entry, or the default's own weights, at --many-steps."""
    entry = read_entry(args.manifest, args.model or Path(args.package).name)
    digest, cpu = package_digest(args.package, entry), args.device == 'cpu'
    graphs = cpu and not args.torch
    precision = args.precision or ('fp32' if cpu else 'bf16')
    pipeline = open_package(args.package, entry, args.threads) if graphs else read_package(args.package, entry, args.device)
    how, defaults = 'onnx' if graphs else 'torch', entry['defaults']
    few = Generator(pipeline, f'{how} {digest}', ImageStore(args.store), args.steps or defaults['numInferenceSteps'],
                    defaults['guidanceScale'] if args.guidance is None else args.guidance, tuple(args.interval),
                    entry['schedulers'][0].get('shift', 1.0), args.batch or (8 if cpu else 256), precision)
    models = {model['id']: model for model in json.loads(Path(args.manifest).read_text())['models']}
    best = models.get(f"{entry['id']}-guided")
    if best is None:
        return entry, few, few.with_steps(args.many_steps)
    guidance = best['defaults']['guidanceScale'] if args.many_guidance is None else args.many_guidance
    return entry, few, few.with_steps(args.many_steps, pipeline=with_unet_of(pipeline, args.package, entry, best), guidance=guidance,
                                      interval=tuple(best['defaults'].get('guidanceInterval', (0.0, 1.0))),
                                      weights=f'{how} {package_digest(args.package, best)}')


def pipeline_generators(args):
    """(None, few, many) of pipeline folders: --pipeline, and --teacher or the same weights, at --many-steps."""
    settings = {'interval': tuple(args.interval), 'batch': args.batch or (8 if args.device == 'cpu' else 256),
                'precision': args.precision or ('fp32' if args.device == 'cpu' else 'bf16')}
    few = CachedGenerator(args.pipeline, args.steps or 4, 1.0 if args.guidance is None else args.guidance, args.store, device=args.device, **settings)
    if not args.teacher:
        return None, few, few.with_steps(args.many_steps)
    many = CachedGenerator(args.teacher, args.many_steps, 1.0 if args.many_guidance is None else args.many_guidance, device=args.device, store=few.store,
                           **settings)
    return None, few, many


def settings_key(few, many, args):
    """Names what was judged and how: figures of another model, or of other counts, are not gone on with."""
    asked = [few.weights, few.steps, few.guidance, few.interval, few.precision, many.weights, many.steps, many.guidance, many.interval, args.per_set, args.count, args.seeds,
             args.scale, args.effect_count, args.members, args.training_rows]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def opened_metrics(path, key, only=None):
    """The metrics of an earlier run of the same model and settings, or empty ones.

    Raises BadSetting where some parts alone would take the place of all the figures of another model or of other settings.
    """
    before = json.loads(Path(path).read_text()) if Path(path).exists() else {}
    if only and before.get('evaluated', {}).get('key', key) != key:
        raise BadSetting(f'{path} holds figures of another model, or of other settings. --only would keep none of them: name another file by '
                         '--out, or leave --only out.')
    return before if before.get('evaluated', {}).get('key') == key else {'evaluated': {'key': key, 'seconds': {}}, 'details': {}}


def merge(details, new):
    """Puts new details in; those of `usefulness` stand beside each other."""
    for name, value in new.items():
        if name == 'usefulness':
            details.setdefault(name, {}).update(value)
        else:
            details[name] = value


def run_parts(evaluation, metrics, args, started):
    """Runs the parts that are asked for and not there yet; the metrics file is written after each.

    A part that fails is told and the others go on. Returns (parts left out for time, parts that failed).
    """
    left_out, failed = [], []
    for name, part in PARTS.items():
        if name in metrics['evaluated']['seconds'] or (args.only and name not in args.only):
            continue
        if args.seconds and time.time() - started > args.seconds:
            left_out.append(name)
            continue
        began, had = time.time(), evaluation.few.store.count
        try:
            flat, details = part(evaluation)
        except Exception:
            print(f'{name} failed:\n{traceback.format_exc()}', flush=True)
            failed.append(name)
            continue
        metrics.update(flat)
        merge(metrics['details'], details)
        metrics['evaluated']['seconds'][name] = round(time.time() - began, 1)
        write_json(args.out, metrics)
        figures = ', '.join(f'{key} {value:.3f}' for key, value in flat.items() if isinstance(value, float))
        print(f'[{time.time() - started:6.1f}] {name}: {time.time() - began:.1f} s, {evaluation.few.store.count - had} pictures drawn'
              f'{"; " if figures else ""}{figures}', flush=True)
    return left_out, failed


def arguments(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--package', help='a folder that export.py wrote')
    what.add_argument('--pipeline', help='a folder that train.py or distill.py wrote')
    parser.add_argument('--teacher', help='with --pipeline: the folder that draws the best pictures in 20 steps')
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache', help='decoded images, split, judges')
    parser.add_argument('--store', default='runs/evaluation', help='generated images')
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--model', help="the package's entry there (default: the folder's name)")
    parser.add_argument('--judge', help="the label network: judges.py's .pt or the page's .onnx")
    parser.add_argument('--out', default='docs/model-metrics.json')
    parser.add_argument('--sheet', default='docs/pictures/contact-sheet.png')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--torch', action='store_true', help='draw by PyTorch on a CPU, too')
    parser.add_argument('--precision', choices=['fp32', 'bf16', 'fp16'], help='of the UNet (default: bf16 on a GPU, fp32 on a CPU)')
    parser.add_argument('--batch', type=int)
    parser.add_argument('--seconds', type=float, help='start no further part after so many seconds')
    parser.add_argument('--only', nargs='+', choices=PARTS, metavar='PART', help=f"of: {', '.join(PARTS)}")
    parser.add_argument('--steps', type=int, help="default: the package's")
    parser.add_argument('--guidance', type=float)
    parser.add_argument('--interval', type=float, nargs=2, default=[0.0, 1.0], help="σ between which the default's guidance pushes")
    parser.add_argument('--many-steps', type=int, default=20)
    parser.add_argument('--many-guidance', type=float)
    parser.add_argument('--per-set', type=int, default=100)
    parser.add_argument('--count', type=int, default=600, help='pictures for modality accuracy')
    parser.add_argument('--effect-count', type=int, default=96, help='pictures for each covariate')
    parser.add_argument('--members', type=int, default=300)
    parser.add_argument('--seeds', type=int, default=20, help='real subsets of each size in the chest experiment')
    parser.add_argument('--scale', type=float, default=1.0, help='share of the synthetic sets of usefulness.py')
    parser.add_argument('--training-rows', type=int, help='look at so many training rows of each label only: to rehearse')
    parser.add_argument('--threads', type=int, default=1)
    return parser.parse_args(argv)


@named_errors
def main(argv=None):
    args, started = arguments(argv), time.time()
    torch.set_num_threads(args.threads)
    entry, few, many = package_generators(args) if args.package else pipeline_generators(args)
    metrics = opened_metrics(args.out, settings_key(few, many, args), args.only)
    judged = Judged(args)
    print(f'[{time.time() - started:6.1f}] {len(judged.chosen)} held-out rows; {few.steps} steps, guidance {few.guidance:g}, {few.precision}, '
          f'on {args.device}; {few.store.count} pictures in {args.store}', flush=True)
    unet = few.pipeline.unet if isinstance(few.pipeline.unet, torch.nn.Module) else read_package(args.package, entry).unet
    metrics.update({'split': SPLIT, 'split_images': int(judged.validation.sum()), 'samples': len(judged.chosen), 'per_set': args.per_set,
                    'steps': few.steps, 'few_guidance': few.guidance, 'precision': few.precision, 'unet_gflop': unet_gflop(unet),
                    'unet_parameters': sum(p.numel() for p in unet.parameters()), 'drawn_by': few.weights.split()[0]})
    if entry:
        metrics |= {'model': entry['id'], 'version': entry['version'], 'download_bytes': download_bytes(entry)}
    left_out, failed = run_parts(Evaluation(judged, few, many, args, entry), metrics, args, started)
    metrics['evaluated'] |= {'left_out': left_out, 'failed': failed, 'of': len(PARTS)}
    write_json(args.out, metrics)
    print(f'[{time.time() - started:6.1f}] done' + (f'; left out for time: {", ".join(left_out)}' if left_out else ''), flush=True)
    if failed:
        raise SystemExit(f'These parts failed, as told above: {", ".join(failed)}. The same command tries them again.')
    same = metrics['details'].get('same_picture') or {}
    if not all(part['within'] for part in same.values() if isinstance(part, dict)):
        raise SystemExit(f'PyTorch draws other pictures than the shipped graphs: {same}. Nothing measured on them counts.')
    return metrics


if __name__ == '__main__':
    main()
