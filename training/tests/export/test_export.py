"""The exported graphs against PyTorch, and what quantization may change."""

import json
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import torch

from training.export.export import export_models, export_pipeline
from training.export.graphs import open_session, to_onnx
from training.export.import_package import load_weights
from training.export.manifest_entry import VERSION, write_manifest
from training.export.parts import unet_inputs
from training.export.quantize import MAX_FILE_BYTES, WeightFiles, quantize_int8, quantize_mixed, read_int4_blocks
from training.goldens.make_fixtures import tiny_pipeline
from training.model.lora import LoraUNet


def test_the_unet_graph_equals_pytorch_for_any_batch(tmp_path):
    unet = tiny_pipeline().unet
    model = to_onnx(unet, unet_inputs(unet.config), tmp_path / 'unet.onnx', 'noise_pred')
    onnx.save(model, tmp_path / 'unet.onnx')
    session = onnxruntime.InferenceSession(str(tmp_path / 'unet.onnx'), providers=['CPUExecutionProvider'])
    for batch in (1, 2, 5):
        inputs = unet_inputs(unet.config, batch)
        with torch.no_grad():
            expected = unet(*inputs.values()).numpy()
        actual = session.run(None, {name: value.numpy() for name, value in inputs.items()})[0]
        np.testing.assert_allclose(actual, expected, atol=2e-5 * np.abs(expected).max())


def test_lora_factors_act_like_changed_weights_and_zero_factors_like_none():
    unet = tiny_pipeline().unet
    lora = LoraUNet(unet)
    inputs = list(unet_inputs(unet.config, 1).values())
    factors = [torch.randn_like(f) * 0.1 if name.endswith('.down') else f for name, f in lora.example_factors(2).items()]
    with torch.no_grad():
        plain = unet(*inputs)
        torch.testing.assert_close(lora(*inputs, *factors), plain)
        factors[1] = torch.randn_like(factors[1])
        tuned = lora(*inputs, *factors)
        unet.get_submodule(lora.names[0]).weight += torch.einsum('or,rikl->oikl', factors[1][:, :, 0, 0], factors[0])
        torch.testing.assert_close(tuned, unet(*inputs), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(tuned, plain)


def test_int8_weights_stay_within_half_a_step_of_the_original():
    weight = np.random.default_rng(0).normal(size=(96, 64)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node('MatMul', ['x', 'w'], ['y'])], 'g',
        [onnx.helper.make_tensor_value_info('x', 1, [1, 96])], [onnx.helper.make_tensor_value_info('y', 1, [1, 64])],
        [onnx.numpy_helper.from_array(weight, 'w')])
    model = quantize_int8(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid('', 17)]))
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    assert stored['w_int8'].dtype == np.int8 and stored['w_scale'].shape == (64,)
    error = np.abs(stored['w_int8'] * stored['w_scale'] - weight)
    assert (error <= stored['w_scale'] / 2 + 1e-7).all()


def test_linear_layers_in_4_bits_come_back_within_a_step_and_give_what_the_rounded_weight_gives(tmp_path):
    rng = np.random.default_rng(0)
    weight, x = rng.normal(size=(96, 64)).astype(np.float32), rng.normal(size=(5, 96)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node('MatMul', ['x', 'w'], ['y'])], 'g',
        [onnx.helper.make_tensor_value_info('x', 1, ['n', 96])], [onnx.helper.make_tensor_value_info('y', 1, ['n', 64])],
        [onnx.numpy_helper.from_array(weight, 'w')])
    model = quantize_mixed(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid('', 17)], ir_version=8))
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    rounded = read_int4_blocks(stored['w_int4'], stored['w_scale'])
    step = np.abs(stored['w_scale']).reshape(64, 3).repeat(32, axis=1).T
    assert (np.abs(rounded - weight) <= step * 1.001).all() and len(stored['w_int4'].tobytes()) == 96 * 64 // 2
    onnx.save(model, tmp_path / 'linear.onnx')
    np.testing.assert_allclose(open_session(tmp_path / 'linear.onnx').run(None, {'x': x})[0], x @ rounded, atol=1e-4)


def test_weight_files_never_exceed_a_shard_and_store_equal_tensors_once(tmp_path):
    files = WeightFiles(tmp_path, 'part')
    big = b'\1' * (20 * 2**20)
    first = files.place(big)
    assert files.place(big) == first
    assert files.place(b'\2' * (20 * 2**20)) == ('part-1.bin', 0)
    assert all((tmp_path / name).stat().st_size <= MAX_FILE_BYTES for name in files.names)


