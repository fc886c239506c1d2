"""What docs/comparison.md says of the figures: tables of ranks, and a sentence on each place where ours is not first."""

from training.rivals.collect import compared

# Figure → (heading, how to read it in a record, is more better?). Ranks and sentences go by these.
FIGURES = {
    'kid': ('KID', lambda r: r['figures']['kid'], False),
    'coverage': ('coverage', lambda r: {'value': r['figures']['coverage']}, True),
    'density': ('density', lambda r: {'value': r['figures']['density']}, True),
    'precision': ('precision', lambda r: {'value': r['figures']['precision']}, True),
    'recall': ('recall', lambda r: {'value': r['figures']['recall']}, True),
    'labels': ('labels right', lambda r: r['figures']['labels'], True),
    'mask_dice': ('Dice of the asked mask', lambda r: r['figures'].get('mask_dice'), True),
    'synthetic': ('trained on synthetic', lambda r: r['usefulness']['synthetic'], True),
    'mixed': ('real and synthetic', lambda r: r['usefulness']['mixed'], True),
    'speed': ('CPU seconds an image', lambda r: {'value': r['seconds_an_image']}, False),
    'browser': ('seconds in the browser', lambda r: r.get('browser') and {'value': r['browser']['seconds']}, False),
    'megabytes': ('megabytes', lambda r: r.get('browser') and {'value': r['browser']['bytes'] / 1e6}, False),
}
SEEDS = ('kid', 'coverage', 'labels', 'mask_dice', 'synthetic', 'mixed')      # figures told by seed


def number(value):
    """Three digits that count, as a table shows them."""
    return f'{value:.3f}' if abs(value) < 10 else f'{value:.1f}'


def cell(figure):
    """A figure with its interval where it has one."""
    if figure is None:
        return '–'
    interval = f" ({number(figure['low'])} to {number(figure['high'])})" if figure.get('low') is not None else ''
    return number(figure['value']) + interval


def status(record):
    """'', or what went wrong with a training."""
    if record['training']['status'] == 'diverged':
        return 'diverged'
    return 'collapsed' if record['figures']['collapsed'] else ''


def judged(found):
    """The records of a task that have figures, one a method."""
    return [record for record in compared(found['methods']) if record.get('figures')]


def table(head, rows):
    return '\n'.join(['| ' + ' | '.join(head) + ' |', '|' + '---|' * len(head), *('| ' + ' | '.join(row) + ' |' for row in rows)])


def trainings(found):
    """Table: what each training was."""
    rows = []
    for record in compared(found['methods']):
        training = record['training']
        if training['status'] == 'not trained':
            continue
        rows.append([record['title'], f"{training['seconds']:.0f}", str(training['steps']), str(training['images']),
                     f"{training['parameters'] / 1e6:.1f} M", status(record) or 'as usual'])
    return table(['method', 'CPU seconds', 'steps', 'images seen', 'parameters', 'end'], rows)


def realism(found):
    """Table: realism, variety, labels, copies."""
    real, rows = found['real'], []
    mask = 'mask_dice' in real
    for record in judged(found):
        f = record['figures']
        rows.append([record['title'] + (f' ({status(record)})' if status(record) else ''), cell(f['kid']), number(f['density']), number(f['coverage']),
                     number(f['precision']), number(f['recall']), number(f['ms_ssim']), cell(f['labels']),
                     *([cell(f['mask_dice'])] if mask else []), cell(f['copies'])])
    rows.append(['_real images_', f"floor {number(real['kid']['value'])}", number(real['density']), number(real['coverage']), number(real['precision']),
                 number(real['recall']), number(real['ms_ssim']), cell(real['labels']), *([cell(real['mask_dice'])] if mask else []), '–'])
    head = ['images', 'KID', 'density', 'coverage', 'precision', 'recall', 'MS-SSIM in a label', 'labels right', *(['mask Dice'] if mask else []), 'copies']
    return table(head, rows)


def usefulness(found):
    """Table: a classifier or segmenter tested on real images."""
    rows = []
    for record in judged(found):
        u = record['usefulness']
        rows.append([record['title'], cell(u['synthetic']), cell(u['mixed']), f"{cell(u['mixed']['gain'])}, {u['mixed']['gain']['verdict']}"])
    real = judged(found)[0]['usefulness']['real']
    return table(['trained on pictures of', 'these alone', 'real and these', 'gain over real alone'],
                 [*rows, ['_real images alone_', cell(real), '–', '–']])


def speed(found):
    """Table: what a picture costs, of methods that have networks."""
    rows = []
    for record in judged(found):
        there = record.get('browser')
        if there or record['training']['status'] == 'trained':
            rows.append([record['title'], number(record['seconds_an_image']),
                         *([number(there['seconds']), f"{there['bytes'] / 1e6:.1f}"] if there else ['–', '–'])])
    return table(['a picture of', 'CPU seconds, PyTorch, one thread', 'seconds in the browser', 'megabytes of graphs'], rows)


def by_seed(found):
    """{(key, seconds): its records, one a seed} of what was trained with several seeds for the same time."""
    trained = {}
    for record in found['methods']:
        if record.get('figures') and record['seed'] is not None:
            trained.setdefault((record['key'], record['seconds']), []).append(record)
    return {key: records for key, records in trained.items() if len(records) > 1}


