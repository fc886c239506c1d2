"""What float16 arithmetic would change in the pictures: a package's float16 graphs against its float32 ones, on the CPU.

    python -m training.evaluate.half_graphs --package public/models/phantoscope-medical-256 --work runs/half

Works on a copy of the package in `--work`. Each graph is run as ONNX Runtime runs it on the CPU, which rounds little more than the
weights, and `emulated` (see training/export/half.py), which rounds what every node answers, as a GPU does. A GPU may add up in float16
too, which neither shows. Prints how far the first step and the decoder are off, and PSNR of 8-bit pictures.
"""

import argparse
import copy
import json
import shutil
from pathlib import Path

import numpy as np

from training.export.graphs import open_session, self_test_feeds
from training.export.half import COMPONENTS, half_file
from training.export.package import open_package
from training.model.sample import sample

KINDS = ('half', 'emulated')


def write_kinds(folder, entry):
    """Writes the float16 graphs of the package in `folder`, both kinds. Returns {kind: the entry that names them as its graphs}."""
    entries = {kind: copy.deepcopy(entry) for kind in KINDS}
    for kind in KINDS:
        for component in COMPONENTS:
            graph = entries[kind]['components'][component]['graph']
            graph['name'] = half_file(Path(folder) / graph['name'], emulated=kind == 'emulated').name
    return entries


def deviations(folder, entry, entries):
    """{component: {kind: largest deviation, 'scale': largest answer, 'allowed': by the self-test in float16}} for its fixed inputs."""
    found = {}
    for component in COMPONENTS:
        sessions = {kind: open_session(Path(folder) / one['components'][component]['graph']['name'])
                    for kind, one in {'float32': entry, **entries}.items()}
        answers = {kind: session.run(None, self_test_feeds(session))[0] for kind, session in sessions.items()}
        expected = answers.pop('float32')
        found[component] = {kind: float(np.abs(answer - expected).max()) for kind, answer in answers.items()}
        found[component] |= {'scale': float(np.abs(expected).max()), 'allowed': entry['components'][component]['selfTest']['tolerance']['float16']}
    return found


def psnr_of(folder, entry, entries, prompts):
    """{kind: {least, mean}} of PSNR in decibels over one picture a prompt, by the entry's own number of steps, without guidance."""
    options = {'precision': 'fp32', 'num_inference_steps': entry['defaults']['numInferenceSteps'], 'guidance_scale': 1.0}
    seeds, indices = list(range(1, len(prompts) + 1)), [0] * len(prompts)
    drawn = {kind: sample(open_package(folder, one), prompts, seeds, indices, batch=1, **options).astype(np.float64)
             for kind, one in {'float32': entry, **entries}.items()}
    expected, found = drawn.pop('float32'), {}
    for kind, pictures in drawn.items():
        error = np.square(pictures - expected).mean(axis=(1, 2, 3))
        psnr = 10 * np.log10(255**2 / np.maximum(error, 1e-9))
        found[kind] = {'least': round(float(psnr.min()), 1), 'mean': round(float(psnr.mean()), 1)}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--package', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--work', required=True, help='a folder for the copy')
    args = parser.parse_args()
    package, work = Path(args.package), Path(args.work)
    shutil.copytree(package, work, dirs_exist_ok=True)
    entry = next(entry for entry in json.loads(Path(args.manifest).read_text())['models'] if entry['id'] == package.name)
    entries = write_kinds(work, entry)
    prompts = [example['prompt'] for example in entry['examples']]
    print(json.dumps({**deviations(work, entry, entries), 'pictures': len(prompts), 'psnr': psnr_of(work, entry, entries, prompts)}, indent=1))


if __name__ == '__main__':
    main()
