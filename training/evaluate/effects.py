"""What each covariate does to the pictures: the value asked for against the value measured, for the manifest and the page.

Ventricle size, brain volume, skin tone and the number of nuclei are measured directly; what no plain measure tells (age, sex, view,
DR grade) is read by a ridge regression on generic features that learned from real training images, and whose rank correlation on
real held-out ones stands beside.
"""

import numpy as np

from training.data.dataset import COVARIATES, covariate_value
from training.evaluate.conditions import spearman
from training.judges.linear_head import standardizer
from training.judges.measures import csf_measure, ita_measure, nuclei_areas, of_each

CHOICES = {'sex': 2, 'view': 2, 'skin_tone': 6, 'dr_grade': 5}
UNITS = {'age': 'years', 'nwbv': 'fraction', 'csf_fraction': 'fraction', 'nuclei': 'nuclei'}
_SKIN = ['nevus', 'basal cell carcinoma', 'actinic keratosis', 'seborrheic keratosis']


class Ridge:
    """Ridge regression in its dual form, its strength chosen by the leave-one-out error. x (n, features), y (n,)."""

    def __init__(self, x, y, strengths=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0)):
        self.scale, self.mean = standardizer(x), y.mean()
        self.x = self.scale(x)
        values, vectors = np.linalg.eigh((self.x @ self.x.T).astype(np.float64))
        turned, errors, weights = vectors.T @ (y - self.mean), [], []
        for strength in strengths:
            inverse = 1 / (np.maximum(values, 0) + strength)
            alpha = vectors @ (inverse * turned)
            errors.append(float(((alpha / ((vectors**2) @ inverse)) ** 2).mean()))
            weights.append(alpha)
        self.strength, self.alpha = strengths[int(np.argmin(errors))], weights[int(np.argmin(errors))]

    def __call__(self, x):
        """(n, features) → (n,)."""
        return self.scale(x) @ (self.x.T @ self.alpha) + self.mean


def seen_range(name, rows, train):
    """(lowest, highest) value of the covariate in the training rows, as the network was given it: cut to the covariate's own range."""
    _, low, high, _ = next(c for c in COVARIATES if c[0] == name)
    known = [covariate_value(name, rows[i].get(name)) for i in train]
    known = np.clip([value for value in known if value is not None], low, high)
    return float(known.min()), float(known.max())


def asked_values(name, rows, train, count):
    """(values (count,), (lowest, highest)) over what training saw often: choices in equal shares, else even steps from the 5th to the 95th
    percentile of the training rows."""
    if name in CHOICES:
        return np.arange(count) % CHOICES[name] * 1.0, (0.0, CHOICES[name] - 1.0)
    _, low, high, _ = next(c for c in COVARIATES if c[0] == name)
    known = [covariate_value(name, rows[i].get(name)) for i in train]
    known = np.clip([value for value in known if value is not None], low, high)
    low, high = np.percentile(known, [5, 95])
    values = np.linspace(low, high, count)
    return (np.round(values) if name in ('age', 'nuclei') else values), (float(low), float(high))


def _age_rows(row):
    return row['set'] == 'nih'


# Name → (prompts of picture k, rows of captions.csv that show the same kind of picture, how it is measured).
_ASKED = {
    'age': (lambda k: 'frontal chest x-ray, adult', _age_rows, 'predicted'),
    'sex': (lambda k: 'frontal chest x-ray, adult', _age_rows, 'predicted'),
    'view': (lambda k: 'frontal chest x-ray, adult', _age_rows, 'predicted'),
    'nwbv': (lambda k: 'axial T1 brain MRI', lambda row: row['label'] == 'axial', 'brain share'),
    'csf_fraction': (lambda k: 'axial T1 brain MRI', lambda row: row['label'] == 'axial', 'fluid share'),
    'skin_tone': (lambda k: f'clinical skin photo, {_SKIN[k % 4]}', lambda row: row['set'] == 'pad_ufes', 'typology angle'),
    'dr_grade': (lambda k: 'retinal fundus photograph', lambda row: row['set'] == 'idrid', 'predicted'),
    'nuclei': (lambda k: 'fluorescence microscopy of cell nuclei', lambda row: row['label'] == 'fluorescence', 'nuclei found'),
}
MEASURES = {'predicted': 'ridge regression on EfficientNet-Lite0 features of real training images',
            'brain share': 'share of the filled brain mask that is not dark', 'fluid share': 'dark share of the filled brain mask',
            'typology angle': 'individual typology angle of the skin around the lesion',
            'nuclei found': 'nuclei that a segmenter of real images finds'}


def _plain(kind, images, segment):
    """(n,) of a direct measure, or None where `kind` needs features."""
    if kind == 'nuclei found':
        return [len(areas) for areas in of_each(nuclei_areas, segment(images))]
    one = {'brain share': lambda image: 1 - csf_measure(image), 'fluid share': csf_measure, 'typology angle': ita_measure}.get(kind)
    return one and of_each(one, images)


class Effects:
    """Measures the effect of covariates: needs the rows and images, features of all training rows, and a segmenter.

    real_features(indices) → (n, 1280); features(images) → (n, 1280).
    """

    def __init__(self, rows, images, validation, features, real_features, segment):
        self.rows, self.images, self.validation = rows, images, validation
        self.features, self.real_features, self.segment = features, real_features, segment
        self.train = np.nonzero(~validation)[0]

    def _known(self, name, side):
        """(indices, values) of rows of the covariate's kind of picture on one side of the split that say its value."""
        belongs = _ASKED[name][1]
        pairs = [(int(i), covariate_value(name, self.rows[i].get(name))) for i in side if belongs(self.rows[i])]
        pairs = [(i, value) for i, value in pairs if value is not None]
        return [i for i, _ in pairs], np.array([value for _, value in pairs], float)

    def measure(self, name, generator, count):
        """{range, asked, effect, interval, n, unit, measure, real}: effect is Spearman's correlation of asked and measured values, range what
        training saw, asked what was asked for."""
        prompts, _, kind = _ASKED[name]
        asked, span = asked_values(name, self.rows, self.train, count)
        made = generator.images([prompts(k) for k in range(count)], covariates=[{name: float(value)} for value in asked], first_seed=50_000)
        held_out, truth = self._known(name, np.nonzero(self.validation)[0])
        if kind == 'predicted':
            predict = Ridge(self.real_features(self._known(name, self.train)[0]), self._known(name, self.train)[1])
            measured, real = predict(self.features(made)), predict(self.real_features(held_out))
        else:
            measured = _plain(kind, made, self.segment)
            real = _plain(kind, np.stack([self.images[i] for i in held_out]), self.segment)
        found = spearman(asked, measured)
        seen = seen_range(name, self.rows, self.train)
        return {'range': [round(v, 4) for v in seen], 'asked': [round(v, 4) for v in span], 'effect': round(found['value'], 3), 'interval': [round(found['low'], 3), round(found['high'], 3)],
                'n': found['n'], 'unit': UNITS.get(name, ''), 'measure': MEASURES[kind], 'real': spearman(truth, real)}

    def measure_all(self, generator, count=96):
        """{name: what `measure` gives} of every covariate that the model knows."""
        return {name: self.measure(name, generator, count) for name, *_ in generator.pipeline.covariates if name in _ASKED}
