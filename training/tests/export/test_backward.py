"""Gradients of the ONNX graph against PyTorch's autograd."""

import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession

from training.export.backward import add_gradients
from training.export.export_training import TrainingStep, step_inputs, training_graph
from training.goldens.make_fixtures import tiny_pipeline
from training.model.unet import MedicalUNet


def attention_unet():
    """Two levels, one with attention, resampling both ways: every operator of the shipped network."""
    torch.manual_seed(0)
    return MedicalUNet(sample_size=8, mask_size=32, block_out_channels=(32, 64), attention_levels=(False, True), prompt_dim=32,
                       num_covariate_tokens=1, head_dim=32).eval()


def relative_error(got, expected):
    return float(np.abs(got - expected).max() / np.abs(expected).max())


def run_both(unet, batch, rank, folder):
    """(gradients by name from ONNX Runtime, from autograd, both losses) for random factors and inputs."""
    torch.manual_seed(1)
    step = TrainingStep(unet)
    session = InferenceSession(training_graph(step, folder / 'step.onnx').SerializeToString(), providers=['CPUExecutionProvider'])
    inputs = step_inputs(step, batch, rank)
    trained = [name for name in inputs if name.startswith('lora.')] + ['prompt_embeds']
    for name in inputs:
        if name.startswith('lora.'):
            inputs[name] = torch.randn_like(inputs[name]) * 0.2
    inputs['covariates'], inputs['covariates_present'] = torch.rand(batch, 8), torch.ones(batch, 8)
    inputs['row_weight'] = torch.rand(batch)
    tracked = {name: tensor.requires_grad_(name in trained) for name, tensor in inputs.items()}
    loss, rows = step(*tracked.values())
    loss.backward()
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, {name: tensor.detach().numpy() for name, tensor in tracked.items()})))
    np.testing.assert_allclose(found['row_losses'], rows.detach().numpy(), rtol=1e-4)
    assert abs(found['loss'] - loss.item()) < 1e-4 * abs(loss.item())
    return {name: (found[f'grad.{name}'], tracked[name].grad.numpy()) for name in trained}


@pytest.mark.parametrize(('batch', 'rank'), [(3, 4), (1, 2), (4, 8)])
def test_each_gradient_is_that_of_autograd_for_any_batch_and_rank(batch, rank, tmp_path):
    for name, (got, expected) in run_both(attention_unet(), batch, rank, tmp_path).items():
        assert np.abs(expected).max() > 0, name
        assert relative_error(got, expected) < 1e-4, name


def test_an_operator_without_a_rule_is_named():
    x, w = (onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [2]) for n in 'xw')
    y = onnx.helper.make_tensor_value_info('y', onnx.TensorProto.FLOAT, [])
    nodes = [onnx.helper.make_node('Mul', ['x', 'w'], ['p']), onnx.helper.make_node('Atan', ['p'], ['q']),
             onnx.helper.make_node('ReduceMean', ['q'], ['y'], keepdims=0, axes=[0])]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, 'g', [x, w], [y]), opset_imports=[onnx.helper.make_opsetid('', 17)])
    with pytest.raises(ValueError, match='Atan'):
        add_gradients(model, ['w'], 'y')


def test_an_input_that_the_loss_does_not_depend_on_is_refused():
    x, w = (onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [2]) for n in 'xw')
    y = onnx.helper.make_tensor_value_info('y', onnx.TensorProto.FLOAT, [])
    nodes = [onnx.helper.make_node('ReduceMean', ['x'], ['y'], keepdims=0, axes=[0])]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, 'g', [x, w], [y]), opset_imports=[onnx.helper.make_opsetid('', 17)])
    with pytest.raises(ValueError, match='depends on none'):
        add_gradients(model, ['w'], 'y')


def test_the_tiny_model_without_attention_trains_its_convolutions(tmp_path):
    gradients = run_both(tiny_pipeline().unet, 2, 4, tmp_path)
    assert all(relative_error(got, expected) < 1e-4 for got, expected in gradients.values())
