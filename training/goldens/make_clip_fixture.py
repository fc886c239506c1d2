"""Writes what the browser's CLIP tokenizer must meet: the vocabulary, and 1,000 strings with their ids.

    pip install --no-deps open_clip_torch && python -m training.goldens.make_clip_fixture --out tests/fixtures/clip.json.gz

The reference is transformers' CLIPTokenizer. The vocabulary is OpenAI's (MIT), as open_clip_torch (MIT) carries it.
"""

import argparse
import gzip
import importlib.util
import json
import random
import unicodedata
from pathlib import Path

import transformers
from transformers import CLIPTokenizer

NUM_MERGES = 49152 - 256 - 2
NUM_STRINGS = 1000
SPECIAL = ['<|startoftext|>', '<|endoftext|>']

WORDS = """frontal chest x-ray pneumonia cardiomegaly effusion atelectasis no finding T1-weighted MRI brain tumour glioma
axial sagittal coronal 65-year-old woman man retina fundus haemorrhage histology H&E stained nuclei breast ultrasound
hyperintense L4/L5 photo of a cat, highly detailed (((masterpiece))) [blurry] artstation 8k 4K HDR unreal_engine
antidisestablishmentarianism electroencephalographically 1,024 3.14159 50% #hashtag @user e-mail café naïve Ärzte""".split()
CONTRACTIONS = ["it's", "don't", "we're", "I've", "I'm", "they'll", "he'd", "IT'S", "DON'T", "rock'n'roll", "patients'", "'tis",
                "can’t", "y'all'd've", "'s", "''s", "o'clock'll"]
EMOJI = ['😀', '🩻', '🧠', '❤️', '👩‍⚕️', '👨‍👩‍👧‍👦', '🇩🇪', '🏳️‍🌈', '1️⃣', '👍🏽', '☢', '⚕️', '🫀🫁', '🦴']
SCRIPTS = ['胸部X線写真', '肺炎の少年', '폐렴 환자', 'рентген грудной клетки', 'ΟΔΥΣΣΕΥΣ', 'ακτινογραφία θώρακος', 'صورة الصدر بالأشعة',
           'צילום חזה', 'छाती का एक्स-रे', 'ภาพเอกซเรย์ทรวงอก', 'İstanbul ıI', 'Straße STRASSE ẞ', 'ﬁne ﬂuid ﬃ', 'ｆｕｌｌｗｉｄｔｈ １２３',
           'Nguyễn Thị Hồng', 'e\u0301le\u0300ve', 'Å Å A\u030a', '𝔸𝕓𝕔 𝟙𝟚', '𐐀𐐨', '½ ² ³ Ⅷ ⑨ ٣٤ ५', 'ǅ ǆ Ǆ', 'ŉ ǰ ΐ', 'ᾳ ᾼ', 'ꙮ', 'ߊߋ']
SPACES = [' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u2003', '\u3000', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u0085', '\u2028',
          '\u180e', '\x0b']
ENTITIES = ['&amp;', '&lt;b&gt;', '&quot;quoted&quot;', '&#39;s', '&nbsp;', '&amp;amp;', '&eacute;', '&copy;',
            '<br/>', '&#x1F600;', '&notanentity;']
SIGNS = ['!!!', '?!', '...', '…', '—', '–', '"', '“curly”', '(word:1.3)', '[word]', r'\(escaped\)', '{a|b}', '<lora:x:0.8>', '__init__',
         '$100', '€5', '±2σ', '10µm', 'H₂O', 'x²', '°C', '→', '|', '\\', '/', '^_^', '~', '`code`', ':-)', '¯\\_(ツ)_/¯', 'a/b', 'C++',
         '.NET', '¿qué?']


def build_tokenizer(vocabulary):
    """transformers' CLIPTokenizer and its merges, from the lines of bpe_simple_vocab_16e6.txt."""
    merges = [tuple(line.split()) for line in vocabulary[1:NUM_MERGES + 1]]
    letters = [chr(c) for c in byte_letters()]
    tokens = letters + [letter + '</w>' for letter in letters] + [''.join(pair) for pair in merges] + SPECIAL
    return CLIPTokenizer(vocab={token: i for i, token in enumerate(tokens)}, merges=merges), merges


