"""A whole run inside a wall-clock plan: autoencoder, sharper decoder, teacher, student, and images to judge them by.

    python -m training.train.whole_run --data DIR --plan training/configs/ten-minutes.json --name big --perceptual runs/vgg16.safetensors --compile
    python -m training.train.whole_run --data DIR --plan plan.json --name more --init runs/base/pipeline --guidance guidance.json --compile

The plan is JSON, minutes by stage: autoencoder, decoder, the stages of the config (half, full), trajectories, student, images. A stage of
0 minutes is left out. The file may be changed while the run goes on. With --init the autoencoder is the given pipeline's and the
teacher starts from its weights. With --compile the graphs are compiled beside the first stages, into runs/NAME/compiled. Everything lies
in runs/NAME-ae, NAME-decoder, NAME-teacher, NAME-student and NAME; a run that was broken off goes on with the stage it was in.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from training.common.contact_sheet import contact_sheet
from training.common.errors import named_errors
from training.common.plan import Clock, Plan
from training.data.dataset import load_dataset
from training.model.sample import load_pipeline, sample
from training.train import distill, train, train_autoencoder

SHEET = ['frontal chest x-ray, adult, PA view, no finding', 'chest x-ray, child, bacterial pneumonia', 'brain MRI, glioma tumor',
         'brain MRI, axial, T1, skull-stripped', 'microscopy, fluorescence', 'microscopy, H&E stained histology', 'skin photo, nevus',
         'skin photo, basal cell carcinoma, dark skin', 'retinal fundus photograph, severe diabetic retinopathy', 'breast ultrasound, malignant']
COLUMNS = 6


class Stages:
    """The stages that are over, in runs/NAME/stages.json, so that a broken run goes on."""

    def __init__(self, folder):
        self.path = folder / 'stages.json'
        self.over = json.loads(self.path.read_text()) if self.path.exists() else {}

    def run(self, name, work):
        """work() unless it is over already; keeps how many seconds it took. A stage that a signal stopped is not over."""
        if name in self.over:
            return
        started = time.time()
        print(f'— {name}', flush=True)
        if getattr(work(), 'stopped', False):
            raise SystemExit(f'Stopped in {name}, saved. The same command goes on from here.')
        self.over[name] = round(time.time() - started, 1)
        self.path.write_text(json.dumps(self.over, indent=1) + '\n')


def beside(args, folder, stages):
    """Starts what is done while the autoencoder trains, one process each: the prompts and, with --compile, each stage's graph."""
    os.environ['TORCHINDUCTOR_CACHE_DIR'] = str(folder.resolve() / 'compiled')
    commands = [['training_data', '--data', args.data, '--cache', args.cache]]
    if args.compile:
        commands += [['warm_compile', '--student-batch', str(args.student_batch), '--stage', name] for name in stages]
    path = os.pathsep.join([str(Path(__file__).resolve().parents[2]), os.environ.get('PYTHONPATH', '')])
    return [subprocess.Popen([sys.executable, '-m', f'training.train.{script}', '--config', args.config, *more],
                             env={**os.environ, 'PYTHONPATH': path}) for script, *more in commands]


def shown_rows(rows, validation, per_set):
    """Held-out rows to draw images for: up to `per_set` of each set, the sets taking turns."""
    by_set = {}
    for i in np.nonzero(validation)[0]:
        by_set.setdefault(rows[i]['set'], []).append(int(i))
    return [held[k] for k in range(per_set) for held in by_set.values() if k < len(held)]


