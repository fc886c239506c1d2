"""Writes what long and weighted prompts must become: the embeds of tests/fixtures/tiny-sd's text encoder, by PyTorch.

    python -m training.goldens.make_prompt_goldens --out tests/fixtures/prompt-embeds.json

The weights follow AUTOMATIC1111's rule: each token's embed times its weight, then the mean of its chunk restored where there is one.
"""

import argparse
import json
from pathlib import Path

import torch

from training.goldens.make_sd_fixtures import tiny_stable_diffusion

STRIDE = 17
LONG = 'chest x-ray of an adult, no finding, ' * 12

# The prompt as it is typed, and its parts with their weights, spelt out by hand.
PROMPTS = [
    ('a photo of a cat', [('a photo of a cat', 1)]),
    ('a (photo:1.4) of a [cat]', [('a ', 1), ('photo', 1.4), (' of a ', 1), ('cat', 1 / 1.1)]),
    (LONG, [(LONG, 1)]),
    (f'{LONG} (brain:0.5)', [(f'{LONG} ', 1), ('brain', 0.5)]),
]


@torch.no_grad()
def embed(pipeline, parts):
    """(chunks·77, hidden): chunks of 75 tokens with BOS and EOS, encoded one by one and weighed."""
    tokenizer = pipeline.tokenizer
    tokens = [(token, weight) for text, weight in parts for token in tokenizer(text, add_special_tokens=False)['input_ids']]
    chunks = []
    for start in range(0, max(1, len(tokens)), 75):
        content = tokens[start:start + 75]
        rest = 75 - len(content)
        ids = [tokenizer.bos_token_id, *(token for token, _ in content), tokenizer.eos_token_id, *[tokenizer.pad_token_id] * rest]
        weights = torch.tensor([1.0, *(weight for _, weight in content), *[1.0] * (rest + 1)])
        plain = pipeline.text_encoder(torch.tensor([ids])).last_hidden_state[0]               # (77, hidden)
        weighed = plain * weights[:, None]
        # A text encoder whose last norm has no bias has no mean to restore: this fixture's is such a one.
        means = [float(plain.double().mean()), float(weighed.double().mean())]
        has_mean = min(map(abs, means)) > 1e-5 * float(plain.abs().mean())
        chunks.append(weighed * (means[0] / means[1]) if has_mean else weighed)
    return torch.cat(chunks)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('tests/fixtures/prompt-embeds.json'))
    args = parser.parse_args()
    pipeline = tiny_stable_diffusion()
    cases = []
    for prompt, parts in PROMPTS:
        embeds = embed(pipeline, parts)
        values = [float(f'{float(x):.7g}') for x in embeds.flatten()[::STRIDE]]
        cases.append({'prompt': prompt, 'dims': [1, *embeds.shape], 'stride': STRIDE, 'values': values})
    args.out.write_text(json.dumps(cases) + '\n')


if __name__ == '__main__':
    main()
