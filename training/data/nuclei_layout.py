"""Draws instance masks of cell nuclei that never were: how many, how large, how elongated, how clustered.

    python -m training.data.nuclei_layout --data DIR --out sheet.png

Each layout follows the measurements of one real mask, drawn at random and varied; only the measurements are taken
over, no outline. Callers pass masks of training images alone.
"""

import argparse

import numpy as np

MOST = 250


def measure_mask(instances):
    """What a layout needs to know of one instance mask (h, w), or None where it shows no nucleus.

    count; log_diameter and its spread (pixels of a disc of the same area); elongation, the median ratio of the axes of the
    second moments; clustered, the share of nuclei whose nearest neighbour's centre is nearer than 1.3 mean diameters.
    """
    labels, flat = np.unique(instances, return_inverse=True)
    flat = flat.reshape(-1)
    y, x = (c.reshape(-1).astype(float) for c in np.indices(instances.shape))
    area = np.bincount(flat)
    inside = (labels > 0) & (area >= 12)
    if not inside.any():
        return None
    my, mx = (np.bincount(flat, c) / area for c in (y, x))
    vy, vx = np.bincount(flat, y * y) / area - my**2, np.bincount(flat, x * x) / area - mx**2
    cov = np.bincount(flat, x * y) / area - mx * my
    root = np.sqrt((vx - vy) ** 2 / 4 + cov**2)
    elongation = np.sqrt(((vx + vy) / 2 + root + 0.1) / ((vx + vy) / 2 - root + 0.1))[inside]
    diameter = 2 * np.sqrt(area[inside] / np.pi)
    centres = np.stack([my, mx], 1)[inside]
    between = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    np.fill_diagonal(between, np.inf)
    return {'count': int(inside.sum()), 'log_diameter': float(np.log(diameter).mean()), 'spread': float(np.log(diameter).std()),
            'elongation': float(np.median(elongation)), 'clustered': float((between.min(1) < 1.3 * diameter.mean()).mean())}


def _nucleus(rng, diameter, elongation, size):
    """(rows, columns) of a wobbly ellipse around (0, 0), at most `size` across."""
    long, short = diameter / 2 * np.sqrt(elongation), diameter / 2 / np.sqrt(elongation)
    reach = min(int(np.ceil(1.3 * long)) + 1, size)
    dy, dx = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    turn = rng.uniform(0, np.pi)
    u, v = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    angle = np.arctan2(v, u)
    wobble = 1 + sum(rng.normal(0, 0.06 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4))
    return np.nonzero(np.hypot(u / long, v / short) <= wobble) - np.array([[reach], [reach]])


def make_layout(measurements, rng, size=256, attempts=30):
    """An instance mask uint8 (size, size), 0 = background, 1…n = nuclei, after one of `measurements` (measure_mask).

    A nucleus that would lie more than 15 % over others is placed anew, and left out after `attempts`.
    """
    like = measurements[rng.integers(len(measurements))]
    count = int(np.clip(round(like['count'] * np.exp(rng.normal(0, 0.2))), 1, MOST))
    mean = like['log_diameter'] + rng.normal(0, 0.08)
    instances, centres, made = np.zeros((size, size), np.uint8), [], 0
    for _ in range(count):
        diameter = np.exp(rng.normal(mean, max(like['spread'], 0.05)))
        elongation = max(1.0, like['elongation'] * np.exp(rng.normal(0, 0.12)))
        rows, columns = _nucleus(rng, float(np.clip(diameter, 4, size / 2)), elongation, size)
        for _ in range(attempts):
            centre = rng.uniform(0, size, 2)
            if centres and rng.random() < 0.75 * like['clustered']:  # the neighbour becomes clustered too
                angle, away = rng.uniform(0, 2 * np.pi), diameter * rng.uniform(0.9, 1.3)
                centre = centres[rng.integers(len(centres))] + away * np.array([np.sin(angle), np.cos(angle)])
            r, c = rows + int(centre[0]), columns + int(centre[1])
            seen = (r >= 0) & (r < size) & (c >= 0) & (c < size)
            r, c = r[seen], c[seen]
            free = instances[r, c] == 0
            if len(r) and free.mean() >= 0.85 and free.sum() >= 6:
                made += 1
                instances[r[free], c[free]] = made
                centres.append(centre)
                break
    return instances


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    from training.data.dataset import load_dataset
    from training.common.contact_sheet import contact_sheet
    rows, _, masks, validation = load_dataset(args.data, args.cache)
    sheet, rng = [], np.random.default_rng(0)
    for label in ('fluorescence', 'H&E / purple stained histology', 'brightfield grey'):
        real = [masks[i] for i in np.nonzero(~validation)[0] if rows[i]['label'] == label and rows[i]['set'] == 'dsb2018']
        measurements = [m for m in map(measure_mask, real) if m]
        drawn = [make_layout(measurements, rng) for _ in range(40)]
        for name, some in (('real', measurements), ('drawn', [m for m in map(measure_mask, drawn) if m])):
            print(f'{label:32s} {name:6s}', {key: round(float(np.mean([m[key] for m in some])), 3) for key in some[0]}, len(some))
        sheet += [*real[:8], *drawn[:8]]
    colours = np.random.default_rng(1).integers(80, 256, (256, 3)).astype(np.uint8)
    colours[0] = 0
    contact_sheet(np.stack([colours[m] for m in sheet]), 8).save(args.out)
