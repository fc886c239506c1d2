"""Pictures drawn until the label network agrees, against those of the built app: tests/fixtures/batch/checked.

    npm run generate -- --recipe tests/fixtures/batch/checked/recipe.json --models FOLDER --backend wasm --out runs/checked

FOLDER holds the tiny model, and in its manifest the `evaluation` of the repository's.
"""

import json

import numpy as np
import pytest
from places import FIXTURES, ROOT
from PIL import Image

from phantoscope_batch.card import Description, data_card
from phantoscope_batch.draw import Painter
from phantoscope_batch.errors import RequestInvalid
from phantoscope_batch.evaluation.checker import Checker, asked_labels, find_checker, is_dropped, try_seed, weigh
from phantoscope_batch.labels import label_columns, label_row, used_covariates
from phantoscope_batch.modality import without_colour
from phantoscope_batch.package import read_networks
from phantoscope_batch.png import picture_texts, recorded_request
from phantoscope_batch.recipe import Plan, parse_recipe
from phantoscope_batch.validate import validate_recipe

FOLDER = FIXTURES / 'batch' / 'checked'


@pytest.fixture(scope='module')
def checked_recipe():
    return parse_recipe((FOLDER / 'recipe.json').read_text())


@pytest.fixture(scope='module')
def planned(checked_recipe):
    plan = Plan(checked_recipe)
    return [plan.image(k) for k in range(plan.total)]


@pytest.fixture(scope='module')
def network(checked_recipe):
    return find_checker(checked_recipe['check'], read_networks(ROOT))


@pytest.fixture(scope='module')
def drawn(package, checked_recipe, planned, network):
    return Checker(checked_recipe['check'], network).draw(planned, Painter(package, 'CPUExecutionProvider', threads=1).draw)


def _nearly(found, wanted):
    """The same, but for the last digits of a probability, which another build of the runtime rounds otherwise."""
    assert found.pop('probability') == pytest.approx(wanted.pop('probability'), abs=2e-4)
    assert found == wanted and list(found) == list(wanted)


def test_pictures_seeds_and_what_is_said_of_them_are_those_of_the_page(package, planned, drawn):
    tries = []
    for k, ((pixels, mask), seed, checked) in enumerate(drawn):
        page = Image.open(FOLDER / 'images' / f'image-{k:08d}.png')
        apart = np.abs(np.asarray(page).astype(int) - without_colour(pixels, planned[k].request['prompt']))
        assert (apart <= 1).mean() >= 0.999, k
        texts, wanted = picture_texts(recorded_request(planned[k], mask, seed, checked), package.entry, package.sha256), dict(page.text)
        request, asked = json.loads(texts.pop('phantoscope:request')), json.loads(wanted.pop('phantoscope:request'))
        assert texts == wanted and list(request) == list(asked)
        if checked:
            _nearly(request.pop('checked'), asked.pop('checked'))
            tries.append(checked['tries'])
        assert request == asked
    assert set(tries) >= {1, 3} and drawn[6][2] is None              # "microscopy" asks for nothing that the network could say


def test_labels_and_card_say_so_as_the_page_does(package, checked_recipe, planned, drawn):
    lines = [json.loads(line) for line in (FOLDER / 'labels.jsonl').read_text().splitlines()]
    columns = label_columns(used_covariates(checked_recipe, package.entry), checked=True)
    rows = [label_row(one, line['split'], package.sha256, line['created_at'], columns, seed, checked)
            for one, line, (_, seed, checked) in zip(planned, lines, drawn)]
    for row, wanted in zip(rows, lines, strict=True):
        assert list(row) == list(wanted)
        assert all(row[name] == pytest.approx(value, abs=2e-4) if name == 'check_probability' and value is not None else row[name] == value
                   for name, value in wanted.items() if name not in ('file', 'mask'))
    made = [row for row in rows if row['check_tries']]
    facts = {'network': f'label-network, sha256 {drawn[0][2]["networkSha256"]}', 'count': len(made), 'most': 3, 'left_out': 0,
             'unconfirmed': sum(row['check_confirmed'] == 'no' for row in made), 'tries': np.mean([row['check_tries'] for row in made]),
             'probability': np.mean([row['check_probability'] for row in made])}
    told = data_card(Description('t', '2026-11-28', '0', package.entry, package.sha256, 4, 8, True, checked=facts), {})
    page = (FOLDER / 'README.md').read_text()
    part = page[page.index('## Checked while'):page.index('Seed, prompt')]
    assert ' '.join(part.split()) in ' '.join(told.split())


def test_a_batch_is_what_single_pictures_are(package, checked_recipe, planned, network, drawn):
    checker, painter = Checker(checked_recipe['check'], network), Painter(package, 'CPUExecutionProvider', threads=1)
    for k, one in enumerate(planned):
        [(_, seed, checked)] = checker.draw([one], painter.draw)
        assert (seed, checked and checked['tries']) == (drawn[k][1], drawn[k][2] and drawn[k][2]['tries'])


def test_only_what_is_never_confirmed_is_dropped(checked_recipe):
    drop = checked_recipe['check'] | {'unconfirmed': 'drop'}
    assert [is_dropped(drop, one) for one in (None, {'confirmed': True}, {'confirmed': False})] == [False, False, True]
    assert not is_dropped(checked_recipe['check'], {'confirmed': False})


def test_labels_that_a_prompt_names_and_what_logits_say_of_them(network):
    """As tests/unit/evaluation/asked-labels.test.ts has it."""
    labels = network.entry['labels']

    def titles(prompt):
        asked = asked_labels(prompt, labels)
        return asked and asked.titles
    assert titles('chest x-ray, bacterial pneumonia') == ['bacterial pneumonia']
    assert 'bacterial pneumonia' in titles('chest x-ray, pneumonia') and titles('brain MRI, not glioma') is None
    assert titles('chest x-ray, no pneumonia') == ['normal']
    assert titles('axial T1 brain MRI, no tumor') and titles('microscopy') is None and titles('normal') is None
    asked = asked_labels('brain MRI, glioma', labels)
    logits = np.zeros(len(labels['classes']), np.float32)
    logits[asked.accepted[0]] = np.log(3)
    probability, called = weigh(logits, asked)
    assert called in asked.accepted and probability == pytest.approx(3 / (3 + len(asked.candidates) - 1))


def test_seeds_of_tries_are_the_pages():
    """The third of seed 11 and the second, which the built app recorded for images 0 and 2."""
    recorded = [json.loads(line)['seed'] for line in (FOLDER / 'labels.jsonl').read_text().splitlines()]
    assert try_seed(11, 0) == 11 and {try_seed(11, 1), try_seed(11, 2)} == {recorded[0], recorded[2]}


def test_a_network_that_is_not_there_is_refused_by_name(checked_recipe, package):
    validate_recipe(checked_recipe, package.entry)
    with pytest.raises(RequestInvalid, match='checked by "other", which is not there .expected one of: label-network'):
        find_checker({'networkId': 'other'}, read_networks(ROOT))
    with pytest.raises(RequestInvalid, match='expected one of: none'):
        find_checker(checked_recipe['check'], [])
