"""The page's fine-tuning in PyTorch: its random numbers and its first batch are those of TypeScript, its loss falls."""

import json
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.export.export_training import TrainingStep
from training.goldens.make_training_fixtures import small_unet
from training.train.finetune_package import draw_batch, first_factors, held_out_loss, normals, shuffled, split, train, uniforms

ROOT = Path(__file__).parents[3]
ARGS = Namespace(seed=7, batch=4, rank=2, steps=12, lr=1e-2, weight_decay=0.01, warmup=2, clip=1.0, ema=0.9)
DRAW = """
import { writeFileSync } from 'node:fs';
import { normals, shuffled, uniforms } from './src/finetune/random-streams.ts';
import { drawBatch } from './src/finetune/draw-batch.ts';
const items = Array.from({ length: 6 }, (_, k) => ({
  latents: new Float32Array(256).fill(k), promptEmbeds: new Float32Array(32).fill(k), covariates: new Float32Array(7),
  covariatesPresent: new Float32Array(7) }));
const pool = { items, prior: [], emptyEmbeds: new Float32Array(32).fill(-1), shapes: { latents: [4, 8, 8], promptEmbeds: [2, 16] } };
const { inputs } = drawBatch(pool, { seed: 7, batch: 4, priorRows: 0 }, 3);
const firsts = (x, count) => Array.from({ length: 4 }, (_, r) => x.data[r * count]);
writeFileSync(process.argv[2], JSON.stringify({
  uniforms: [...uniforms(7, 'flips', 5, 6)], normals: [...normals(7, 'noise', 2, 6)], order: shuffled(7, 'split', 9),
  latents: firsts(inputs.latents, 256), embeds: firsts(inputs.prompt_embeds, 32), timestep: [...inputs.timestep.data],
  noise: firsts(inputs.noise, 256) }));
"""


def items_of(count):
    return [(torch.full((4, 8, 8), float(k)), torch.full((2, 16), float(k))) for k in range(count)]


@pytest.mark.skipif(not shutil.which('node') or not (ROOT / 'node_modules/vite').exists(), reason='needs node and its packages')
def test_random_numbers_and_batches_are_those_of_the_page(tmp_path):
    (tmp_path / 'draw.ts').write_text(DRAW.replace("'./src/", f"'{ROOT}/src/"))
    build = ("import { build } from 'vite'; await build({ configFile: false, logLevel: 'error', build: { ssr: process.argv[1], "
             "outDir: process.argv[2], rolldownOptions: { output: { entryFileNames: 'draw.mjs' } } } });")
    subprocess.run(['node', '--input-type=module', '-e', build, str(tmp_path / 'draw.ts'), str(tmp_path / 'out')], cwd=ROOT, check=True)
    subprocess.run(['node', str(tmp_path / 'out/draw.mjs'), str(tmp_path / 'drawn.json')], check=True)
    drawn = json.loads((tmp_path / 'drawn.json').read_text())

    assert np.allclose(uniforms(7, 'flips', 5, 6), drawn['uniforms'], atol=1e-15)
    assert np.allclose(normals(7, 'noise', 2, 6), drawn['normals'], atol=1e-6)
    assert shuffled(7, 'split', 9) == drawn['order']
    step = TrainingStep(small_unet())
    latents, noise, timestep, embeds, *_ = draw_batch(step, items_of(6), torch.full((2, 16), -1.0), ARGS, 3)
    assert latents[:, 0, 0, 0].tolist() == drawn['latents']
    assert embeds[:, 0, 0].tolist() == drawn['embeds']
    assert np.allclose(timestep, drawn['timestep'], atol=1e-3)
    assert np.allclose(noise[:, 0, 0, 0], drawn['noise'], atol=1e-6)


def test_pictures_that_are_the_same_stay_on_one_side_and_twenty_spare_five():
    items = items_of(20)
    training, held_out = split([*items, items[3]], 1, 0.1)
    assert (len(training), len(held_out)) in {(16, 5), (15, 5)}
    assert not {float(item[0][0, 0, 0]) for item in training} & {float(item[0][0, 0, 0]) for item in held_out}
    assert len(split(items_of(8), 1, 0.1)[1]) == 1


def test_training_lowers_the_loss_and_starts_where_peft_starts():
    step = TrainingStep(small_unet().requires_grad_(False))
    factors = first_factors(step, 2, 7)
    assert all((t == 0).all() == name.endswith('.up') for name, t in factors.items())
    items = [(0.1 * latents, embeds) for latents, embeds in items_of(6)]
    losses = []
    average = train(step, items[:5], items[5:], items[0][1], ARGS, lambda number, loss, held_out: losses.append((loss, held_out)))
    assert len(losses) == ARGS.steps
    assert [held_out is not None for _, held_out in losses] == [True] * ARGS.steps
    before = held_out_loss(step, items[5:], list(first_factors(step, 2, 7).values()), ARGS)
    assert held_out_loss(step, items[5:], list(average.values()), ARGS) < before
