"""The words and defaults of the shipped model's manifest entry; graphs, files and hashes come from export.py."""

import json
from pathlib import Path

from training.data.dataset import COVARIATES, SKIN_TONES
from training.model.autoencoder import DOWNSCALE

TITLE = 'Phantoscope Medical 256'
VERSION = '1.0.0'
CHANGES = [
    {'version': '1.0.0', 'date': '2026-11-27',
     'text': 'Trained anew: sharper latents of 32×32, a larger UNet, the number of nuclei as a covariate. Pictures of earlier versions stay as '
             'they are; the same settings make other pictures now, and what was tuned on an earlier version has to be tuned anew.'},
    {'version': '0.3.0', 'date': '2026-11-23', 'text': 'The first one that draws in four steps, distilled from its teacher.'},
]
SUMMARY = ('Latent diffusion at 256×256 for chest X-ray, brain MRI, microscopy, skin, fundus and breast ultrasound, '
           'trained from scratch on open medical images.')

EXAMPLES = [
    ('chest x-ray', 'Adult, no finding', 'frontal chest x-ray, adult, PA view, no finding', {}),
    ('chest x-ray', 'Child, pneumonia', 'pediatric frontal chest x-ray, bacterial pneumonia', {}),
    ('brain MRI', 'Brain tumour', 'brain MRI slice, pituitary tumor', {}),
    ('brain MRI', 'Ageing brain', 'axial T1 brain MRI, 80 year old woman, no dementia', {'age': 80, 'sex': 0}),
    ('microscopy', 'Fluorescent nuclei', 'fluorescence microscopy of cell nuclei', {}),
    ('microscopy', 'Histology', 'purple stained histology, microscopy of cell nuclei', {}),
    ('skin photo', 'Nevus', 'clinical skin photo, brown skin, nevus', {'skin_tone': 1}),
    ('skin photo', 'Carcinoma', 'clinical skin photo, light skin, basal cell carcinoma', {'skin_tone': 4}),
    ('fundus photo', 'Moderate retinopathy', 'retinal fundus photograph, moderate diabetic retinopathy', {'dr_grade': 2}),
    ('breast ultrasound', 'Benign lesion', 'breast ultrasound, benign lesion', {}),
]


def few_steps(choices):
    """What the default entry says instead: few steps, and no guidance to choose, so that a run of its UNet takes one row (one_row).

    choices.steps: fewest steps that are good enough, as evaluate.py found.
    """
    return {'defaults': {'numInferenceSteps': choices.steps, 'guidanceScale': 1.0, 'scheduler': 'flow-match-euler'},
            'ranges': {'numInferenceSteps': [1, 50], 'guidanceScale': [1, 1]}}


def one_row(entry):
    """The entry with a UNet of which a run takes one row, whose steps a GPU can then record and repeat."""
    unet = {**entry['components']['unet'], 'maxBatch': 1}
    return {**entry, 'components': {**entry['components'], 'unet': unet}}


def guided_words(entry, choices):
    """What the guided entry says instead: it lies in the same folder and shares all files but the UNet's.

    choices.best_steps, choices.best_guidance, choices.best_interval: its defaults; guidance pushes only while σ lies in the interval.
    """
    return {'id': f"{entry['id']}-guided", 'title': f"{entry['title']}, best",
            'summary': 'Best quality: many steps, so slower, with guidance scale and negative prompt; the base for fine-tuning.',
            'defaults': {**entry['defaults'], 'numInferenceSteps': choices.best_steps, 'guidanceScale': choices.best_guidance,
                         'guidanceInterval': list(choices.best_interval)}}


