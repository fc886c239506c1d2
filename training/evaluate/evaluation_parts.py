"""The parts of the evaluation: each takes an Evaluation and gives (flat figures, details) for docs/model-metrics.json.

They stand in the order in which they run: what the goals ask for first.
"""

import json
import random
from functools import cached_property

import numpy as np
import torch

from training.data.dataset import MODALITIES, modality_index
from training.data.prompts import compose_prompt
from training.evaluate.checked import checked_figures
from training.evaluate.conditions import (age_csf_response, csf_response, image_to_image_switch, label_agreement, mask_dice, nuclei_fields, share,
                        skin_tone_response)
from training.evaluate.effects import Effects
from training.evaluate.fidelity import (auc_with_interval, class_ms_ssim, copies, coverage_over, denoising_losses, kid_mean, kid_ratio, nearest_generated,
                      sharpness, thumbnails, vessels)
from training.evaluate.judged import balanced_rows, caption_images
from training.evaluate.same_picture import same_picture
from training.evaluate.sheet import contact_sheet_of
from training.judges.judges import judge
from training.judges.metrics import exact_interval, ssim_parts
from training.model.generated import encode_images, reconstructions, row_covariates
from training.usefulness.usefulness import details as usefulness_details
from training.usefulness.usefulness import flat_figures, usefulness

STEPS = (1, 2, 4, 6, 8, 12, 20)
FEWER = 200                       # images at other step counts than the default and 20, on a CPU


class Evaluation:
    """judged (judged.py), few: the generator of the shipped default, many: the one of its best path at 20 steps, args of evaluate.py."""

    def __init__(self, judged, few, many, args, entry=None):
        self.judged, self.few, self.many, self.args, self.entry = judged, few, many, args, entry

    @cached_property
    def images(self):
        """Default pictures of the chosen rows' captions."""
        return caption_images(self.few, self.judged.rows, self.judged.chosen)

    @cached_property
    def default(self):
        """(features, tables, head lines) of the default pictures."""
        return self.judged.fidelity(self.images)

    @cached_property
    def decoded(self):
        """Real training images of the same labels that only went through the autoencoder."""
        return reconstructions(self.few.pipeline, self.judged.matched_images)

    @cached_property
    def round_trip(self):
        """(features, tables, head lines) of those."""
        return self.judged.fidelity(self.decoded)

    @cached_property
    def split_groups(self):
        return json.loads((self.judged.cache / 'split.json').read_text())['groups']


def autoencoder_quality(pipeline, judged, per_set=40):
    """{set: {psnr, ssim, n}} on whole validation images, rounded to 256 levels."""
    out = {}
    for name in sorted({row['set'] for row in judged.rows}):
        chosen = [i for i in np.nonzero(judged.validation)[0] if judged.rows[i]['set'] == name][:per_set]
        images = judged.pictures(chosen)
        x, y = (torch.from_numpy(part).permute(0, 3, 1, 2).float() / 127.5 - 1 for part in (images, reconstructions(pipeline, images)))
        psnr = -10 * ((y - x) ** 2).mean((1, 2, 3)).div(4).clamp_min(1e-12).log10()                 # the range is 2: its square 4
        out[name] = {'psnr': psnr.mean().item(), 'ssim': ssim_parts(y, x, window=8, data_range=2.0)[0].mean().item(), 'n': len(chosen)}
    return out


def round_trip(e):
    """What the autoencoder allows, measured first."""
    made, _, heads = e.round_trip
    j = e.judged
    kid = {name: kid_mean(j.real[name], made[name], j.modality_at) for name in made}
    return ({'round_trip_kid': kid['generic']['value'], 'round_trip_coverage_ratio': heads['generic']['coverage_ratio']},
            {'reconstructed': heads, 'round_trip': {'kid': kid, 'sets': len(j.modality_at)},
             'autoencoder': autoencoder_quality(e.few.pipeline, j, min(40, e.args.per_set))})


def default_pictures(e):
    """Realism, variety and labels of the default pictures."""
    j, (made, tables, heads) = e.judged, e.default
    labels = j.labels(e.images)
    asked = [f"{row['set']}: {row['label']}" for row in j.asked]
    kid = {name: kid_mean(j.real[name], made[name], j.modality_at) for name in made}
    kid['generic, nine sets'] = kid_mean(j.real['generic'], made['generic'], j.set_at)
    coverage = {'over_real': coverage_over(j.real['generic'], made['generic'], j.real_matched['generic'], j.modality_at),
                'over_real_nine_sets': coverage_over(j.real['generic'], made['generic'], j.real_matched['generic'], j.set_at),
                'over_round_trip': coverage_over(j.real['generic'], made['generic'], e.round_trip[0]['generic'], j.modality_at)}
    variety = {name: class_ms_ssim(images, asked) for name, images in (('generated', e.images), ('real', j.real_images))}
    flat = {'kid': kid['generic']['value'], 'coverage_ratio': heads['generic']['coverage_ratio'],
            'coverage_over_round_trip': coverage['over_round_trip']['value'], 'label_agreement_ratio': labels['ratio'],
            'label_agreement_generated': share(labels['generated']), 'label_agreement_real': share(labels['real'])}
    return flat, {'kid': kid, 'coverage': coverage, 'fidelity': tables, 'heads': heads, 'labels': labels, 'ms_ssim': variety,
                  'sharpness': sharpness(j.rows, j.chosen, e.images, j.real_images, e.decoded),
                  'vessels': vessels(j.rows, j.chosen, e.images, j.real_images)}


