"""Pictures and masks as DICOM Secondary Capture that says what it is: src/image/dicom/write-dicom.ts and dicom-origin.ts."""

import hashlib
import io
import re
import uuid

import numpy as np

from phantoscope_batch.errors import RequestInvalid
from phantoscope_batch.json_text import compact_json, number_text
from phantoscope_batch.modality import modality_of

_SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7'
_EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
_IMPLEMENTATION_UID = '2.25.280471952186435094207351628390518270443'
# Names this file's identifiers; drawn at random once.
_NAMESPACE = uuid.UUID('6d5b0a0e-8c0c-4f5e-9d0e-2a4b7f3c1e95')
_LONGEST = {'LO': 64, 'SH': 16, 'CS': 16, 'PN': 64, 'LT': 10_240, 'ST': 1024}


def require_pydicom():
    """Raises RequestInvalid where it is not installed."""
    try:
        import pydicom
    except ImportError as error:
        raise RequestInvalid('--format dicom needs pydicom (expected it to be installed). Install it on every node: '
                             'pip install "phantoscope-batch[dicom]"') from error
    return pydicom


def uids_of(request, model_sha256, created_at, what):
    """(study, series, instance) of a picture or its mask: the same whenever it is drawn again in one run, and nobody else's. PS3.5 B.2."""
    name = f'{model_sha256} {created_at} {hashlib.sha256(compact_json(request).encode()).hexdigest()} {what}'
    return tuple(f'2.25.{uuid.uuid5(_NAMESPACE, f"{level} {name}").int}' for level in ('study', 'series', 'instance'))


def encode_dicom(samples, request, entry, model_sha256, created_at, app_version, uids, mask=False):
    """Bytes of a DICOM file, explicit little-endian. samples: uint8 (h, w) or (h, w, 3), or uint16 (h, w).

    request: of the picture, as its PNG records it; created_at: ISO 8601 in UTC; uids: see uids_of.
    """
    pydicom = require_pydicom()
    samples = samples.astype(np.uint8) if samples.max(initial=0) < 256 else samples
    dataset = _dataset(pydicom, [*_patient_and_study(request, created_at, uids),
                                 *_equipment(pydicom, entry, model_sha256, created_at, app_version), *_instance(request, created_at, uids, mask),
                                 *_pixels(samples, mask)])
    meta = pydicom.dataset.FileMetaDataset()
    meta.FileMetaInformationVersion = b'\0\1'
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = _SECONDARY_CAPTURE, uids[2]
    meta.TransferSyntaxUID, meta.ImplementationClassUID, meta.ImplementationVersionName = _EXPLICIT_LITTLE_ENDIAN, _IMPLEMENTATION_UID, 'PHANTOSCOPE'
    dataset.file_meta, dataset.preamble = meta, b'\0' * 128
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _patient_and_study(request, created_at, uids):
    """Patient, General Study and General Series: an invented patient, whose name says what the image is."""
    date, time = _moment(created_at)
    age, sex, number = request['covariates'].get('age'), request['covariates'].get('sex'), request['imageIndex'] + 1
    return [(0x00100010, 'PN', 'SYNTHETIC^PHANTOM'), (0x00100020, 'LO', f'SYNTHETIC-{number:06d}'), (0x00100030, 'DA', ''),
            (0x00100040, 'CS', {0: 'F', 1: 'M'}.get(sex, 'O')),
            *([] if age is None else [(0x00101010, 'AS', f'{int(np.floor(age + 0.5)):03d}Y')]),
            (0x0020000d, 'UI', uids[0]), (0x00080020, 'DA', date), (0x00080030, 'TM', time), (0x00080090, 'PN', ''), (0x00200010, 'SH', 'SYNTHETIC'),
            (0x00080050, 'SH', ''), (0x00081030, 'LO', 'Synthetic images, not of any patient'), (0x00080060, 'CS', modality_of(request['prompt'])),
            (0x0020000e, 'UI', uids[1]), (0x00200011, 'IS', '1'), (0x0008103e, 'LO', 'Made by a generative model')]


