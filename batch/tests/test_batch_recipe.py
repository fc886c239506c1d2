"""The recipe as a list: the same as TypeScript's (tests/unit/dataset/batch-plan.test.ts), and what is refused."""

import copy
import json

import numpy as np
import pytest
from places import FIXTURES

from phantoscope_batch.errors import ModelUnsupported, RequestInvalid, WordsUnknown
from phantoscope_batch.json_text import compact_json, number_text
from phantoscope_batch.recipe import Plan, parse_recipe
from phantoscope_batch.splits import SPLITS, assign_splits
from phantoscope_batch.validate import validate_recipe
from phantoscope_batch.words import refuse_unknown_rows


def test_a_recipe_is_the_same_list_of_images_as_in_typescript():
    cases = json.loads((FIXTURES / 'batch' / 'plan.json').read_text())
    assert len(cases) > 5
    for case in cases:
        plan = Plan(parse_recipe(json.dumps(case['recipe'])))
        for wanted in case['images']:
            found = plan.image(wanted['index'])
            assert {'index': found.index, 'row': found.row, 'label': found.label, 'words': found.words, 'prompt': found.request['prompt'],
                    'negativePrompt': found.request['negativePrompt'], 'seed': found.request['seed'],
                    'covariates': found.request['covariates']} == wanted


def test_prompts_labels_and_splits_are_those_of_the_built_app(recipe, app_labels):
    plan = Plan(recipe)
    splits = assign_splits([row['count'] for row in recipe['rows']], recipe['seed'])
    for k, wanted in enumerate(app_labels):
        found = plan.image(k)
        assert (found.request['prompt'], found.label, found.row, SPLITS[splits[k]]) == tuple(
            wanted[name] for name in ('prompt', 'label', 'recipe_row', 'split'))


def test_splits_have_their_shares_in_every_row():
    splits = assign_splits([1000, 10], 7)
    assert np.bincount(splits[:1000]).tolist() == [700, 100, 200] and np.bincount(splits[1000:]).tolist() == [7, 1, 2]


# What node prints for String(x).
@pytest.mark.parametrize(('x', 'text'), [
    (3.0, '3'), (-0.0, '0'), (0.1, '0.1'), (1e-6, '0.000001'), (1e-7, '1e-7'), (1.5e-9, '1.5e-9'), (1e20, '100000000000000000000'),
    (123456789012345678901, '123456789012345680000'), (1e21, '1e+21'), (1.25e22, '1.25e+22'), (6.7e-05, '0.000067'), (-2.5, '-2.5')])
def test_numbers_are_written_as_javascript_writes_them(x, text):
    assert number_text(x) == text
    assert compact_json({'é"\n': [x, True, None]}) == f'{{"é\\"\\n":[{text},true,null]}}'


@pytest.mark.parametrize(('text', 'said'), [
    ('{', 'expected JSON'), ('[]', 'expected an object'), ('{"version": 2}', 'another version (expected 1, got 2)'),
    ('{"version": 1, "title": "t", "modelId": "m", "seed": "1"}', 'seed is not usable (expected a number, got "1")'),
    ('{"version": 1, "title": "t", "modelId": "m", "seed": 1, "numInferenceSteps": 4, "guidanceScale": true}', 'guidanceScale'),
    ('{"version": 1, "title": "t", "modelId": "m", "seed": 1, "numInferenceSteps": 4, "guidanceScale": 1, "scheduler": "ddim", '
     '"rows": [{"count": 1, "prompt": "x", "pair": {"sentence": "older"}}]}', 'rows[0].pair asks for counterfactual pairs')])
def test_what_is_no_recipe_is_refused_by_name(text, said):
    with pytest.raises(RequestInvalid) as refused:
        parse_recipe(text)
    assert said in str(refused.value)


def _changed(recipe, change):
    changed = copy.deepcopy(recipe)
    change(changed)
    return changed


@pytest.mark.parametrize(('change', 'kind', 'said'), [
    (lambda r: r.update(modelId='other'), RequestInvalid, 'for another model (expected "tiny", got "other")'),
    (lambda r: r.update(seed=2**32), RequestInvalid, 'Seed'),
    (lambda r: r.update(numInferenceSteps=2.5), RequestInvalid, 'Number of steps'),
    (lambda r: r.update(scheduler='ddim'), RequestInvalid, 'no scheduler "ddim"'),
    (lambda r: r.update(rows=[]), RequestInvalid, 'Number of rows'),
    (lambda r: r['rows'][0].update(prompt='{sexx}'), RequestInvalid, '{sexx} that nothing fills'),
    (lambda r: r['rows'][0]['covariates'].update(weight=3), RequestInvalid, 'does not know the covariate "weight"'),
    (lambda r: r['rows'][0]['covariates'].update(age={'from': 80, 'to': 20}), RequestInvalid, 'runs backwards'),
    (lambda r: r['rows'][0]['words'].update(finding=[]), RequestInvalid, 'an empty list'),
    (lambda r: r['rows'][2].update(mask={'stain': 'blue'}), RequestInvalid, 'the stain "blue"'),
    (lambda r: r['rows'][0].update(lora={'sha256': '0' * 64}), ModelUnsupported, 'tuned model'),
    (lambda r: r['rows'][0].update(prompt='knee <lora:knees:0.5>'), ModelUnsupported, '<lora:knees:0.5>'),
    (lambda r: r['rows'][0]['words'].update(finding=[{'value': '<lora:knees:1>', 'share': 1}]), ModelUnsupported, '<lora:knees:1>'),
    (lambda r: r.update(check={'networkId': 'x', 'maxTries': 17, 'unconfirmed': 'keep'}), RequestInvalid, 'from 1 to 16, got 17'),
    (lambda r: r.update(check={'networkId': 'x', 'maxTries': 2, 'unconfirmed': 'no'}), RequestInvalid, 'expected "keep" or "drop"')])
def test_what_a_model_cannot_make_is_refused_by_name(recipe, package, change, kind, said):
    validate_recipe(recipe, package.entry)
    with pytest.raises(kind) as refused:
        validate_recipe(_changed(recipe, change), package.entry)
    assert said in str(refused.value)


def test_a_negative_prompt_is_refused_by_row_where_guidance_is_built_in(recipe, package):
    built_in = copy.deepcopy(package.entry)
    built_in['ranges']['guidanceScale'] = [1, 1]
    plain = _changed(recipe, lambda r: (r.update(guidanceScale=1), [row.pop('negativePrompt', None) for row in r['rows']]))
    validate_recipe(plain, built_in)
    with pytest.raises(RequestInvalid, match='Row 2: .*takes no negative prompt.*got "blur"'):
        validate_recipe(_changed(plain, lambda r: r['rows'][1].update(negativePrompt='blur')), built_in)


def test_a_row_with_a_picture_of_no_known_word_is_refused(recipe, package):
    refuse_unknown_rows(recipe, package)
    with pytest.raises(WordsUnknown):
        refuse_unknown_rows(_changed(recipe, lambda r: r['rows'][0].update(prompt='zebra image of the {age}')), package)
