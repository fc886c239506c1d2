"""What is not trained here: this project's model as shipped, and three free controls. They answer a Request with pictures and masks."""

import json
from pathlib import Path

import numpy as np
import torch

from training.data.dataset import mask_channels
from training.evaluate.fidelity import thumbnails
from training.export.package import read_package
from training.judges.metrics import squared_distances
from training.model.generated import reconstructions
from training.model.sample import sample
from training.rivals.methods.base import Method
from training.rivals.task import small_masks, small_pictures, turned

SHIPPED = 'public/models/phantoscope-medical-256'


def shipped_package(package=SHIPPED, manifest='model-manifest.json'):
    """(Pipeline, default number of steps) of the model that the app ships."""
    entry = next(m for m in json.loads(Path(manifest).read_text())['models'] if m['id'] == Path(package).name)
    return read_package(package, entry), entry['defaults']['numInferenceSteps']


class Untrained(Method):
    trained = False

    def begin(self, shape):
        self.shape, self.networks = shape, torch.nn.ModuleDict()

    def answer(self, task, request):
        """(uint8 (n, 128, 128, 3), masks uint8 (n, 128, 128) that belong to them, or None)."""
        raise NotImplementedError


class Shipped(Untrained):
    """Asked by the captions of training rows, in its default steps, at 256×256; shrunk as the real images are."""
    key, title = 'shipped', 'ours, as shipped'

    def begin(self, shape):
        super().begin(shape)
        pipeline, self.steps = shipped_package()
        self.networks = torch.nn.ModuleDict({'unet': pipeline.unet, 'text': pipeline.text_encoder, 'vae': pipeline.vae})
        self.pipeline = pipeline

    def answer(self, task, request):
        labels = task.labels(task.train)
        prompts = [task.rows[np.random.default_rng(int(seed)).choice(task.train[labels == k])]['prompt']
                   for k, seed in zip(request.labels, request.seeds)]
        masks = None
        if request.instances is not None:
            masks = np.stack([mask_channels(m) for m in request.instances]).astype(np.float32) / 255
        made = sample(self.pipeline, prompts, request.seeds.tolist(), [0] * len(request), batch=8, masks=masks,
                      num_inference_steps=self.steps, guidance_scale=1.0)
        return small_pictures(made, self.shape.channels), request.masks()


class Augmented(Untrained):
    """Training images, moved by up to two pixels, with other brightness and contrast: what a method that copies would show."""
    key, title = 'augmented', 'control: augmented training images'

    def answer(self, task, request):
        at = _of_labels(task, request)
        images, masks = task.pictures(at), small_masks(task.masks[at]) if task.shape.mask else None
        for k, seed in enumerate(request.seeds):
            rng = np.random.default_rng(int(seed))
            move, variant = rng.integers(-2, 3, 2), int(rng.integers(0, 8)) if task.mirrored else 0
            images[k] = turned(_moved(_toned(images[k], rng), move), variant)
            if masks is not None:
                masks[k] = turned(_moved(masks[k], move), variant)
        return images, masks


class RoundTrip(Untrained):
    """Training images through the shipped autoencoder and back: the best that any denoiser of its latents could make."""
    key, title = 'roundtrip', "control: the shipped autoencoder's round trip"

    def answer(self, task, request):
        at = _of_labels(task, request)
        made = reconstructions(shipped_package()[0], task.images[at], batch=8, precision='bf16')
        return small_pictures(made, self.shape.channels), small_masks(task.masks[at]) if task.shape.mask else None


class Mixup(Untrained):
    """A training image half mixed with its nearest neighbour of the same label: what needs no training at all."""
    key, title = 'mixup', 'control: mixup of nearest neighbours'

    def answer(self, task, request):
        images, labels = task.pictures(task.train), task.labels(task.train)
        small = thumbnails(images, 16)
        chosen = np.searchsorted(task.train, _of_labels(task, request))
        made = np.zeros((len(request), *images.shape[1:]), np.uint8)
        for k, i in enumerate(chosen):
            own = np.nonzero((labels == labels[i]) & (np.arange(len(labels)) != i))[0]
            j = own[squared_distances(small[i:i + 1], small[own])[0].argmin()]
            made[k] = (images[i].astype(np.uint16) + images[j]) // 2
        return made, small_masks(task.masks[task.train[chosen]]) if task.shape.mask else None


def _of_labels(task, request):
    """A training row of each asked label, none twice where there are enough."""
    labels, rng, taken = task.labels(task.train), np.random.default_rng(int(request.seeds[0])), {}
    pools = [rng.permutation(task.train[labels == k]) for k in range(len(task.classes))]
    out = []
    for k in request.labels:
        taken[k] = taken.get(k, -1) + 1
        out.append(pools[k][taken[k] % len(pools[k])])
    return np.array(out)


def _toned(image, rng):
    contrast, brightness = rng.uniform(0.9, 1.1), rng.uniform(-12, 12)
    return np.clip((image.astype(np.float32) - 128) * contrast + 128 + brightness, 0, 255).astype(np.uint8)


def _moved(image, move):
    """The image moved by whole pixels; its edge is repeated."""
    h, w = image.shape[:2]
    rows, columns = np.clip(np.arange(h) - move[0], 0, h - 1), np.clip(np.arange(w) - move[1], 0, w - 1)
    return image[rows][:, columns]
