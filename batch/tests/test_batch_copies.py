"""The copy check against the built app's report on the same pictures: tests/fixtures/batch/copies, see make_copies_fixture.py."""

import io
import json

import numpy as np
import pytest
from places import FIXTURES, ROOT
from PIL import Image

pytest.importorskip('faiss')
pytest.importorskip('scipy')
from phantoscope_batch.errors import RequestInvalid  # noqa: E402
from phantoscope_batch.evaluation.copies import copy_threshold, hold_out, nearest_real, real_side  # noqa: E402
from phantoscope_batch.evaluation.real import list_images  # noqa: E402
from phantoscope_batch.evaluation.report import binomial_interval, copy_figures, copy_sentences, rule_of  # noqa: E402
from phantoscope_batch.evaluation.squares import NetworkSession, read_pixels, square_of, thumb_of  # noqa: E402
from phantoscope_batch.package import read_networks  # noqa: E402

FOLDER = FIXTURES / 'batch'


@pytest.fixture(scope='module')
def network():
    return next(one for one in read_networks(ROOT) if one.entry['role'] == 'generic')


@pytest.fixture(scope='module')
def session(network):
    return NetworkSession(network)


@pytest.fixture(scope='module')
def report():
    return json.loads((FOLDER / 'copies' / 'report.json').read_text())


def _side(pictures, session):
    squares = [square_of(one) for one in pictures]
    return np.stack([thumb_of(one) for one in squares]), session.features(squares)


@pytest.fixture(scope='module')
def real(session):
    return _side([read_pixels(path.read_bytes()) for path in sorted((FOLDER / 'app' / 'images').glob('*.png'))], session)


@pytest.fixture(scope='module')
def rule(real, network):
    side = real_side(*real, [None] * len(real[0]))
    return rule_of(hold_out(side, *real, side.groups, in_turn=True), len(side), True, network)


def test_the_numbers_are_those_of_the_built_app(real, rule, report, session):
    assert rule.threshold == pytest.approx(report['threshold'], abs=1e-9) and rule.holdout_rate == report['holdoutRate']
    assert rule.feature_threshold == pytest.approx(report['features']['threshold'], rel=1e-4)
    assert rule.holdout_feature_rate == report['features']['holdoutRate']
    paths = sorted((FOLDER / 'copies' / 'synthetic').glob('*.png'))
    thumbs, features = _side([read_pixels(path.read_bytes()) for path in paths], session)
    found = dict(zip([path.name for path in paths], nearest_real(thumbs, features, real_side(*real, [None] * 20))))
    for pair in report['pairs']:
        near = found[pair['synthetic']]
        assert (f'image-{near.real:08d}.png', near.distance <= rule.threshold) == (pair['real'], pair['copy'])
        assert near.distance == pytest.approx(pair['distance'], abs=1e-6)
    suspects = [name for name, near in found.items() if near.distance <= rule.threshold]
    assert suspects == report['suspects'] and len(report['pairs']) == 20
    figures = copy_figures(rule, len(suspects), len(paths))
    assert {name: figures[name] for name in report if name in figures and name not in ('low', 'high', 'threshold')} == {
        name: value for name, value in report.items() if name in figures and name not in ('low', 'high', 'threshold')}
    assert (figures['low'], figures['high']) == pytest.approx((report['low'], report['high']), abs=1e-12)


def test_copies_are_found_mirrored_upside_down_cut_and_compressed_again(real, rule, session):
    """Planted in smooth pictures, as medical images are; others of the same family are none."""
    rng = np.random.default_rng(5)

    def picture():
        coarse = Image.fromarray(rng.integers(0, 256, (12, 12), np.uint8)).resize((96, 96), Image.BICUBIC)
        return np.asarray(coarse)

    def compressed(pixels):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, 'JPEG', quality=70)
        return read_pixels(buffer.getvalue())
    own = [picture() for _ in range(40)]
    cut = np.asarray(Image.fromarray(own[3]).resize((96, 96), Image.BILINEAR, (8, 4, 90, 86)))
    planted = [compressed(own[0]), compressed(own[1][:, ::-1]), own[2][::-1], compressed(cut), compressed(cut[:, ::-1])]
    side = real_side(*_side(own, session), [None] * 40)
    threshold = copy_threshold(hold_out(side, *_side(own, session), side.groups, in_turn=True))
    found = nearest_real(*_side(planted + [picture() for _ in range(20)], session), side)
    assert [near.real for near in found[:5]] == [0, 1, 2, 3, 3] and [near.turn for near in found[:3]] == [0, 1, 2]
    assert [near.distance <= threshold for near in found] == [True] * 5 + [False] * 20


def test_images_of_one_patient_set_no_threshold(real):
    thumbs, features = np.concatenate([real[0], real[0]]), np.concatenate([real[1], real[1]])
    side = real_side(thumbs, features, [f'patient {k % 20}' for k in range(40)])
    held = hold_out(side, thumbs, features, side.groups, in_turn=True)
    assert max(one.similarity for one in held) < 0.9
    unknown = real_side(thumbs, features, [None] * 40)
    assert min(one.similarity for one in hold_out(unknown, thumbs, features, unknown.groups, in_turn=True)) > 0.99


def test_the_interval_is_that_of_the_page():
    for case in json.loads((FIXTURES / 'metrics.json').read_text())['binomial']:
        assert binomial_interval(case['k'], case['n']) == pytest.approx((case['low'], case['high']), abs=1e-9)


def test_the_card_says_it_in_the_pages_words(rule):
    said = copy_sentences(copy_figures(rule, 2, 24), left_out=2)
    assert said.startswith('2 of 24 images are suspiciously near to a real one. Each was compared with 20 real images chosen by the user')
    assert 'nearer than 0.201, as 0.0 % of 20 real images, each held out in turn' in said and said.endswith('left out of this export.')


def test_real_images_are_those_that_the_page_lists():
    paths = ['a/10.png', 'a/9.png', 'a/9.mask.png', 'images/1.png', 'masks/1.png', 'README', 'labels.csv', 'scan/IM0001', 'b/x.JPG']
    assert [name for name, _ in list_images(paths)] == ['a/9.png', 'a/10.png', 'b/x.JPG', 'images/1.png', 'scan/IM0001']
    table = '\ufeffFile;Finding;Patient\n9;normal;p1\n"a/10.png";other;p2\n'
    assert dict(list_images(paths, table)) == {'a/9.png': 'p1', 'a/10.png': 'p2', 'b/x.JPG': None, 'images/1.png': None, 'scan/IM0001': None}
    with pytest.raises(RequestInvalid, match='names none of the 5 image files'):
        list_images(paths, 'file,label\nother.png,x\n')
    with pytest.raises(RequestInvalid, match='which column is which'):
        list_images(paths, 'a,b\n1,2\n')


def test_pictures_are_read_as_the_page_first_shows_them():
    def read(array, kind, **options):
        buffer = io.BytesIO()
        Image.fromarray(array).save(buffer, kind, **options)
        return read_pixels(buffer.getvalue())
    wide = np.array([[1000, 3000], [2000, 1000]], np.uint16)
    assert read(wide, 'PNG').tolist() == [[0, 255], [128, 0]]
    clear = np.array([[[200, 100, 50, 0], [200, 100, 50, 255]]], np.uint8)
    assert read(clear, 'PNG').tolist() == [[[0, 0, 0], [200, 100, 50]]]
    with pytest.raises(OSError):
        read_pixels(b'no picture')
