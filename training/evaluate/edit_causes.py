"""Why an edit is not called by the new label: what both judges say of each stage between a source and its edit; see docs/report.md.

    python -m training.evaluate.edit_causes --package public/models/phantoscope-medical-256 --data DIR --out docs/edits/causes.json --only kermany

Of the same held-out sources: as they are, through the autoencoder alone, edited, the edit decoded whole instead of laid over the source,
and pictures drawn from the prompt alone, which is the most that an edit of this model can be called.
"""

from pathlib import Path

import numpy as np
import torch

from training.common.errors import named_errors
from training.data.dataset import load_dataset
from training.evaluate.edits import CHANGES, FIRST_SEED, Editor, arguments, called_so, judges_of, sources_of
from training.evaluate.evaluate import write_json
from training.evaluate.fidelity import grey_small
from training.export.package import package_digest, read_entry, read_package
from training.judges.metrics import ms_ssim
from training.model.edit import edit
from training.model.generated import Generator, ImageStore, reconstructions


def stages(change, source, editor, drawn):
    """{stage: uint8 (n, 256, 256, 3)}, source first. drawn: a Generator of the same pipeline."""
    n, batch = len(source), editor.batch
    seeds = list(range(FIRST_SEED, FIRST_SEED + n))
    whole = edit(editor.pipeline, source, [change.shows] * n, [change.asks] * n, seeds, [0] * n, batch=batch, whole=True, push=change.push,
                 **editor.options)
    return {'source': source, 'autoencoder': reconstructions(editor.pipeline, source, batch, 'bf16'), 'edit': editor.images(change, source),
            'edit_decoded_whole': whole, 'drawn_from_prompt': drawn.images([change.asks] * n, first_seed=FIRST_SEED)}


def figures_of(change, made, source, judges):
    """What both judges call the images of one stage, and their MS-SSIM to the sources."""
    judge, network = judges.shares(change, made)
    alike = float(ms_ssim(grey_small(made), grey_small(source)).mean())
    return {'called_so': called_so(change, judge), 'called_so_by_label_network': called_so(change, network), 'called': judge,
            'called_by_label_network': network, 'ms_ssim': alike}


@named_errors
def main():
    args = arguments(__doc__)
    torch.set_num_threads(args.threads)
    rows, images, _, validation = load_dataset(args.data, args.cache)
    entry = read_entry(args.manifest, Path(args.package).name)
    weights, store, pipeline = package_digest(args.package, entry), ImageStore(args.store), read_package(args.package, entry)
    editor = Editor(pipeline, weights, store, {'num_inference_steps': args.steps, 'strength': args.strength}, args.batch)
    drawn = Generator(pipeline, f'torch {weights}', store, args.steps, batch=args.batch)
    changes = [change for change in CHANGES if args.only in change.name]
    judges = judges_of(rows, images, np.nonzero(~validation)[0], {one.set for one in changes}, args.per_label, args.cache)
    found = {}
    for change in changes:
        source = np.stack([images[i] for i in sources_of(change, rows, validation, args.count)])
        made = stages(change, source, editor, drawn)
        found[change.name] = {'n': len(source), 'push': change.push,
                              **{name: figures_of(change, one, source, judges) for name, one in made.items()}}
        write_json(args.out, found)
        print(change.name, found[change.name], flush=True)


if __name__ == '__main__':
    main()
