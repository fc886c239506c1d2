"""Checkpoints from which a run goes on exactly, on one device or many."""

import random

import numpy as np
import torch
from accelerate.utils import gather_object


def random_state(generator):
    """What makes a resumed rank draw the numbers that an unbroken one would have drawn."""
    state = {'torch': torch.get_rng_state(), 'numpy': np.random.get_state(), 'python': random.getstate(), 'generator': generator.get_state()}
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def set_random_state(state, generator):
    torch.set_rng_state(state['torch'])
    np.random.set_state(state['numpy'])
    random.setstate(state['python'])
    generator.set_state(state['generator'])
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'])


def seed_rank(generator, seed, rank):
    """Another stream for each rank, so that no two draw the same batches."""
    mixed = (seed * 1_000_003 + rank) % 2**31
    torch.manual_seed(mixed)
    np.random.seed(mixed)
    random.seed(mixed)
    generator.manual_seed(mixed)


def save_checkpoint(path, accelerator, generator, parts, numbers):
    """Writes the state dicts of `parts` and `numbers` with the random state of every rank. Every rank must call it."""
    states = gather_object([random_state(generator)])
    if accelerator.is_main_process:
        unfinished = path.with_suffix('.tmp')
        torch.save({**{name: part.state_dict() for name, part in parts.items()}, **numbers, 'random': states}, unfinished)
        unfinished.replace(path)


def load_checkpoint(path, accelerator, generator, parts):
    """Fills `parts` and this rank's random state in place; returns the checkpoint.

    With another number of ranks than before the ranks draw new streams: exact resuming needs the same number.
    """
    saved = torch.load(path, map_location='cpu', weights_only=False)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    states = saved['random']
    if len(states) == accelerator.num_processes:
        set_random_state(states[accelerator.process_index], generator)
    else:
        seed_rank(generator, saved['step'], accelerator.process_index)
        accelerator.print(f'The checkpoint is of {len(states)} ranks and this run has {accelerator.num_processes}: other batches follow.')
    return saved