def build_entry(model_id, components, tokenizer, unet_config, scaling_factor, preview, covariates):
    """A complete ModelEntry (src/models/manifest/manifest.ts) as a dict."""
    pixels = unet_config.sample_size * DOWNSCALE
    weights = sum(file['bytes'] for part in components.values() for file in part['weights'])
    return {
        'id': model_id, 'title': TITLE, 'version': VERSION, 'summary': SUMMARY, 'changes': CHANGES,
        'licence': {'name': 'CC BY 4.0, with the attributions of the model card', 'url': 'https://creativecommons.org/licenses/by/4.0/'},
        'card': 'docs/model-card.md', 'baseUrl': f'models/{model_id}/',
        'components': components, 'tokenizer': tokenizer,
        'image': {'width': pixels, 'height': pixels},
        'latents': {'channels': unet_config.latent_channels, 'downscale': DOWNSCALE, 'scalingFactor': scaling_factor, 'shift': 0},
        'schedulers': [{'type': 'flow-match-euler', 'predictionType': 'flow', 'numTrainTimesteps': 1000, 'shift': 1.0,
                        'timestepSpacing': 'trailing'}],
        'defaults': {'numInferenceSteps': 12, 'guidanceScale': 3.0, 'scheduler': 'flow-match-euler'},
        'ranges': {'numInferenceSteps': [1, 50], 'guidanceScale': [1, 10]},
        'conditions': {'covariates': covariates, 'initImage': True,
                       'mask': {'channels': unet_config.mask_channels, 'size': unet_config.mask_size, 'classes': ['background', 'nucleus'],
                                'modalities': ['microscopy']}},
        'preview': preview,
        'examples': [{'modality': m, 'title': t, 'prompt': p, **({'covariates': c} if c else {})} for m, t, p, c in EXAMPLES],
        # int8 weights are unfolded to float32 in memory, and activations come on top.
        'requirements': {'features': [], 'maxBufferBytes': 32 * 2**20, 'peakMemoryBytes': 20 * weights},
    }


def covariate_entries():
    """Manifest Covariates, in the order of the graph's vector."""
    titles = {'age': ('Age', ['chest x-ray', 'brain MRI', 'skin photo'], 'Age of the imagined patient.', 1),
              'sex': ('Sex', ['chest x-ray', 'brain MRI', 'skin photo'], 'Sex of the imagined patient.', 1),
              'view': ('View', ['chest x-ray'], 'Direction of the beam: PA from behind, AP from the front.', 1),
              'nwbv': ('Brain volume', ['brain MRI'], 'Normalised whole-brain volume: brain over intracranial volume.', 0.005),
              'csf_fraction': ('Ventricle size', ['brain MRI'], 'Share of the brain mask filled with fluid; larger with age.', 0.01),
              'skin_tone': ('Skin tone', ['skin photo'], 'Class of the individual typology angle (ITA).', 1),
              'dr_grade': ('DR grade', ['fundus photo'], 'Grade of diabetic retinopathy, 0 none to 4 proliferative.', 1),
              'nuclei': ('Number of nuclei', ['microscopy'], 'How many cell nuclei the picture shows.', 1)}
    units = {'age': 'years', 'nwbv': 'fraction', 'csf_fraction': 'fraction'}
    choices = {'sex': ['female', 'male'], 'view': ['PA', 'AP'], 'skin_tone': SKIN_TONES,
               'dr_grade': ['0 none', '1 mild', '2 moderate', '3 severe', '4 proliferative']}
    out = []
    for name, low, high, _ in COVARIATES:
        title, applies, text, step = titles[name]
        entry = {'name': name, 'title': title, 'unit': units.get(name, ''), 'min': low, 'max': high, 'step': step, 'help': text, 'appliesTo': applies}
        if name in choices:
            entry['choices'] = [{'value': i, 'title': t} for i, t in enumerate(choices[name])]
        out.append(entry)
    return out


def write_manifest(path, entries):
    """Puts `entries`, which share a folder, in front of the manifest, in place of all that named files there or have their ids.

    In a new manifest the first of them is the default.
    """
    path = Path(path)
    manifest = json.loads(path.read_text()) if path.exists() else {'schemaVersion': 1, 'defaultModel': entries[0]['id'], 'models': []}
    gone = {entry['id'] for entry in entries}, {entry['baseUrl'] for entry in entries}
    manifest['models'] = [*entries, *[m for m in manifest['models'] if m['id'] not in gone[0] and m.get('baseUrl') not in gone[1]]]
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')
