"""The square in the middle of a picture, as networks and the copy check see it: src/evaluation/metrics/read-square.ts."""

import io
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

from phantoscope_batch.evaluation.thumbs import THUMB_SIDE, resample
from phantoscope_batch.package import session_options

_MOST_PIXELS = 2**27


def square_of(pixels):
    """float32 planes (1 or 3, side, side), 0…255, of uint8 (height, width) or (height, width, 3); grey has one plane."""
    height, width = pixels.shape[:2]
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    cut = pixels[top:top + side, left:left + side]
    if cut.ndim == 3 and (cut == cut[..., :1]).all():
        cut = cut[..., 0]
    return (cut[None] if cut.ndim == 2 else cut.transpose(2, 0, 1)).astype(np.float32)


def thumb_of(square):
    """uint8 (64, 64), grey."""
    grey = square[0] if len(square) == 1 else (square.astype(np.float64).sum(0) / 3).astype(np.float32)
    shares = (resample(grey, THUMB_SIDE).astype(np.float64) / 255).astype(np.float32)
    return np.floor(255 * shares.astype(np.float64) + 0.5).astype(np.uint8)


class NetworkSession:
    """A network of the manifest on the CPU: squares in, one of its outputs out."""

    def __init__(self, network, threads=1):
        self.entry = network.entry
        path = Path(network.folder) / self.entry['graph']['name']
        self.session = onnxruntime.InferenceSession(str(path), session_options(threads), providers=['CPUExecutionProvider'])

    def __call__(self, squares, output):
        """float32 (n, …) of the output of that name."""
        inputs = self.entry['input']
        return self.session.run([output], {inputs['name']: np.stack([_network_input(square, inputs) for square in squares])})[0]

    def features(self, squares):
        """float32 (n, output.size)."""
        return self(squares, self.entry['output']['name'])


def _network_input(square, inputs):
    """float32 (3, size, size) of (value − mean) / std."""
    small = np.stack([resample(plane, inputs['size']) for plane in square]).astype(np.float64)
    return np.broadcast_to(((small - inputs['mean']) / inputs['std']).astype(np.float32), (3, inputs['size'], inputs['size']))


def read_pixels(raw):
    """uint8 (height, width) or (height, width, 3) of a PNG, JPEG, WebP or DICOM file, as the page first shows it. Raises ValueError."""
    if raw[128:132] == b'DICM':
        return _read_dicom(raw)
    with Image.open(io.BytesIO(raw)) as file:
        if file.width * file.height > _MOST_PIXELS:
            raise ValueError(f'{file.width} × {file.height} pixels are too many')
        picture = ImageOps.exif_transpose(file)
        if picture.mode.startswith('I') or picture.mode == 'F':
            return _shown(np.asarray(picture).astype(np.float64))
        if picture.has_transparency_data:                          # a canvas is black behind it
            picture = picture.convert('RGBA')
            picture = Image.alpha_composite(Image.new('RGBA', picture.size, (0, 0, 0, 255)), picture)
        return np.asarray(picture.convert('L' if picture.mode in ('1', 'L') else 'RGB'))


def _read_dicom(raw):
    try:
        import pydicom
        from pydicom.pixels import apply_modality_lut
    except ImportError as error:
        raise ValueError('it is DICOM, which needs pydicom: pip install "phantoscope-batch[dicom]"') from error
    dataset = pydicom.dcmread(io.BytesIO(raw))
    pixels = dataset.pixel_array
    if dataset.get('NumberOfFrames', 1) not in (None, 1):
        raise ValueError('it has several frames')
    if pixels.ndim == 3:
        if dataset.PhotometricInterpretation != 'RGB':
            from pydicom.pixels import convert_color_space
            pixels = convert_color_space(pixels, dataset.PhotometricInterpretation, 'RGB')
        return pixels.astype(np.uint8)
    values = apply_modality_lut(pixels, dataset).astype(np.float64)
    if 'WindowCenter' in dataset:
        centre, width = (float(np.ravel(dataset[name].value)[0]) for name in ('WindowCenter', 'WindowWidth'))
        if dataset.get('VOILUTFunction', 'LINEAR') == 'LINEAR':     # PS3.3 C.11.2.1.2.1: half a step lower, one narrower
            centre, width = centre - 0.5, max(width - 1, 1)
        shown = _shown(values, centre - width / 2, centre + width / 2)
    else:
        top, slope, low = 2 ** int(dataset.BitsStored) - 1, float(dataset.get('RescaleSlope', 1)), float(dataset.get('RescaleIntercept', 0))
        shown = _shown(values) if top > 255 or dataset.get('RescaleType') else _shown(values, low, slope * top + low)
    return 255 - shown if dataset.PhotometricInterpretation == 'MONOCHROME1' else shown


def _shown(values, low=None, high=None):
    """uint8 from low…high, by default the lowest and highest value that occurs."""
    low, high = values.min() if low is None else low, values.max() if high is None else high
    return np.floor(255 * np.clip((values - low) / ((high - low) or 1), 0, 1) + 0.5).astype(np.uint8)