def spread(records, figure):
    """Mean, least and most of a figure over seeds; None where one lacks it."""
    found = [FIGURES[figure][1](record) for record in records]
    if not all(found):
        return None
    values = [one['value'] for one in found]
    return {'value': sum(values) / len(values), 'low': min(values), 'high': max(values)}


def seeds(found):
    """Table: mean and range of what was trained with several seeds for the same time; '' where nothing was."""
    several = by_seed(found)
    if not several:
        return ''
    keys = [figure for figure in SEEDS if all(spread(records, figure) for records in several.values())]
    rows = [[records[0]['title'], f'{seconds:g}', str(len(records)), *(cell(spread(records, figure)) for figure in keys)]
            for (_, seconds), records in several.items()]
    return table(['method', 'seconds', 'seeds', *(FIGURES[figure][0] for figure in keys)], rows)


def apart(a, b):
    """Do two figures have intervals that do not meet? None where one has no interval."""
    if a.get('low') is None or b.get('low') is None:
        return None
    return a['low'] > b['high'] or b['low'] > a['high']


def ranks(found, figure):
    """[(record, value, rank, first rank that its interval allows, last)] of the trained methods, best first; [] without the figure.

    Equal values share a rank."""
    _, read, more = FIGURES[figure]
    some = [(record, read(record)) for record in judged(found) if record['training']['status'] == 'trained']
    some = sorted(((r, v) for r, v in some if v is not None), key=lambda pair: -pair[1]['value'] if more else pair[1]['value'])
    out = []
    places = [1 + sum(v['value'] != value['value'] for _, v in some[:k]) for k, (_, value) in enumerate(some)]
    for k, (record, value) in enumerate(some):
        unclear = [places[j] for j, (_, other) in enumerate(some) if j == k or apart(value, other) is False]
        out.append((record, value, places[k], min(unclear), max(unclear)))
    return out


def rank_table(found):
    """Table: the place of each trained method in each figure; 2 (1–3) where its interval meets those of the first to the third."""
    keys = [figure for figure in FIGURES if ranks(found, figure)]
    places = {}
    for figure in keys:
        for record, _, rank, low, high in ranks(found, figure):
            places.setdefault(record['title'], {})[figure] = str(rank) if low == high else f'{rank} ({low}–{high})'
    return table(['method', *(FIGURES[figure][0] for figure in keys)],
                 [[title, *(row.get(figure, '–') for figure in keys)] for title, row in places.items()])


def losses(found):
    """A sentence for each figure in which ours, trained anew, is not first; [] where it was not trained or is first everywhere."""
    said = []
    for figure, (heading, _, _) in FIGURES.items():
        order = ranks(found, figure)
        ours = next((place for place in order if place[0]['key'] == 'ours'), None)
        if ours is None or ours[2] == 1:
            continue
        best = order[0]
        more, decided = other_seeds(found, figure, ours[0], best[0])
        chance = '' if decided else ', so that this may be chance'
        clear = {True: 'and their intervals do not meet', False: f'but their intervals meet{chance}',
                 None: 'and no interval says how sure that is'}[apart(ours[1], best[1])]
        said.append(f'- **{heading}**: ours is number {ours[2]} of {len(order)} with {number(ours[1]["value"])}; {best[0]["title"]} is first with '
                    f'{number(best[1]["value"])}, {clear}.{more}')
    return said


def other_seeds(found, figure, ours, best):
    """What more seeds say of who is first in a figure, and whether that decides it; ('', False) where there are none of both."""
    several = by_seed(found)
    records = [several.get((record['key'], record['seconds'])) for record in (ours, best)]
    if figure not in SEEDS or not all(records):
        return '', False
    own, its = (spread(some, figure) for some in records)
    both = f'Over {min(map(len, records))} seeds the first has {cell(its)}, ours {cell(own)}: ranges that'
    decided = apart(own, its)
    return f' {both} {"do not meet, so that ours is behind" if decided else "meet"}.', decided


def none_is_real(found):
    """The warning that is due where no trained method's pictures lie near real ones; '' where some do."""
    trained = [record for record in judged(found) if record['training']['status'] == 'trained']
    if not trained or any(record['figures']['coverage'] > 0.05 for record in trained):
        return ''
    return ('**No method that was trained here draws pictures that lie near real ones** (coverage of all: at most 0.05). The ranks below put '
            'failures in order: a lower KID among them is no sign of realism, as the samples show. They say nothing of what these methods '
            'can do with more time.')


def good_at(found):
    """A line for each trained method: in which figures it alone is first, and how it ended."""
    first = {}
    for figure, (heading, _, _) in FIGURES.items():
        order = ranks(found, figure)
        if order and (len(order) == 1 or order[1][2] > 1):
            first.setdefault(order[0][0]['title'], []).append(heading)
    lines = []
    for record in compared(found['methods']):
        if record['training']['status'] == 'not trained':
            continue
        end = {'diverged': ' It diverged.', 'collapsed': ' It collapsed: its pictures of a label are nearly one.', '': ''}[status(record)]
        names = first.get(record['title'])
        lines.append(f"- {record['title']}: {'first in ' + ', '.join(names) if names else 'first in nothing'}.{end}")
    return lines
