"""A recipe as the list of its images, one at a time: src/dataset/recipe.ts and parse-recipe.ts.

tests/fixtures/batch/plan.json holds what both sides must come to.
"""

import json
import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from phantoscope_batch.deal import create_dealer, create_spread, hash32
from phantoscope_batch.errors import RequestInvalid
from phantoscope_batch.json_text import compact_json, number_text

PLACEHOLDER = re.compile(r'\{([^{}]*)\}')
NUCLEI_SETTINGS = ('count', 'diameter', 'sizeSpread', 'elongation', 'clustering', 'overlap')


@dataclass
class PlannedImage:
    """What a recipe says about one of its images."""
    index: int                                                     # from 0 over all rows; the noise stream of the recipe's seed
    row: int
    label: str
    words: dict                                                    # {name: value}
    request: dict                                                  # as the page records it in a PNG, in its order
    mask: dict | None = None                                       # settings of the layout of nuclei


@dataclass
class Plan:
    """A recipe as a list that exists one element at a time."""
    recipe: dict
    ends: list = field(init=False)

    def __post_init__(self):
        rows = self.recipe['rows']
        self.ends = list(accumulate(row['count'] for row in rows))
        self._rows = [_create_row(self.recipe, row, i) for i, row in enumerate(rows)]

    @property
    def total(self):
        return self.ends[-1] if self.ends else 0

    def row_of(self, k):
        """The row that image k belongs to, from 0."""
        return bisect_right(self.ends, k)

    def image(self, k):
        """Image k as a PlannedImage; costs the same for every k."""
        row = self.row_of(k)
        return self._rows[row](k, k - (self.ends[row] - self.recipe['rows'][row]['count']))


def fill(template, words):
    """A template with words for its placeholders; a KeyError for an unknown one: recipes are validated."""
    return PLACEHOLDER.sub(lambda found: words[found[1]], template)


def _create_row(recipe, row, row_index):
    rules = row['covariates']
    lists = {name: rule for name, rule in rules.items() if isinstance(rule, list)}
    ranges = [name for name, rule in rules.items() if isinstance(rule, dict)]
    deal = create_dealer([[one['share'] for one in shares] for shares in [*row['words'].values(), *lists.values()]])
    spread = create_spread([hash32(recipe['seed'], row_index, name) for name in ranges])

    def image(index, j):
        dealt = deal(j)
        words = {name: shares[at] for (name, shares), at in zip(row['words'].items(), dealt)}
        listed = {name: shares[at] for (name, shares), at in zip(lists.items(), dealt[len(words):])}
        along = dict(zip(ranges, spread(j)))
        covariates, said = {}, {}
        for name, rule in rules.items():
            if name in listed:
                covariates[name] = listed[name]['value']
            else:
                covariates[name] = _within(rule, along[name]) if name in along else rule
            said[name] = listed.get(name, {}).get('name', number_text(covariates[name]))
        said |= {name: one.get('name', one['value']) for name, one in words.items()}
        return _finish(recipe, row, index, row_index, said, {name: one['value'] for name, one in words.items()}, covariates)
    return image


def _finish(recipe, row, index, row_index, said, words, covariates):
    request = {'modelId': recipe['modelId'], 'seed': recipe['seed'], 'imageIndex': index,
               'numInferenceSteps': recipe['numInferenceSteps'], 'guidanceScale': recipe['guidanceScale'], 'scheduler': recipe['scheduler'],
               'prompt': fill(row['prompt'], said), 'negativePrompt': fill(row.get('negativePrompt', ''), said), 'covariates': covariates}
    label = fill(row['label'], said) if row.get('label') else ', '.join(words.values())
    return PlannedImage(index, row_index, label, words, request, row.get('mask'))


def _within(rule, u):
    """The value at `u`, 0 ≤ u < 1, of the way; with a step, every value of the grid is as likely as the others."""
    low, high, step = rule['from'], rule['to'], rule.get('step')
    if not step:
        return low + u * (high - low)
    count = math.floor((high - low) / step + 1e-9) + 1
    return float(f'{low + math.floor(u * count) * step:.12g}')       # rounded away: 0.1 · 3 is not 0.3


