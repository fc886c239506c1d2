"""Writes a prompt for a row of captions.csv in many ways: synonyms, word order, British and American spelling.

    python -m training.data.prompts --data DIR        prints examples for each set

`vocabulary()` is every word that these phrases can make; the tokenizer is built from it, so that any other word is
known to be unknown and can be reported to the user.
"""

import argparse
import random
import re

from training.data.dataset import read_rows

_CHEST = ['chest x-ray', 'chest radiograph', 'x-ray of the chest', 'radiograph of the chest', 'cxr', 'chest xray',
          'thorax x-ray', 'frontal chest x-ray', 'chest film', 'lung x-ray', 'thoracic radiograph', 'frontal chest radiograph']
_CHILD = ['pediatric', 'paediatric', 'child', "child's", 'infant', 'children', 'of a child', 'young child', 'toddler', 'kid',
          'pediatric patient', 'paediatric patient', 'of a small child', 'baby']
_BRAIN = ['brain MRI', 'brain MRI slice', 'MRI of the brain', 'MR image of the brain', 'head MRI', 'magnetic resonance image of the brain',
          'cerebral MRI', 'brain scan MRI', 'MRI scan of the head', 'cranial MRI', 'brain magnetic resonance imaging']
_MICROSCOPY = ['microscopy of cell nuclei', 'microscopy image', 'micrograph of nuclei', 'cell nuclei under the microscope',
               'microscope image of cells', 'nuclei microscopy', 'microscopy']
_SKIN = ['clinical skin photo', 'skin photo', 'photo of a skin lesion', 'clinical photograph of skin', 'dermatology photo',
         'skin lesion photograph', 'close-up of a skin lesion', 'clinical image of the skin', 'dermatological photograph', 'smartphone photo of skin']
_FUNDUS = ['retinal fundus photograph', 'fundus photo', 'fundus image', 'retina photo', 'colour fundus photograph',
           'color fundus photograph', 'retinal photograph', 'eye fundus', 'ophthalmoscopy photo of the retina', 'fundus of the eye']
_BREAST = ['breast ultrasound', 'ultrasound of the breast', 'breast sonogram', 'breast ultrasonography', 'sonography of the breast',
           'breast sonography', 'breast US', 'ultrasound image of the breast', 'mammary ultrasound']
_MODALITY = {'kermany': _CHEST, 'nih': _CHEST, 'hannover': _CHEST, 'nickparvar': _BRAIN, 'oasis1': _BRAIN,
             'dsb2018': _MICROSCOPY, 'pad_ufes': _SKIN, 'idrid': _FUNDUS, 'busi': _BREAST}

