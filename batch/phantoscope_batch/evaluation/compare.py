"""Real images to a rule of what counts as a copy, before anything is drawn. No image, nor what was computed of one, is written anywhere."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy

from phantoscope_batch.errors import RequestInvalid
from phantoscope_batch.evaluation.copies import hold_out, real_side
from phantoscope_batch.evaluation.report import Rule, rule_of
from phantoscope_batch.evaluation.squares import NetworkSession, read_pixels, square_of, thumb_of
from phantoscope_batch.package import Network
from phantoscope_batch.place import Place

_FEWEST = 2


@dataclass(frozen=True)
class RealImages:
    """Where real images lie: [(path, patient or None)]."""
    place: Place
    images: tuple


@dataclass
class Comparison:
    """With what the pictures are compared, and what becomes of suspected copies."""
    real: RealImages
    network: Network
    choice: str | None = None                                      # 'leave-out', 'mark'; None: nobody has said yet
    holdout: RealImages | None = None
    rule: Rule | None = None
    side_ref: object = None

    def side(self):
        return ray.get(self.side_ref)

    def prepare(self, workers, say=print):
        """Reads the real images; afterwards there are `rule` and `side`. The hash of what was read. Raises RequestInvalid."""
        thumbs, features, groups, digest, errors = _read(self.real, self.network, workers)
        for error in errors[:5]:
            say(f'Left out of the real images: {error}')
        if len(thumbs) < _FEWEST:
            raise RequestInvalid(f'{self.real.place.uri} has too few real images (expected at least {_FEWEST} that can be read, got {len(thumbs)}; '
                                 f'{errors[0] if errors else "there is no PNG, JPEG, WebP or DICOM file"}). Name their folder by --real.')
        real, held = real_side(thumbs, features, groups), (thumbs, features, groups)
        if self.holdout:
            *held, own, more = _read(self.holdout, self.network, workers)
            digest, errors = hashlib.sha256(f'{digest} {own}'.encode()).hexdigest(), errors + more
        near = hold_out(real, *held, in_turn=self.holdout is None) if len(held[0]) else []
        if not near:
            raise RequestInvalid('No real image can be held out (expected images of at least two patients, got those of one). '
                                 'Give more real images by --real, or others by --holdout.')
        self.rule = rule_of(near, len(thumbs), self.holdout is None, self.network, len(errors))
        self.side_ref = ray.put(real)
        return digest


class ReadReal:
    """A Ray Data actor: real images to thumbs and features. What cannot be read is named."""

    def __init__(self, place, network):
        self.place, self.network = place, NetworkSession(network)

    def __call__(self, batch):
        rows = [self._row(str(name)) for name in batch['name']]
        schema = pa.schema([('error', pa.string()), ('sha256', pa.string()), ('thumb', pa.binary()), ('features', pa.list_(pa.float32()))])
        return pa.table({name: [row.get(name) for row in rows] for name in schema.names}, schema=schema).append_column(
            'at', pa.array(batch['at'], pa.int64()))

    def _row(self, name):
        try:
            raw = self.place.read(name)
            square = square_of(read_pixels(raw))
        except Exception as error:                                 # Pillow and pydicom raise of many kinds for what is no image
            return {'error': f'{name}: {error}'}
        return {'sha256': hashlib.sha256(raw).hexdigest(), 'thumb': thumb_of(square).tobytes(),
                'features': self.network.features([square])[0].tolist()}


def _read(images, network, workers):
    """(thumbs uint8 (n, 64, 64), float32 features (n, size), patients, hash, errors) of the images that can be read, in order."""
    names = [{'at': at, 'name': name} for at, (name, _) in enumerate(images.images)]
    if not names:
        return [], [], [], '', []
    found = ray.data.from_items(names, override_num_blocks=min(len(names), 4 * workers)).map_batches(
        ReadReal, batch_size=64, batch_format='numpy', fn_constructor_args=(images.place, network), num_cpus=1,
        compute=ActorPoolStrategy(min_size=1, max_size=workers)).take_all()
    found.sort(key=lambda row: row['at'])
    read = [row for row in found if row['error'] is None]
    thumbs = [np.frombuffer(row['thumb'], np.uint8).reshape(64, 64) for row in read]
    groups = [images.images[row['at']][1] for row in read]
    digest = hashlib.sha256(' '.join(f'{row["sha256"]} {group or ""}' for row, group in zip(read, groups)).encode()).hexdigest()
    features = np.array([row['features'] for row in read], np.float32)
    return thumbs, features, groups, digest, [row['error'] for row in found if row['error'] is not None]
