"""Writes docs/comparison.md from the figures in docs/comparison-metrics/, and those and the picture from a run.

    python -m training.rivals.report --run runs/rivals --data DIR       figures, picture and document
    python -m training.rivals.report                                    the document alone, from the figures that are there
"""

import argparse
import json
import re
import textwrap
from pathlib import Path

from training.common.errors import BadSetting, named_errors
from training.rivals.collect import collect, compared, sheet
from training.rivals.registry import BY_TASK
from training.rivals.request import judged_request
from training.rivals.task import TITLES, load_task
from training.rivals.words import good_at, losses, none_is_real, rank_table, realism, seeds, speed, trainings, usefulness

METRICS, DOCUMENT, PICTURE = 'docs/comparison-metrics', 'docs/comparison.md', 'docs/pictures/comparison.png'

HEAD = '''\
Every figure and sentence below the first heading of a task comes from `docs/comparison-metrics/`, written by
`python -m training.rivals.report`; a test holds that they agree. Made anew:

```sh
pip install -r training/requirements.txt && pip install --no-deps -r training/rivals/requirements.txt
python -m training.rivals.compare --data DIR --out runs/rivals --seconds 360       what is there is not done again
python -m training.rivals.report --run runs/rivals --data DIR
python -m training.rivals.export --run runs/rivals --out runs/rival-packages      packages for the page
python -m training.rivals.graphs --run runs/rivals && npm run prove-rivals     seconds in the browser; report again
```
'''
METHOD = '''\
**Data.** 128×128 pixels, the same for all: Kermany's chest X-rays of children by three labels, in grey; the nuclei of the 2018 Data Science Bowl
by stain, in colour, each after a mask. The split is that of the model card: whole patients, or groups of near-duplicates, on one side.
Nuclei are mirrored and turned in training, chests are not. Labels are drawn equally often.

**Methods.** A conditional GAN with differentiable augmentation, a conditional DCGAN, a conditional VAE (short modules of this project:
well-kept libraries of them need CUDA or are not free), a DDPM of pixels by diffusers, latent diffusion by MONAI, a mask-to-image GAN
after pix2pix, and ours: this project's autoencoder, text encoder and UNet, trained anew. _Ours, as shipped_ had other data, a GPU and
hours; it is drawn in four steps at 256×256 and shrunk, and has no rank. DDPM, MONAI's and ours are drawn in 16 steps. All sizes are
small, so that a core can train them; none was tuned beyond a first sensible setting, ours neither, but one: the first GAN with
augmentation, with a critic of spectral norms, had a KID of 0.82 after 360 s on the chests and was replaced by the DCGAN's networks.

**Controls.** Augmented training images: realistic, and copies, every one; the table says how many of them the search for copies finds.
The shipped autoencoder's round trip of training images: what the best denoiser could reach. Mixup of nearest neighbours: what takes no training.

**Fairness.** Each training takes the same number of CPU seconds of its own process on one core, not of the clock on the wall: other
programs ran on the same machine, and would have taken more from some than from others. They still share its memory and its caches, so
that a CPU second is not worth the same at every moment. At most 12 M parameters each. Pictures, seeds and judges are the same for all.

**Judges.** Features of EfficientNet-Lite0, which saw everyday photographs only, give KID, density, coverage, precision and recall
(k = 5) against held-out images of the same labels. Labels are named by the label network, masks found by a segmenter: both learned from real
training images, and no method was trained with them. A copy lies nearer to a training image, in thumbnails, than the nearest 5 % of
held-out images do. Intervals are 95 %. Classifiers: balanced accuracy, 100 real images, three seeds. Segmenters: Dice of the foreground, three seeds.

**In the browser**: `npm run prove-rivals` runs the graphs of each method in the page's runtime on the CPU, as often as a picture takes them.
The median of three rounds of all counts: in the first the browser still runs code that it compiles better later.
'''


def fill(text, **options):
    """textwrap.fill that leaves what stands between backticks on one line."""
    whole = re.sub('`[^`]+`', lambda code: code[0].replace(' ', '\x00'), ' '.join(text.split()))
    return textwrap.fill(whole, break_long_words=False, break_on_hyphens=False, **options).replace('\x00', ' ')


def wrapped(text, width=118):
    """Paragraphs of prose filled to lines of at most 120 columns; code, tables and lists as they are, list items filled too."""
    out, code = [], False
    for block in text.split('\n\n'):
        code = code or block.startswith('```')
        if code or block.startswith(('|', '#', '!', '<')):
            out.append(block)
            code = code and not block.rstrip().endswith('```')
        elif block.startswith('- '):
            out.append('\n'.join(fill(line, width=width, subsequent_indent='  ') for line in block.split('\n')))
        else:
            out.append(fill(block, width=width))
    return '\n\n'.join(out)


