"""Writes what the built app makes of the recipes in tests/fixtures/batch: pictures, masks, labels and cards that batch/ has to come to as well.

    python batch/tests/make_app_fixtures.py

To be run again whenever the tiny model changed, for its hash stands in each of them; then make_copies_fixture.py.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from places import FIXTURES, ROOT, TINY

# Folder, its recipe, its format, and what is kept of the data set.
DATA_SETS = [
    ('app', 'recipe.json', 'png', ['README.md', 'croissant.json', 'images', 'labels.jsonl', 'masks']),
    ('checked', 'checked/recipe.json', 'png', ['README.md', 'images', 'labels.jsonl']),
    ('dicom', 'dicom/recipe.json', 'dicom', ['images', 'labels.jsonl', 'masks']),
]


def make_models(folder):
    """The tiny model beside the networks that the app ships, of which a checked recipe needs one."""
    (folder / 'models').mkdir()
    (folder / 'models/tiny').symlink_to(TINY / 'models/tiny')
    evaluation = json.loads((ROOT / 'model-manifest.json').read_text())['evaluation']
    for network in evaluation['networks']:
        base = network['baseUrl'].rstrip('/')
        (folder / base).symlink_to(ROOT / 'public' / base)
    manifest = json.loads((TINY / 'model-manifest.json').read_text())
    (folder / 'model-manifest.json').write_text(json.dumps(manifest | {'evaluation': evaluation}))


def keep(made, kept):
    """One file or folder of a data set, in place of what was there."""
    if kept.is_dir():
        shutil.rmtree(kept)
    else:
        kept.unlink(missing_ok=True)
    (shutil.copytree if made.is_dir() else shutil.copy)(made, kept)


def main():
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        make_models(work)
        for folder, recipe, form, names in DATA_SETS:
            subprocess.run(['node', 'cli/generate.js', '--recipe', FIXTURES / 'batch' / recipe, '--models', work, '--format', form,
                            '--backend', 'wasm', '--out', work / folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            for name in names:
                keep(work / folder / name, FIXTURES / 'batch' / folder / name)


if __name__ == '__main__':
    main()
