"""Does PyTorch draw from a package what its ONNX graphs draw? A few pictures of both, from the same noise."""

import numpy as np
import torch

from training.export.package import open_package, read_package
from training.judges.features import exact_convolutions
from training.model.sample import sample

# Mean difference in grey levels of 255. In float32 both do the same sums in another order, which now and then tips a rounding to the
# next level (0.00002 was measured on a CPU). bfloat16 keeps 8 bits of each factor in the UNet: the velocity is off by up to 1/256 of
# itself, and later steps carry that on (0.17 was measured for four steps); three levels show the same picture.
TOLERANCE = {'fp32': 0.5, 'bf16': 3.0, 'fp16': 1.0}
PROMPTS = [('frontal chest x-ray, adult, PA view', {}), ('axial T1 brain MRI, 70 year old man', {'age': 70.0}),
           ('retinal fundus photograph, no diabetic retinopathy', {'dr_grade': 0.0})]


def difference(a, b):
    """{mean, largest} absolute difference of two sets of uint8 images, in grey levels."""
    apart = np.abs(a.astype(np.int16) - b)
    return {'mean': float(apart.mean()), 'largest': int(apart.max())}


def compare_pictures(graphs, weights, precisions, **options):
    """{precision: {mean, largest, allowed, within}} of PyTorch's pictures against those of the graphs; both are Pipelines."""
    asked = [prompt for prompt, _ in PROMPTS], list(range(len(PROMPTS))), [0] * len(PROMPTS)
    options = {**options, 'covariates': [known for _, known in PROMPTS]}
    truth = sample(graphs, *asked, precision='fp32', **options)
    out = {}
    for precision in precisions:
        with exact_convolutions(precision == 'fp32'):
            found = difference(sample(weights, *asked, precision=precision, **options), truth)
        out[precision] = {**found, 'allowed': TOLERANCE[precision], 'within': found['mean'] <= TOLERANCE[precision]}
    return out


def same_picture(e):
    """The comparison for the default path of an Evaluation, or None where it judges no package."""
    if e.entry is None:
        return None
    graphs = open_package(e.args.package, e.entry, e.args.threads)
    weights = e.few.pipeline if isinstance(e.few.pipeline.unet, torch.nn.Module) else read_package(e.args.package, e.entry)
    precisions = sorted({'fp32', e.few.precision})
    found = compare_pictures(graphs, weights, precisions, num_inference_steps=e.few.steps, guidance_scale=e.few.guidance,
                             guidance_interval=e.few.interval, shift=e.few.shift)
    return {**found, 'pictures': len(PROMPTS), 'drawn_by': e.few.weights.split()[0]}
