"""README.md and croissant.json of an output: src/dataset/data-card.ts and croissant.ts, with shards in place of folders."""

import re
from dataclasses import dataclass

from phantoscope_batch.splits import SPLITS

_CONTEXT = {
    '@language': 'en', '@vocab': 'https://schema.org/', 'citeAs': 'cr:citeAs', 'column': 'cr:column', 'conformsTo': 'dct:conformsTo',
    'cr': 'http://mlcommons.org/croissant/', 'data': {'@id': 'cr:data', '@type': '@json'}, 'dataType': {'@id': 'cr:dataType', '@type': '@vocab'},
    'dct': 'http://purl.org/dc/terms/', 'examples': {'@id': 'cr:examples', '@type': '@json'}, 'extract': 'cr:extract', 'field': 'cr:field',
    'fileObject': 'cr:fileObject', 'fileProperty': 'cr:fileProperty', 'fileSet': 'cr:fileSet', 'format': 'cr:format', 'includes': 'cr:includes',
    'isLiveDataset': 'cr:isLiveDataset', 'jsonPath': 'cr:jsonPath', 'key': 'cr:key', 'md5': 'cr:md5', 'parentField': 'cr:parentField',
    'path': 'cr:path', 'rai': 'http://mlcommons.org/croissant/RAI/', 'recordSet': 'cr:recordSet', 'references': 'cr:references',
    'regex': 'cr:regex', 'repeated': 'cr:repeated', 'replace': 'cr:replace', 'sc': 'https://schema.org/', 'separator': 'cr:separator',
    'source': 'cr:source', 'subField': 'cr:subField', 'transform': 'cr:transform',
}


@dataclass
class Description:
    """What an output says about itself."""
    title: str
    date: str                                                      # 2026-11-28
    app_version: str
    entry: dict                                                    # of the model's manifest
    model_sha256: str
    num_rows: int                                                  # of the recipe
    num_images: int
    has_masks: bool
    ending: str = 'png'                                            # of the images and masks
    copy_check: str | None = None                                  # in whole sentences; None: not run
    suspects: int = 0                                              # suspected copies that are in here
    checked: dict | None = None                                    # what a check while drawing did; None: there was none
    left_out: int = 0                                              # images of the recipe that are not in here


def data_card(description, counts):
    """Markdown. counts: {(row, label): [images of each split]}."""
    licence = _link(description.entry['licence'])
    return '\n\n'.join([
        f'# {_line(description.title)}',
        '**Every image here is synthetic.** It was made by a generative model, shows no real patient and is not for diagnosis.',
        *_suspects_inside(description.suspects),
        _line(f'{description.num_images} synthetic images made from a recipe of {description.num_rows} rows.'),
        f'- Made: {description.date}, with Phantoscope {description.app_version}\n- Version: 1.0.0\n- Licence: {licence}\n'
        f'- Copy check: {_line(description.copy_check or "not run")}',
        '## What is in it',
        _count_table(description.num_images, counts),
        _files(description),
        '## How it was made',
        '| model | method | version | licence | sha256 of its manifest entry |\n|---|---|---|---|---|\n'
        f'| {_cell(description.entry["title"])} | Diffusion | {_cell(description.entry["version"])} | {licence} '
        f'| `{_cell(description.model_sha256)}` |',
        *_checked_while_drawing(description),
        'Seed, prompt, covariates and settings of every image are in its labels; with the same model, backend and number of threads they make '
        'the same pixels again.',
        '## What it cannot be',
        '- A model shows what it has seen. Rare findings and groups of people may be missing or wrong.\n'
        '- A label says what was asked for, not what a physician found in the image.\n'
        '- Whatever is trained on it has to be judged on real images that were held back.',
        '## Check the files',
        '`sha256sum -c SHA256SUMS` on Linux, `shasum -a 256 -c SHA256SUMS` on macOS.',
    ]) + '\n'


def _count_table(total, counts):
    body = [f'| {row + 1} | {_cell(label) or "–"} | {" | ".join(map(str, each))} | {sum(each)} |' for (row, label), each in counts.items()]
    return '\n'.join([f'{total} images.', '', f'| row of the recipe | label | {" | ".join(SPLITS)} | all |', '|---|---|---|---|---|---|', *body])


def _suspects_inside(count):
    """Whoever passes copies on has to say so."""
    if not count:
        return []
    are = 'is a suspected copy of a real one' if count == 1 else 'are suspected copies of real ones'
    return [f'**{count} of these images {are}.** `suspected_copy` is `yes` in the labels. Do not pass them on before somebody has looked at each '
            'beside the real image.']


