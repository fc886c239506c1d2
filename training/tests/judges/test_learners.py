"""The small networks' training steps against autograd, and that they learn."""

import numpy as np
import pytest
import torch
from onnxruntime import InferenceSession

from training.judges.learners import answer_graph, spread_of, step_graph, write_learners
from training.volumes.data import FRAME
from training.volumes.learners import NETWORKS
from training.volumes.segmenter import one_hot


def session_of(model):
    return InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])


def random_targets(name, batch, classes):
    if name == 'classifier':
        return torch.nn.functional.one_hot(torch.randint(classes, (batch,)), classes).float()
    if name == 'volume-segmenter':
        return one_hot(torch.randint(3, (batch, *FRAME)))
    return (torch.rand(batch, 64, 64) > 0.7).float()


@pytest.mark.parametrize(('name', 'batch', 'classes'), [('classifier', 5, 4), ('classifier', 2, 3), ('segmenter', 2, 0), ('volume-segmenter', 2, 0)])
def test_each_gradient_is_that_of_autograd(name, batch, classes, tmp_path):
    torch.manual_seed(0)
    network = NETWORKS[name][0]()
    parameters = {n: (torch.randn(p.shape) * 0.2 + (spread_of(p, n).get('constant') == 1)) for n, p in network.named_parameters()}
    if classes:
        parameters['weight'], parameters['bias'] = torch.randn(96, classes) * 0.2, torch.randn(classes)
    parameters = {n: p.requires_grad_(True) for n, p in parameters.items()}
    x, targets, weight = torch.randn(batch, *NETWORKS[name][2]), random_targets(name, batch, classes), torch.rand(batch)
    loss = NETWORKS[name][1](network)(x, targets, weight, *parameters.values())
    loss.backward()
    session = session_of(step_graph(name, tmp_path / 'step.onnx'))
    feeds = {'x': x.numpy(), 'targets': targets.numpy(), 'row_weight': weight.numpy(), **{n: p.detach().numpy() for n, p in parameters.items()}}
    found = dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds)))
    assert abs(found['loss'] - loss.item()) < 1e-4 * abs(loss.item())
    for n, p in parameters.items():
        assert np.abs(found[f'grad.{n}'] - p.grad.numpy()).max() < 1e-3 * p.grad.abs().max(), n


def test_the_classifier_tells_bright_from_dark_after_twenty_steps(tmp_path):
    write_learners(tmp_path)
    step, answer = (InferenceSession(str(tmp_path / file)) for file in ('classifier-step.onnx', 'classifier.onnx'))
    rng = np.random.default_rng(0)
    import json
    record = json.loads((tmp_path / 'learners.json').read_text())['classifier']['parameters']
    parameters = {}
    for entry in record:
        shape = [2 if entry['name'] in ('weight', 'bias') and size == 4 else size for size in entry['shape']]
        parameters[entry['name']] = (rng.normal(size=shape) * entry.get('deviation', 0) + entry.get('constant', 0)).astype(np.float32)

    def batch():
        label = rng.integers(2, size=16)
        x = rng.normal(size=(16, 3, 64, 64)) * 0.3 + (label * np.linspace(-1, 1, 16)[rng.integers(16, size=16)] * 0)[:, None, None, None]
        x[:, :, :32] += label[:, None, None, None] * 0.8
        return x.astype(np.float32), label
    for _ in range(20):
        x, label = batch()
        names = [output.name for output in step.get_outputs()]
        found = dict(zip(names, step.run(None, {'x': x, 'targets': np.eye(2, dtype=np.float32)[label], 'row_weight': np.full(16, 1 / 16, np.float32), **parameters})))
        for n in parameters:
            parameters[n] = parameters[n] - 0.05 * found[f'grad.{n}']
    x, label = batch()
    assert (answer.run(None, {'x': x, **parameters})[0].argmax(1) == label).mean() >= 0.9


def test_the_segmenter_answers_with_one_logit_a_pixel(tmp_path):
    session = session_of(answer_graph('segmenter', tmp_path / 'graph.onnx'))
    feeds = {'x': np.zeros((2, 3, 64, 64), np.float32), **{n: p.detach().numpy() for n, p in NETWORKS['segmenter'][0]().named_parameters()}}
    assert session.run(None, feeds)[0].shape == (2, 64, 64)

