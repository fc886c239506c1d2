"""A data set of random images in the layout of the real one, small enough for tests."""

import csv
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# The networks here are tiny: threads would only wait for each other, above all where the machine does something else, too.
torch.set_num_threads(1)


class OneThreadSession(onnxruntime.InferenceSession):
    """A session as those of the scripts, on one thread."""

    def __init__(self, model, sess_options=None, **more):
        options = sess_options or onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        super().__init__(model, options, **more)


onnxruntime.InferenceSession = OneThreadSession


@pytest.fixture(autouse=True)
def fresh_accelerator():
    """accelerate keeps one state a process, and refuses a second precision: each test begins without it."""
    yield
    if 'accelerate' in sys.modules:
        from accelerate.state import AcceleratorState, GradientState
        AcceleratorState._reset_state(reset_partial_state=True)
        GradientState._reset_state()


COLUMNS = ('file,set,modality,label,prompt,age,sex,view,patient,findings,skin_tone,ita,dr_grade,nwbv,cdr,'
           'region,mask,nuclei,licence,csf_fraction').split(',')
SETS = {
    'kermany': dict(modality='chest x-ray', label='viral pneumonia', prompt='pediatric frontal chest x-ray, viral pneumonia', patient='v1'),
    'oasis1': dict(modality='brain T1 MRI', label='axial', prompt='axial T1 brain MRI, 70 year old man', age='70', sex='M', nwbv='0.72',
                   cdr='0', csf_fraction='0.3', patient='OAS1'),
    'dsb2018': dict(modality='microscopy', label='fluorescence', prompt='fluorescence microscopy of cell nuclei', nuclei='3'),
    'pad_ufes': dict(modality='skin photo', label='NEV', prompt='clinical skin photo, tan skin, nevus', skin_tone='tan', ita='19.0', patient='P'),
}


def _webp(rng):
    # Smooth noise: a random 8×8 picture enlarged.
    small = Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    small.resize((256, 256), Image.Resampling.BICUBIC).save(buffer, 'WEBP')
    return buffer.getvalue()


@pytest.fixture(scope='session')
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp('data')
    rng = np.random.default_rng(0)
    rows = []
    for name, columns in SETS.items():
        with zipfile.ZipFile(folder / f'{name}.zip', 'w') as archive:
            for k in range(10):
                row = {column: '' for column in COLUMNS} | columns | {'set': name, 'file': f'{name}_{k}.webp'}
                if row['patient']:
                    row['patient'] += str(k // 2)
                archive.writestr(row['file'], _webp(rng))
                if name == 'dsb2018':
                    mask = np.zeros((256, 256), np.uint8)
                    mask[20:60, 20:60], mask[60:90, 20:60], mask[150:200, 100:180] = 1, 2, 3
                    buffer = io.BytesIO()
                    Image.fromarray(mask).save(buffer, 'PNG')
                    row['mask'] = f'{name}_{k}_mask.png'
                    archive.writestr(row['mask'], buffer.getvalue())
                rows.append(row)
    with open(folder / 'captions.csv', 'w', newline='') as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return folder