_NORMAL_CHEST = ['normal', 'healthy', 'no finding', 'no findings', 'clear lungs', 'without disease', 'unremarkable', 'no abnormality', 'no pneumonia', 'healthy lungs']
_LABEL = {
    ('kermany', 'normal'): _NORMAL_CHEST,
    ('kermany', 'bacterial pneumonia'): ['bacterial pneumonia', 'pneumonia caused by bacteria', 'bacterial infection', 'bacterial lung infection', 'with bacterial pneumonia', 'bacterial infection of the lung'],
    ('kermany', 'viral pneumonia'): ['viral pneumonia', 'pneumonia caused by a virus', 'viral infection', 'viral lung infection', 'with viral pneumonia', 'viral infection of the lungs', 'with a viral infection'],
    ('hannover', 'covid-19'): ['covid-19 pneumonia', 'covid-19', 'covid', 'SARS-CoV-2 pneumonia', 'coronavirus pneumonia', 'sars-cov-2 infection', 'coronavirus disease'],
    ('nih', 'No_findings'): _NORMAL_CHEST,
    ('nih', 'Pneumonia'): ['pneumonia', 'lung infection', 'with pneumonia'],
    ('nickparvar', 'glioma'): ['glioma tumor', 'glioma', 'glioma tumour', 'glial tumour', 'glial tumor', 'with a glioma'],
    ('nickparvar', 'meningioma'): ['meningioma tumor', 'meningioma', 'meningioma tumour', 'meningeal tumour', 'meningeal tumor', 'with a meningioma'],
    ('nickparvar', 'pituitary'): ['pituitary tumor', 'pituitary tumour', 'pituitary adenoma', 'tumour of the pituitary gland', 'tumor of the pituitary gland', 'pituitary', 'hypophyseal tumor'],
    ('nickparvar', 'notumor'): ['no tumor', 'no tumour', 'without tumor', 'without tumour', 'healthy', 'normal', 'no mass'],
    ('oasis1', 'axial'): ['axial', 'transverse', 'axial slice', 'axial view', 'axial plane', 'horizontal slice'],
    ('oasis1', 'coronal'): ['coronal', 'coronal slice', 'coronal view', 'coronal plane', 'frontal plane'],
    ('oasis1', 'sagittal'): ['sagittal', 'sagittal slice', 'sagittal view', 'sagittal plane', 'midsagittal'],
    ('dsb2018', 'fluorescence'): ['fluorescence', 'fluorescent', 'DAPI stained', 'fluorescence image', 'immunofluorescence', 'dark background', 'bright nuclei on black'],
    ('dsb2018', 'H&E / purple stained histology'): ['H&E', 'H&E stained histology', 'purple stained histology', 'hematoxylin and eosin', 'haematoxylin and eosin', 'stained tissue section', 'histology', 'histopathology', 'purple tissue', 'HE stained'],
    ('dsb2018', 'brightfield grey'): ['brightfield', 'bright field', 'brightfield grey', 'grey brightfield', 'gray brightfield', 'transmitted light', 'light microscopy'],
    ('pad_ufes', 'ACK'): ['actinic keratosis', 'solar keratosis', 'ACK', 'AK'],
    ('pad_ufes', 'BCC'): ['basal cell carcinoma', 'BCC', 'basalioma', 'basal cell cancer'],
    ('pad_ufes', 'MEL'): ['melanoma', 'malignant melanoma', 'MEL'],
    ('pad_ufes', 'NEV'): ['nevus', 'naevus', 'mole', 'benign mole', 'NEV', 'melanocytic nevus', 'melanocytic naevus'],
    ('pad_ufes', 'SCC'): ['squamous cell carcinoma', 'SCC', 'squamous cell cancer'],
    ('pad_ufes', 'SEK'): ['seborrheic keratosis', 'seborrhoeic keratosis', 'SEK'],
    ('idrid', 'DR0'): ['no diabetic retinopathy', 'healthy', 'normal', 'without diabetic retinopathy', 'DR grade 0', 'no retinopathy', 'healthy retina'],
    ('idrid', 'DR1'): ['mild diabetic retinopathy', 'mild nonproliferative diabetic retinopathy', 'DR grade 1', 'mild retinopathy', 'grade 1'],
    ('idrid', 'DR2'): ['moderate diabetic retinopathy', 'moderate nonproliferative diabetic retinopathy', 'DR grade 2', 'moderate retinopathy', 'grade 2'],
    ('idrid', 'DR3'): ['severe diabetic retinopathy', 'severe nonproliferative diabetic retinopathy', 'DR grade 3', 'severe retinopathy', 'grade 3'],
    ('idrid', 'DR4'): ['proliferative diabetic retinopathy', 'DR grade 4', 'PDR', 'proliferative retinopathy', 'grade 4'],
    ('busi', 'benign'): ['benign lesion', 'benign mass', 'benign tumor', 'benign tumour', 'benign', 'benign nodule'],
    ('busi', 'malignant'): ['malignant lesion', 'malignant mass', 'malignant tumor', 'malignant tumour', 'breast cancer', 'malignant', 'carcinoma', 'cancer'],
    ('busi', 'normal'): ['normal tissue', 'normal', 'healthy tissue', 'no lesion', 'normal breast tissue', 'without lesion', 'healthy'],
}
_FINDING = {
    'Effusion': ['pleural effusion', 'effusion', 'fluid in the pleural space'], 'Infiltration': ['infiltration', 'infiltrates', 'infiltrate'],
    'Atelectasis': ['atelectasis', 'collapsed lung'], 'Edema': ['edema', 'oedema', 'pulmonary edema', 'pulmonary oedema'],
    'Consolidation': ['consolidation'], 'Cardiomegaly': ['cardiomegaly', 'enlarged heart'], 'Mass': ['mass'], 'Nodule': ['nodule'],
    'Pneumothorax': ['pneumothorax'], 'Fibrosis': ['fibrosis'], 'Emphysema': ['emphysema'], 'Hernia': ['hernia', 'hiatal hernia'],
    'Pleural_Thickening': ['pleural thickening'], 'Pneumonia': ['pneumonia', 'lung infection'],
}
_TONE = {
    'very light': ['very light skin', 'very fair skin', 'very pale skin', 'ITA very light'], 'light': ['light skin', 'fair skin', 'pale skin'],
    'intermediate': ['intermediate skin', 'medium skin', 'intermediate skin tone', 'medium skin tone'], 'tan': ['tan skin', 'tanned skin', 'olive skin', 'tan skin tone'],
    'brown': ['brown skin', 'brown skin tone'], 'dark': ['dark skin', 'black skin', 'dark brown skin', 'very dark skin', 'deep skin tone'],
}
_REGION = {'ABDOMEN': 'abdomen', 'ARM': 'arm', 'BACK': 'back', 'CHEST': 'chest', 'EAR': 'ear', 'FACE': 'face', 'FOOT': 'foot', 'FOREARM': 'forearm',
           'HAND': 'hand', 'LIP': 'lip', 'NECK': 'neck', 'NOSE': 'nose', 'SCALP': 'scalp', 'THIGH': 'thigh'}
