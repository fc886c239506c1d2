"""Writes tests/fixtures/batch/copies/synthetic: pictures of another seed, and among them copies of the twenty of tests/fixtures/batch/app.

    python batch/tests/make_copies_fixture.py            after make_app_fixtures.py
    npm run evaluate -- --real tests/fixtures/batch/app/images --synthetic tests/fixtures/batch/copies/synthetic --no-usefulness --out runs/copies

The built app's report of both is runs/copies/report.json; its `copies`, without pairs and names of real images, is copies/report.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'batch'))

from phantoscope_batch.draw import Painter  # noqa: E402
from phantoscope_batch.package import read_package  # noqa: E402
from phantoscope_batch.recipe import Plan, parse_recipe  # noqa: E402

FOLDER = ROOT / 'tests/fixtures/batch'
SEED = 23


def planted():
    """Four copies: as it is, mirrored, cut, mirrored and cut; all with noise as of compression."""
    rng = np.random.default_rng(SEED)
    for k, (real, mirrored, box) in enumerate([(2, False, None), (5, True, None), (9, False, (4, 2, 60, 58)), (16, True, (0, 6, 58, 64))]):
        picture = Image.open(FOLDER / 'app/images' / f'image-{real:08d}.png').convert('RGB')
        pixels = np.asarray(picture.resize((64, 64), Image.BILINEAR, box)).astype(int)
        pixels = np.clip(pixels + rng.integers(-6, 7, pixels.shape), 0, 255).astype(np.uint8)
        yield f'copy-{k}-of-{real:02d}.png', pixels[:, ::-1] if mirrored else pixels


def main():
    out = FOLDER / 'copies/synthetic'
    out.mkdir(parents=True, exist_ok=True)
    recipe = json.loads((FOLDER / 'recipe.json').read_text()) | {'seed': SEED}
    plan = Plan(parse_recipe(json.dumps(recipe)))
    painter = Painter(read_package(ROOT / 'tests/fixtures/tiny-model', 'tiny'), 'CPUExecutionProvider', 1)
    own = ((f'image-{k:02d}.png', painter.draw([plan.image(k)])[0][0]) for k in range(plan.total))
    for name, pixels in [*own, *planted()]:
        Image.fromarray(pixels).save(out / name, optimize=True)


if __name__ == '__main__':
    main()
