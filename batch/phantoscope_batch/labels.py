"""What is said of each picture: the columns of the page's labels.jsonl (src/dataset/labels.ts), and where it lies."""

_TEXT, _INTEGER, _FLOAT, _DATE = 'sc:Text', 'sc:Integer', 'sc:Float', 'sc:DateTime'
_COLUMNS = [
    ('file', _TEXT, 'The image'),
    ('mask', _TEXT, 'Its instance mask, where there is one'),
    ('split', _TEXT, 'train, validation or test'),
    ('suspected_copy', _TEXT, 'Whether it repeats a real image, as far as compared'),
    ('label', _TEXT, 'What was asked for, as a class'),
    ('recipe_row', _INTEGER, 'Row of the recipe, from 0'),
    ('prompt', _TEXT, 'What was asked for, in words'),
    ('negative_prompt', _TEXT, 'What was not wanted'),
    ('seed', _INTEGER, 'Seed of its noise'),
    ('image_index', _INTEGER, 'Index of its noise within the seed'),
    ('num_inference_steps', _INTEGER, 'Steps of the sampler'),
    ('guidance_scale', _FLOAT, 'Strength of the guidance'),
    ('scheduler', _TEXT, 'Sampler'),
    ('model', _TEXT, 'Model'),
    ('model_sha256', _TEXT, "sha256 of the model's manifest entry"),
    ('check_confirmed', _TEXT, 'Whether the checker saw what the prompt names'),
    ('check_probability', _FLOAT, 'What the checker gave to what the prompt names, 0 to 1'),
    ('check_called', _TEXT, 'What the checker calls it'),
    ('check_tries', _INTEGER, 'How often it was drawn'),
    ('check_first_seed', _INTEGER, 'Seed of the first try; `seed` is that of the try kept'),
    ('created_at', _DATE, 'When it was made'),
    ('parent', _TEXT, 'The image it was made from'),
]
_PLACES = [('shard', _TEXT, 'The tar file that holds it'), ('sha256', _TEXT, 'sha256 of the image file'),
           ('shard_sha256', _TEXT, 'sha256 of that tar file')]
_DISTANCE = ('copy_distance', _FLOAT, 'From the real image that it resembles most: 1 less the correlation of fine structure, 0 is the same')


def used_covariates(recipe, entry):
    """Those of the model that a row of the recipe sets, in the model's order."""
    used = {name for row in recipe['rows'] for name in row['covariates']}
    return [one for one in entry['conditions']['covariates'] if one['name'] in used]


def label_columns(covariates, checked=False, compared=False):
    """[(name, Croissant's type, description)] of a label; covariates come last, under covariate_NAME.

    What a check while drawing said, and whether it is a suspected copy, is there where that was asked for.
    """
    own = [one for one in _COLUMNS if (checked or not one[0].startswith('check_')) and (compared or one[0] != 'suspected_copy')]
    return own + [(f'covariate_{one["name"]}', _FLOAT, f'{one["title"]}, {one["unit"]}' if one['unit'] else one['title']) for one in covariates]


def parquet_columns(columns):
    """The same with the shard and the hash of each picture, and how far a compared one is from a real image."""
    return columns + ([_DISTANCE] if any(name == 'suspected_copy' for name, _, _ in columns) else []) + _PLACES


def file_id(index):
    """What a picture's files are called."""
    return f'image-{index:08d}'


def label_row(planned, split, model_sha256, created_at, columns, seed=None, checked=None):
    """One picture's labels by column, in the order of `columns`. File and mask are names inside its shard.

    seed, checked: of the try that a check kept; see evaluation/checker.py.
    """
    request, name, said = planned.request, file_id(planned.index), checked or {}
    values = {
        'file': f'{name}.png', 'mask': f'{name}.mask.png' if planned.mask else None, 'split': split, 'label': planned.label or None,
        'recipe_row': planned.row, 'prompt': request['prompt'], 'negative_prompt': request['negativePrompt'] or None,
        'seed': request['seed'] if seed is None else seed, 'image_index': planned.index, 'num_inference_steps': request['numInferenceSteps'],
        'guidance_scale': request['guidanceScale'], 'scheduler': request['scheduler'], 'model': request['modelId'], 'model_sha256': model_sha256,
        'check_confirmed': ('yes' if checked['confirmed'] else 'no') if checked else None, 'check_probability': said.get('probability'),
        'check_called': said.get('called'), 'check_tries': said.get('tries'), 'check_first_seed': said.get('firstSeed'), 'created_at': created_at,
    } | {f'covariate_{covariate}': value for covariate, value in request['covariates'].items()}
    return {column: values.get(column) for column, _, _ in columns}