def draw_images(folder, pipelines, args, minutes):
    """Contact sheets, and images for held-out rows' own captions until the minutes are over: NAME.npz with images and row numbers."""
    rows, _, _, validation = load_dataset(args.data, args.cache)
    own = [row['prompt'] for row in rows if row['set'] == 'own'][:len(SHEET)]
    chosen = shown_rows(rows, validation, args.images_per_set)
    clock = Clock(minutes)
    for k, (name, (path, steps)) in enumerate(pipelines.items()):
        pipeline = load_pipeline(path)
        settings = {'num_inference_steps': steps, 'guidance_scale': 1.0}
        prompts = [prompt for prompt in (own or SHEET) for _ in range(COLUMNS)]
        sheet = sample(pipeline, prompts, [5] * len(prompts), list(range(COLUMNS)) * (len(prompts) // COLUMNS), **settings)
        contact_sheet(sheet, COLUMNS).save(folder / f'{name}.png')
        images, share = [], (k + 1) / len(pipelines)
        for first in range(0, len(chosen), args.student_batch):
            part = chosen[first:first + args.student_batch]
            images.append(sample(pipeline, [rows[i]['prompt'] for i in part], [9000] * len(part), part, **settings))
            if clock.progress() >= share:
                break
        made = np.concatenate(images) if images else np.zeros((0, 256, 256, 3), np.uint8)
        np.savez(folder / f'{name}.npz', images=made, rows=np.array(chosen[:len(made)]), steps=steps)
        print(f'{name}: {len(made)} images of held-out captions, {steps} steps', flush=True)


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--data', required=True)
    add('--cache', default='runs/cache')
    add('--plan', required=True)
    add('--name', required=True)
    add('--config', default='training/configs/base.json')
    add('--init', help='pipeline folder: its autoencoder is used and its teacher trained on')
    add('--perceptual', help='file of perceptual.py')
    add('--guidance', default='1.0', help="of the student's trajectories: a number, or JSON by set")
    add('--autoencoder-batch', type=int, default=56)
    add('--crop', type=int, default=128)
    add('--student-batch', type=int, default=256)
    add('--teacher-steps', type=int, default=12)
    add('--student-rate', type=float, default=3e-4)
    add('--critic-channels', type=int, default=48)
    add('--images-per-set', type=int, default=60)
    add('--log-seconds', type=float, default=20)
    add('--compile', action='store_true')
    return parser.parse_args(argv)


def commands(args):
    """{stage: (script's main, its arguments)} in order, and the folders of autoencoder, teacher and student."""
    name, common = args.name, ['--data', args.data, '--cache', args.cache, '--plan', args.plan, '--log-seconds', str(args.log_seconds)]
    compiled = ['--compile'] if args.compile else []
    seen = ['--perceptual', args.perceptual] if args.perceptual else []
    shape = ['--batch', str(args.autoencoder_batch), '--crop', str(args.crop), '--config', args.config, *seen]
    start = str(Path(args.init) / 'vae') if args.init else f'runs/{name}-ae/autoencoder'
    sharp = f'runs/{name}-decoder/autoencoder' if Plan(args.plan).stages.get('decoder') else start
    init = ['--init', args.init] if args.init else []
    teacher, student = f'runs/{name}-teacher/pipeline', f'runs/{name}-student/pipeline'
    return {
        'autoencoder': (train_autoencoder.main, [*common, *shape, '--name', f'{name}-ae']),
        'decoder': (train_autoencoder.main, [*common, *shape, '--name', f'{name}-decoder', '--init', start, '--decoder-only',
                                             '--critic-channels', str(args.critic_channels)]),
        'teacher': (train.main, [*common, '--name', f'{name}-teacher', '--config', args.config, '--autoencoder', sharp, *init, *compiled]),
        'student': (distill.main, [*common, '--name', f'{name}-student', '--config', args.config, '--pipeline', teacher, '--memory',
                                   '--pairs', '1', '--guidance', args.guidance, '--batch', str(args.student_batch), '--steps',
                                   str(args.teacher_steps), '--rate', str(args.student_rate), *compiled]),
    }, {'teacher': (teacher, args.teacher_steps), 'student': (student, 4)}


@named_errors
def main(argv=None):
    args = parse_arguments(argv)
    plan, config = Plan(args.plan), train.read_config(args.config)
    folder = Path('runs') / args.name
    folder.mkdir(parents=True, exist_ok=True)
    stages = Stages(folder)
    wanted = {**plan.stages, 'teacher': sum(plan.minutes(stage['name']) for stage in config['stages'])}
    if args.init:
        wanted['autoencoder'] = 0
    steps, pipelines = commands(args)
    load_dataset(args.data, args.cache)                              # decoded once, before several processes ask for it
    helpers = beside(args, folder, [*(stage['name'] for stage in config['stages']), 'student']) if 'teacher' not in stages.over else []
    for name, (script, arguments) in steps.items():
        if name == 'teacher':
            for process in helpers:
                process.wait()
        if wanted.get(name):
            stages.run(name, lambda script=script, arguments=arguments: script(arguments))
    drawn = {name: pipeline for name, pipeline in pipelines.items() if wanted.get(name)}
    stages.run('images', lambda: draw_images(folder, drawn, args, lambda: plan.minutes('images')))
    print(f'{folder}: done, seconds by stage {stages.over}')


if __name__ == '__main__':
    main()
