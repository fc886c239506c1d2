"""Judges the distilled pipeline and its teacher against real images that training never saw.

    python training/evaluate.py --pipeline runs/few/pipeline --teacher runs/base/pipeline --data DIR \\
        --out docs/model-metrics.json

`--pipeline` runs in few steps without guidance, `--teacher` in many with it. Everything is measured on the validation split
(whole patients, or whole groups of near-duplicates); generated images are kept in runs/evaluation, so a second run is cheap, and
`--only images` fills that folder alone. Then `python training/card.py` puts the tables into the model card.
"""

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from conditions import (age_csf_response, csf_response, image_to_image_switch, label_agreement, mask_dice, share,
                        skin_tone_response)
from data import MODALITIES, load_dataset, modality_index
from features import generic_features
from fidelity import (auc_with_interval, class_ms_ssim, copies, denoising_losses, fidelity_table, groups, headline, kid_ratio,
                      matched_training_rows)
from generated import CachedGenerator, row_covariates
from judges import judge, load_label_network
from metrics import ssim_parts
from prompts import compose_prompt
from sample import contact_sheet
from torch.utils.flop_counter import FlopCounterMode
from train_autoencoder import psnr

FEW_STEPS = (1, 2, 4, 8, 20)
MANY_STEPS = (4, 8, 20)
SPLIT = 'validation: 10 % of patients, or of groups of near-duplicates, of each set'


def held_out_rows(rows, validation, per_set):
    """Up to `per_set` held-out rows of each set, always the same ones: indices (n,)."""
    rng = np.random.default_rng(0)
    out = []
    for name in sorted({row['set'] for row in rows}):
        at = [i for i in np.nonzero(validation)[0] if rows[i]['set'] == name]
        out += sorted(rng.permutation(at)[:per_set].tolist())
    return out


def balanced_rows(rows, validation, count, seed=0):
    """Held-out rows, modalities in equal shares: indices (count,)."""
    rng = np.random.default_rng(seed)
    pools = [[i for i in np.nonzero(validation)[0] if modality_index(rows[i]) == k] for k in range(len(MODALITIES))]
    return [int(rng.choice(pools[k % len(pools)])) for k in range(count)]


def caption_images(generator, rows, chosen):
    """One image for each row, from its caption and its covariates."""
    return generator.images([rows[i]['prompt'] for i in chosen], covariates=[row_covariates(rows[i]) for i in chosen])


def modality_accuracy(network, classes, rows, chosen, images):
    """Share of images whose likeliest label belongs to the modality of the row; (overall, {modality: (right, n)})."""
    kinds = np.array([modality_index({'set': owner}) for owner, _ in classes])
    predicted = kinds[judge(network, images)[1].argmax(1)]
    asked = np.array([modality_index(rows[i]) for i in chosen])
    by = {name: (int((predicted[asked == k] == k).sum()), int((asked == k).sum())) for k, name in enumerate(MODALITIES)}
    return float((predicted == asked).mean()), by


@torch.no_grad()
def autoencoder_quality(vae, images, rows, validation, per_set=40):
    """{set: {psnr, ssim, n}} on whole validation images."""
    out = {}
    for name in sorted({row['set'] for row in rows}):
        chosen = [i for i in np.nonzero(validation)[0] if rows[i]['set'] == name][:per_set]
        x = torch.from_numpy(np.array(images[chosen])).permute(0, 3, 1, 2).float() / 127.5 - 1
        y = torch.cat([vae(part).clamp(-1, 1) for part in x.split(8)])
        ssim, _ = ssim_parts(y, x, window=8, data_range=2.0)
        out[name] = {'psnr': psnr(y, x).mean().item(), 'ssim': ssim.mean().item(), 'n': len(chosen)}
    return out