_DEMENTIA = {'0': ['no dementia', 'without dementia', 'cognitively normal', 'healthy ageing', 'healthy aging'],
             '0.5': ['very mild dementia', 'very mild cognitive impairment'],
             '1': ['mild dementia', "mild Alzheimer's disease", 'mild alzheimer dementia'], '2': ['moderate dementia']}
_WOMAN = ['woman', 'female', 'female patient', 'lady', 'she']
_MAN = ['man', 'male', 'male patient', 'gentleman', 'he']
_GLUE = ['with', 'of', 'a', 'an', 'the', 'showing', 'in', 'and', 'image', 'picture', 'photo', 'patient', 'from', 'on', 'view', 'scan', 'slice', 'synthetic',
         'please', 'make', 'generate', 'create', 'show', 'me', 'for', 'is', 'has', 'who', 'person', 'to', 'at', 'without', 'no', 'not', 'by', 'or', 'very']


def _age_phrases(age, sex):
    years = int(float(age))
    who = random.choice(_WOMAN[:3] if sex == 'f' else _MAN[:3] if sex == 'm' else ['patient', 'person'])
    phrases = [f'{years} year old {who}', f'{years}-year-old {who}', f'aged {years}, {who}', f'{who} aged {years}', f'{years} years old {who}',
               f'{years} yo {who}', f'age {years}, {who}', f'{who}, {years} years']
    if years >= 70:
        phrases.append(f'elderly {who}')
    elif years < 18:
        phrases.append(f'young {who}')
    return phrases


