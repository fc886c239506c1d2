"""Writes tests/fixtures/batch/plan.json: recipes of many shapes with some of their images, which TypeScript has to come to as well.

    python batch/tests/make_plan_fixture.py
"""

import json
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'batch'))

from phantoscope_batch.recipe import Plan, parse_recipe  # noqa: E402

COVARIATES = ['age', 'view', 'skin_tone', 'nwbv', 'csf_fraction', 'größe', 'dr_grade']


def some_row(rng, ranges):
    """A row with lists of words, `ranges` ranges, a list of values and a fixed one."""
    covariates = {}
    for name in COVARIATES[:ranges]:
        low = round(rng.uniform(-10, 10), 3)
        covariates[name] = {'from': low, 'to': low + rng.choice([1, 0.1, 37.3, 1e-6]), **({'step': rng.choice([0.05, 0.1, 1])} if rng.random() < 0.4 else {})}
    covariates['sex'] = [{'value': k, 'share': rng.randint(1, 4), **({'name': f'sex {k}'} if k else {})} for k in range(2)]
    covariates['fixed'] = rng.choice([3, 0.1, 1e-7, 123456789.5])
    words = {name: [{'value': f'{name} {k}', 'share': rng.randint(1, 5)} for k in range(rng.randint(1, 5))] for name in ('finding', 'Ort')}
    spoken = ', '.join(f'{{{name}}}' for name in [*words, *covariates])
    return {'count': rng.randint(3, 5000), 'prompt': f'image, {spoken}', 'negativePrompt': 'not {Ort}', 'words': words, 'covariates': covariates,
            **({'label': '{finding}/{sex}'} if rng.random() < 0.5 else {})}


def main():
    rng, cases = random.Random(23), []
    recipes = [json.loads((ROOT / 'tests/fixtures/batch/recipe.json').read_text())]
    for k in range(6):
        recipes.append({'version': 1, 'title': f'Recipe {k}', 'modelId': 'tiny', 'seed': rng.randrange(2**32), 'numInferenceSteps': 4,
                        'guidanceScale': 1.5, 'scheduler': 'flow-match-euler', 'rows': [some_row(rng, (k + i) % 8) for i in range(3)]})
    for recipe in recipes:
        plan = Plan(parse_recipe(json.dumps(recipe)))
        chosen = sorted({*range(min(20, plan.total)), plan.total - 1, *(rng.randrange(plan.total) for _ in range(12))})
        images = [plan.image(k) for k in chosen]
        cases.append({'recipe': recipe, 'images': [
            {'index': one.index, 'row': one.row, 'label': one.label, 'words': one.words, 'prompt': one.request['prompt'],
             'negativePrompt': one.request['negativePrompt'], 'seed': one.request['seed'], 'covariates': one.request['covariates']}
            for one in images]})
    text = json.dumps(cases, ensure_ascii=False, separators=(',', ':'))
    (ROOT / 'tests/fixtures/batch/plan.json').write_text(text.replace('{"index"', '\n{"index"').replace('{"recipe"', '\n{"recipe"') + '\n')


if __name__ == '__main__':
    main()
