"""Prompts with their labels for the experiments of usefulness.py."""

import random

from training.data.prompts import _LABEL, compose_prompt


def labelled_prompt(row):
    """A fresh phrasing of a row that says its label (compose_prompt leaves it out of 4 % of prompts)."""
    while True:
        prompt = compose_prompt(row)
        if prompt == row['prompt'] or any(phrase in prompt for phrase in _LABEL[row['set'], row['label']]):
            return prompt


def prompts_of(rows, seed=0):
    """One labelled prompt per row; the same rows and seed give the same prompts. Leaves `random` as it was."""
    state = random.getstate()
    random.seed(seed)
    prompts = [labelled_prompt(row) for row in rows]
    random.setstate(state)
    return prompts
