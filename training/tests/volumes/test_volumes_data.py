"""Volumes: the frame, the fields, the Haar bands and the split."""

import io
import shutil
import zipfile

import numpy as np
import pytest
import torch

from training.volumes.augment import AUGMENTATIONS, changed_batch, draw_augmentations, plain_batch, resample, sampling_places
from training.volumes.codec import Codec
from training.volumes.data import CANVAS, FRAME, VolumeDataError, middle, place, read_volumes, split_of
from training.volumes.fields import REACH, fields_of, labels_of, part_volumes, squared_distance
from training.volumes.haar import fold, haar, haar_matrix, inverse_haar, unfold
from training.volumes.words import MAX_LENGTH, SUBJECTS, compose, prompt_bank, token_ids, tokenize


def two_parts(shape=(35, 51, 35)):
    """A label map with an anterior ball and a posterior one that touch, off the middle, and an image that shows them."""
    x, y, z = np.meshgrid(*(np.arange(n) for n in shape), indexing='ij')
    label = np.zeros(shape, np.uint8)
    label[(x - 15) ** 2 + (y - 20) ** 2 + (z - 18) ** 2 < 80] = 2
    label[(x - 17) ** 2 + (y - 32) ** 2 + (z - 13) ** 2 < 60] = 1
    image = (80 + 60 * (label > 0) + 3 * x).astype(np.uint8)
    return image, label


@pytest.fixture(scope='module')
def canvas():
    image, label, scanned = place(*two_parts())
    fields = fields_of(torch.from_numpy(label)[None])
    volume = torch.cat([torch.from_numpy(image)[None, None].float() / 127.5 - 1, fields], dim=1)
    return volume, torch.from_numpy(scanned)[None]


def test_the_haar_transform_is_orthogonal_and_its_inverse_exact():
    matrix = haar_matrix()
    assert torch.allclose(matrix @ matrix.T, torch.eye(8), atol=1e-6)
    volumes = torch.randn(2, 3, 8, 12, 6)
    assert torch.equal(unfold(fold(volumes)), volumes)
    bands = haar(volumes)
    assert bands.shape == (2, 24, 4, 6, 3)
    assert torch.allclose(inverse_haar(bands), volumes, atol=1e-6)
    assert torch.allclose(bands.square().sum(), volumes.square().sum(), rtol=1e-5)


def test_band_0_is_the_mean_and_band_4_the_difference_along_x():
    ramp = torch.arange(2.0).view(1, 1, 2, 1, 1).expand(1, 1, 2, 2, 2)
    # mean ½ times √8; Σ over the block of ±x/√8 = −4/√8
    assert torch.allclose(haar(ramp).flatten(), torch.tensor([0.5 * 8**0.5, 0, 0, 0, -4 / 8**0.5, 0, 0, 0]), atol=1e-6)


def test_a_volume_lies_with_its_hippocampus_in_the_middle_and_its_edge_repeated():
    image, label = two_parts()
    placed, placed_label, scanned = place(image, label)
    assert placed.shape == placed_label.shape == scanned.shape == CANVAS
    found = np.argwhere(placed_label > 0)
    assert np.abs((found.min(0) + found.max(0) + 1) / 2 - np.array(CANVAS) / 2).max() <= 0.5
    assert placed_label.sum() == label.sum() and scanned.sum() == image.size
    assert np.array_equal(placed[scanned], image.ravel()) and np.array_equal(placed_label[scanned], label.ravel())
    first = np.argmax(scanned.any((1, 2)))
    assert first > 0 and np.array_equal(placed[0], placed[first])
    assert middle(placed).shape == FRAME


@pytest.mark.parametrize('label, says', [
    (np.zeros((20, 20, 20), np.uint8), 'expected 0 background'),
    (np.arange(8000).reshape(20, 20, 20).astype(np.uint8) % 4, 'expected 0 background'),
    (np.zeros((20, 20, 21), np.uint8), 'one shape'),
])
def test_what_is_no_label_map_of_two_parts_is_refused(label, says):
    with pytest.raises(VolumeDataError, match=says):
        place(np.zeros((20, 20, 20), np.uint8), label)


def test_a_hippocampus_larger_than_the_canvas_is_refused():
    label = np.full((49, 20, 20), 1, np.uint8)
    label[:, :10], label[:, 0, 0] = 2, 0
    with pytest.raises(VolumeDataError, match='more than'):
        place(np.zeros_like(label), label)


def volumes_zip(folder):
    """A ZIP whose only volume has no hippocampus in it."""
    with zipfile.ZipFile(folder / 'set.zip', 'w') as archive:
        buffer = io.BytesIO()
        np.savez(buffer, image=np.zeros((9, 9, 9), np.uint8), label=np.zeros((9, 9, 9), np.uint8))
        archive.writestr('a.npz', buffer.getvalue())
        archive.writestr('volumes.csv', 'file,anterior_mm3,posterior_mm3\na.npz,1,2\n')
    return folder / 'set.zip'


def test_a_damaged_volume_of_a_zip_is_named(tmp_path):
    with pytest.raises(VolumeDataError, match='a.npz'):
        read_volumes(volumes_zip(tmp_path))


