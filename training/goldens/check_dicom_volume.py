"""Reads a DICOM series with its segmentation by pydicom and highdicom, and what dcm2niix made of the series; prints JSON.

    pip install pydicom highdicom nibabel numpy
    python -m training.goldens.check_dicom_volume FOLDER [NIFTI]

FOLDER holds slice-001.dcm … and labels.dcm. The arrays are given as the app keeps volumes: [x][y][z], to the patient's right,
front and head.
"""

import argparse
import hashlib
import json
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pydicom


def sha256(values):
    """Of an array of small whole numbers as bytes, last axis fastest."""
    return hashlib.sha256(np.ascontiguousarray(values, np.uint8).tobytes()).hexdigest()


def right_front_head(rows):
    """(slice, row, column), rows to the back and columns to the left → [x][y][z] to the right, front and head."""
    return np.asarray(rows).transpose(2, 1, 0)[::-1, ::-1]


def check_series(folder):
    """What all slices have in common, and the voxels."""
    slices = sorted((pydicom.dcmread(path) for path in folder.glob('slice-*.dcm')), key=lambda ds: ds.ImagePositionPatient[2])
    common = {name: sorted({str(ds.get(name)) for ds in slices}) for name in (
        'StudyInstanceUID', 'SeriesInstanceUID', 'FrameOfReferenceUID', 'SliceThickness', 'PixelSpacing', 'ImageOrientationPatient',
        'PatientID', 'Modality', 'ContentQualification', 'DerivationDescription')}
    return {'slices': len(slices), **common, 'synthetic': sorted({ds[0x0008, 0x001C].value for ds in slices}),
            'positions': [[float(mm) for mm in ds.ImagePositionPatient] for ds in slices],
            'instances': len({ds.SOPInstanceUID for ds in slices}),
            'sha256': sha256(right_front_head([ds.pixel_array for ds in slices]))}


def check_segmentation(folder):
    """Segments, their codes and voxels as highdicom finds them by the instances that they refer to."""
    seg = highdicom.seg.segread(folder / 'labels.dcm')
    slices = sorted((pydicom.dcmread(path) for path in folder.glob('slice-*.dcm')), key=lambda ds: ds.ImagePositionPatient[2])
    maps = seg.get_pixels_by_source_instance([ds.SOPInstanceUID for ds in slices], combine_segments=True)
    volume = seg.get_volume(combine_segments=True)
    segments = [seg.get_segment_description(number) for number in seg.segment_numbers]
    modifiers = [segment.SegmentedPropertyTypeCodeSequence[0].get('SegmentedPropertyTypeModifierCodeSequence') for segment in segments]
    return {'labels': [segment.segment_label for segment in segments],
            'types': [segment.segmented_property_type.value for segment in segments],
            'modifiers': [modifier and modifier[0].CodeValue for modifier in modifiers],
            'frameOfReference': seg.FrameOfReferenceUID, 'study': seg.StudyInstanceUID, 'series': seg.SeriesInstanceUID,
            'frames': int(seg.NumberOfFrames), 'synthetic': seg[0x0008, 0x001C].value, 'spacing': list(volume.spacing),
            'pydicom': int(pydicom.dcmread(folder / 'labels.dcm').pixel_array.sum()), 'sha256': sha256(right_front_head(maps))}


def check_nifti(path):
    """What another converter made of the series, brought to right, front and head."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return {'shape': list(image.shape), 'affine': np.round(image.affine, 5).tolist(), 'sha256': sha256(np.asanyarray(image.dataobj))}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path)
    parser.add_argument('nifti', type=Path, nargs='?')
    args = parser.parse_args()
    found = {'series': check_series(args.folder), 'segmentation': check_segmentation(args.folder)}
    print(json.dumps({**found, 'nifti': check_nifti(args.nifti)} if args.nifti else found))
