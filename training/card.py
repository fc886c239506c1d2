"""Puts the measured tables of docs/model-metrics.json into docs/model-card.md, between its two marks.

    python training/card.py
"""

import argparse
import json
from pathlib import Path

from data import MODALITIES

BEGIN, END = '<!-- figures: written by training/card.py -->', '<!-- end of figures -->'


def number(value, digits=2):
    """A figure for a table: fixed digits, or a dash where there is none."""
    return '–' if value is None else f'{value:.{digits}f}'


def interval(part, digits=2):
    """value (low to high)."""
    return f"{number(part['value'], digits)} ({number(part['low'], digits)} to {number(part['high'], digits)})"


def table(head, lines):
    """A Markdown table from a list of column titles and rows of cells."""
    return '\n'.join([f"| {' | '.join(head)} |", '|' + '---|' * len(head), *(f"| {' | '.join(map(str, line))} |" for line in lines)])


def goals(m):
    """The goals of the project beside what was measured."""
    d = m['details']
    gains = [d.get('usefulness', {}).get('classifier', {}).get('gains', {}).get(str(n)) for n in (50, 100, 500)]
    nuclei = d.get('usefulness', {}).get('nuclei')
    skin = d.get('usefulness', {}).get('skin')
    age = d['followed']['age_csf']
    rows = [
        ('modality right, captions / paraphrases, no covariates', '≥ 0.99', f"{m['modality_accuracy']:.3f} / {m['modality_accuracy_paraphrased']:.3f} (real {m['modality_accuracy_real']:.3f})"),
        ('label agreement over that of real images', '≥ 0.90', number(m['label_agreement_ratio'])),
        (f"KID at {m['steps']} steps over KID at {m['many_steps']}, generic / in-domain features", '≤ 1.5',
         f"{interval(d['kid_ratio']['generic'])} / {interval(d['kid_ratio']['in-domain'])}"),
        ('coverage over that of real held-out images', '≥ 0.8', number(m['coverage_ratio'])),
        ('mask Dice', '≥ 0.85', number(m['mask_dice'])),
        ('asked skin tone against measured ITA, Spearman', '≥ 0.8', interval(d['followed']['skin_tone']['words_and_covariate'])),
        ('the same, by covariate alone', '', interval(d['followed']['skin_tone']['covariate'])),
        ('asked csf_fraction against measured, Spearman', '≥ 0.8', interval(d['followed']['csf'])),
        ('age → fluid, Spearman, off that of real images', 'within ±0.1',
         f"{m['age_csf_spearman_off_real']:+.2f} (generated {interval(age['generated'])}, real {interval(age['real'])})"),
        ('copies over those of real held-out images, points', '≤ +1', number(m['copy_points_over_holdout'], 1)),
        ('membership AUC of the denoising loss', '', interval(m['membership_auc'])),
    ]
    for n, gain in zip((50, 100, 500), gains):
        if gain:
            rows.append((f'chest classifier, synthetic then real against real only, {n} real images: gain in balanced accuracy', '≥ 0', interval(gain, 3)))
    if nuclei:
        rows.append(('nuclei segmenter from synthetic pairs over one from real pairs, Dice ratio', '≥ 0.9', interval(nuclei['ratio'])))
    if skin:
        rows.append(('skin diagnosis, worst tone group, gain from balanced synthetic images', 'gain', f"{interval(skin['worst_group_gain'], 3)}, {skin['worst_group_gain']['verdict']}"))
    rows += [('download, MB', '≤ 60', number(m['download_bytes'] / 1e6, 1)), ('one UNet step, GFLOP', '≤ 12', number(m['unet_gflop'], 1))]
    return table(('what', 'goal', 'measured'), rows)


def steps(m):
    """Quality by number of steps, distilled and guided."""
    lines = [(part['path'], part['steps'], number(part['generic']['kid'], 3), number(part['in-domain']['kid'], 3),
              number(part['generic']['coverage_ratio']), number(part['label_agreement_ratio'])) for part in m['details']['by_steps']]
    ceiling = m['details'].get('reconstructed')
    if ceiling:
        lines.append(('real images through the autoencoder', '', number(ceiling['generic']['kid'], 3), number(ceiling['in-domain']['kid'], 3),
                      number(ceiling['generic']['coverage_ratio']), ''))
    return table(('path', 'steps', 'KID generic', 'KID in-domain', 'coverage ratio', 'label agreement'), lines)


def fidelity(m):
    """KID, density and coverage by modality and label, generic features."""
    parts = m['details']['fidelity']['generic']
    ordered = [name for name in MODALITIES if name in parts] + sorted(name for name in parts if name not in MODALITIES)
    return table(('images of', 'n', 'KID (95 %)', 'KID of real training images', 'density, real', 'coverage, real'), [
        (name, p['n'], f"{p['kid']:.3f} ({p['low']:.3f} to {p['high']:.3f})", number(p['floor'], 3), f"{p['density']:.2f}, {p['density_real']:.2f}",
         f"{p['coverage']:.2f}, {p['coverage_real']:.2f}") for name, p in ((name, parts[name]) for name in ordered)])


def labels(m):
    """Label agreement by set."""
    d = m['details']['labels']
    return table(('set', 'generated', 'real'), [(name, f'{d["generated"][name][0]} of {d["generated"][name][1]}', f'{right} of {n}')
                                                for name, (right, n) in d['real'].items()])


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


def figures(m):
    """All tables with their titles, as Markdown."""
    variety = m['details']['ms_ssim']
    copied = ', '.join(f"{name} features {100 * p['copy_rate']:.1f} % against {100 * p['holdout_rate']:.1f} %" for name, p in m['details']['copies'].items())
    parts = [('Goals', goals), ('By number of steps', steps), ('By modality and label', fidelity), ('Label agreement', labels),
             ('Image to image, guided path', switches), ('Autoencoder', autoencoder)]
    if 'quantization' in m['details']:
        parts.append(('Smaller weights', quantization))
    if 'learning_curve' in m['details']:
        parts.append(('Learning curve', learning))
    text = '\n\n'.join(f'### {title}\n\n{make(m)}' for title, make in parts)
    return (f"{text}\n\nSplit: {m['split']}; {m['samples']} images a set, made from the captions and covariates of held-out rows. MS-SSIM within a "
            f"label: generated {variety['generated']:.2f}, real {variety['real']:.2f}. Nearer to a training image than the nearest 5 % of "
            f'held-out images: {copied}.')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--metrics', default='docs/model-metrics.json')
    parser.add_argument('--card', default='docs/model-card.md')
    args = parser.parse_args()
    card = Path(args.card).read_text()
    before, rest = card.split(BEGIN)
    _, after = rest.split(END)
    Path(args.card).write_text(f'{before}{BEGIN}\n\n{figures(json.loads(Path(args.metrics).read_text()))}\n\n{END}{after}')
