"""The words and defaults of the volume model's manifest entry; graphs, files and hashes come from export.py."""

import numpy as np

from training.volumes.data import FRAME, VOLUME_RANGES

TITLE = 'Phantoscope Hippocampus 3D'
VERSION = '0.2.0'
SUMMARY = ('MR volumes of the hippocampus, 40×56×40 voxels of 1 mm, with a label map of its anterior and posterior part, '
           'trained from scratch on the Medical Segmentation Decathlon.')
MODALITY = 'hippocampus MRI'
EXAMPLES = [('Hippocampus', 'hippocampus mri', {}),
            ('Large anterior part', 'hippocampus mri with large anterior part', {'anterior_mm3': 2000}),
            ('Small hippocampus', 'small hippocampus mri', {'anterior_mm3': 1300, 'posterior_mm3': 1250})]
# Without guidance 1 mm³ more asked for drew 0.7 mm³ more; with this 1. The late steps draw no other volumes with it than without.
GUIDANCE, GUIDED = 1.5, [0.5, 1]
LABELS = ['background', 'anterior hippocampus', 'posterior hippocampus']
# Of the labels 1 and 2, SNOMED CT.
LABEL_CODES = [{'type': {'value': '5366008', 'scheme': 'SCT', 'meaning': 'Hippocampus'},
                'modifier': {'value': value, 'scheme': 'SCT', 'meaning': meaning}}
               for value, meaning in (('255549009', 'Anterior'), ('255551008', 'Posterior'))]


def calibrated_ranges(asked, found):
    """What the network draws at both ends of VOLUME_RANGES, to 10 mm³: ((low, high), (low, high)).

    A network that draws 0.7 mm³ more where 1 mm³ more was asked for is asked for more. The manifest scales min…max to −1…1, so
    the least-squares line from asked to drawn (n, 2), put into its ends, is all that is needed; and no one can ask for what
    it does not draw.
    """
    lines = [np.polyfit(np.asarray(asked)[:, k], np.asarray(found)[:, k], 1) for k in range(len(VOLUME_RANGES))]
    return tuple(tuple(int(round(slope * end + offset, -1)) for end in ends) for (slope, offset), ends in zip(lines, VOLUME_RANGES))


def covariates(ranges=VOLUME_RANGES):
    """Manifest Covariates, in the order of the graph's vector."""
    return [{'name': f'{part}_mm3', 'title': f'{part.capitalize()} volume', 'unit': 'mm³', 'min': low, 'max': high, 'step': 10,
             'help': f'Volume of the {part} part of the hippocampus in the label map.', 'appliesTo': [MODALITY]}
            for part, (low, high) in zip(('anterior', 'posterior'), ranges)]


def build_entry(model_id, components, tokenizer, preview, steps, shift, frame=FRAME, ranges=VOLUME_RANGES):
    """A complete ModelEntry (src/models/manifest/manifest.ts) as a dict."""
    return {
        'id': model_id, 'title': TITLE, 'version': VERSION, 'summary': SUMMARY,
        'licence': {'name': 'CC BY-SA 4.0, with the attribution of the model card', 'url': 'https://creativecommons.org/licenses/by-sa/4.0/'},
        'card': 'docs/model-card.md', 'baseUrl': f'models/{model_id}/',
        'components': components, 'tokenizer': tokenizer,
        # Three planes side by side, as the gallery shows a volume.
        'image': {'width': 2 * frame[0] + frame[1], 'height': max(frame[1:])},
        'volume': {'size': list(frame), 'spacingMm': [1, 1, 1], 'labels': LABELS, 'labelCodes': LABEL_CODES},
        'latents': {'channels': 24, 'downscale': 2, 'scalingFactor': 1, 'shift': 0},
        'schedulers': [{'type': 'flow-match-euler', 'predictionType': 'flow', 'numTrainTimesteps': 1000, 'shift': shift,
                        'timestepSpacing': 'trailing'}],
        'defaults': {'numInferenceSteps': steps, 'guidanceScale': GUIDANCE, 'guidanceInterval': GUIDED,
                     'scheduler': 'flow-match-euler'},
        'ranges': {'numInferenceSteps': [1, 50], 'guidanceScale': [1, 3]},
        'conditions': {'covariates': covariates(ranges), 'initImage': True,
                       'mask': {'channels': 2, 'size': frame[0], 'classes': LABELS, 'modalities': []}},
        'preview': preview,
        'examples': [{'modality': MODALITY, 'title': title, 'prompt': prompt, **({'covariates': asked} if asked else {})}
                     for title, prompt, asked in EXAMPLES],
        # int8 weights are unfolded to float32 in memory, and activations come on top.
        'requirements': {'features': [], 'maxBufferBytes': 32 * 2**20, 'peakMemoryBytes': 600 * 2**20},
    }
