"""Where the package and the fixtures lie; nothing has to be installed but what it needs."""

import json
import sys

import pytest
from places import FIXTURES, ROOT, TINY

sys.path.insert(0, str(ROOT / 'batch'))


@pytest.fixture(scope='session')
def recipe():
    """The recipe of twenty pictures, of which tests/fixtures/batch/app is what the built app made."""
    from phantoscope_batch.recipe import parse_recipe
    return parse_recipe((FIXTURES / 'batch' / 'recipe.json').read_text())


@pytest.fixture(scope='session')
def package():
    from phantoscope_batch.package import read_package
    return read_package(TINY, 'tiny')


@pytest.fixture(scope='session')
def app():
    """Folder of what the built app made of the recipe: npm run generate -- --recipe … --models tests/fixtures/tiny-model."""
    return FIXTURES / 'batch' / 'app'


@pytest.fixture(scope='session')
def app_labels(app):
    return [json.loads(line) for line in (app / 'labels.jsonl').read_text().splitlines()]
