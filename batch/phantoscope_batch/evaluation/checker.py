"""Pictures drawn again until a label network sees what the prompt asks for: src/diffusion/checked.ts, asked-labels.ts and judge-picture.ts."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from phantoscope_batch.errors import RequestInvalid
from phantoscope_batch.evaluation.squares import NetworkSession, square_of
from phantoscope_batch.philox import philox4x32

_NEGATIONS = ('no', 'not', 'without')


@dataclass(frozen=True)
class Asked:
    """What a prompt asks a label network to see: indices into its classes."""
    accepted: list
    candidates: list                                               # those among which it chooses
    titles: list                                                   # the accepted ones in words


def try_seed(seed, attempt):
    """The seed of a try: the first has the seed itself, the others a word of Philox with key (seed, 1), which no noise uses."""
    return seed if attempt == 0 else int(philox4x32([attempt, 0, 0, 0], [seed, 1])[0])


def asked_labels(prompt, labels):
    """Asked of a prompt, or None where it names no label, or labels of several kinds of image."""
    words, classes = _words_of(prompt), labels['classes']
    named = [one['title'] for one in labels['modalities'] if any(_place_of(words, _words_of(phrase)) >= 0 for phrase in one['phrases'])]
    modality = named[0] if len(named) == 1 else None
    within = [i for i, one in enumerate(classes) if modality in (None, one['modality'])]
    said = _find_phrases(words, [phrase for i in within for phrase in classes[i]['phrases']])
    accepted = [i for i in within if any(_affirms(_words_of(one), phrase) for phrase in said for one in classes[i]['phrases'])]
    if len({classes[i]['modality'] for i in accepted}) != 1:
        return None
    sets, modality = {classes[i]['set'] for i in accepted}, classes[accepted[0]]['modality']
    own = [i for i, one in enumerate(classes) if one['set'] in sets]
    # A set that holds no others says nothing by itself.
    candidates = own if len(own) > len(accepted) else [i for i, one in enumerate(classes) if one['modality'] == modality]
    return Asked(accepted, candidates, list(dict.fromkeys(classes[i]['title'] for i in accepted)))


def weigh(logits, asked):
    """(probability of the accepted labels together, index of the likeliest), by a softmax over the candidates alone."""
    chosen = logits[asked.candidates].astype(np.float64)
    called = asked.candidates[int(chosen.argmax())]
    shares = np.exp(chosen - chosen.max())
    right = np.isin(asked.candidates, asked.accepted)
    return float(shares[right].sum() / shares.sum()), called


class Checker:
    """A recipe's check: its label network, opened once."""

    def __init__(self, check, network):
        self.check, self.network, self.session = check, network, NetworkSession(network)
        self.labels = network.entry['labels']
        self.asked = lru_cache(1024)(lambda prompt: asked_labels(prompt, self.labels))

    def draw(self, planned, paint):
        """[((pixels, mask), seed, checked)] of PlannedImages.

        paint(planned, seeds) draws them. `checked` is what a PNG records of it, None for a prompt that names no label. Of a picture
        that was never confirmed the likeliest try is kept.
        """
        kept, pending = [None] * len(planned), list(range(len(planned)))
        for attempt in range(self.check['maxTries']):
            seeds = [try_seed(planned[k].request['seed'], attempt) for k in pending]
            for k, seed, drawn in zip(pending, seeds, paint([planned[k] for k in pending], seeds)):
                checked = self._judge(drawn[0], planned[k], attempt + 1)
                if kept[k] is None or checked['confirmed'] or checked['probability'] > kept[k][2]['probability']:
                    kept[k] = (drawn, seed, checked)
            for k in pending:
                if kept[k][2] is not None:
                    kept[k][2]['tries'] = attempt + 1
            pending = [k for k in pending if kept[k][2] and not kept[k][2]['confirmed']]
            if not pending:
                break
        return kept

    def _judge(self, pixels, planned, tries):
        asked = self.asked(planned.request['prompt'])
        if asked is None:
            return None
        probability, called = weigh(self.session([square_of(pixels)], self.labels['output'])[0], asked)
        return {'networkId': self.network.entry['id'], 'networkSha256': self.network.sha256, 'asked': asked.titles, 'tries': tries,
                'probability': probability, 'confirmed': called in asked.accepted, 'called': self.labels['classes'][called]['title'],
                'maxTries': self.check['maxTries'], 'firstSeed': planned.request['seed']}


def is_dropped(check, checked):
    """Whether a picture is left out because it was never confirmed."""
    return checked is not None and not checked['confirmed'] and check['unconfirmed'] == 'drop'


def find_checker(check, networks):
    """The Network that a recipe's check asks for. Raises RequestInvalid."""
    found = next((one for one in networks if one.entry['id'] == check['networkId']), None)
    if found is None or 'labels' not in found.entry:
        names = ', '.join(one.entry['id'] for one in networks if 'labels' in one.entry) or 'none'
        raise RequestInvalid(f'The recipe is checked by "{check["networkId"]}", which is not there (expected one of: {names}). Name the folder of '
                             'a manifest that has that network by --networks, or remove "check" from the recipe.')
    return found


def _find_phrases(words, phrases):
    """The phrases that stand in a text, the longest first and no word twice: "no pneumonia" is not "pneumonia"."""
    sought = sorted({tuple(_words_of(phrase)): None for phrase in phrases}, key=lambda phrase: -len(phrase))
    free, said = list(words), []
    for phrase in sought:
        found = False
        while (at := _place_of(free, phrase)) >= 0:
            found = found or at == 0 or words[at - 1] not in _NEGATIONS
            free[at:at + len(phrase)] = [''] * len(phrase)
        if found:
            said.append(phrase)
    return said


def _affirms(words, phrase):
    """"bacterial pneumonia" says "pneumonia", and "no pneumonia" does not."""
    at = _place_of(words, phrase)
    return at == 0 or at > 0 and words[at - 1] not in _NEGATIONS


def _place_of(words, phrase):
    return next((at for at in range(len(words)) if tuple(words[at:at + len(phrase)]) == tuple(phrase)), -1)


def _words_of(text):
    """As the tokenizer sees them: lower case, letters and digits."""
    return re.findall('[a-z0-9]+', text.lower())