def _attributes(row):
    """Phrases that may each be left out."""
    out = []
    sex = (row['sex'] or '').strip().lower()[:1]
    if row['age'] and float(row['age']) > 0:
        out.append(random.choice(_age_phrases(row['age'], sex)))
    elif sex:
        out.append(random.choice(_WOMAN if sex == 'f' else _MAN))
    if row['set'] == 'kermany':
        out.append(random.choice(_CHILD))
    elif row['set'] in ('nih', 'hannover'):
        if random.random() < 0.4:
            out.append(random.choice(['adult', 'of an adult', 'grown-up', 'adult patient']))
    if row['view'] and row['set'] in ('nih', 'hannover'):
        view = row['view'].strip().upper()
        long = 'posteroanterior' if view == 'PA' else 'anteroposterior'
        out.append(random.choice([f'{view} view', f'{view} projection', view, long, f'{view} radiograph', f'{long} view']))
    for finding in (row['findings'] or '').split('|'):
        if finding in _FINDING and finding != row['label']:
            out.append(random.choice(_FINDING[finding]))
    if row['skin_tone']:
        out.append(random.choice(_TONE[row['skin_tone']]))
    region = (row['region'] or '').strip().upper()
    if region in _REGION:
        out.append(random.choice(['{}', 'on the {}', 'of the {}']).format(_REGION[region]))
    if row['cdr']:
        out.append(random.choice(_DEMENTIA.get(row['cdr'], _DEMENTIA['2'])))
    if row['set'] == 'oasis1':
        out.append(random.choice(['T1', 'T1 weighted', 'T1-weighted', 'skull-stripped', 'skull stripped']))
    if row['nuclei'] and random.random() < 0.4:
        out.append(random.choice(['{} nuclei', '{} cells']).format(row['nuclei']))
    return out


def label_phrases(row):
    """The ways to name what a row shows."""
    return _LABEL[row['set'], row['label']]


def modality_phrases(name):
    """The ways to name the kind of image that a set holds."""
    return _MODALITY[name]


def compose_prompt(row):
    """A prompt for this row: in four cases of ten the caption itself, else freshly phrased, in random order.

    Of a data set of one's own the caption is all that is known.
    """
    if row['set'] == 'own' or random.random() < 0.4:
        return row['prompt']
    what = random.choice(_MODALITY[row['set']])
    label = random.choice(label_phrases(row))
    extras = [phrase for phrase in _attributes(row) if random.random() < 0.75]
    parts = [label, *extras] if random.random() < 0.93 else extras
    random.shuffle(parts)
    at = 0 if random.random() < 0.6 else random.randint(0, len(parts))
    parts.insert(at, what)
    if at == 0 and len(parts) > 1 and random.random() < 0.3:
        parts[0:2] = [f'{parts[0]} {random.choice(["with", "showing", "of", "in"])} {parts[1]}']
    return random.choice([', ', ', ', ' ']).join(parts)


def split_words(text):
    """The words as the tokenizer sees them: lower case, letters and digits only."""
    return re.findall(r'[a-z0-9]+', text.lower())


def vocabulary():
    """Every word the phrases can make, sorted, and the numbers 0…199."""
    tables = [*_MODALITY.values(), *_LABEL.values(), *_FINDING.values(), *_TONE.values(), *_DEMENTIA.values(), _CHILD, _WOMAN, _MAN, _GLUE,
              list(_REGION.values()),
              ['year', 'years', 'old', 'yo', 'aged', 'age', 'elderly', 'young', 'adult', 'grown-up', 'AP', 'PA', 'view', 'projection', 'radiograph',
               'posteroanterior', 'anteroposterior', 'nuclei', 'cells', 'T1 weighted skull-stripped', 'findings', 'boy girl female male', 'brain',
               'lungs lung heart liver', 'tumour tumor', 'lesion mass', 'patient', 'slice']]
    words = {word for table in tables for phrase in table for word in split_words(phrase)}
    return sorted(words | {str(n) for n in range(200)})


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True)
    args = parser.parse_args()
    rows = read_rows(args.data)
    known = set(vocabulary())
    for name in sorted({row['set'] for row in rows}):
        inside = [row for row in rows if row['set'] == name]
        print(name, *[compose_prompt(random.choice(inside)) for _ in range(5)], sep='\n    ')
    unknown = {w for row in rows for w in split_words(row['prompt'])} - known
    longest = max(len(split_words(compose_prompt(row))) for row in rows for _ in range(3))
    print(f'{len(known)} words; not in the vocabulary: {sorted(unknown)}; longest prompt {longest} words')