def over_many(e):
    """KID of the default pictures over that of the best path in 20 steps."""
    j, images = e.judged, caption_images(e.many, e.judged.rows, e.judged.chosen)
    made, tables, heads = j.fidelity(images)
    ratio = {name: kid_ratio(j.real[name], e.default[0][name], made[name], j.modality_at) for name in made}
    labels = j.labels(images)
    return ({'kid_over_many': ratio['generic']['value'], 'many_steps': e.many.steps, 'guidance': e.many.guidance},
            {'kid_ratio': ratio, 'many': {'heads': heads, 'fidelity': tables, 'labels': labels,
                                          'kid': kid_mean(j.real['generic'], made['generic'], j.modality_at)}})


def sheet(e):
    """The contact sheet; its prompts go into the details."""
    return {}, {'contact_sheet': contact_sheet_of(e.few, e.args.sheet)}


def one_picture(e):
    """Does what draws here draw what the shipped graphs draw?"""
    return {}, {'same_picture': same_picture(e)}


def copied(e):
    """Copies in two feature spaces, and by the pictures' own thumbnails."""
    j, (made, _, _) = e.judged, e.default
    spaces = {name: (made[name], j.real[name], j.training[name]) for name in made}
    spaces['thumbnails'] = thumbnails(e.images), thumbnails(j.real_images), j.training_thumbnails
    found = {name: copies(j.rows, j.chosen, j.train, *space) for name, space in spaces.items()}
    return {'copy_points_over_holdout': max(part['points'] for part in found.values())}, {'copies': found}


def masks(e):
    """Mask Dice, and nuclei of pictures without a mask beside real ones."""
    j = e.judged
    chosen = [i for i in j.chosen if j.rows[i]['mask']]
    at = [k for k, i in enumerate(j.chosen) if j.rows[i]['mask']]
    found = mask_dice(e.few, j.segment, j.rows, j.masks, chosen)
    fields = nuclei_fields(j.segment, [j.rows[i] for i in chosen], e.images[at], j.real_images[at], [np.asarray(j.masks[i]) for i in chosen])
    return {'mask_dice': found['value']}, {'mask': found, 'nuclei_fields': fields}


def modalities(e):
    """Modality named right for captions and for paraphrases, without covariates, and for real images."""
    j, kinds = e.judged, np.array([modality_index({'set': owner}) for owner, _ in e.judged.classes])
    chosen = balanced_rows(j.rows, j.validation, e.args.count)
    random.seed(0)
    prompts = {'captions': [j.rows[i]['prompt'] for i in chosen], 'paraphrases': [compose_prompt(j.rows[i]) for i in chosen]}
    made = {name: e.few.images(texts, first_seed=3000) for name, texts in prompts.items()} | {'real': j.pictures(chosen)}
    asked, flat, details = np.array([modality_index(j.rows[i]) for i in chosen]), {}, {}
    for name, images in made.items():
        right = kinds[judge(j.network, images)[1].argmax(1)] == asked
        details[name] = {'all': exact_interval(int(right.sum()), len(right))} | {
            kind: exact_interval(int(right[asked == k].sum()), int((asked == k).sum())) for k, kind in enumerate(MODALITIES)}
        flat['modality_accuracy' + {'captions': '', 'paraphrases': '_paraphrased', 'real': '_real'}[name]] = float(right.mean())
    return flat, {'modality': details}


def covariates(e):
    """What skin tone, fluid, age and every other covariate do."""
    j = e.judged
    axial = [i for i in np.nonzero(j.validation)[0] if j.rows[i]['label'] == 'axial']
    followed = {'skin_tone': skin_tone_response(e.few), 'csf': csf_response(e.few), 'age_csf': age_csf_response(e.few, j.rows, j.images, axial)}
    effects = Effects(j.rows, j.images, j.validation, j.generic, j.real_generic, j.segment).measure_all(e.few, e.args.effect_count)
    off = followed['age_csf']['generated']['value'] - followed['age_csf']['real']['value']
    return ({'spearman_skin_tone': followed['skin_tone']['words_and_covariate']['value'], 'spearman_csf': followed['csf']['value'],
             'age_csf_spearman_off_real': off}, {'followed': followed, 'covariates': effects})