def _checked_while_drawing(description):
    """Whoever picks by a network must not praise the result by it."""
    checked = description.checked
    if not checked or not checked['count'] + checked['left_out']:
        return []
    return [
        '## Checked while drawing',
        f'{checked["count"]} of {description.num_images} images were drawn again, at most {checked["most"]} times, until a label network called '
        f'them what the prompt asks for: {checked["tries"]:.2f} tries and a probability of {checked["probability"]:.2f} in the mean. '
        f'{checked["unconfirmed"]} of them it never confirmed; the likeliest try of each is in here, with `no` under `check_confirmed`. '
        f'{checked["left_out"]} more were never confirmed and are left out.',
        f'- {_line(checked["network"])}',
        '**Do not judge this data set by that network.** Its agreement was the condition for being in here, so whatever it says of these images '
        'is too good. What it finds hard to name is rarer here than the model draws it.']


def _files(description):
    ending = description.ending
    mask = 'a grey PNG' if ending == 'png' else 'DICOM'
    return '\n'.join([
        f'- `shards/`: tar files of WebDataset; of each image `image-NNNNNNNN.{ending}` and its labels, `.json`',
        *([f'- in them `.mask.{ending}`: {mask} with one number for each instance, 0 is the background'] if description.has_masks else []),
        '- `labels/`: the same labels as Parquet, with the shard and the hash of each image',
        '- `recipe.json`: the recipe, from which the page makes the same images',
        '- `croissant.json`: the data set for machines (Croissant 1.0)',
        *(['- `copy-check.json`: the figures of the copy check'] if description.copy_check else []),
        *(['- `left-out.json`: images of the recipe that are not in here, by index, and why'] if description.left_out else []),
        '- `SHA256SUMS`: the hash of every file',
    ])


def croissant(description, columns, label_files):
    """croissant.json as a dict. columns: [(name, type, description)]; label_files: [(path, bytes, sha256)] of Parquet."""
    title, app = description.title, f'Phantoscope {description.app_version}'
    models = f'{description.entry["title"]} {description.entry["version"]}'
    objects = [{'@type': 'cr:FileObject', '@id': path, 'name': path, 'contentUrl': path, 'contentSize': f'{size} B',
                'encodingFormat': 'application/x-parquet', 'sha256': digest} for path, size, digest in label_files]
    labels = {'@type': 'cr:FileSet', '@id': 'labels', 'name': 'labels', 'encodingFormat': 'application/x-parquet', 'includes': 'labels/*.parquet',
              'description': 'One line for each image; `shard` is a path relative to this file, `file` a name inside it.'}
    return {
        '@context': _CONTEXT, '@type': 'sc:Dataset', 'conformsTo': 'http://mlcommons.org/croissant/1.0', 'name': title,
        'description': f'{description.num_images} synthetic images made from a recipe of {description.num_rows} rows.\n\n'
                       'Every image is synthetic. It shows no real patient.',
        'license': description.entry['licence']['url'], 'url': 'README.md', 'version': '1.0.0', 'datePublished': description.date,
        'dateCreated': description.date, 'creator': {'@type': 'sc:Organization', 'name': app},
        'citeAs': f'{title}, synthetic images made with {app} ({models})', 'keywords': ['synthetic', 'medical images'],
        'rai:dataCollection': f'Made by generative models ({models}) on a cluster; no image was taken of anybody.',
        'rai:dataLimitations': 'Not for diagnosis. What the models never saw, or saw rarely, is missing or wrong here too.',
        'distribution': [*objects, labels],
        'recordSet': [{
            '@type': 'cr:RecordSet', '@id': 'images', 'name': 'images', 'description': 'The images and how each was made.',
            'key': {'@id': 'images/file'},
            'field': [{'@type': 'cr:Field', '@id': f'images/{name}', 'name': name, 'description': about, 'dataType': kind,
                       'source': {'fileSet': {'@id': 'labels'}, 'extract': {'column': name}}} for name, kind, about in columns],
        }],
    }


def _line(text):
    """Text of the user's as text: no HTML, and no Markdown that could begin a line."""
    text = re.sub(r'\s+', ' ', text.replace('&', '&amp;').replace('<', '&lt;'))
    return re.sub(r'([\[\]*_`\\])', r'\\\1', text).strip()


def _cell(text):
    return _line(text).replace('|', '\\|')


def _link(licence):
    """A link only where it leads to a web page."""
    name, url = _cell(licence['name']), licence['url']
    return f'[{name}]({url})' if re.fullmatch(r'https://[^\s<>()]+', url) else name
