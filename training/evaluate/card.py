"""Puts the measured tables of docs/model-metrics.json into docs/model-card.md, between its two marks, and what each covariate was
measured to do into the manifest (`covariates[].measured`), for the page.

    python -m training.evaluate.card
"""

import argparse
import json
from pathlib import Path

from training.data.dataset import MODALITIES

BEGIN, END = '<!-- figures: written by training/evaluate/card.py -->', '<!-- end of figures -->'


def number(value, digits=2):
    """A figure for a table: fixed digits, or a dash where there is none."""
    return '–' if value is None else f'{value:.{digits}f}'


def interval(part, digits=2):
    """value (or ratio), low to high, or a dash."""
    if not part:
        return '–'
    return f"{number(part['value'] if 'value' in part else part['ratio'], digits)} ({number(part['low'], digits)} to {number(part['high'], digits)})"


def table(head, lines):
    """A Markdown table from a list of column titles and rows of cells."""
    return '\n'.join([f"| {' | '.join(head)} |", '|' + '---|' * len(head), *(f"| {' | '.join(map(str, line))} |" for line in lines)])


def _found(m, *keys):
    """The value under nested keys, or None where a part was not measured."""
    for key in keys:
        m = m.get(key) if isinstance(m, dict) else None
    return m


def _over(part, other):
    """'a (…) over b' of two intervals as text, or a dash."""
    return f'{interval(part, 3)}; {interval(other, 3)}' if part and other else '–'


def _in_domain(details):
    """In-domain KID as figures: near 0 a ratio of two says nothing."""
    ours, many = _found(details, 'kid', 'in-domain'), _found(details, 'many', 'heads', 'in-domain')
    return f"{interval(ours, 3)}; {number(many['kid'], 3)}; {number(many['floor'], 3)}" if ours and many else '–'


def _copies(m):
    """Copies in each feature space, pooled, and the sets whose exact interval lies above held-out images."""
    cells = []
    for name, part in (_found(m, 'details', 'copies') or {}).items():
        above = ', '.join(part['above']) or 'no set significantly above'
        cells.append(f"{name}: {part['points']:+.1f} ({100 * part['copy_rate']:.1f} % against {100 * part['holdout_rate']:.1f} %; {above})")
    return '; '.join(cells) or '–'


def _useful_rows(m):
    """Goals of the usefulness experiments."""
    useful = _found(m, 'details', 'usefulness') or {}
    rows = [(f"chest classifier, synthetic then real less real only, {size} real images, {useful['classifier']['seeds']} seeds", 'low ≥ −0.02',
             interval(gain, 3)) for size, gain in (_found(useful, 'classifier', 'gains') or {}).items()]
    rows.append(('nuclei segmenter from synthetic pairs over one from real pairs, Dice ratio', '≥ 0.95', interval(_found(useful, 'nuclei', 'ratio'))))
    for name, part in (_found(useful, 'skin', 'validation', 'groups') or {}).items():
        gain = part['mixed']['gain']
        rows.append((f"skin diagnosis, {name} skin, gain from synthetic images (n = {part['n']})", '', f"{interval(gain, 3)}, {gain['verdict']}"))
    return rows


def _checked_rows(m):
    """Goals of checking while drawing."""
    part = _found(m, 'details', 'checked')
    if not part:
        return []
    return [('the same by the second judge: unchecked / checked', '≥ 0.92 / ≥ 0.98', f"{interval(part['unchecked'])} / {interval(part['checked'])}"),
            (f"tries of a checked picture, at most {part['tries']}", '≤ 2', f"{part['mean_tries']:.2f} ({100 * part['confirmed']:.0f} % confirmed)"),
            ('coverage of checked over unchecked pictures', '≥ 0.95', interval(part['coverage_over_unchecked']))]


def _nuclei_rows(m):
    """Nuclei of pictures without a mask, and fundus vessels."""
    fields, vessels = _found(m, 'details', 'nuclei_fields', 'all'), _found(m, 'details', 'vessels')
    rows = []
    if fields:
        made, real = fields['generated'], fields['real']
        rows += [('fields without nuclei, generated; real', 'no more than real', _over(made['empty'], real['empty'])),
                 ('nuclei a field, quartiles: generated; real', '', f"{made['count_quartiles']}; {real['count_quartiles']}"),
                 ('area of a nucleus in pixels, quartiles: generated; real', '', f"{made['area_quartiles']}; {real['area_quartiles']}")]
    if vessels:
        rows.append(('fundus: share of vessel pixels over that of real photos', '', f"{interval(vessels['ratio'])} ({vessels['generated']:.3f} against "
                     f"{vessels['real']:.3f})"))
    return rows


