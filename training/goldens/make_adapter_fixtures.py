"""Writes adapter files as trainers name them, for the tiny Stable Diffusion, and the pictures that diffusers makes with each.

    python -m training.goldens.make_adapter_fixtures --out tests/fixtures/tiny-sd-adapters

Each row of goldens.json is one or two files with their strengths, and the latents and the image (float32, little-endian) that
diffusers makes with them of the request, in goldens.bin; offsets count numbers. diffusers reads what it can
(`load_lora_weights`); what it cannot is put in by PEFT, and three factors of a convolution by the sum that LyCORIS documents.
"""

import argparse
import copy
import json
import shutil
import warnings
from functools import partial
from pathlib import Path

import diffusers
import numpy as np
import peft
import torch
from safetensors.torch import save_file

from training.goldens.make_sd_fixtures import PROMPT, NEGATIVE, IMAGE_INDEX, SEED, STEPS, make_image, tiny_stable_diffusion

RANK, ALPHA = 4, 6
LINEAR = r'.*(to_q|to_k|to_v|to_out\.0|ff\.net\.0\.proj|proj_in|time_emb_proj)'
CONVOLUTIONS = r'.*(conv1|conv2|conv_shortcut|samplers\.0\.conv)'
TEXT = r'.*(q_proj|k_proj|v_proj|out_proj|fc1|fc2)'
REQUEST = {'prompt': PROMPT, 'negativePrompt': NEGATIVE, 'seed': SEED, 'imageIndex': IMAGE_INDEX, 'numInferenceSteps': STEPS,
           'scheduler': 'dpm-solver-multistep', 'guidanceScale': 7.5}
KOHYA = {'lora_A.weight': 'lora_down.weight', 'lora_B.weight': 'lora_up.weight', 'lora_magnitude_vector.weight': 'dora_scale',
         'lora_magnitude_vector': 'dora_scale'}
KINDS = tuple(KOHYA) + ('hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b', 'lokr_w1', 'lokr_w2_a', 'lokr_w2_b', 'lokr_w2')


def adapt(part, config, seed):
    """Puts an adapter with numbers that change the picture into a part, in place; {name: tensor} as PEFT saves it."""
    peft.inject_adapter_in_model(config, part, 'made')
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in part.named_parameters():
            if '.made' not in name:
                continue
            if 'magnitude' in name:
                parameter.mul_(1 + 0.3 * torch.rand_like(parameter))
            else:
                parameter.copy_(0.3 * torch.randn_like(parameter))
    return {name: value.detach().clone().contiguous() for name, value in peft.get_peft_model_state_dict(part, adapter_name='made').items()}


def split(name):
    """MODULE.KIND → (module, kind) of a name of PEFT's."""
    kind = next(kind for kind in KINDS if name.endswith(f'.{kind}'))
    return name[:-len(kind) - 1], kind


def text_module(module):
    """A text encoder's module as checkpoints of all times name it."""
    return module if module.startswith('text_model.') else f'text_model.{module}'


def diffusers_names(unet, text):
    """As diffusers saves them: {name: tensor}."""
    names = {f'unet.{name}': value for name, value in unet.items()}
    return {**names, **{f'text_encoder.{text_module(name)}': value for name, value in text.items()}}


def kohya_names(unet, text, alpha=ALPHA):
    """As kohya's trainer and LyCORIS save them, alpha for each module."""
    out = {}
    for prefix, tensors in (('lora_unet', unet), ('lora_te', {text_module(name): value for name, value in text.items()})):
        for name, value in tensors.items():
            module, kind = split(name)
            path = f'{prefix}_{module.replace(".", "_")}'
            if 'magnitude' in kind:
                value = value.reshape(-1, 1) if value.ndim == 1 else value.reshape(-1, 1, 1, 1)
            out[f'{path}.{KOHYA.get(kind, kind)}'] = value.contiguous()
            out[f'{path}.alpha'] = torch.tensor(float(alpha))
    return out


def lora(target, **others):
    return peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=target, init_lora_weights=False, **others)


def three_factors(pipeline, seed):
    """Convolutions in three factors (LyCORIS' `lora_mid`): the file's tensors; adds what they stand for to the weights, in place."""
    out = {}
    torch.manual_seed(seed)
    for name, module in pipeline.unet.named_modules():
        if not name.endswith(('resnets.0.conv1', 'resnets.0.conv2')):
            continue
        rows, columns, *kernel = module.weight.shape
        down, up, mid = 0.4 * torch.randn(RANK, columns, 1, 1), 0.4 * torch.randn(rows, RANK, 1, 1), 0.4 * torch.randn(RANK, RANK, *kernel)
        with torch.no_grad():
            module.weight += ALPHA / RANK * torch.einsum('o a, a b h w, b i -> o i h w', up[:, :, 0, 0], mid, down[:, :, 0, 0])
        path = f'lora_unet_{name.replace(".", "_")}'
        out |= {f'{path}.lora_down.weight': down, f'{path}.lora_up.weight': up, f'{path}.lora_mid.weight': mid,
                f'{path}.alpha': torch.tensor(float(ALPHA))}
    return out


