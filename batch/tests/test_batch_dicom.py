"""DICOM against the built app's, byte for byte, and read again: tests/fixtures/batch/dicom.

    npm run generate -- --recipe tests/fixtures/batch/dicom/recipe.json --models tests/fixtures/tiny-model --format dicom --out runs/dicom
"""

import io
import json

import numpy as np
import pytest
from places import FIXTURES

pydicom = pytest.importorskip('pydicom')
from phantoscope_batch.dicom import encode_dicom, uids_of  # noqa: E402
from phantoscope_batch.evaluation.squares import read_pixels  # noqa: E402
from phantoscope_batch.recipe import Plan, parse_recipe  # noqa: E402

FOLDER = FIXTURES / 'batch' / 'dicom'


def _files():
    """[(index, dataset, bytes, whether it is a mask)] of what the page wrote."""
    for folder in ('images', 'masks'):
        for path in sorted((FOLDER / folder).glob('*.dcm')):
            raw = path.read_bytes()
            yield int(path.stem.removeprefix('image-')), pydicom.dcmread(io.BytesIO(raw)), raw, folder == 'masks'


def test_every_byte_is_the_pages_but_for_identifiers(package):
    plan = Plan(parse_recipe((FOLDER / 'recipe.json').read_text()))
    lines = [json.loads(line) for line in (FOLDER / 'labels.jsonl').read_text().splitlines()]
    files = list(_files())
    assert [(index, mask) for index, *_, mask in files] == [(0, False), (1, False), (2, False), (3, False), (4, False), (3, True), (4, True)]
    for index, page, raw, mask in files:
        uids = page.StudyInstanceUID, page.SeriesInstanceUID, page.SOPInstanceUID
        assert encode_dicom(page.pixel_array, plan.image(index).request, package.entry, package.sha256, lines[index]['created_at'],
                            page[0x00181020].value, uids, mask) == raw


def test_it_reads_again_as_what_it_is(package):
    request = Plan(parse_recipe((FOLDER / 'recipe.json').read_text())).image(4).request
    for samples in (np.arange(12 * 7 * 3, dtype=np.uint8).reshape(12, 7, 3), np.arange(35, dtype=np.uint16).reshape(5, 7) * 100):
        uids = uids_of(request, package.sha256, '2026-11-28T01:02:03.000Z', 'image')
        found = pydicom.dcmread(io.BytesIO(encode_dicom(samples, request, package.entry, package.sha256, '2026-11-28T01:02:03.000Z', '1', uids)))
        assert (found.pixel_array == samples).all() and found[0x0008001c].value == 'YES' and found.PatientName == 'SYNTHETIC^PHANTOM'
        assert (found.StudyInstanceUID, found.SeriesInstanceUID, found.SOPInstanceUID) == uids == tuple(map(pydicom.uid.UID, uids))
        assert all(pydicom.uid.UID(uid).is_valid for uid in uids) and found.StudyDate == '20261128' and found.StudyTime == '010203'


def test_identifiers_are_the_same_for_the_same_picture_and_for_no_other(package):
    plan = Plan(parse_recipe((FOLDER / 'recipe.json').read_text()))

    def of(index, created_at='2026-11-28T01:02:03.000Z', what='image'):
        return uids_of(plan.image(index).request, package.sha256, created_at, what)
    assert of(0) == of(0) and len({uid for uids in (of(0), of(1), of(0, '2026-11-29T00:00:00.000Z'), of(0, what='mask')) for uid in uids}) == 12


def test_a_grey_dicom_is_shown_by_its_window_or_as_it_is():
    for _, page, raw, _ in list(_files())[:1]:
        assert (read_pixels(raw) == page.pixel_array).mean() > 0.999 or page.get('RescaleType')
        page.WindowCenter, page.WindowWidth, page.VOILUTFunction = 100, 50, 'LINEAR_EXACT'
        buffer = io.BytesIO()
        page.save_as(buffer)
        wanted = np.clip((page.pixel_array.astype(float) - 75) / 50, 0, 1) * 255
        assert np.abs(read_pixels(buffer.getvalue()) - wanted).max() <= 0.5
        page.PhotometricInterpretation = 'MONOCHROME1'
        buffer = io.BytesIO()
        page.save_as(buffer)
        assert np.abs(read_pixels(buffer.getvalue()) - (255 - wanted)).max() <= 0.5