def _equipment(pydicom, entry, model_sha256, created_at, app_version):
    """General Equipment and Contributing Equipment Sequence, purpose (109100, DCM)."""
    named = [(0x00080070, 'LO', 'Phantoscope'), (0x00081090, 'LO', f'{entry["title"]} {entry["version"]}'), (0x00181020, 'LO', app_version)]
    purpose = [(0x00080100, 'SH', '109100'), (0x00080102, 'SH', 'DCM'), (0x00080104, 'LO', 'Synthesizing Equipment')]
    contribution = [*named, (0x0018a002, 'DT', ''.join(_moment(created_at))),
                    (0x0018a003, 'ST', f'Made by a generative model; sha256 {model_sha256}'),
                    (0x0040a170, 'SQ', [_dataset(pydicom, purpose)])]
    return [*named, (0x0018a001, 'SQ', [_dataset(pydicom, contribution)])]


def _instance(request, created_at, uids, mask):
    """General Image, SOP Common, SC Equipment and what marks it as made here."""
    date, time = _moment(created_at)
    said = (f'{request["prompt"]}\nseed {number_text(request["seed"])}, index {request["imageIndex"]}, '
            f'{number_text(request["numInferenceSteps"])} steps')
    number = request['imageIndex'] + 1
    return [(0x00080005, 'CS', 'ISO_IR 192'), (0x00080012, 'DA', date), (0x00080013, 'TM', time), (0x00080016, 'UI', _SECONDARY_CAPTURE),
            (0x00080018, 'UI', uids[2]), (0x00080201, 'SH', '+0000'), (0x0008001c, 'CS', 'YES'), (0x00080023, 'DA', date), (0x00080033, 'TM', time),
            (0x00082111, 'ST', 'Synthetic image, made by a generative model. Shows no real patient. Not for diagnosis.'), (0x00280301, 'CS', 'NO'),
            (0x00189004, 'CS', 'RESEARCH'), (0x00200013, 'IS', str(number)),
            (0x00204000, 'LT', f'Mask of image {number}: 0 is background.\n{said}' if mask else said), (0x00282110, 'CS', '00'),
            (0x00080064, 'CS', 'SYN'), (0x00080008, 'CS', ['DERIVED', 'SECONDARY']), (0x00200020, 'CS', ''), (0x00200060, 'CS', '')]


def _pixels(samples, mask):
    """Image Pixel, and that grey values are of no unit."""
    height, width = samples.shape[:2]
    bits, colour = samples.dtype.itemsize * 8, samples.ndim == 3
    raw = samples.astype(samples.dtype.newbyteorder('<')).tobytes()
    meaning = [] if colour or mask else [(0x00281052, 'DS', '0'), (0x00281053, 'DS', '1'), (0x00281054, 'LO', 'US')]
    return [*meaning, (0x00280002, 'US', 3 if colour else 1), (0x00280004, 'CS', 'RGB' if colour else 'MONOCHROME2'),
            *([(0x00280006, 'US', 0)] if colour else []), (0x00280010, 'US', height), (0x00280011, 'US', width), (0x00280100, 'US', bits),
            (0x00280101, 'US', bits), (0x00280102, 'US', bits - 1), (0x00280103, 'US', 0),
            (0x7fe00010, 'OB' if bits == 8 else 'OW', raw + b'\0' * (len(raw) % 2))]


def _dataset(pydicom, elements):
    dataset = pydicom.Dataset()
    for tag, vr, value in elements:
        dataset.add_new(tag, vr, _clean(vr, value) if isinstance(value, str) else value)
    return dataset


def _clean(vr, text):
    """Control characters mean something else in every VR; a backslash parts values where there may be several."""
    text = ''.join(letter for letter in text if letter >= ' ' or letter == '\n' and vr in ('LT', 'ST'))
    return (text.replace('\\', '/') if vr in ('LO', 'SH', 'PN') else text)[:_LONGEST.get(vr)]


def _moment(created_at):
    """DA and TM."""
    digits = re.sub('[-:T]', '', created_at)
    return digits[:8], digits[8:14]
