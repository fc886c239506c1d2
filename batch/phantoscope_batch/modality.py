"""What kind of image a prompt asks for, and whether that has colours: src/dataset/formats/modality.ts."""

import re

import numpy as np

# The first whose words a prompt has.
_MODALITIES = [(r'x-?ray|radiograph', 'DX'), (r'\bmri?\b|magnetic', 'MR'), (r'\bct\b|tomograph', 'CT'), (r'ultrasound|sonograph', 'US'),
               (r'microscop|histolog', 'GM'), (r'fundus|retina', 'OP'), (r'skin|photo', 'XC')]
_GREY = ('DX', 'MR', 'CT', 'US')
_COLOUR_WORDS = r'\bskin\b|dermat|photo|fundus|retina|histolog|h&e|h\+e|hematoxylin|haematoxylin|stained|colou?r|doppler'


def modality_of(prompt):
    """DICOM's word for it: DX, MR …; OT where nothing fits."""
    return next((name for words, name in _MODALITIES if re.search(words, prompt, re.IGNORECASE)), 'OT')


def without_colour(pixels, prompt):
    """uint8 (h, w), the mean of the channels, where all is grey or the kind of image has no colour; else (h, w, 3) as it is."""
    if not _has_no_colour(prompt) and (pixels != pixels[..., :1]).any():
        return pixels
    return np.floor(pixels.sum(-1, dtype=np.int64) / 3 + 0.5).astype(np.uint8)


def _has_no_colour(prompt):
    if re.search(_COLOUR_WORDS, prompt, re.IGNORECASE):
        return False
    return bool(re.search('fluorescen', prompt, re.IGNORECASE)) or modality_of(prompt) in _GREY
