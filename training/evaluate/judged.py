"""What all parts of the evaluation share: the data and its split, the chosen rows, features in two spaces, two judges, a segmenter."""

from functools import cached_property
from pathlib import Path

import numpy as np

from training.data.dataset import MODALITIES, load_dataset, modality_index
from training.evaluate.conditions import label_agreement
from training.evaluate.fidelity import fidelity_table, groups, headline, matched_training_rows, set_groups, thumbnails
from training.judges.features import generic_features
from training.judges.judges import FeatureJudge, judge, load_label_network
from training.model.generated import row_covariates
from training.usefulness.nuclei import nuclei_segmenter

PAGE_NETWORK = 'public/models/label-network/label-network.onnx'


def held_out_rows(rows, validation, per_set):
    """Up to `per_set` held-out rows of each set, always the same ones: indices (n,)."""
    rng = np.random.default_rng(0)
    out = []
    for name in sorted({row['set'] for row in rows}):
        at = [i for i in np.nonzero(validation)[0] if rows[i]['set'] == name]
        out += sorted(rng.permutation(at)[:per_set].tolist())
    return out


def first_of_each_label(rows, indices, count):
    """The first `count` of the indices of each set and label, sorted: (n,)."""
    taken, out = {}, []
    for i in indices:
        key = rows[i]['set'], rows[i]['label']
        taken[key] = taken.get(key, 0) + 1
        if taken[key] <= count:
            out.append(int(i))
    return np.array(out)


def balanced_rows(rows, validation, count, seed=0):
    """Held-out rows, modalities in equal shares: indices (count,)."""
    rng = np.random.default_rng(seed)
    pools = [[i for i in np.nonzero(validation)[0] if modality_index(rows[i]) == k] for k in range(len(MODALITIES))]
    return [int(rng.choice(pools[k % len(pools)])) for k in range(count)]


def caption_images(generator, rows, chosen, first_seed=1000):
    """One image for each row, from its caption and its covariates."""
    return generator.images([rows[i]['prompt'] for i in chosen], covariates=[row_covariates(rows[i]) for i in chosen], first_seed=first_seed)


class Judged:
    """args: data, cache, per_set, and where they are there: judge (the label network), device, training_rows (so many of each label, to rehearse)."""

    def __init__(self, args):
        self.device = getattr(args, 'device', 'cpu')
        self.cache = Path(args.cache)
        self.rows, self.images, self.masks, self.validation = load_dataset(args.data, args.cache)
        self.train = np.nonzero(~self.validation)[0]
        if getattr(args, 'training_rows', None):
            self.train = first_of_each_label(self.rows, self.train, args.training_rows)
        self.chosen = held_out_rows(self.rows, self.validation, args.per_set)
        self.matched = matched_training_rows(self.rows, self.chosen, self.train)
        own = self.cache / 'label-network.pt'
        path = getattr(args, 'judge', None) or (own if own.exists() else PAGE_NETWORK)
        self.network, self.classes = load_label_network(path, self.rows, self.device)
        self.asked = [self.rows[i] for i in self.chosen]
        self.sets = np.array([row['set'] for row in self.asked])
        self.real_images, self.matched_images = self.pictures(self.chosen), self.pictures(self.matched)
        self.real = self.features(self.real_images)
        self.real_matched = self.features(self.matched_images)
        self.modality_at = [at for name, at in groups(self.rows, self.chosen).items() if name in MODALITIES]

    def pictures(self, indices):
        """Real images of these rows: uint8 (n, 256, 256, 3)."""
        return np.stack([self.images[i] for i in indices])

    def generic(self, images):
        """(n, 1280), computed on the device; kept on disk where that is a CPU."""
        return generic_features(images, str(self.cache / 'features') if str(self.device) == 'cpu' else None, device=self.device)

    def features(self, images):
        """{'generic': (n, 1280), 'in-domain': (n, 192)}; in-domain ones are scaled to unit mean square."""
        inner = judge(self.network, images)[0]
        scale = getattr(self, 'scale', None)
        if scale is None:
            self.scale = scale = np.sqrt((inner ** 2).mean())
        return {'generic': self.generic(images), 'in-domain': inner / scale}

    def fidelity(self, images):
        """Both fidelity tables of a set made from the chosen rows' captions, and their head lines."""
        made = self.features(images)
        tables = {name: fidelity_table(self.rows, self.chosen, self.real[name], self.real_matched[name], made[name]) for name in made}
        return made, tables, {name: headline(table) for name, table in tables.items()}

    def labels(self, images):
        """label_agreement of images made for the chosen rows."""
        return label_agreement(self.network, self.classes, self.asked, images, self.real_images)

    @cached_property
    def training(self):
        """Features of all training rows in both spaces."""
        parts = [self.features(self.pictures(self.train[k:k + 1024])) for k in range(0, len(self.train), 1024)]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.real}

    @cached_property
    def training_thumbnails(self):
        """fidelity.thumbnails of all training rows."""
        return np.concatenate([thumbnails(self.pictures(self.train[k:k + 1024])) for k in range(0, len(self.train), 1024)])

    @cached_property
    def second_judge(self):
        """A judge that shares nothing with the label network (judges.FeatureJudge)."""
        return FeatureJudge(self.training['generic'], self.rows, self.train, self.device)

    @cached_property
    def segment(self):
        """A segmenter of nuclei that learned from the real pairs of training rows only."""
        return nuclei_segmenter(self.rows, self.images, self.masks, self.train, cache=self.cache, device=self.device)

    def real_generic(self, indices):
        """Generic features of real rows, from those of all training rows where they are among them."""
        places = {int(i): k for k, i in enumerate(self.train)}
        known = [places.get(int(i)) for i in indices]
        if None in known:
            return self.generic(self.pictures(indices))
        return self.training['generic'][known]

    @property
    def set_at(self):
        """Positions of each of the nine sets among the chosen rows."""
        return list(set_groups(self.rows, self.chosen).values())
