"""Opens a data set that Phantoscope exported in a layout, with the library that the layout is for.

    python training/goldens/check_layouts.py monai|nnunet|imagefolder|huggingface FOLDER

Prints one JSON object: the library's version and what it found. A library that is not here is said as {"missing": NAME}.
"""

import contextlib
import json
import re
import sys
from pathlib import Path


def check_monai(folder):
    """Every list of dataset.json by `load_decathlon_datalist`, every file of it by `LoadImaged`. Shapes: (channel, x, y[, z])."""
    import monai
    from monai.data import load_decathlon_datalist
    from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged

    path = folder / 'dataset.json'
    described = json.loads(path.read_text())
    segmented = isinstance(described['training'][0]['label'], str)
    keys = ['image', 'label'] if segmented else ['image']
    load = Compose([LoadImaged(keys), EnsureChannelFirstd(keys)])
    counts, shapes, labels = {}, set(), set()
    for key in ('training', 'validation', 'test'):
        if key not in described:
            continue
        pairs = load_decathlon_datalist(path, is_segmentation=segmented, data_list_key=key)
        counts[key] = len(pairs)
        for pair in pairs:
            loaded = load(pair)
            shapes.add(tuple(loaded['image'].shape))
            if segmented:
                assert loaded['label'].shape[1:] == loaded['image'].shape[1:], pair
                labels.update(int(x) for x in loaded['label'].unique())
            else:
                labels.add(int(loaded['label']))
    assert labels <= {int(x) for x in described['labels']}, labels
    return {'library': f'MONAI {monai.__version__}', 'counts': counts, 'shapes': sorted(shapes), 'labels': sorted(labels)}


def check_nnunet(folder):
    """nnU-Net's own `verify_dataset_integrity`, which reads every image and label; it throws where something is wrong."""
    from importlib.metadata import version

    from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity

    with contextlib.redirect_stdout(sys.stderr):
        verify_dataset_integrity(str(folder), num_processes=2)
    described = json.loads((folder / 'dataset.json').read_text())
    split = json.loads((folder / 'splits_final.json').read_text())[0]
    cases = sorted(path.name for path in (folder / 'labelsTr').iterdir())
    assert sorted(split['train'] + split['val']) == [name[: -len(described['file_ending'])] for name in cases]
    tests = folder / 'imagesTs'
    counts = {'training': len(cases), 'test': len(list(tests.iterdir())) if tests.exists() else 0}
    found = {'counts': counts, 'channels': list(described['channel_names'].values()), 'labels': described['labels']}
    return {'library': f'nnU-Net {version("nnunetv2")}', **found}


def import_image_folder():
    """`ImageFolder`; where torchvision was built for another torch its compiled operators are declared and never called."""
    import torch

    declared = torch.library.Library('torchvision', 'FRAGMENT')
    for _ in range(20):
        try:
            from torchvision.datasets import ImageFolder

            return ImageFolder, declared
        except RuntimeError as error:
            name = re.search(r'operator torchvision::(\w+) does not exist', str(error))
            if not name:
                raise
            declared.define(f'{name[1]}(Tensor x) -> Tensor')
            for module in [one for one in sys.modules if one.startswith('torchvision')]:
                del sys.modules[module]
    raise RuntimeError('torchvision does not start.')


def check_imagefolder(folder):
    """Each split by torchvision's `ImageFolder`; every picture is opened."""
    from importlib.metadata import version

    ImageFolder, _declared = import_image_folder()
    counts, sizes, classes = {}, set(), {}
    for split in ('train', 'validation', 'test'):
        if not (folder / split).exists():
            continue
        images = ImageFolder(folder / split)
        counts[split] = len(images)
        classes[split] = images.classes
        for image, label in images:
            sizes.add((*image.size, image.mode))
            assert 0 <= label < len(images.classes)
    return {'library': f'torchvision {version("torchvision")}', 'counts': counts, 'sizes': sorted(sizes), 'classes': classes}


def check_huggingface(folder):
    """All splits by `load_dataset("imagefolder")`; every picture and mask is decoded."""
    import datasets

    datasets.disable_progress_bars()
    cache = folder.parent / 'cache'
    splits = datasets.load_dataset('imagefolder', data_dir=str(folder), cache_dir=str(cache))
    counts = {name: len(rows) for name, rows in splits.items()}
    modes, labels = set(), set()
    for rows in splits.values():
        for row in rows:
            modes.add(row['image'].mode)
            labels.add(row['label'])
            if 'mask' in row:
                assert row['mask'].size == row['image'].size
    columns = sorted(next(iter(splits.values())).features)
    found = {'counts': counts, 'modes': sorted(modes), 'labels': sorted(labels), 'columns': columns}
    return {'library': f'datasets {datasets.__version__}', **found}


CHECKS = {
    'monai': check_monai,
    'nnunet': check_nnunet,
    'imagefolder': check_imagefolder,
    'huggingface': check_huggingface,
}

if __name__ == '__main__':
    layout, where = sys.argv[1], Path(sys.argv[2])
    try:
        result = CHECKS[layout](where)
    except ModuleNotFoundError as error:
        result = {'missing': error.name}
    print(json.dumps(result))
