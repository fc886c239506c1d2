"""Each method on a task of a few random images: it learns, draws the same for the same seed, and its graph is its network."""

import numpy as np
import pytest
import torch

from training.export.graphs import open_session
from training.rivals.export import entry_of, example, export_generator, rounded
from training.rivals.graphs import picture_graphs, write_graph
from training.rivals.methods.untrained import Augmented, Mixup
from training.rivals.nets import differentiable_augmentation
from training.rivals.registry import BY_TASK, methods_of
from training.rivals.request import judged_request, pairs_request
from training.rivals.task import LABELS, SETS, Pool, Task, shape_of, turned
from training.rivals.training import MOST_PARAMETERS, draw

# All of them with masks and in colour, and two without masks in grey.
TRAINED = [(task, cls) for task, classes in BY_TASK.items() for cls in classes if cls.trained and (task == 'nuclei' or cls.key in ('gan', 'ours'))]
NAMES = [f'{task}-{cls.key}' for task, cls in TRAINED]


def small_task(name, n=12):
    """Random images of every label, a third of them held out, with one square nucleus each."""
    rng = np.random.default_rng(0)
    images = np.repeat(np.repeat(rng.integers(0, 255, (n, 16, 16, 3), dtype=np.uint8), 16, 1), 16, 2)
    masks = np.zeros((n, 256, 256), np.uint8)
    for k in range(n):
        masks[k, 40 + 4 * k:100 + 4 * k, 60:140] = 1
    labels = list(LABELS[name])
    rows = [{'set': SETS[name], 'label': labels[k % 3], 'prompt': labels[k % 3], 'patient': str(k)} for k in range(n)]
    return Task(name, rows, images, masks, np.arange(0, 2 * n // 3), np.arange(2 * n // 3, n), np.array([str(k) for k in range(n)]))


def begun(cls, task):
    if cls.key == 'monai':
        pytest.importorskip('monai')
    torch.manual_seed(0)
    method = cls()
    method.sampling_steps = 2
    method.begin(task.shape)
    return method.laid_out()


@pytest.mark.parametrize('name, cls', TRAINED, ids=NAMES)
def test_a_method_learns_and_draws_the_same_for_the_same_seed(name, cls):
    task = small_task(name)
    method = begun(cls, task)
    before = {key: value.clone() for key, value in method.networks.state_dict().items()}
    pool = Pool(task)
    for progress in (0.1, 0.9):
        assert all(torch.isfinite(value) for value in method.step(pool.draw(2), progress).values())
    after = method.networks.state_dict()
    for part in method.networks:
        if part != 'scale':
            assert any(not torch.equal(before[key], after[key]) for key in after if key.startswith(f'{part}.')), f'{part} has not moved'
    assert 100_000 < method.parameters() <= MOST_PARAMETERS

    request = judged_request(task, 1)
    images, masks = draw(method, task, request)
    again, _ = draw(method, task, request)
    assert images.shape == (3, 128, 128, 3) and images.dtype == np.uint8
    assert (masks is not None) == task.shape.mask
    np.testing.assert_array_equal(images, again)
    request.seeds = request.seeds + 1
    assert (draw(method, task, request)[0] != images).any()
    if name == 'chest':
        assert (images == images[..., :1]).all(), 'grey'


@pytest.mark.parametrize('name, cls', [pair for pair in TRAINED if pair[1].one_step], ids=[n for n, pair in zip(NAMES, TRAINED) if pair[1].one_step])
def test_the_exported_graph_is_the_network(name, cls, tmp_path):
    task = small_task(name)
    method = begun(cls, task)
    path = tmp_path / 'generator.onnx'
    found = export_generator(method.networks['generator_ema'], task.shape, path)
    assert found['apart'] <= 1e-4 and found['bytes'] == path.stat().st_size

    session, inputs = open_session(path), example(task.shape, 2, seed=3)
    assert {value.name: value.shape[1:] for value in session.get_inputs()} == {key: list(x.shape[1:]) for key, x in inputs.items()}
    made, = session.run(['sample'], {key: x.numpy() for key, x in inputs.items()})
    assert made.shape == (2, task.shape.channels, 128, 128) and np.abs(made).max() <= 1
    expected = method.networks['generator_ema'].eval()(**inputs).detach().numpy()
    assert np.abs(made - expected).max() < 2e-2                           # float16 weights

    entry = entry_of('x', name, cls, shape_of(name), 60, path)
    assert entry['kind'] == 'generator' and entry['generator'] | {'method': ''} == {
        'method': '', 'noise': 128, 'size': 128, 'channels': task.shape.channels, 'labels': list(LABELS[name].values()), 'mask': name == 'nuclei'}
    assert entry['components']['generator']['graph']['bytes'] == found['bytes']
    assert entry['licence']['name'].split()[0] == {'chest': 'CC', 'nuclei': 'CC0'}[name]     # as the data's


MANY_STEPS = [(name, pair) for name, pair in zip(NAMES, TRAINED) if not pair[1].one_step]


@pytest.mark.parametrize('name, cls', [pair for _, pair in MANY_STEPS], ids=[name for name, _ in MANY_STEPS])
def test_the_graphs_of_a_picture_are_what_its_steps_run(name, cls, tmp_path):
    method = begun(cls, small_task(name))
    parts = picture_graphs(method, shape_of(name))
    assert {part: runs for part, *_, runs in parts}['step'] >= method.sampling_steps
    for part, module, inputs, _ in parts:
        record = write_graph(module.eval(), inputs, tmp_path / f'{part}.onnx')
        assert {key: list(x.shape) for key, x in inputs.items()} == {key: value['shape'] for key, value in record['inputs'].items()}
        made, = open_session(tmp_path / f'{part}.onnx').run(None, {key: x.numpy() for key, x in inputs.items()})
        with torch.no_grad():
            expected = rounded(module)(*inputs.values()).numpy()
        assert np.abs(made - expected).max() <= 1e-3 * max(1, np.abs(expected).max())


def test_controls_bring_the_masks_of_their_own_pictures():
    task = small_task('nuclei')
    task.images = np.repeat(task.masks[..., None], 3, 3) * 255            # a picture that is its mask
    request = pairs_request(task, 4)
    images, masks = Augmented().answer(task, request)
    assert ((images[..., 0] > 128) == (masks > 0)).mean() > 0.99
    images, masks = Mixup().answer(task, request)
    assert (images[..., 0][masks > 0] >= 127).all()


def test_a_mask_moves_with_its_picture_and_keeps_its_values():
    torch.manual_seed(0)
    mask = torch.zeros(4, 1, 128, 128)
    mask[:, :, 40:80, 40:80] = 1
    _, moved = differentiable_augmentation(mask.clone(), mask)
    assert set(moved.unique().tolist()) == {0.0, 1.0} and (moved != mask).any()
    assert len({turned(np.arange(4).reshape(2, 2), v).tobytes() for v in range(8)}) == 8


def test_an_unknown_method_is_named():
    with pytest.raises(Exception, match='no method stylegan: choose of gan'):
        methods_of('chest', ['stylegan'])
