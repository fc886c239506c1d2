"""What a prompt can say about a hippocampus: how large it and its parts are, and how grainy the picture is.

The vocabulary is whole words, as in ../text_encoder.py: what is not in it becomes [UNK].
"""

import itertools
import json
import random
import re
import unicodedata

SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[BOS]', '[EOS]']
MAX_LENGTH = 16
SIZES = (('small', 'little', 'atrophic'), ('medium', 'average', 'normal'), ('large', 'big', 'voluminous'))
GRAINS = (('smooth', 'clean'), ('ordinary', 'usual'), ('grainy', 'noisy'))
SUBJECTS = ('hippocampus mri', 'mri of a hippocampus', 'mr volume of the hippocampus', 'hippocampus', 't1 mri volume hippocampus')
PARTS = (('anterior part', 'anterior', 'head'), ('posterior part', 'posterior', 'body and tail'))
CLASSES = 3                    # small, medium, large; smooth, ordinary, grainy


def words_of(text):
    """Lower-case words of letters and digits without accents, as the tokenizer cuts them."""
    plain = ''.join(letter for letter in unicodedata.normalize('NFD', text) if not unicodedata.combining(letter))
    return re.findall('[a-z0-9]+', plain.lower())


def vocabulary():
    """Every word that a prompt can hold, sorted."""
    texts = [*SUBJECTS, 'a the of with and', *itertools.chain(*SIZES, *GRAINS, *PARTS)]
    return sorted({word for text in texts for word in words_of(text)})


def token_ids():
    """{token: id}, special tokens first."""
    return {token: i for i, token in enumerate([*SPECIAL_TOKENS, *vocabulary()])}


def tokenize(prompts):
    """Strings → a list of MAX_LENGTH ids each: [BOS], words, [EOS], then padding; cut so that [EOS] stays."""
    ids = token_ids()
    rows = []
    for prompt in prompts:
        row = [ids['[BOS]'], *(ids.get(word, ids['[UNK]']) for word in words_of(prompt))][:MAX_LENGTH - 1] + [ids['[EOS]']]
        rows.append(row + [0] * (MAX_LENGTH - len(row)))
    return rows


def compose(whole, anterior, posterior, grain, rng):
    """A prompt that says some of what is so. Each argument but `rng` is a class, 0…2."""
    subject = rng.choice(SUBJECTS)
    said = []
    if rng.random() < 0.4:
        subject = f'{rng.choice(SIZES[whole])} {subject}'
    for part, size in zip(PARTS, (anterior, posterior)):
        if rng.random() < 0.4:
            said.append(f'{rng.choice(SIZES[size])} {rng.choice(part)}')
    if rng.random() < 0.3:
        said.append(rng.choice(GRAINS[grain]))
    return ' '.join([subject, *(['with'] if said else []), ' and '.join(said)]).strip()


def prompt_bank(phrasings=16, seed=0):
    """Token ids [3·3·3·3][phrasings][MAX_LENGTH]: phrasings for each (whole, anterior, posterior, grain), first class slowest."""
    rng = random.Random(seed)
    return [tokenize([compose(*classes, rng) for _ in range(phrasings)])
            for classes in itertools.product(range(CLASSES), repeat=4)]


def build_tokenizer():
    """The same as a tokenizers.Tokenizer: lower case, no accents, whole words."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    ids = token_ids()
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token='[UNK]', max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Replace(Regex('[^a-z0-9]+'), ' ')])
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[BOS] $A [EOS]', special_tokens=[('[BOS]', ids['[BOS]']), ('[EOS]', ids['[EOS]'])])
    return tokenizer


def save_tokenizer(folder):
    """Writes tokenizer.json and tokenizer_config.json into `folder`."""
    build_tokenizer().save(str(folder / 'tokenizer.json'))
    config = {'tokenizer_class': 'PreTrainedTokenizerFast', 'model_max_length': MAX_LENGTH, 'pad_token': '[PAD]', 'unk_token': '[UNK]',
              'bos_token': '[BOS]', 'eos_token': '[EOS]', 'padding_side': 'right', 'clean_up_tokenization_spaces': False}
    (folder / 'tokenizer_config.json').write_text(json.dumps(config, indent=1))