def checked(e):
    """What checking while drawing gains and costs."""
    found = checked_figures(e.judged, e.few, e.images)
    return ({'checked_agreement_ratio': found['checked']['ratio'], 'unchecked_agreement_ratio': found['unchecked']['ratio'],
             'checked_mean_tries': found['mean_tries']}, {'checked': found})


def membership(e):
    """AUC of training against held-out rows of the same labels: by the denoising loss, and by the nearest generated picture in two
    feature spaces. The pictures are of both sides' captions in equal numbers."""
    j, pipeline = e.judged, e.many.pipeline
    at = np.random.default_rng(0).permutation(len(j.chosen))[:e.args.members]
    sides = [[int(j.matched[k]) for k in at], [int(j.chosen[k]) for k in at]]
    losses = [denoising_losses(pipeline, encode_images(pipeline, j.pictures(side)), [j.rows[i] for i in side], batch=e.many.batch,
                               precision=e.many.precision) for side in sides]
    kinds = np.array([modality_index(row) for row in j.asked])
    theirs = j.features(caption_images(e.few, j.rows, j.matched, first_seed=60_000))
    pool_kinds = np.concatenate([kinds, kinds])
    out = {'denoising loss': auc_with_interval(*losses) | {'n': len(at)}}
    for name, made in theirs.items():
        pool = np.concatenate([e.default[0][name], made])
        distances = [nearest_generated(real[name], kinds, pool, pool_kinds) for real in (j.real_matched, j.real)]
        out[f'nearest picture, {name} features'] = auc_with_interval(*distances) | {'n': len(j.chosen)}
    return {'membership_auc': out['denoising loss'], 'membership_auc_worst': max(part['value'] for part in out.values())}, {'membership': out}


def useful(name):
    """The part of one experiment of usefulness.py."""
    def part(e):
        j = e.judged
        results = usefulness(e.few, j.rows, j.images, j.masks, j.validation, experiments=[name], groups=e.split_groups, scale=e.args.scale,
                             seeds=e.args.seeds, cache=str(j.cache / 'features') if str(j.device) == 'cpu' else None, device=j.device)
        return flat_figures(results), {'usefulness': usefulness_details(results)}
    return part


def by_steps(e):
    """KID, coverage and label agreement at each number of steps, of the default path and of the best one: [{path, steps, n, …}]."""
    j, out = e.judged, []
    for path, generator, usual in (('default', e.few, e.few.steps), ('best', e.many, e.many.steps)):
        if path == 'best' and generator.with_steps(usual) == e.few.with_steps(usual):
            continue
        for steps in sorted({*STEPS, usual}):
            whole = str(j.device) != 'cpu' or steps in (usual, e.many.steps)
            at = np.arange(len(j.chosen)) if whole else np.sort(np.random.default_rng(0).permutation(len(j.chosen))[:FEWER])
            images = caption_images_at(generator.with_steps(steps), j, at)
            made = j.generic(images)
            places = {int(k): n for n, k in enumerate(at)}
            parts = [np.array([places[int(k)] for k in group if int(k) in places]) for group in j.modality_at]
            out.append({'path': path, 'steps': steps, 'n': len(at), **_at_steps(j, at, images, made, [part for part in parts if len(part) > 6])})
            print(f"  {path}, {steps} steps: KID {out[-1]['kid']['value']:.3f}, coverage {out[-1]['coverage_ratio']:.3f}, "
                  f"labels {out[-1]['label_agreement_ratio']:.3f}", flush=True)
    return {}, {'by_steps': out}


def caption_images_at(generator, judged, at):
    """Pictures of some of the chosen rows with the seeds they have among all of them, so that stored ones are found."""
    rows = [judged.asked[k] for k in at]
    return generator.images([row['prompt'] for row in rows], covariates=[row_covariates(row) for row in rows], seeds=[1000 + int(k) for k in at])


def _at_steps(judged, at, images, made, parts):
    real, matched = judged.real['generic'][at], judged.real_matched['generic'][at]
    labels = label_agreement(judged.network, judged.classes, [judged.asked[k] for k in at], images, judged.real_images[at])
    return {'kid': kid_mean(real, made, parts, rounds=60), 'coverage_ratio': coverage_over(real, made, matched, parts, rounds=20)['value'],
            'label_agreement_ratio': labels['ratio']}


def image_to_image(e):
    """Labels switched by image to image on the best path."""
    j = e.judged
    return {}, {'image_to_image': image_to_image_switch(e.many, j.network, j.classes, j.rows, j.images, j.validation)}


PARTS = {'round trip': round_trip, 'default pictures': default_pictures, 'contact sheet': sheet, 'over 20 steps': over_many, 'copies': copied,
         'masks and nuclei': masks, 'covariates': covariates, 'checked': checked, 'modalities': modalities, 'membership': membership,
         'useful: nuclei': useful('nuclei'), 'useful: chest': useful('chest'), 'same picture': one_picture, 'by steps': by_steps,
         'useful: skin': useful('skin'), 'image to image': image_to_image}
