"""Makes the small DICOM, NIfTI, PNG, JPEG and WebP files and a mask of tests/fixtures/formats and what a reader must find in them.

    pip install pydicom nibabel imagecodecs pillow numpy
    python -m training.goldens.make_format_fixtures --out tests/fixtures/formats

expected.json: file → frames, size, and either the sha256 of frame 0's samples (little-endian, row by row, channels
together) where the file keeps every bit, or the samples of a few pixels where it does not. No patient was involved:
names and numbers in the headers are there to prove that none of them survives an import.
"""

import argparse
import hashlib
import json
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
from PIL import Image

from training.data.dataset import mask_channels
from training.data.nuclei_layout import make_layout
from training.goldens.dicom_fixtures import make_ct_files, make_lossy_files, make_other_dicoms
from training.goldens.sample_pictures import SECRET, expect, ramp


def volume_expectation(image):
    """Middle slices as radiology shows them: first row superior or anterior, first column the patient's right or anterior."""
    values = nibabel.as_closest_canonical(image).get_fdata()
    x, y, z = (n // 2 for n in values.shape[:3])
    planes = {'axial': values[::-1, ::-1, z].T, 'coronal': values[::-1, y, ::-1].T, 'sagittal': values[x, ::-1, ::-1].T}
    zooms = nibabel.as_closest_canonical(image).header.get_zooms()[:3]
    return {'shape': list(values.shape[:3]), 'spacing': [float(s) for s in zooms],
            'slices': {name: {'width': p.shape[1], 'height': p.shape[0], 'values': np.round(p, 4).reshape(-1)[::7].tolist()}
                       for name, p in planes.items()}}


def make_nifti(out, found):
    rng = np.random.default_rng(6)
    values = rng.integers(-500, 1500, (12, 10, 8)).astype(np.int16)
    turned = np.array([[0, 0, 2.5, -10], [-1.5, 0, 0, 20], [0, 2, 0, 5], [0, 0, 0, 1]])   # axes permuted, one flipped
    image = nibabel.Nifti1Image(values, turned)
    image.header['descrip'] = SECRET.encode()
    image.header.set_xyzt_units('mm')
    image.header.set_slope_inter(0.5, 10)
    nibabel.save(image, out / 'turned.nii.gz')
    found['turned.nii.gz'] = volume_expectation(nibabel.load(out / 'turned.nii.gz'))
    image = nibabel.Nifti1Image(rng.integers(0, 255, (9, 7, 5)).astype(np.uint8), np.diag([-1, 1, 3, 1]))
    image.set_sform(None, 0)
    image.set_qform(np.diag([-1, 1, 3, 1]), 1)
    nibabel.save(image, out / 'qform.nii')
    found['qform.nii'] = volume_expectation(nibabel.load(out / 'qform.nii'))
    image = nibabel.Nifti1Image(rng.normal(size=(6, 5, 4)).astype('>f4'), np.eye(4), nibabel.Nifti1Header(endianness='>'))
    nibabel.save(image, out / 'big-endian.nii')
    found['big-endian.nii'] = volume_expectation(nibabel.load(out / 'big-endian.nii'))


def make_pictures(out, found):
    grey16, colour16 = ramp(np.uint16, 0, 65535), ramp(np.uint16, 0, 65535, 3)
    grey, colour = ramp(np.uint8, 0, 255), ramp(np.uint8, 0, 255, 3)
    for name, array in (('grey-16', grey16), ('colour-16', colour16), ('grey', grey), ('colour', colour)):
        (out / f'{name}.png').write_bytes(imagecodecs.png_encode(array))
        found[f'{name}.png'] = expect(array)
    bits = (grey > 127).astype(np.uint8)
    Image.fromarray(bits * 255).convert('1').save(out / 'bits.png')
    found['bits.png'] = expect(bits)
    Image.fromarray(colour).quantize(16).save(out / 'palette.png')
    found['palette.png'] = expect(np.asarray(Image.open(out / 'palette.png').convert('RGB')))
    clear = np.dstack([colour, grey])
    Image.fromarray(clear).save(out / 'alpha.png')
    found['alpha.png'] = expect(np.round(colour.astype(float) * grey[..., None] / 255).astype(np.uint8), lossy=True)
    smooth = ramp(np.float32, 0, 1000)
    for width, height in ((20, 16), (96, 80), (48, 40)):
        resized = np.asarray(Image.fromarray(smooth).resize((width, height), Image.Resampling.BILINEAR))
        found[f'resize {width}x{height}'] = {'width': width, 'height': height, 'values': np.round(resized.reshape(-1)[::11], 3).tolist()}
    found['resize source'] = {'values': smooth.reshape(-1).tolist()}
    Image.fromarray(colour).save(out / 'photo.jpg', quality=92)
    Image.fromarray(colour).save(out / 'photo.webp', quality=90)
    Image.fromarray(colour).save(out / 'lossless.webp', lossless=True)


def make_mask(out, found):
    """An instance mask and what the UNet sees of it."""
    measurement = {'count': 40, 'log_diameter': 2.9, 'spread': 0.4, 'elongation': 1.6, 'clustered': 0.6}
    instances = make_layout([measurement], np.random.default_rng(3))
    Image.fromarray(instances).save(out / 'nuclei.png')
    planes = mask_channels(instances)
    found['nuclei.png'] = expect(instances) | {'planes': hashlib.sha256(planes.tobytes()).hexdigest(), 'sums': planes.sum((1, 2)).tolist()}


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    out, found = Path(args.out), {}
    out.mkdir(parents=True, exist_ok=True)
    for make in (make_ct_files, make_lossy_files, make_other_dicoms, make_nifti, make_pictures, make_mask):
        make(out, found)
    (out / 'expected.json').write_text(json.dumps(found) + '\n')
    print(len(found), 'files,', sum(path.stat().st_size for path in out.iterdir()), 'bytes')