@torch.no_grad()
def reconstructions(vae, images, batch=16):
    """Real images through the autoencoder: uint8 (n, 256, 256, 3). What a perfect UNet on these latents would make.

    Give it others than those that it is compared with: a picture and its reconstruction are neighbours.
    """
    out = []
    for k in range(0, len(images), batch):
        x = torch.from_numpy(np.ascontiguousarray(images[k:k + batch])).permute(0, 3, 1, 2).float().to(vae.device) / 127.5 - 1
        with torch.autocast(vae.device.type, torch.bfloat16):
            y = vae(x).float().clamp(-1, 1)
        out.append(((y + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(out)


@torch.no_grad()
def unet_gflop(unet):
    """2 × multiply-accumulates of one step at batch 1, in 10⁹, as PyTorch counts convolutions and matrix products."""
    c = unet.config
    inputs = (torch.zeros(1, c.latent_channels, c.sample_size, c.sample_size), torch.ones(1), torch.zeros(1, 40, c.prompt_dim),
              torch.zeros(1, c.num_covariates), torch.zeros(1, c.num_covariates), torch.zeros(1, c.mask_channels, c.mask_size, c.mask_size),
              torch.zeros(1, 1))
    with FlopCounterMode(display=False) as counter:
        unet(*inputs)
    return counter.get_total_flops() / 1e9


def download_bytes(manifest, model_id):
    """Bytes of all files of a model of the manifest."""
    entry = next(m for m in json.loads(Path(manifest).read_text())['models'] if m['id'] == model_id)
    parts = entry['components'].values()
    files = [file for part in parts for file in (part['graph'], *part['weights'])]
    return sum(file['bytes'] for file in (*files, entry['tokenizer']['file'], entry['tokenizer']['config']))


def write_details(path, name, value):
    """Puts one part under `details` of the metrics file and leaves the rest of it as it is."""
    metrics = json.loads(Path(path).read_text())
    metrics.setdefault('details', {})[name] = value
    Path(path).write_text(json.dumps(metrics, indent=1) + '\n')


class Judged:
    """What all parts of the evaluation share: the data, the chosen rows, real features, the label network."""

    def __init__(self, args):
        self.rows, self.images, self.masks, self.validation = load_dataset(args.data, args.cache)
        self.train = np.nonzero(~self.validation)[0]
        self.chosen = held_out_rows(self.rows, self.validation, args.per_set)
        self.matched = matched_training_rows(self.rows, self.chosen, self.train)
        self.network, self.classes = load_label_network(Path(args.cache) / 'label-network.pt', self.rows)
        self.asked = [self.rows[i] for i in self.chosen]
        self.real_images = np.stack([self.images[i] for i in self.chosen])
        self.real = self.features(self.real_images)
        self.matched_images = np.stack([self.images[i] for i in self.matched])
        self.real_matched = self.features(self.matched_images)

    def features(self, images):
        """{'generic': (n, 1280), 'in-domain': (n, 192)}; in-domain ones are scaled to unit mean square."""
        inner = judge(self.network, images)[0]
        scale = getattr(self, 'scale', None)
        if scale is None:
            self.scale = scale = np.sqrt((inner ** 2).mean())
        return {'generic': generic_features(images), 'in-domain': inner / scale}

    def fidelity(self, images):
        """Both fidelity tables of a set made from the chosen rows' captions, and their head lines."""
        made = self.features(images)
        tables = {name: fidelity_table(self.rows, self.chosen, self.real[name], self.real_matched[name], made[name]) for name in made}
        return made, tables, {name: headline(table) for name, table in tables.items()}


def step_table(judged, few, many):
    """KID, coverage and label agreement at each number of steps: [{path, steps, …}], and the features of each."""
    out, kept = [], {}
    for path, generator, counts in (('distilled', few, FEW_STEPS), ('guided', many, MANY_STEPS)):
        for steps in counts:
            images = caption_images(generator.with_steps(steps), judged.rows, judged.chosen)
            made, tables, heads = judged.fidelity(images)
            labels = label_agreement(judged.network, judged.classes, judged.asked, images, judged.real_images)
            kept[path, steps] = (images, made, tables, labels)
            out.append({'path': path, 'steps': steps, 'label_agreement_ratio': labels['ratio'],
                        **{name: heads[name] for name in heads}})
            print(out[-1], flush=True)
    return out, kept


def membership(judged, generator, latents_file, count=300):
    """AUC of the denoising loss, training rows against held-out rows of the same labels."""
    rng = np.random.default_rng(0)
    at = rng.permutation(len(judged.chosen))[:count]
    saved = torch.load(latents_file)
    latents = saved['latents'].float() * saved['scale']
    sides = [[judged.matched[k] for k in at], [judged.chosen[k] for k in at]]
    losses = [denoising_losses(generator.pipeline, latents[side], [judged.rows[i] for i in side]) for side in sides]
    return {**auc_with_interval(*losses), 'n': len(at)}


def covariates_and_masks(judged, generator, segment):
    """Mask Dice and the response to skin tone, fluid and age."""
    with_mask = [i for i in judged.chosen if judged.rows[i]['mask']]
    axial = [i for i in judged.chosen if judged.rows[i]['label'] == 'axial']
    out = {'skin_tone': skin_tone_response(generator), 'csf': csf_response(generator),
           'age_csf': age_csf_response(generator, judged.rows, judged.images, axial)}
    if segment is not None:
        out['mask'] = mask_dice(generator, segment, judged.rows, judged.masks, with_mask)
    return out


def modality_part(judged, generator, count):
    """Modality named right for captions and for paraphrases, without covariates, and for real images."""
    chosen = balanced_rows(judged.rows, judged.validation, count)
    random.seed(0)
    prompts = {'captions': [judged.rows[i]['prompt'] for i in chosen], 'paraphrases': [compose_prompt(judged.rows[i]) for i in chosen]}
    made = {name: generator.images(texts, first_seed=3000) for name, texts in prompts.items()}
    made['real'] = np.stack([judged.images[i] for i in chosen])
    return {name: modality_accuracy(judged.network, judged.classes, judged.rows, chosen, images) for name, images in made.items()}


def make_all_images(judged, few, many, args):
    """Fills the cache only; two processes may share the work by --only few and --only many."""
    for name, generator, counts in (('few', few, FEW_STEPS), ('many', many, MANY_STEPS)):
        for steps in counts if args.only in (name, 'images') else ():
            started = time.time()
            caption_images(generator.with_steps(steps), judged.rows, judged.chosen)
            print(f'{name}, {steps} steps: {time.time() - started:.0f} s', flush=True)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pipeline', required=True)
    parser.add_argument('--teacher', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--latents', default='runs/base/latents.pt')
    parser.add_argument('--out', default='docs/model-metrics.json')
    parser.add_argument('--sheet', default='runs/evaluation.png')
    parser.add_argument('--per-set', type=int, default=100)
    parser.add_argument('--count', type=int, default=200)
    parser.add_argument('--steps', type=int, default=4)
    parser.add_argument('--many-steps', type=int, default=20)
    parser.add_argument('--guidance', type=float, default=3.0, help="the teacher's")
    parser.add_argument('--only', choices=['few', 'many', 'images'])
    parser.add_argument('--manifest', default='model-manifest.json')
    parser.add_argument('--model', default='phantoscope-medical-256', help='its entry there, for the bytes')
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    started = time.time()
    judged = Judged(args)
    few = CachedGenerator(args.pipeline, args.steps, 1.0)
    many = CachedGenerator(args.teacher, args.many_steps, args.guidance)
    if args.only:
        make_all_images(judged, few, many, args)
        raise SystemExit
    from usefulness import nuclei_segmenter
    steps, kept = step_table(judged, few, many)
    images, made, tables, labels = kept['distilled', args.steps]
    many_made = kept['guided', args.many_steps][1]
    contact_sheet(images[:: max(1, len(images) // 96)][:96], 12).save(args.sheet)
    modality_at = [at for name, at in groups(judged.rows, judged.chosen).items() if name in MODALITIES]
    ratio = {name: kid_ratio(judged.real[name], made[name], many_made[name], modality_at) for name in made}
    training = judged.features(np.stack([judged.images[i] for i in judged.train]))
    copied = {name: copies(judged.rows, judged.chosen, judged.train, made[name], judged.real[name], training[name]) for name in made}
    asked_labels = [f"{row['set']}: {row['label']}" for row in judged.asked]
    variety = {'generated': class_ms_ssim(images, asked_labels), 'real': class_ms_ssim(judged.real_images, asked_labels)}
    named = modality_part(judged, few, args.count)
    followed = covariates_and_masks(judged, few, nuclei_segmenter(judged.rows, judged.images, judged.masks, judged.train))
    off = followed['age_csf']['generated']['value'] - followed['age_csf']['real']['value']
    metrics = {
        'split': SPLIT, 'split_images': int(judged.validation.sum()), 'samples': len(judged.chosen),
        'modality_accuracy': named['captions'][0], 'modality_accuracy_paraphrased': named['paraphrases'][0],
        'modality_accuracy_real': named['real'][0], 'label_agreement_ratio': labels['ratio'],
        'label_agreement_generated': share(labels['generated']), 'label_agreement_real': share(labels['real']),
        'kid_4_over_many': ratio['generic']['value'], 'coverage_ratio': headline(tables['generic'])['coverage_ratio'],
        'mask_dice': followed['mask']['value'], 'spearman_skin_tone': followed['skin_tone']['words_and_covariate']['value'],
        'spearman_csf': followed['csf']['value'], 'age_csf_spearman_off_real': off,
        'copy_points_over_holdout': max(part['points'] for part in copied.values()),
        'membership_auc': membership(judged, many, args.latents),
        'download_bytes': download_bytes(args.manifest, args.model),
        'unet_gflop': unet_gflop(few.pipeline.unet), 'unet_parameters': sum(p.numel() for p in few.pipeline.unet.parameters()),
        'steps': args.steps, 'many_steps': args.many_steps, 'guidance': args.guidance,
        'details': {'kid_ratio': ratio, 'reconstructed': judged.fidelity(reconstructions(few.pipeline.vae, judged.matched_images))[2],
                    'by_steps': steps, 'fidelity': tables, 'ms_ssim': variety, 'copies': copied, 'labels': labels,
                    'modality': {name: by for name, (_, by) in named.items()}, 'followed': followed,
                    'image_to_image': image_to_image_switch(many, judged.network, judged.classes, judged.rows, judged.images, judged.validation),
                    'autoencoder': autoencoder_quality(few.pipeline.vae, judged.images, judged.rows, judged.validation)}}
    previous = json.loads(Path(args.out).read_text()) if Path(args.out).exists() else {}
    for key in ('usefulness', 'quantization', 'learning_curve'):                  # written by their own scripts
        if key in previous.get('details', {}):
            metrics['details'][key] = previous['details'][key]
    metrics.update({key: value for key, value in previous.items() if key.startswith(('synth_then_real_gain', 'nuclei_dice_ratio'))})
    metrics['seconds'] = round(time.time() - started)
    Path(args.out).write_text(json.dumps(metrics, indent=1) + '\n')
