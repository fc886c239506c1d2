"""The text encoder, trained together with the UNet, and the tokenizer that feeds it.

The vocabulary is whole words: a word outside it becomes [UNK], so the user can be told which word was not understood.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import nn

from training.data.prompts import vocabulary

SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[BOS]', '[EOS]']
MAX_LENGTH = 40


def build_tokenizer(more=()):
    """A tokenizers.Tokenizer: lower case, no accents, words of letters and digits, WordPiece without pieces.

    `more`: words beyond the project's own, for a data set of one's own; they come after all others.
    """
    known = [*SPECIAL_TOKENS, *vocabulary()]
    vocab = {token: i for i, token in enumerate([*known, *(word for word in more if word not in known)])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token='[UNK]', max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Replace(Regex('[^a-z0-9]+'), ' ')])
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[BOS] $A [EOS]', special_tokens=[('[BOS]', vocab['[BOS]']), ('[EOS]', vocab['[EOS]'])])
    return tokenizer


def tokenizer_config():
    """What goes beside tokenizer.json so that transformers and transformers.js load it."""
    return {'tokenizer_class': 'PreTrainedTokenizerFast', 'model_max_length': MAX_LENGTH, 'pad_token': '[PAD]', 'unk_token': '[UNK]',
            'bos_token': '[BOS]', 'eos_token': '[EOS]', 'padding_side': 'right', 'clean_up_tokenization_spaces': False}


def read_tokenizer(folder):
    """The tokenizer of a pipeline folder; the project's own where it has none."""
    path = Path(folder) / 'tokenizer' / 'tokenizer.json'
    return Tokenizer.from_file(str(path)) if path.exists() else build_tokenizer()


def words_of(tokenizer):
    """The words of a tokenizer beyond the project's own, in the order of their ids."""
    known = {*SPECIAL_TOKENS, *vocabulary()}
    return sorted((word for word in tokenizer.get_vocab() if word not in known), key=tokenizer.token_to_id)


def save_tokenizer(folder, tokenizer=None):
    """Writes tokenizer.json and tokenizer_config.json into `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (tokenizer or build_tokenizer()).save(str(folder / 'tokenizer.json'))
    (folder / 'tokenizer_config.json').write_text(json.dumps(tokenizer_config(), indent=1))


def tokenize(tokenizer, prompts):
    """Strings → int64 (batch, MAX_LENGTH), cut so that [EOS] stays, padded with 0 on the right."""
    rows = []
    for prompt in prompts:
        ids = tokenizer.encode(prompt).ids
        if len(ids) > MAX_LENGTH:
            ids = ids[:MAX_LENGTH - 1] + ids[-1:]
        rows.append(ids + [0] * (MAX_LENGTH - len(ids)))
    return torch.tensor(rows, dtype=torch.int64)


class _Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, width) for _ in range(3))
        self.to_out = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, bias):
        """x (batch, tokens, width); bias (batch, 1, 1, tokens), −10⁴ at padding."""
        def split(y):
            return y.view(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2)
        y = self.norm1(x)
        y = F.scaled_dot_product_attention(split(self.to_q(y)), split(self.to_k(y)), split(self.to_v(y)), attn_mask=bias)
        x = x + self.to_out(y.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class MedicalTextEncoder(ModelMixin, ConfigMixin):
    """A small bidirectional transformer. Token 0, [BOS], sums the prompt up; padding comes out as zeros."""

    @register_to_config
    def __init__(self, vocab_size=512, width=256, num_layers=3, heads=4, max_length=MAX_LENGTH):
        super().__init__()
        self.tokens = nn.Embedding(vocab_size, width)
        self.positions = nn.Parameter(0.02 * torch.randn(max_length, width))
        self.layers = nn.ModuleList([_Layer(width, heads) for _ in range(num_layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, input_ids):
        """input_ids int64 (batch, tokens) → prompt_embeds (batch, tokens, width)."""
        kept = (input_ids != 0).to(self.positions.dtype)                               # (batch, tokens)
        bias = ((1 - kept) * -1e4)[:, None, None, :]
        x = self.tokens(input_ids) + self.positions[None, :input_ids.shape[1]]
        for layer in self.layers:
            x = layer(x, bias.to(x.dtype))
        return self.norm(x) * kept[:, :, None]


def grow_vocabulary(text_encoder, size):
    """A text encoder that reads `size` words, in place: a new word starts as [UNK], moved a little."""
    old = text_encoder.tokens.weight.data
    more = size - len(old)
    if more > 0:
        new = old[1:2] + 0.02 * torch.randn(more, old.shape[1])
        text_encoder.tokens = nn.Embedding.from_pretrained(torch.cat([old, new]), freeze=False)
        text_encoder.register_to_config(vocab_size=size)
    return text_encoder