def test_a_package_describes_its_graphs_and_its_answers(tmp_path):
    pipeline = tiny_pipeline()
    components, tokenizer = export_pipeline(pipeline, tmp_path / 'tiny')
    unet = components['unet']
    assert unet['inputs']['promptEmbeds'] == {'name': 'prompt_embeds', 'dtype': 'float32', 'shape': ['batch', 40, 32]}
    assert set(unet['inputs']) == {'latents', 'timestep', 'promptEmbeds', 'covariates', 'covariatesPresent', 'mask', 'maskPresent'}
    assert len(unet['selfTest']['values']) == 16 and unet['selfTest']['tolerance']['float32'] > 0
    for part in components.values():
        for file in [part['graph'], *part['weights']]:
            assert (tmp_path / 'tiny' / file['name']).stat().st_size == file['bytes'] == file['shards'][0]['bytes']
    # The LoRA graph runs on the same weight files.
    session = open_session(tmp_path / 'tiny/unet-lora.onnx')
    assert sum('lora.' in value.name for value in session.get_inputs()) == 2 * len(LoraUNet(pipeline.unet).names)
    json.dumps({'components': components, 'tokenizer': tokenizer})


def test_a_package_can_be_turned_back_into_trainable_weights(tmp_path):
    pipeline = tiny_pipeline()
    with torch.no_grad():
        for parameter in pipeline.unet.parameters():                 # as after training: no two tensors are equal
            parameter += 0.01 * torch.randn_like(parameter)
    export_pipeline(pipeline, tmp_path, trainable=True)
    unet = tiny_pipeline().unet
    load_weights(unet, unet, unet_inputs(unet.config), 'noise_pred', tmp_path / 'unet.onnx')
    for (name, parameter), original in zip(unet.named_parameters(), pipeline.unet.parameters()):
        # int8 per channel: half a step of 1/127 of the largest weight, or nothing where it stayed float32.
        assert (parameter - original).abs().max() <= original.abs().max() / 253, name


def test_two_models_of_one_folder_share_all_but_the_unet_and_say_their_own_defaults(tmp_path):
    pipeline, teacher = tiny_pipeline(), tiny_pipeline()
    images = np.random.default_rng(0).integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)
    choices = SimpleNamespace(steps=6, best_steps=18, best_guidance=1.25, best_interval=(0.2, 0.8))
    default, best = export_models(pipeline, teacher, images, tmp_path / 'tiny', choices)
    assert (default['id'], best['id']) == ('tiny', 'tiny-guided') and default['baseUrl'] == best['baseUrl']
    assert default['version'] == VERSION == default['changes'][0]['version']
    assert default['defaults']['numInferenceSteps'] == 6 and default['ranges']['guidanceScale'] == [1, 1]
    assert default['components']['unet']['maxBatch'] == 1 and 'maxBatch' not in best['components']['unet']
    assert best['defaults'] == {'numInferenceSteps': 18, 'guidanceScale': 1.25, 'scheduler': 'flow-match-euler',
                                'guidanceInterval': [0.2, 0.8]}
    assert best['ranges']['guidanceScale'][1] > 1
    shared = ('textEncoder', 'vaeDecoder', 'vaeEncoder')
    assert all(default['components'][name] == best['components'][name] for name in shared)
    assert 'trainingGraph' in best['components']['unet'] and 'trainingGraph' not in default['components']['unet']
    channels, size = pipeline.unet.config.latent_channels, pipeline.unet.config.sample_size
    assert default['latents']['channels'] == channels and default['image']['width'] == size * default['latents']['downscale']
    rows = default['preview']['weights']
    assert len(rows) == 3 * default['preview']['patch'] ** 2 and all(len(row) == channels + 1 for row in rows)
    assert default['conditions']['covariates'][-1]['name'] == 'nuclei' and 'choices' not in default['conditions']['covariates'][-1]


def test_a_new_export_takes_the_place_of_every_entry_of_its_folder_and_of_no_other(tmp_path):
    path = tmp_path / 'model-manifest.json'
    entry = {'id': 'a', 'baseUrl': 'models/a/'}
    write_manifest(path, [entry, {**entry, 'id': 'a-guided'}])
    write_manifest(path, [{'id': 'b', 'baseUrl': 'models/b/'}])
    write_manifest(path, [{**entry, 'new': True}])
    manifest = json.loads(path.read_text())
    assert manifest['defaultModel'] == 'a'
    assert manifest['models'] == [{**entry, 'new': True}, {'id': 'b', 'baseUrl': 'models/b/'}]
