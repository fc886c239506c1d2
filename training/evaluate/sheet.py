"""The contact sheet of the model card: twelve prompts, six seeds each."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from training.common.contact_sheet import contact_sheet

PROMPTS = [
    ('frontal chest x-ray, adult, PA view, no finding', {}),
    ('frontal chest x-ray, adult, AP view, pleural effusion', {'view': 1.0}),
    ('pediatric frontal chest x-ray, bacterial pneumonia', {}),
    ('brain MRI slice, glioma tumor', {}),
    ('axial T1 brain MRI, 80 year old woman', {'age': 80.0, 'sex': 0.0, 'csf_fraction': 0.45}),
    ('sagittal T1 brain MRI, 70 year old man', {'age': 70.0, 'sex': 1.0}),
    ('fluorescence microscopy of cell nuclei', {'nuclei': 60.0}),
    ('purple stained histology, microscopy of cell nuclei', {}),
    ('clinical skin photo, brown skin, nevus', {'skin_tone': 1.0}),
    ('clinical skin photo, light skin, basal cell carcinoma', {'skin_tone': 4.0}),
    ('retinal fundus photograph, moderate diabetic retinopathy', {'dr_grade': 2.0}),
    ('breast ultrasound, malignant lesion', {}),
]
SEEDS, MOST_BYTES = 6, 1_500_000


def _encoded(sheet, share):
    """The sheet as PNG at a share of its size: bytes."""
    buffer = io.BytesIO()
    sheet.resize((round(sheet.width * share), round(sheet.height * share)), Image.Resampling.LANCZOS).save(buffer, 'PNG')
    return buffer.getvalue()


def save_small(images, columns, path, most=MOST_BYTES):
    """Saves a contact sheet of uint8 (n, side, side, 3) as a PNG of at most `most` bytes, pictures of their own size or smaller by multiples
    of 8 pixels; returns their side in pixels."""
    sheet, whole = contact_sheet(images, columns), images.shape[1]
    small = len(_encoded(sheet, 0.5))                                  # bytes grow about with the area: a first guess
    side = min(whole, int(whole * 0.5 * (most / small) ** 0.5 * 1.1) // 8 * 8)
    while side >= 32:
        encoded = _encoded(sheet, side / whole)
        if len(encoded) <= most:
            Path(path).write_bytes(encoded)
            return side
        side -= 8
    raise ValueError(f'{len(images)} pictures do not fit into {most} bytes: ask for fewer')


def contact_sheet_of(generator, path):
    """Draws the sheet into `path`, two prompts a line; {prompts, seeds, side}."""
    prompts = [prompt for prompt, _ in PROMPTS for _ in range(SEEDS)]
    images = generator.images(prompts, covariates=[known for _, known in PROMPTS for _ in range(SEEDS)],
                              seeds=[1 + k for _ in PROMPTS for k in range(SEEDS)])
    side = save_small(np.asarray(images), 2 * SEEDS, path)
    return {'prompts': [prompt for prompt, _ in PROMPTS], 'seeds': SEEDS, 'side': side}
