"""What of a recipe a model can make: src/dataset/validate-recipe.ts, and what is not made outside the page."""

import re

from phantoscope_batch.deal import MAX_SHARES
from phantoscope_batch.errors import ModelUnsupported, RequestInvalid
from phantoscope_batch.json_text import number_text
from phantoscope_batch.nuclei import MAX_NUCLEI, STAINS
from phantoscope_batch.recipe import PLACEHOLDER

MAX_ROWS = 500
# The page ends at a million, which is months of its work; a cluster does not. Image indices are 32-bit words.
MAX_IMAGES = 100_000_000
_MAX_PROMPT_LENGTH = 2000
_LORA_TAG = re.compile(r'<lora:[^<>]+>', re.IGNORECASE)            # how a prompt names a tuned model: src/common/lora-tag.ts
_MAX_TRIES = 16                                                    # more, and the model cannot draw what is asked for
_NUCLEI_RANGES = {'count': (1, MAX_NUCLEI), 'diameter': (4, 128), 'sizeSpread': (0, 1), 'elongation': (1, 4), 'clustering': (0, 1), 'overlap': (0, 1)}


def validate_recipe(recipe, entry):
    """Raises RequestInvalid or ModelUnsupported for the first thing in a recipe that cannot be made with this model."""
    if recipe['modelId'] != entry['id']:
        raise RequestInvalid(f'The recipe is for another model (expected "{entry["id"]}", got "{recipe["modelId"]}"). '
                             'Give the package of that model by --model, or change the recipe.')
    ranges = entry['ranges']
    _whole('seed', recipe['seed'], 0, 2**32 - 1)
    _whole('number of steps', recipe['numInferenceSteps'], *ranges['numInferenceSteps'])
    _between('guidance scale', recipe['guidanceScale'], *ranges['guidanceScale'])
    known = [one.get('id', one['type']) for one in entry['schedulers']]
    if recipe['scheduler'] not in known:
        raise RequestInvalid(f'The model has no scheduler "{recipe["scheduler"]}" (expected {" or ".join(known)}). Choose one of these.')
    if 'check' in recipe:
        _check_tries(recipe['check'])
    _whole('number of rows', len(recipe['rows']), 1, MAX_ROWS)
    for i, row in enumerate(recipe['rows'], 1):
        _check_row(f'Row {i}', row, entry)
    _whole('number of images', sum(row['count'] for row in recipe['rows']), 1, MAX_IMAGES)


def _check_tries(check):
    """Which networks there are is seen when one is opened."""
    _whole('number of tries of the check', check['maxTries'], 1, _MAX_TRIES)
    if check['unconfirmed'] not in ('keep', 'drop'):
        raise RequestInvalid(f'What becomes of unconfirmed images is not usable (expected "keep" or "drop", got "{check["unconfirmed"]}"). '
                             'Choose one of these.')


def _check_row(where, row, entry):
    _whole(f'{where}: count', row['count'], 1, MAX_IMAGES)
    if not row['prompt'].strip():
        raise RequestInvalid(f'{where}: the prompt is empty (expected a description). Describe the images.')
    unwanted = row.get('negativePrompt', '')
    if entry['ranges']['guidanceScale'][1] <= 1 and unwanted.strip():
        raise RequestInvalid(f'{where}: {entry["title"]} takes no negative prompt, for its guidance is built in (expected none, got '
                             f'"{unwanted[:40]}"). Remove it, or choose a model with guidance.')
    for name, shares in row['words'].items():
        if not name.strip() or '{' in name or '}' in name or name in row['covariates']:
            raise RequestInvalid(f'{where}: "{name}" cannot be a placeholder (expected a name without braces that no covariate has). Rename it.')
        _check_shares(f'{where}: {{{name}}}', shares)
        if any(not one['value'].strip() for one in shares):
            raise RequestInvalid(f'{where}: a word for {{{name}}} is empty (expected text). Remove that line.')
    for name, rule in row['covariates'].items():
        _check_covariate(where, name, rule, entry)
    for name in ('prompt', 'negativePrompt', 'label'):
        _check_template(f'{where}: the {name}', row.get(name, ''), row)
    if 'mask' in row:
        _check_mask(f'{where}: masks', row['mask'], entry)
    said = [row['prompt'], *(one['value'] for shares in row['words'].values() for one in shares)]
    tags = [tag for text in said for tag in _LORA_TAG.findall(text)]
    if 'lora' in row or tags:
        raise ModelUnsupported(f'{where} is drawn by a tuned model (expected none{", got " + tags[0] if tags else ""}), whose factors lie in the '
                               'browser that taught it. Make that row with the page, or take it out of the recipe.')