def missing(task, found):
    """Sentence on the methods of a task that have not been run, or ''."""
    there = {record['key'] for record in compared(found['methods'])}
    titles = [cls.title for cls in BY_TASK[task] if cls.key not in there]
    return f"Not run yet: {', '.join(titles)}. The command above goes on with them." if titles else ''


def caution(found):
    """What the length of the trainings allows to say."""
    seconds = next((record['seconds'] for record in compared(found['methods']) if record['seconds']), None)
    if seconds is None:
        return 'No method has been trained yet.'
    if seconds >= 360:
        return f'Each training took {seconds:g} CPU seconds, with seed 0.'
    return (f'Each training took {seconds:g} CPU seconds, with seed 0: less than the 360 that the command takes by default. That is too short for any of '
            'these methods to be judged by its best; it says how far each comes when hardly any time is there.')


def movement(found):
    """Table: KID by time, of methods that were trained for several; '' where none was."""
    times = {}
    for record in found['methods']:
        if record['seconds'] and record['seed'] == 0 and record.get('figures'):
            times.setdefault(record['title'], {})[record['seconds']] = record['figures']['kid']['value']
    several = {title: row for title, row in times.items() if len(row) > 1}
    if not several:
        return ''
    columns = sorted({s for row in several.values() for s in row})
    lines = ['| KID after | ' + ' | '.join(f'{s:g} s' for s in columns) + ' |', '|---' * (len(columns) + 1) + '|']
    lines += [f'| {title} | ' + ' | '.join(f'{row[s]:.3f}' if s in row else '–' for s in columns) + ' |' for title, row in several.items()]
    return '\n'.join(lines)


def of_seeds(found):
    """How much a training's seed matters: a sentence and its table, or nothing."""
    rows = seeds(found)
    return ['Mean of several seeds, and the least and the most of them:', rows] if rows else []


def section(task, found):
    """The part of the document on a task."""
    real = found['real']
    lost = losses(found)
    ours = any(record['key'] == 'ours' for record in found['methods'])
    lost_words = '\n'.join(lost) if lost else ('Ours is first in every figure.' if ours else 'Ours has not been trained for this task yet.')
    parts = [f'## {task[0].upper()}{task[1:]}: {TITLES[task]}',
             f"{real['training_images']} training images, {real['held_out_images']} held out; {real['n']} pictures of each method are judged. "
             + (f"A segmenter learns from {real['pairs']} pairs of each. " if real.get('pairs') else '') + caution(found),
             missing(task, found), trainings(found), realism(found), none_is_real(found)]
    if any(record.get('figures') for record in found['methods']):
        parts += [usefulness(found), speed(found), movement(found), *of_seeds(found), '### Ranks',
                  'Of what was trained for the same time. 2 (1–3): second, but its interval meets those of the first and of the third.', rank_table(found),
                  '### Where ours is not first', lost_words, '### What each is good at', '\n'.join(good_at(found))]
    return [part for part in parts if part]


def document(tasks):
    """docs/comparison.md as text. tasks: {name: {real, methods}}."""
    parts = ['# Compared with existing methods', *HEAD.strip().split('\n\n'), '## Method', *METHOD.strip().split('\n\n'),
             '![Samples of every method, a row each](pictures/comparison.png)']
    for task, found in tasks.items():
        parts += section(task, found)
    return wrapped('\n\n'.join(parts)) + '\n'


def read_metrics(folder=METRICS):
    """{task: {real, methods}} of the figures that are kept with the code, with those of the browser. Raises BadSetting without any."""
    files = {task: Path(folder) / f'{task}.json' for task in BY_TASK}
    tasks = {task: json.loads(file.read_text()) for task, file in files.items() if file.exists()}
    if not tasks:
        raise BadSetting(f'{folder} holds no figures. Say --run with the folder of training.rivals.compare.')
    browser = Path(folder) / 'browser.json'
    timed = json.loads(browser.read_text())['tasks'] if browser.exists() else {}
    for task, found in tasks.items():
        for record in found['methods']:
            if record['key'] in timed.get(task, {}):
                record['browser'] = timed[task][record['key']]
    return tasks


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--run')
    parser.add_argument('--data', help='for the row of real images in the picture')
    parser.add_argument('--cache', default='runs/cache')
    args = parser.parse_args(argv)
    if args.run:
        tasks = collect(args.run, METRICS)
        real = {}
        for name in tasks if args.data else []:
            task = load_task(name, args.data, args.cache)
            real[name] = task.pictures(judged_request(task, 3).like)
        sheet(args.run, tasks, real, PICTURE)
    Path(DOCUMENT).write_text(document(read_metrics()))
    print(f'{DOCUMENT} written')


if __name__ == '__main__':
    main()
