"""What is said of each picture: the columns of the page's labels.jsonl (src/dataset/labels.ts), and where it lies."""

_TEXT, _INTEGER, _FLOAT, _DATE = 'sc:Text', 'sc:Integer', 'sc:Float', 'sc:DateTime'
_COLUMNS = [
    ('file', _TEXT, 'The image'),
    ('mask', _TEXT, 'Its instance mask, where there is one'),
    ('split', _TEXT, 'train, validation or test'),
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
    ('created_at', _DATE, 'When it was made'),
    ('parent', _TEXT, 'The image it was made from'),
]
_PLACES = [('shard', _TEXT, 'The tar file that holds it'), ('sha256', _TEXT, 'sha256 of the PNG file'),
           ('shard_sha256', _TEXT, 'sha256 of that tar file')]


def used_covariates(recipe, entry):
    """Those of the model that a row of the recipe sets, in the model's order."""
    used = {name for row in recipe['rows'] for name in row['covariates']}
    return [one for one in entry['conditions']['covariates'] if one['name'] in used]


def label_columns(covariates):
    """[(name, Croissant's type, description)] of a label; covariates come last, under covariate_NAME."""
    return _COLUMNS + [(f'covariate_{one["name"]}', _FLOAT, f'{one["title"]}, {one["unit"]}' if one['unit'] else one['title']) for one in covariates]


def parquet_columns(covariates):
    """The same with the shard and the hash of each picture."""
    return label_columns(covariates) + _PLACES


def file_id(index):
    """What a picture's files are called."""
    return f'image-{index:08d}'


def label_row(planned, split, model_sha256, created_at, covariates):
    """One picture's labels by column. File and mask are names inside its shard."""
    request, name = planned.request, file_id(planned.index)
    values = [f'{name}.png', f'{name}.mask.png' if planned.mask else None, split, planned.label or None, planned.row, request['prompt'],
              request['negativePrompt'] or None, request['seed'], planned.index, request['numInferenceSteps'], request['guidanceScale'],
              request['scheduler'], request['modelId'], model_sha256, created_at, None]
    return (dict(zip((column for column, _, _ in _COLUMNS), values, strict=True))
            | {f'covariate_{one["name"]}': request['covariates'].get(one['name']) for one in covariates})