def byte_letters():
    """The code points that byte-level BPE writes the bytes with, in the order of the vocabulary."""
    printable = [*range(ord('!'), ord('~') + 1), *range(ord('¡'), ord('¬') + 1), *range(ord('®'), ord('ÿ') + 1)]
    return printable + [256 + i for i in range(256 - len(printable))]


def make_strings():
    """Fixed oddities first, then seeded mixtures of everything, some of them longer than 200 words."""
    rng = random.Random(0)
    strings = ['', ' ', *WORDS, *CONTRACTIONS, *EMOJI, *SCRIPTS, *ENTITIES, *SIGNS, *SPECIAL]
    strings += [f'a{space}b{space}' for space in SPACES]
    strings += ['a photo of<|endoftext|>a cat', '<|startoftext|>x<|endoftext|>', 'ENDS IN ΣΑΣ. ΣΑΣ',
                '<|ENDOFTEXT|> <|StartOfText|>', 'a\ufeffb;\ufeff&', 'x' * 300, '1234567890' * 8, '日本語' * 20]
    pools = [WORDS] * 6 + [CONTRACTIONS, EMOJI, SCRIPTS, ENTITIES, SIGNS]
    while len(strings) < NUM_STRINGS - 30:
        kind = rng.random()
        if kind < 0.75:
            parts = [rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 30))]
            strings.append(join(parts, rng))
        else:
            strings.append(''.join(random_letter(rng) for _ in range(rng.randint(1, 24))))
    strings += [join([rng.choice(rng.choice(pools)) for _ in range(rng.randint(200, 260))], rng) for _ in range(30)]
    return strings


def join(parts, rng):
    """The parts, mostly with spaces between them, in some mixture of cases."""
    text = ''.join(part + (rng.choice(SPACES) if rng.random() < 0.1 else '' if rng.random() < 0.1 else ' ') for part in parts)
    return rng.choice([text, text, text.upper(), text.title(), text.strip()])


def random_letter(rng):
    """An assigned code point from the whole of Unicode, letters of living scripts first; no surrogates."""
    start, end = rng.choice([(0x20, 0x7F), (0xA0, 0x250), (0x250, 0x590), (0x590, 0x1000), (0x1E00, 0x2C00), (0x3040, 0x9FFF), (0xAC00, 0xD7A4),
                             (0xFB00, 0xFFFE), (0x1F300, 0x1FAFF), (0x10000, 0x12000), (0x0, 0x20)])
    letter = chr(rng.randrange(start, end))
    # Letters younger than Python's Unicode (14 in 3.11) are not letters everywhere yet.
    return letter if unicodedata.category(letter) not in ('Cn', 'Co', 'Cs') else random_letter(rng)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--vocab', type=Path, help='bpe_simple_vocab_16e6.txt.gz; default: that of the installed open_clip_torch')
    parser.add_argument('--out', type=Path, default=Path('tests/fixtures/clip.json.gz'))
    args = parser.parse_args()
    vocab = args.vocab or Path(importlib.util.find_spec('open_clip').origin).parent / 'bpe_simple_vocab_16e6.txt.gz'
    tokenizer, merges = build_tokenizer(gzip.decompress(vocab.read_bytes()).decode().split('\n'))
    layout = json.loads(tokenizer.backend_tokenizer.to_str())
    layout['model'].update(vocab={}, merges=[])
    fixture = {
        'source': f'transformers {transformers.__version__}, CLIPTokenizer; vocabulary: OpenAI CLIP, MIT licence, from open_clip_torch',
        'layout': layout, 'merges': [' '.join(pair) for pair in merges],
        'cases': [{'text': text, 'ids': tokenizer(text, truncation=False)['input_ids']} for text in make_strings()],
    }
    # mtime 0 and no name: the same bytes each time.
    args.out.write_bytes(gzip.compress(json.dumps(fixture, ensure_ascii=True, separators=(',', ':')).encode(), 9, mtime=0))
    print(f'{args.out}: {len(fixture["cases"])} strings, {args.out.stat().st_size:,} bytes')


if __name__ == '__main__':
    main()