def test_what_is_no_zip_of_volumes_is_named_and_a_folder_is_looked_into(tmp_path):
    for path in (tmp_path, tmp_path / 'gone.zip'):
        with pytest.raises(VolumeDataError, match='hippocampus.zip'):
            read_volumes(path)
    shutil.copy(volumes_zip(tmp_path), tmp_path / 'hippocampus.zip')
    with pytest.raises(VolumeDataError, match='a.npz'):
        read_volumes(tmp_path)


def test_distances_are_those_of_a_search_through_all_voxels():
    inside = torch.rand(2, 7, 9, 8, generator=torch.Generator().manual_seed(3)) > 0.97
    places = torch.stack(torch.meshgrid(*(torch.arange(n) for n in inside.shape[1:]), indexing='ij'), -1).float()
    for one, got in zip(inside, squared_distance(inside)):
        found = places[one]
        gaps = (places.reshape(-1, 1, 3) - found[None]).square().sum(-1).amin(1) if len(found) else torch.full((7 * 9 * 8,), 1e9)
        assert torch.equal(got.flatten().float(), gaps.clamp_max(REACH**2))


def test_labels_come_back_from_their_fields_and_from_the_latents():
    label = torch.from_numpy(np.stack([two_parts((40, 56, 40))[1]] * 2))
    fields = fields_of(label)
    assert torch.equal(labels_of(fields), label)
    assert fields.abs().max() < 1 and part_volumes(label).tolist()[0] == [int((label[0] == 1).sum()), int((label[0] == 2).sum())]
    image = torch.randint(0, 256, label.shape, dtype=torch.uint8)
    codec = Codec(mean=torch.linspace(-1, 1, 24), scale=torch.linspace(0.5, 4, 24))
    latents = codec.encode_pair(image, label)
    assert latents.shape == (2, 24, 20, 28, 20)
    again, label_again = codec.decode_pair(latents)
    assert torch.equal(again, image) and torch.equal(label_again, label)


def test_the_split_is_disjoint_whole_and_the_same_in_any_order():
    names = [f'hippocampus_{k:03d}.npz' for k in range(224)]
    split = split_of(names)
    counts = {part: sum(value == part for value in split.values()) for part in ('train', 'validation', 'test')}
    assert counts == {'train': 160, 'validation': 32, 'test': 32} and set(split) == set(names)
    assert split_of(names[::-1]) == split
    assert [split[name] for name in names[:8]] == [split_of(names)[name] for name in names[:8]]


def test_a_batch_without_changes_is_the_middle_of_the_canvas(canvas):
    volume, scanned = canvas
    batch = plain_batch(volume, scanned)
    assert torch.allclose(batch.volumes, middle(volume), atol=2e-5)
    assert torch.equal(batch.scanned, middle(scanned)) and not batch.augmentations.any()
    assert torch.equal(batch.mm3, part_volumes(labels_of(volume[:, 1:])))


def test_a_zoom_makes_the_hippocampus_larger_by_its_cube(canvas):
    volume, _ = canvas
    zoomed = torch.zeros(1, AUGMENTATIONS)
    zoomed[:, 1:4] = 0.1
    grown = resample(volume, sampling_places(zoomed, torch.zeros(1, 3)))
    ratio = part_volumes(labels_of(grown[:, 1:])) / part_volumes(labels_of(volume[:, 1:]))
    assert torch.allclose(ratio, torch.full((1, 2), float(np.exp(0.3))), rtol=0.08)


def test_changes_are_drawn_for_most_volumes_and_told(canvas):
    volume, scanned = canvas
    torch.manual_seed(0)
    drawn = draw_augmentations(4000, 'cpu')
    untouched = (drawn == 0).all(1).float().mean().item()
    assert 0.37 < untouched < 0.43                       # 0.35 kept apart, and 0.65·0.25·0.4·0.6 where nothing was drawn
    batch = changed_batch(volume.expand(8, -1, -1, -1, -1), scanned.expand(8, -1, -1, -1))
    assert batch.volumes.isfinite().all() and batch.volumes[:, 0].abs().max() <= 1.00001
    assert torch.equal(batch.mm3, part_volumes(batch.labels))
    assert len({tuple(row) for row in batch.mm3.tolist()}) > 3


def test_every_prompt_is_made_of_known_words_and_fits():
    ids, bank = token_ids(), np.array(prompt_bank(phrasings=40))
    assert bank.shape == (81, 40, MAX_LENGTH) and len(set(ids.values())) == len(ids)
    assert not (bank == ids['[UNK]']).any() and (bank == ids['[EOS]']).sum() == 81 * 40
    assert tokenize(['hippocampus tumour'])[0][:4] == [ids['[BOS]'], ids['hippocampus'], ids['[UNK]'], ids['[EOS]']]
    assert tokenize(['hippocampus ' * 40])[0][-1] == ids['[EOS]']
    assert all(set(compose(0, 1, 2, 0, __import__('random').Random(k)).split()) <= set(ids) for k in range(50)) and SUBJECTS
