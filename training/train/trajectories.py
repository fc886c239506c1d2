"""The teacher's walks from noise to latents, which a student learns: what is asked for, how hard, and where the walks are kept.

Used by distill.py. A walk is kept at the borders of four windows of σ, on disk (files of some hundred, several processes may write
them at once) or in memory.
"""

import json
import os
import random
from pathlib import Path

import torch

from training.common.errors import BadSetting
from training.data.augment import mask_planes
from training.data.dataset import COVARIATES, SKIN_TONES
from training.data.prompts import label_phrases
from training.model.sample import flow_sigmas
from training.model.text_encoder import tokenize
from training.train.batches import TrainingData

WINDOWS = 4
LEVELS = {'sex': 2, 'view': 2, 'skin_tone': len(SKIN_TONES), 'dr_grade': 5}       # the others are continuous
NAMES = [name for name, *_ in COVARIATES]


def condition_data(rows, masks, weights, bank, tokenizer, config, device):
    """A TrainingData of conditions alone: it has no latents, so no autoencoder is needed. bank: training_data.read_bank's."""
    marked = [i for i, row in enumerate(rows) if row['mask']]
    planes = [mask_planes(torch.from_numpy(masks[i].astype('int32'))[None]) for i in marked]
    slots = torch.full((len(rows),), -1, dtype=torch.long)
    slots[marked] = torch.arange(len(marked))
    encoded = {'latents': torch.zeros(1, len(rows), 1, 1, 1), 'half': None, 'augmentations': torch.zeros(1, len(rows), 1), 'slots': slots,
               'planes': torch.cat(planes)[None] if planes else torch.zeros(1, 1, 2, 64, 64, dtype=torch.uint8)}
    data = TrainingData(encoded, bank, rows, weights, 1.0, device)
    data.plain, data.grades = plain_prompts(rows, tokenizer, config['seed'], device)
    return data


def plain_prompts(rows, tokenizer, seed, device):
    """Token ids of each row's modality and label in no further word (n, 40), and of the five grades of retinopathy (5, 40)."""
    pick = random.Random(seed)

    def words(row, label):
        return row['prompt'] if row['set'] == 'own' else f"{row['modality']}, {label}"
    plain = [words(row, '' if row['set'] == 'own' else pick.choice(label_phrases(row))) for row in rows]
    fundus = {'set': 'idrid', 'modality': 'fundus photo'}
    fundus = next(({**fundus, 'modality': row['modality']} for row in rows if row['set'] == 'idrid'), fundus)
    grades = [words(fundus, pick.choice(label_phrases({**fundus, 'label': f'DR{grade}'}))) for grade in range(5)]
    return tokenize(tokenizer, plain).to(device), tokenize(tokenizer, grades).to(device)


def turn_one_covariate(data, chosen, generator):
    """One covariate of each row alone, at a value drawn evenly over its range, and in no word: (turned (n,) bool, ids, values, flags).

    What the teacher makes of a covariate needs no real image with it, so rare values can be taught as often as common ones.
    A row without covariates is not turned.
    """
    n, device = len(chosen), data.device
    present = data.present[chosen]
    which = torch.multinomial(present + 1e-6, 1, generator=generator)[:, 0]
    levels = torch.tensor([LEVELS.get(name, 0) for name in NAMES], device=device)[which]
    even = torch.rand(n, device=device, generator=generator)
    even = torch.where(levels > 0, (even * levels).floor() / (levels - 1).clamp_min(1), even)
    values, flags, at = torch.zeros_like(present), torch.zeros_like(present), torch.arange(n, device=device)
    values[at, which], flags[at, which] = 2 * even - 1, 1
    grade = data.grades[(4 * even).round().long()]                                # a grade that is asked for is the label too
    ids = torch.where((which == NAMES.index('dr_grade'))[:, None], grade, data.plain[chosen])
    return present.any(1), ids, values, flags


def draw_conditions(data, n, drops, generator, turned_share=0.4):
    """(ids, covariates, flags, mask, mask_present, chosen) of n rows; `turned_share` of them by turn_one_covariate."""
    chosen, phrasing = data.choose(n, generator)
    first = torch.zeros_like(chosen)
    ids, values, flags, mask, shown = data.conditions(chosen, data.bank[chosen, phrasing].long(), data.values[chosen], data.present[chosen],
                                                      first, drops, generator)
    turned, plain, even, alone = turn_one_covariate(data, chosen, generator)
    turned = turned & (torch.rand(n, device=data.device, generator=generator) < turned_share)
    pick = turned[:, None]
    ids, values, flags = torch.where(pick, plain, ids), torch.where(pick, even, values), torch.where(pick, alone, flags)
    counted = (turned & (flags[:, NAMES.index('nuclei')] > 0)).view(-1, 1)         # a mask would say another number
    return ids, values, flags, mask.masked_fill(counted[:, :, None, None], 0), shown.masked_fill(counted, 0), chosen


