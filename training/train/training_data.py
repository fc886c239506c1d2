"""Makes what a run draws its batches from, once, and keeps it in the run's folder.

`latents.pt` holds the latents of the images as they are, with scale and shift, for export.py and others; `variants.pt` everything. The
prompts, which train.py and distill.py share, lie in the data's cache; they can be made beforehand, beside something else:

    python -m training.train.training_data --data DIR --cache runs/cache --config training/configs/base.json
"""

import argparse
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch

from training.common.errors import named_errors
from training.data.dataset import load_dataset
from training.model.text_encoder import build_tokenizer
from training.train.batches import TrainingData, encode_variants, prompt_bank
from training.train.train_autoencoder import set_weights


def read_bank(cache, rows, tokenizer, config):
    """batches.prompt_bank of the rows, from the data's cache or new: int16 (n, phrasings, 40)."""
    digest = hashlib.sha256(repr((config['phrasings'], config['seed'], rows)).encode())
    digest.update(tokenizer.to_str().encode())
    path = Path(cache) / f'prompts-{digest.hexdigest()[:16]}.pt'
    if not path.exists():
        unfinished = path.with_suffix(f'.{os.getpid()}')
        torch.save(prompt_bank(rows, tokenizer, config['phrasings'], config['seed']), unfinished)
        unfinished.replace(path)
    return torch.load(path)


def key_of(networks, config, rows):
    """Names what the cached latents depend on: 16 hex digits."""
    digest = hashlib.sha256(repr((config['variants'], config['seed'], wants_half(config), config['phrasings'])).encode())
    digest.update(repr([(row['file'], row['prompt']) for row in rows]).encode())
    digest.update(networks.tokenizer.to_str().encode())
    for _, tensor in sorted(networks.vae.encoder.state_dict().items()):
        digest.update(np.ascontiguousarray(tensor.float().cpu().numpy()))
    return digest.hexdigest()[:16]


def wants_half(config):
    return any(stage['resolution'] == 'half' for stage in config['stages'])


def cached(folder, cache, config, rows, images, masks, validation, networks, device):
    """What encode_variants and prompt_bank give, with `scale`, from the run's folder or new."""
    path, key = folder / 'variants.pt', key_of(networks, config, rows)
    saved = torch.load(path) if path.exists() else {}
    if saved.get('key') == key:
        return saved
    networks.vae.to(device, memory_format=torch.channels_last).eval()
    encoded = encode_variants(networks.vae, rows, images, masks, variants=config['variants'], half=wants_half(config),
                              seed=config['seed'], device=device, batch=256 if device.type == 'cuda' else 32)
    train = encoded['latents'][0][torch.from_numpy(~validation)].float()
    known = networks.vae.config.scaling_factor                       # 1 as long as no UNet was trained on these latents
    scale = 1 / train.std().item() if known == 1 else known
    saved = {**encoded, 'bank': read_bank(cache, rows, networks.tokenizer, config), 'scale': scale, 'key': key}
    torch.save({'latents': encoded['latents'][0].clone(), 'shift': train.mean().item(), 'scale': scale}, folder / 'latents.pt')
    torch.save(saved, path)
    return saved


def prepare_data(folder, cache, config, rows, images, masks, validation, networks, accelerator):
    """The TrainingData of a run; sets the autoencoder's scaling factor. The first rank encodes, the others read."""
    arguments = (folder, cache, config, rows, images, masks, validation, networks, accelerator.device)
    saved = cached(*arguments) if accelerator.is_main_process else None
    accelerator.wait_for_everyone()
    saved = saved or cached(*arguments)
    networks.vae.register_to_config(scaling_factor=saved['scale'])
    networks.vae.cpu()
    weights = np.zeros(len(rows))
    train = np.nonzero(~validation)[0]
    weights[train] = set_weights([rows[i] for i in train], config['balance'], config.get('label_balance', 0.0), config.get('set_factors'))
    data = TrainingData(saved, saved['bank'], rows, weights, saved['scale'], accelerator.device)
    data.validation = torch.from_numpy(np.nonzero(validation)[0])
    return data


@named_errors
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--config', default='training/configs/base.json')
    args = parser.parse_args(argv)
    rows = load_dataset(args.data, args.cache)[0]
    bank = read_bank(args.cache, rows, build_tokenizer(), json.loads(Path(args.config).read_text()))
    print(f'{len(bank)} rows in {bank.shape[1]} phrasings each', flush=True)


if __name__ == '__main__':
    main()