def make_files(folder):
    """(name, pipeline or None where diffusers reads the file itself) of each file that was written."""
    def save(name, tensors, metadata=None):
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f'{name}.safetensors', metadata=metadata)
    made = []

    def add(name, unet_config, text_config, naming, own=True):
        pipeline = tiny_stable_diffusion()
        unet = adapt(pipeline.unet, unet_config, 11)
        text = adapt(pipeline.text_encoder, text_config, 12) if text_config else {}
        metadata = None
        if naming is diffusers_names:
            told = {'unet.r': RANK, 'unet.lora_alpha': ALPHA, 'unet.target_modules': LINEAR,
                    'unet.use_dora': getattr(unet_config, 'use_dora', False)}
            told |= {'text_encoder.r': RANK, 'text_encoder.lora_alpha': ALPHA, 'text_encoder.target_modules': TEXT} if text else {}
            metadata = {'format': 'pt', 'lora_adapter_metadata': json.dumps(told)}
        save(name, naming(unet, text), metadata)
        made.append((name, pipeline if own else None))
    add('diffusers', lora(LINEAR), None, diffusers_names)
    add('diffusers-text', lora(LINEAR), lora(TEXT), diffusers_names)
    add('kohya-text', lora(LINEAR), lora(TEXT), kohya_names)
    add('locon', lora(f'{LINEAR}|{CONVOLUTIONS}'), None, kohya_names)
    add('dora', lora(f'{LINEAR}|{CONVOLUTIONS}', use_dora=True), None, kohya_names)
    add('dora-peft', lora(LINEAR, use_dora=True), None, diffusers_names)
    loha = peft.LoHaConfig(r=RANK, alpha=ALPHA, target_modules=f'{LINEAR}|{CONVOLUTIONS}', init_weights=False)
    add('loha', loha, None, kohya_names)
    # Where both sides are whole, LyCORIS leaves alpha out and PEFT does not: alpha is the rank, and they agree.
    lokr = peft.LoKrConfig(r=RANK, alpha=RANK, target_modules=f'{LINEAR}|{CONVOLUTIONS}', init_weights=False)
    add('lokr', lokr, None, partial(kohya_names, alpha=RANK))
    pipeline = tiny_stable_diffusion()
    save('three-factors', three_factors(pipeline, 13))
    made.append(('three-factors', pipeline))
    return made


def read_by_diffusers(folder, names, strengths):
    """A pipeline into which diffusers itself has loaded the files."""
    pipeline = tiny_stable_diffusion()
    for name in names:
        pipeline.load_lora_weights(str(folder), weight_name=f'{name}.safetensors', adapter_name=name.replace('-', '_'))
    pipeline.set_adapters([name.replace('-', '_') for name in names], list(strengths))
    return pipeline


def make_fixtures(folder):
    """The files and their pictures into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows, blob = [], b''

    def add(files, strengths, pipeline):
        nonlocal blob
        latents, image = make_image(pipeline, REQUEST)
        if not np.isfinite(image).all():
            raise SystemExit(f'{files}: the picture is no number')
        rows.append({'files': files, 'strengths': strengths, 'offset': len(blob) // 4, 'latents': list(latents.shape), 'image': list(image.shape)})
        blob += latents.astype('<f4').tobytes() + image.astype('<f4').tobytes()
        return image
    plain = make_image(tiny_stable_diffusion(), REQUEST)[1]
    for name, pipeline in make_files(folder):
        image = add([f'{name}.safetensors'], [1], pipeline)
        change = float(np.abs(image - plain).max())
        print(f'{name:16} changes the picture by at most {change:.3f}', end='')
        if change < 0.02:
            raise SystemExit(f': {name} changes too little to be a test.')
        if name in ('diffusers', 'diffusers-text', 'kohya-text', 'locon', 'dora', 'dora-peft'):
            try:
                own = make_image(read_by_diffusers(folder, [name], [1]), REQUEST)[1]
                print(f'; diffusers, from the file: {np.abs(own - image).max():.1e} away', end='')
            except Exception as error:                                # what diffusers cannot read is told, and PEFT's picture stands
                print(f'; diffusers cannot read the file: {str(error)[:90]}', end='')
        print()
    for files, strengths in ((['diffusers-text', 'locon'], [0.7, 0.5]), (['kohya-text'], [0.6])):
        add([f'{name}.safetensors' for name in files], strengths, read_by_diffusers(folder, files, strengths))
    source = f'diffusers {diffusers.__version__}, peft {peft.__version__}'
    told = {'source': source, 'file': 'goldens.bin', 'request': {'modelId': 'tiny-sd', **REQUEST}, 'rows': rows}
    (folder / 'goldens.json').write_text(json.dumps(told, indent=1) + '\n')
    (folder / 'goldens.bin').write_bytes(blob)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('tests/fixtures/tiny-sd-adapters'))
    args = parser.parse_args()
    warnings.simplefilter('ignore')
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    make_fixtures(args.out)