def parse_recipe(text):
    """A recipe from JSON text, with nothing in it that is not of one. Raises RequestInvalid where it is none."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RequestInvalid(f'This is no recipe (expected JSON, got text that does not parse: {error}). Choose a file that the page saved.') from error
    every = _object('The recipe', value)
    if every.get('version') != 1:
        raise RequestInvalid(f'The recipe is of another version (expected 1, got {json.dumps(every.get("version"))}). '
                             'Update this package, or choose a recipe that its page saved.')
    out = {'version': 1, 'title': _text('title', every.get('title')), 'modelId': _text('modelId', every.get('modelId'))}
    out |= {name: _number(name, every.get(name)) for name in ('seed', 'numInferenceSteps', 'guidanceScale')}
    out['scheduler'] = _text('scheduler', every.get('scheduler'))
    if 'check' in every:
        check = _object('check', every['check'])
        out['check'] = {'networkId': _text('check.networkId', check.get('networkId')),
                        'maxTries': _number('check.maxTries', check.get('maxTries')),
                        'unconfirmed': _text('check.unconfirmed', check.get('unconfirmed', 'keep'))}
    out['rows'] = [_row(f'rows[{i}]', row) for i, row in enumerate(_array('rows', every.get('rows')))]
    return out


def _row(at, value):
    row = _object(at, value)
    out = {'count': _number(f'{at}.count', row.get('count')), 'prompt': _text(f'{at}.prompt', row.get('prompt'))}
    out |= {name: _text(f'{at}.{name}', row[name]) for name in ('negativePrompt', 'label') if name in row}
    words, covariates = (_object(f'{at}.{name}', row.get(name, {})) for name in ('words', 'covariates'))
    out['words'] = {name: [_share(f'{at}.words.{name}', one, _text) for one in _array(f'{at}.words.{name}', shares)]
                    for name, shares in words.items()}
    out['covariates'] = {name: _rule(f'{at}.covariates.{name}', rule) for name, rule in covariates.items()}
    if 'mask' in row:
        mask = _object(f'{at}.mask', row['mask'])
        out['mask'] = ({'stain': _text(f'{at}.mask.stain', mask['stain'])} if 'stain' in mask
                       else {name: _number(f'{at}.mask.{name}', mask.get(name)) for name in NUCLEI_SETTINGS})
    if 'lora' in row:
        lora = _object(f'{at}.lora', row['lora'])
        out['lora'] = {'sha256': _text(f'{at}.lora.sha256', lora.get('sha256')), 'title': _text(f'{at}.lora.title', lora.get('title')),
                       'strength': _number(f'{at}.lora.strength', lora.get('strength'))}
    if 'pair' in row:
        raise RequestInvalid(f'{at}.pair asks for counterfactual pairs, which are not made here (expected a row without them). '
                             'Make them in the page or by npm run generate.')
    return out


def _rule(at, value):
    if _is_number(value):
        return value
    if isinstance(value, list):
        return [_share(at, one, _number) for one in value]
    rule = _object(at, value)
    out = {name: _number(f'{at}.{name}', rule.get(name)) for name in ('from', 'to')}
    return out | ({'step': _number(f'{at}.step', rule['step'])} if 'step' in rule else {})


def _share(at, value, of):
    one = _object(at, value)
    out = {'value': of(f'{at}.value', one.get('value')), 'share': _number(f'{at}.share', one.get('share'))}
    return out | ({'name': _text(f'{at}.name', one['name'])} if 'name' in one else {})


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _expect(at, what, right, value):
    if right:
        # 3.0 and 3 are one number in a recipe; here only whole ones can be counted with.
        return int(value) if isinstance(value, float) and value.is_integer() else value
    got = 'nothing' if value is None else compact_json(value)[:40]
    raise RequestInvalid(f'This is no recipe: {at} is not usable (expected {what}, got {got}). Mend the file.')


def _object(at, value):
    return _expect(at, 'an object', isinstance(value, dict), value)


def _array(at, value):
    return _expect(at, 'a list', isinstance(value, list), value)


def _text(at, value):
    return _expect(at, 'text', isinstance(value, str), value)


def _number(at, value):
    return _expect(at, 'a number', _is_number(value), value)
