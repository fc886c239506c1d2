"""A file that src/finetune/lora-file.ts wrote is what safetensors, peft and diffusers expect."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from peft import LoraConfig
from peft.utils import set_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file

from training.export.export_training import TrainingStep, step_inputs
from training.goldens.make_training_fixtures import small_unet

ROOT = Path(__file__).parents[3]
WRITE = """
import { readFileSync, writeFileSync } from 'node:fs';
import { writeLoraFile } from './src/finetune/lora-file.ts';
const { factors, facts, out } = JSON.parse(readFileSync(0, 'utf8'));
const arrays = factors.map(({ name, dims, values }) => ({ name, dims, data: Float32Array.from(values) }));
writeFileSync(out, Buffer.from(await writeLoraFile(arrays, facts).arrayBuffer()));
"""
FACTS = {'title': 'Knees', 'modelId': 'tiny', 'modelHash': 'ab', 'rank': 2, 'steps': 3, 'numImages': 8, 'imagesSeen': 12, 'copyRate': 0.25}


def write_file(factors, out, folder):
    """Runs the TypeScript writer: bundled by the project's own vite, for node reads no extensionless imports."""
    source = WRITE.replace("'./src/", f"'{ROOT}/src/")
    (folder / 'write.ts').write_text(source)
    build = ("import { build } from 'vite'; await build({ configFile: false, logLevel: 'error', build: { ssr: process.argv[1], "
             "outDir: process.argv[2], rolldownOptions: { output: { entryFileNames: 'write.mjs' } } } });")
    subprocess.run(['node', '--input-type=module', '-e', build, str(folder / 'write.ts'), str(folder / 'out')], cwd=ROOT, check=True)
    call = json.dumps({'factors': factors, 'facts': FACTS, 'out': str(out)})
    subprocess.run(['node', str(folder / 'out/write.mjs')], cwd=ROOT, check=True, input=call.encode())


@pytest.mark.skipif(not shutil.which('node') or not (ROOT / 'node_modules/vite').exists(), reason='needs node and its packages')
def test_an_exported_file_loads_in_peft_and_computes_what_the_graph_computes(tmp_path):
    step = TrainingStep(small_unet())
    torch.manual_seed(0)
    inputs = step_inputs(step, batch=2, rank=2)
    factors = {name: 0.1 * torch.randn_like(t) for name, t in inputs.items() if name.startswith('lora.')}
    listed = [{'name': name, 'dims': list(t.shape), 'values': t.flatten().tolist()} for name, t in factors.items()]
    path = tmp_path / 'tuned.safetensors'
    write_file(listed, path, tmp_path)

    with safe_open(path, 'pt') as file:
        assert file.metadata()['phantoscope.imagesSeen'] == '12'
        assert file.metadata()['format'] == 'pt'
    state = load_file(path)
    assert len(state) == len(factors)
    assert all(name.startswith('unet.') and name.endswith(('.lora_A.weight', '.lora_B.weight')) for name in state)

    plain = [inputs[name] for name in ('latents', 'timestep', 'prompt_embeds', 'covariates', 'covariates_present', 'mask', 'mask_present')]
    with torch.no_grad():
        expected = step.lora(*plain, *factors.values())
    unet = step.lora.unet
    modules = sorted({name.removeprefix('unet.').rsplit('.lora_', 1)[0] for name in state})
    unet.unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=modules))
    loaded = {name.removeprefix('unet.'): tensor for name, tensor in state.items()}
    outcome = set_peft_model_state_dict(unet.unet, loaded)
    assert not outcome.unexpected_keys
    with torch.no_grad():
        actual = unet(*plain)
    assert torch.allclose(actual, expected, atol=1e-5)
    unet.unet.disable_adapters()
    with torch.no_grad():
        assert not torch.allclose(unet(*plain), expected, atol=1e-3)