def goals(m):
    """The goals of the project beside what was measured."""
    d = m['details']
    asked, age = _found(d, 'followed') or {}, _found(d, 'followed', 'age_csf') or {}
    named = {name: _found(d, 'modality', name, 'all') for name in ('captions', 'paraphrases', 'real')}
    label = _found(d, 'labels')
    rows = [
        ('KID, generic features, mean over modalities; of the autoencoder\'s round trip', '≤ 0.10',
         _over(_found(d, 'kid', 'generic'), _found(d, 'round_trip', 'kid', 'generic'))),
        (f"KID at {m.get('steps')} steps over KID at {m.get('many_steps')}, generic features", '≤ 1.3', interval(_found(d, 'kid_ratio', 'generic'))),
        ('KID in in-domain features: default; 20 steps; real against real', '', _in_domain(d)),
        ('coverage over that of real images', '≥ 0.6', interval(_found(d, 'coverage', 'over_real'))),
        ("coverage over that of the autoencoder's round trip", 'or ≥ 0.75', interval(_found(d, 'coverage', 'over_round_trip'))),
        ('label agreement over that of real images, label network', '≥ 0.92', interval(label)),
        *_checked_rows(m),
        ('modality right, captions / paraphrases, no covariates (real)', '≥ 0.995 / ≥ 0.99',
         f"{interval(named['captions'], 3)} / {interval(named['paraphrases'], 3)} ({interval(named['real'], 3)})"),
        ('mask Dice', '≥ 0.90', interval(_found(d, 'mask'))),
        *_nuclei_rows(m),
        ('asked skin tone against measured ITA, Spearman', '≥ 0.93', interval(_found(asked, 'skin_tone', 'words_and_covariate'))),
        ('the same, by covariate alone', '', interval(_found(asked, 'skin_tone', 'covariate'))),
        ('asked csf_fraction against measured, Spearman', '≥ 0.8', interval(_found(asked, 'csf'))),
        ('age → fluid, Spearman: generated; real', 'within ±0.2', _over(age.get('generated'), age.get('real'))),
        ('copies over those of real held-out images, points', '≤ +1', _copies(m)),
        *[(f'membership AUC, {name}', '≤ 0.55', interval(part)) for name, part in (_found(d, 'membership') or {}).items()],
        *_useful_rows(m),
        ('weights of a first visit, MB', '≤ 60', number(m['download_bytes'] / 1e6, 1) if 'download_bytes' in m else '–'),
        ('one UNet step, GFLOP', '', number(m.get('unet_gflop'), 1))]
    return table(('what', 'goal', 'measured'), rows)


def covariates(m):
    """What each covariate was measured to do."""
    return table(('covariate', 'seen in training', 'asked from … to', 'Spearman of asked and measured', 'n', 'measured by', 'the same measure on real images'), [
        (name, *(' … '.join(f'{value:g}' for value in part[key]) for key in ('range', 'asked')), f"{part['effect']:.2f} ({part['interval'][0]:.2f} to {part['interval'][1]:.2f})",
         part['n'], part['measure'], interval(part['real'])) for name, part in m['details']['covariates'].items()])


def sharpness(m):
    """Laplacian variance and copies by set."""
    copied = _found(m, 'details', 'copies', 'generic', 'by_set') or {}

    def percent(part):
        return f"{100 * part['value']:.0f} % ({100 * part['low']:.0f} to {100 * part['high']:.0f})" if part else '–'
    sides = [side for side in ('generated', 'decoded', 'real') if all(side in part for part in m['details']['sharpness'].values())]
    titles = {'generated': 'Laplacian variance, generated', 'decoded': 'real, through the autoencoder', 'real': 'real'}
    return table(('set', 'n', *(titles[side] for side in sides), 'near copies, generated', 'real held-out'), [
        (name, part['n'], *(number(part[side], 0) for side in sides), percent(_found(copied, name, 'generated')),
         percent(_found(copied, name, 'held_out'))) for name, part in m['details']['sharpness'].items()])


def steps(m):
    """Quality by number of steps, of the default path and of the best one."""
    lines = [(part['path'], part['steps'], part['n'], interval(part['kid'], 3), number(part['coverage_ratio']), number(part['label_agreement_ratio']))
             for part in m['details']['by_steps']]
    ceiling = m['details'].get('reconstructed')
    if ceiling:
        lines.append(('real images through the autoencoder', '', m['samples'], number(ceiling['generic']['kid'], 3),
                      number(ceiling['generic']['coverage_ratio']), ''))
    return table(('path', 'steps', 'n', 'KID generic', 'coverage ratio', 'label agreement'), lines)


def fidelity(m):
    """KID, density and coverage by modality and label, generic features."""
    parts = m['details']['fidelity']['generic']
    ordered = [name for name in MODALITIES if name in parts] + sorted(name for name in parts if name not in MODALITIES)
    return table(('images of', 'n', 'KID (95 %)', 'KID of real training images', 'density, real', 'coverage, real'), [
        (name, p['n'], f"{p['kid']:.3f} ({p['low']:.3f} to {p['high']:.3f})", number(p['floor'], 3), f"{p['density']:.2f}, {p['density_real']:.2f}",
         f"{p['coverage']:.2f}, {p['coverage_real']:.2f}") for name, p in ((name, parts[name]) for name in ordered)])


