"""Reads what the app has exported with the field's own libraries and says what it found, as JSON.

    pip install pydicom nibabel numpy
    python -m training.goldens.check_formats FOLDER

One entry per file of FOLDER: size, type, the sha256 of its values (little-endian, row by row), and what a header says
of the image being synthetic.
"""

import argparse
import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
import pydicom


def fingerprint(values):
    """sha256 of an array's bytes, little-endian, last axis fastest."""
    return hashlib.sha256(np.ascontiguousarray(values.astype(values.dtype.newbyteorder('<'))).tobytes()).hexdigest()


def check_dicom(path):
    ds = pydicom.dcmread(path)
    pixels = ds.pixel_array
    equipment = ds[0x0018, 0xA001].value[0]
    return {
        'shape': list(pixels.shape), 'type': pixels.dtype.name, 'sha256': fingerprint(pixels),
        'synthetic': ds[0x0008, 0x001C].value, 'conversion': ds.ConversionType, 'imageType': list(ds.ImageType),
        'qualification': ds.ContentQualification, 'burnedIn': ds.BurnedInAnnotation, 'patient': str(ds.PatientName),
        'purpose': equipment[0x0040, 0xA170].value[0].CodeValue, 'contribution': equipment.ContributionDescription,
        'comments': ds.ImageComments, 'uids': [ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID],
        'window': [float(ds.WindowCenter), float(ds.WindowWidth)] if 'WindowCenter' in ds else None,
        'spacing': [float(mm) for mm in ds.PixelSpacing] if 'PixelSpacing' in ds else None,
    }


def check_nifti(path):
    image = nibabel.load(path)
    values = np.asanyarray(image.dataobj.get_unscaled() if image.header.get_data_dtype().names is None else image.dataobj)
    return {
        'shape': list(image.shape), 'type': image.header.get_data_dtype().name, 'codes': list(nibabel.aff2axcodes(image.affine)),
        'zooms': [float(mm) for mm in image.header.get_zooms()], 'sha256': fingerprint(values.T),
        'descrip': image.header['descrip'].tobytes().rstrip(b'\0').decode(), 'intent': image.header['intent_name'].tobytes().rstrip(b'\0').decode(),
        'affine': image.affine.tolist(),
    }


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder')
    folder = Path(parser.parse_args().folder)
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == '.dcm':
            found[path.name] = check_dicom(path)
        elif path.name.endswith(('.nii', '.nii.gz')):
            found[path.name] = check_nifti(path)
    print(json.dumps(found))
