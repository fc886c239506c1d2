"""The words and defaults of the shipped model's manifest entry; graphs, files and hashes come from export.py."""

from autoencoder import DOWNSCALE

TITLE = 'Phantoscope Medical 256'
VERSION = '0.3.0'
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


# What a distilled model changes: guidance is in its weights.
FEW_STEPS = {'defaults': {'numInferenceSteps': 4, 'guidanceScale': 1.0, 'scheduler': 'flow-match-euler'},
             'ranges': {'numInferenceSteps': [1, 50], 'guidanceScale': [1, 1]}}


def guided_words(entry):
    """What the many-step entry says instead: the teacher in the same folder, sharing all files but the UNet's."""
    return {'id': f"{entry['id']}-guided", 'title': f"{entry['title']}, many steps",
            'summary': 'The undistilled model: slower, with guidance scale and negative prompt, and the base for fine-tuning.',
            'defaults': {**entry['defaults'], 'numInferenceSteps': 20}}


def build_entry(model_id, components, tokenizer, unet_config, scaling_factor, preview, covariates):
    """A complete ModelEntry (src/models/manifest.ts) as a dict."""
    pixels = unet_config.sample_size * DOWNSCALE
    weights = sum(file['bytes'] for part in components.values() for file in part['weights'])
    return {
        'id': model_id, 'title': TITLE, 'version': VERSION, 'summary': SUMMARY,
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