def labels(m):
    """Label agreement by set, with exact intervals; by the label network, and by the second judge where pictures were checked."""
    by, second = m['details']['labels']['by_set'], _found(m, 'details', 'checked', 'checked', 'by_set') or {}
    return table(('set', 'generated', 'real', 'checked, second judge', 'real, second judge'), [
        (name, interval(by['generated'][name]), interval(part), interval(_found(second, 'generated', name)), interval(_found(second, 'real', name)))
        for name, part in by['real'].items()])


def switches(m):
    """Image to image: labels switched and structure kept."""
    lines = []
    for name, part in m['details']['image_to_image'].items():
        cells = [f"{part[key]['switched']:.2f}, {part[key]['ms_ssim']:.2f}" for key in sorted(part) if key.startswith('strength')]
        lines.append((name, part['n'], number(part['switched_before']), *cells))
    return table(('switch', 'n', 'called so before', 'strength 0.3: called so, MS-SSIM', '0.5', '0.7'), lines)


def autoencoder(m):
    """PSNR and SSIM by set."""
    return table(('set', 'PSNR, dB', 'SSIM', 'n'), [(name, number(p['psnr'], 1), number(p['ssim'], 3), p['n'])
                                                    for name, p in m['details']['autoencoder'].items()])


def quantization(m):
    """Smaller weights against float32."""
    return table(('weights', 'MB', 'mean difference of 255', 'KID over float32, generic', 'in-domain'), [
        (name, number(p['bytes'] / 1e6, 1), number(p['mean_absolute_difference']), interval(p['kid_over_float32']['generic']),
         interval(p['kid_over_float32']['in-domain'])) for name, p in m['details']['quantization']['variants'].items()])


def learning(m):
    """The learning curve."""
    return table(('samples seen', 'KID generic', 'KID in-domain', 'coverage ratio', 'label agreement'), [
        (f"{p['samples']:,}", number(p['generic']['kid'], 3), number(p['in-domain']['kid'], 3), number(p['generic']['coverage_ratio']),
         number(p['label_agreement_ratio'])) for p in m['details']['learning_curve']['points']])


# Title → (what makes the table, the details it needs).
_TABLES = {'Goals': (goals, ''), 'What each covariate does': (covariates, 'covariates'), 'By number of steps': (steps, 'by_steps'),
           'By modality and label': (fidelity, 'fidelity'), 'By set': (sharpness, 'sharpness'), 'Label agreement': (labels, 'labels'),
           'Image to image, best path': (switches, 'image_to_image'), 'Autoencoder': (autoencoder, 'autoencoder'),
           'Smaller weights': (quantization, 'quantization'), 'Learning curve': (learning, 'learning_curve')}


def figures(m):
    """All tables of what was measured, with their titles, as Markdown."""
    text = '\n\n'.join(f'### {title}\n\n{make(m)}' for title, (make, needs) in _TABLES.items() if not needs or needs in m['details'])
    variety, same = m['details'].get('ms_ssim'), m['details'].get('same_picture')
    said = [f"Split: {m['split']}. {m['samples']} pictures of the default path, up to {m.get('per_set', 100)} of each set, made from the captions and "
            f"covariates of held-out rows; intervals are 95 %: bootstrap, or exact for shares."]
    if variety:
        said.append(f"MS-SSIM within a label: generated {variety['generated']:.2f}, real {variety['real']:.2f}.")
    if same:
        said.append("Beside the pictures of the shipped graphs PyTorch's from the same stored weights differ by "
                    + ', '.join(f"{part['mean']:.2f} grey levels in {name}" for name, part in same.items() if isinstance(part, dict)) + ' on average.')
    left = m.get('evaluated', {}).get('left_out')
    if left:
        said.append(f"Not measured yet: {', '.join(left)}.")
    return f"{text}\n\n{' '.join(said)}"


KEPT = ('range', 'effect', 'interval', 'n', 'unit', 'measure')


def put_measured(manifest, metrics):
    """The manifest (a dict) with covariates[].measured of the models that share the package of the one that was measured."""
    effects = metrics['details'].get('covariates', {})
    for model in manifest['models']:
        if not metrics.get('model') or not model['id'].startswith(metrics['model']) or model['version'] != metrics['version']:
            continue
        for covariate in model['conditions']['covariates']:
            if covariate['name'] in effects:
                covariate['measured'] = {key: effects[covariate['name']][key] for key in KEPT}
    return manifest


def put_figures(card, metrics):
    """The text of the card with the tables of `metrics` between its two marks."""
    before, rest = card.split(BEGIN)
    _, after = rest.split(END)
    return f'{before}{BEGIN}\n\n{figures(metrics)}\n\n{END}{after}'


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--metrics', default='docs/model-metrics.json')
    parser.add_argument('--card', default='docs/model-card.md')
    parser.add_argument('--manifest', default='model-manifest.json')
    args = parser.parse_args()
    metrics = json.loads(Path(args.metrics).read_text())
    Path(args.card).write_text(put_figures(Path(args.card).read_text(), metrics))
    manifest = put_measured(json.loads(Path(args.manifest).read_text()), metrics)
    Path(args.manifest).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')