def read_guidance(text):
    """A number, or a JSON file {"default": 1.2, "idrid": {"scale": 1.5, "from": 0.2, "to": 0.9}} → {set: (scale, lowest σ, highest σ)}."""
    try:
        table = {'default': float(text)} if not Path(text).exists() else json.loads(Path(text).read_text())
        out = {name: (float(v), 0.0, 1.0) if not isinstance(v, dict) else (float(v['scale']), float(v.get('from', 0)), float(v.get('to', 1)))
               for name, v in table.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting(f'--guidance {text} is neither a number nor a JSON file of numbers by set: {error}.') from error
    return {'default': (1.0, 0.0, 1.0), **out}


def guidance_of(table, rows):
    """Three float32 tensors (n,) for rows: scale, lowest and highest σ that is guided."""
    return tuple(torch.tensor(part) for part in zip(*(table.get(row['set'], table['default']) for row in rows)))


@torch.no_grad()
def teacher_trajectories(pipeline, conditions, noise, guidance, steps):
    """Euler walk from noise; returns the latents at the WINDOWS + 1 borders: float (batch, 5, 8, 32, 32).

    conditions: ids (batch, 40), covariates and flags (batch, 8), mask (batch, 2, 64, 64), mask_present (batch, 1). guidance: scale,
    lowest and highest σ, each (batch,): it acts inside that interval (Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724). Rows
    that are not guided cost one UNet run a step, the others two.
    """
    ids, *others = conditions
    scale, low, high = (part.to(noise.device) for part in guidance)
    nothing = torch.zeros_like(ids[:1])
    nothing[:, :2] = torch.tensor([2, 3], device=ids.device)                      # [BOS] [EOS]
    embeds, empty = pipeline.text_encoder(ids), pipeline.text_encoder(nothing)
    sigmas = flow_sigmas(steps)
    x, borders = noise, [noise]
    for k, (sigma, following) in enumerate(zip(sigmas[:-1], sigmas[1:])):
        guided = torch.nonzero((scale != 1) & (low <= sigma) & (sigma <= high))[:, 0]
        m = len(guided)
        t = torch.full((len(x) + m,), float(sigma) * 1000, device=x.device)
        inputs = [torch.cat([part, torch.zeros_like(part[:m])]) for part in others]
        both = torch.cat([x, x[guided]]).contiguous(memory_format=torch.channels_last)
        velocity = pipeline.unet(both, t, torch.cat([embeds, empty.expand(m, -1, -1)]), *inputs).float()
        velocity, without = velocity[:len(x)], velocity[len(x):]
        if m:
            velocity = velocity.index_copy(0, guided, without + scale[guided].view(-1, 1, 1, 1) * (velocity[guided] - without))
        x = x + float(following - sigma) * velocity
        if (k + 1) % (steps // WINDOWS) == 0:
            borders.append(x)
    return torch.stack(borders, dim=1)


def pack(borders, ids, values, flags, mask, mask_present):
    """Trajectories and their conditions as small as they may be kept, on the CPU."""
    kept = {'borders': borders.half(), 'ids': ids.short(), 'values': values, 'flags': flags, 'mask': (mask * 255).round().byte(),
            'mask_present': mask_present}
    return {name: tensor.cpu() for name, tensor in kept.items()}


def write_pairs(folder, pairs, seed):
    """Adds a file of trajectories to a run's folder; the name is free before it is written."""
    number = 0
    while (folder / f'pairs-{seed}-{number}.pt').exists():
        number += 1
    torch.save(pairs, folder / f'half-written-{seed}')
    os.replace(folder / f'half-written-{seed}', folder / f'pairs-{seed}-{number}.pt')


def join_pairs(parts):
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def read_pairs(folder):
    """All trajectories of a run's folder, joined. Raises BadSetting where there are none."""
    files = sorted(folder.glob('pairs-*.pt'))
    if not files:
        raise BadSetting(f'{folder} holds no trajectories. Let the teacher walk first: distill.py with --pairs MINUTES.')
    return join_pairs([torch.load(path) for path in files])