def _check_template(what, template, row):
    names = [*row['words'], *row['covariates']]
    used = PLACEHOLDER.findall(template)
    for name in used:
        if name not in names:
            expected = ', '.join(f'{{{one}}}' for one in names) or 'none, for this row has no lists'
            raise RequestInvalid(f'{what} has a placeholder {{{name}}} that nothing fills (expected {expected}). '
                                 'Add a list of that name, or remove the placeholder.')
    longest = max((len(one['value']) for shares in row['words'].values() for one in shares), default=0)
    length = len(template) + longest * len(used)
    if length > _MAX_PROMPT_LENGTH:
        raise RequestInvalid(f'{what} is too long (expected at most {_MAX_PROMPT_LENGTH} characters, got up to {length}). Shorten it.')


def _check_covariate(where, name, rule, entry):
    known = {one['name']: one for one in entry['conditions']['covariates']}
    if name not in known:
        raise RequestInvalid(f'{where}: {entry["title"]} does not know the covariate "{name}" (expected {", ".join(known) or "none"}). '
                             'Remove it, or choose another model.')
    what = f'{where}: {known[name]["title"]}'
    if isinstance(rule, list):
        _check_shares(what, rule)
    values = [one['value'] for one in rule] if isinstance(rule, list) else [rule['from'], rule['to']] if isinstance(rule, dict) else [rule]
    for value in values:
        _between(what, value, known[name]['min'], known[name]['max'])
    if isinstance(rule, dict):
        if rule['from'] > rule['to']:
            raise RequestInvalid(f'{what} runs backwards (expected the smaller value first, got {number_text(rule["from"])} to '
                                 f'{number_text(rule["to"])}). Swap them.')
        if 'step' in rule:
            _between(f'{what}, step', rule['step'], 0, rule['to'] - rule['from'] or 1)


def _check_mask(what, mask, entry):
    if 'mask' not in entry['conditions']:
        raise RequestInvalid(f'{what}: {entry["title"]} takes none (expected no masks). Remove them, or choose another model.')
    if 'stain' in mask:
        if mask['stain'] not in STAINS:
            raise RequestInvalid(f'{what}: the stain "{mask["stain"]}" is not known (expected {" or ".join(STAINS)}). Choose one of these.')
        return
    _whole(f'{what}, count', mask['count'], *_NUCLEI_RANGES['count'])
    for name, span in _NUCLEI_RANGES.items():
        _between(f'{what}, {name}', mask[name], *span)


def _check_shares(what, shares):
    if not shares:
        raise RequestInvalid(f'{what} has an empty list (expected at least one value). Add one, or remove the list.')
    for one in shares:
        _whole(f'{what}, share', one['share'], 1, MAX_SHARES)
    _whole(f'{what}, sum of the shares', sum(one['share'] for one in shares), 1, MAX_SHARES)


def _whole(what, value, low, high):
    if not (isinstance(value, int) and low <= value <= high):
        raise RequestInvalid(f'{what[0].upper()}{what[1:]} is not usable (expected a whole number from {low} to {high}, got '
                             f'{number_text(value)}). Enter one in this range.')


def _between(what, value, low, high):
    if not low <= value <= high:
        raise RequestInvalid(f'{what[0].upper()}{what[1:]} is out of range (expected {number_text(low)} to {number_text(high)}, got '
                             f'{number_text(value)}). Enter a number in this range.')
