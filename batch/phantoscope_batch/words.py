"""Whether a model knows a word of what a recipe says: src/dataset/recipe-words.ts and src/diffusion/text/known-words.ts."""

import re

from phantoscope_batch.errors import WordsUnknown
from phantoscope_batch.json_text import number_text
from phantoscope_batch.package import Words, without_weights
from phantoscope_batch.recipe import PLACEHOLDER

# English words that a vocabulary may have and that name nothing in a picture. "us" is ultrasound.
_NAME_NOTHING = set((
    'a an the this that and or but not no of in on at by for from to with without up as is are has have be '
    'he she they it his her their i my me we who very please create generate make draw show shows showing give '
    'image images picture pictures photo photograph synthetic view').split())
_PIECES = re.compile(r'\w+|[^\s\w]')


def known_words(text, words):
    """Those of a text that the vocabulary has and that say what a picture shows."""
    def unknown(part):
        ids = words.encode(part, special=False)
        return not ids or words.unknown in ids
    found = []
    for word in text.split():
        bare = re.sub(r'^[\W_]+|[\W_]+$', '', word)
        if bare and not unknown(bare):
            found.append(bare)
        else:
            found += [piece for piece in _PIECES.findall(word) if not unknown(piece)]
    return [word for word in found if re.search(r'[^\W\d_]', word) and word.lower() not in _NAME_NOTHING]


def refuse_unknown_rows(recipe, package):
    """Raises WordsUnknown for the first row of which an image would have no known word; a vocabulary of pieces knows all."""
    words = Words(package)
    if words.unknown is None:
        return
    for i, row in enumerate(recipe['rows'], 1):
        own = PLACEHOLDER.sub(' ', row['prompt'])
        lists = [_said_by(name, row) for name in dict.fromkeys(PLACEHOLDER.findall(row['prompt']))]
        silent = [not known_words(without_weights(own), words), *(any(not known_words(text, words) for text in texts) for texts in lists)]
        if all(silent):
            raise WordsUnknown(f'The model knows no word of an image of row {i}, "{row["prompt"]}" (expected words that it was trained on). '
                               'Its picture would show anything at all. Change the words, or give --unknown-words ok.')


def _said_by(name, row):
    """What a placeholder may say; of a range its two ends."""
    if name in row['words']:
        return [one.get('name', one['value']) for one in row['words'][name]]
    rule = row['covariates'][name]
    if isinstance(rule, list):
        return [one.get('name', number_text(one['value'])) for one in rule]
    return [number_text(one) for one in ([rule['from'], rule['to']] if isinstance(rule, dict) else [rule])]
