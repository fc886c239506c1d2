"""Stable Diffusion pipelines: their graphs against PyTorch, what each kind of weights may change, and the packages made of them."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler, LCMScheduler, StableDiffusionPipeline
from onnx import TensorProto
from peft import LoraConfig, get_peft_model_state_dict

from training.common.philox import initial_noise
from training.export import sd_graphs
from training.export.export_stable_diffusion import TOLERANCES, check_part, load_stable_diffusion, main, reference, split_file
from training.export.graphs import open_session
from training.export.quantize import WeightFiles, round_int4_blocks
from training.export.sd_manifest import scheduler_entries
from training.export.sd_weights import KINDS, store_weights
from training.goldens.make_sd_fixtures import SEED, init_image, tiny_stable_diffusion

FIXTURES = Path(__file__).resolve().parents[3] / 'tests/fixtures/tiny-sd'


@pytest.fixture(scope='module')
def pipeline():
    return tiny_stable_diffusion()


@pytest.fixture(scope='module')
def saved(pipeline, tmp_path_factory):
    folder = tmp_path_factory.mktemp('saved')
    tiny_stable_diffusion().save_pretrained(folder)
    return folder


def store(part, module, pipeline, folder, kind, **options):
    """One traced part with its weights in `folder`; returns the model and a session of it."""
    model, _ = sd_graphs.trace_part(part, module, pipeline, 8, 8)
    store_weights(model, module.state_dict(), kind, WeightFiles(folder, part), **options)
    onnx.save(model, folder / f'{part}.onnx')
    return model, open_session(folder / f'{part}.onnx')


def relative_error(session, module, inputs):
    with torch.no_grad():
        expected = module(*inputs.values()).numpy()
    actual = session.run(None, {name: value.numpy() for name, value in inputs.items()})[0]
    assert actual.shape == expected.shape
    return np.sqrt(((actual - expected) ** 2).mean() / (expected ** 2).mean())


@pytest.mark.parametrize('kind', KINDS)
def test_the_unet_graph_equals_pytorch_for_any_batch(pipeline, tmp_path, monkeypatch, kind):
    monkeypatch.setattr('training.export.sd_weights.SMALL', 256)                      # nothing in the tiny model is large
    module = sd_graphs.build_parts(pipeline)['unet']
    model, session = store('unet', module, pipeline, tmp_path, kind)
    for batch in (1, 2, 5):
        inputs = sd_graphs.example_inputs('unet', pipeline, 8, 8, batch)
        assert relative_error(session, module, inputs) <= TOLERANCES[kind]
    ops = {node.op_type for node in model.graph.node}
    assert not ops & {'GroupNormalization', 'Shape', 'ConstantOfShape', 'Expand', 'Identity'}
    assert ('MatMulNBits' in ops) == (kind == 'int4') and ('DequantizeLinear' in ops) == (kind in ('int4', 'int8'))


@pytest.mark.parametrize('part, kind', [('text_encoder', 'int8'), ('vae_decoder', 'half'), ('vae_encoder', 'float16')])
def test_the_other_parts_equal_pytorch(pipeline, tmp_path, part, kind):
    module = sd_graphs.build_parts(pipeline)[part]
    _, session = store(part, module, pipeline, tmp_path, kind)
    assert relative_error(session, module, sd_graphs.example_inputs(part, pipeline, 8, 8, 2)) <= TOLERANCES[kind]


def test_the_text_encoder_is_transformers_own_and_skips_layers_as_diffusers_does(pipeline):
    ids = pipeline.tokenizer(['a photo of a cat', ''], padding='max_length', return_tensors='pt').input_ids
    states = pipeline.text_encoder(ids, output_hidden_states=True).hidden_states
    for clip_skip in (0, 1):
        module = sd_graphs.build_parts(pipeline, clip_skip)['text_encoder']
        expected = pipeline.text_encoder.final_layer_norm(states[-1 - clip_skip])
        torch.testing.assert_close(module(ids), expected, atol=1e-5, rtol=1e-5)
    whole = pipeline.encode_prompt(['a photo of a cat', ''], 'cpu', 1, False)[0]
    torch.testing.assert_close(sd_graphs.build_parts(pipeline)['text_encoder'](ids), whole)


def test_a_graph_made_for_another_size_equals_pytorch_there(pipeline, tmp_path):
    module = sd_graphs.build_parts(pipeline)['vae_decoder']
    model, _ = sd_graphs.trace_part('vae_decoder', module, pipeline, 12, 20)
    store_weights(model, module.state_dict(), 'float32', WeightFiles(tmp_path, 'vae'))
    onnx.save(model, tmp_path / 'vae.onnx')
    inputs = sd_graphs.example_inputs('vae_decoder', pipeline, 12, 20, 1)
    assert relative_error(open_session(tmp_path / 'vae.onnx'), module, inputs) <= TOLERANCES['float32']


def test_attention_in_slices_is_the_same_attention(pipeline, tmp_path, monkeypatch):
    module = sd_graphs.build_parts(pipeline)['unet']
    whole, _ = store('unet', module, pipeline, tmp_path, 'float32')
    # Self-attention of 4×4 latent pixels: 2 rows · 2 heads · 16 · 16 numbers of 4 bytes.
    monkeypatch.setattr(sd_graphs, 'MAX_SCORE_BYTES', 2 * 2 * 16 * 16 * 4 // 4)
    sliced, session = store('unet', module, pipeline, tmp_path, 'float32')
    def count(model):
        return sum(node.op_type == 'Softmax' for node in model.graph.node)
    assert count(sliced) > count(whole)
    assert relative_error(session, module, sd_graphs.example_inputs('unet', pipeline, 8, 8, 2)) <= TOLERANCES['float32']


def test_float16_graphs_take_and_give_float32_and_keep_norms_and_times_in_it(pipeline, tmp_path):
    module = sd_graphs.build_parts(pipeline)['unet']
    model, session = store('unet', module, pipeline, tmp_path, 'float16', full_softmax=True)
    assert {value.type for value in [*session.get_inputs(), *session.get_outputs()]} == {'tensor(float)'}
    types = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    full = {'InstanceNormalization': 0, 'LayerNormalization': 0, 'Sin': 0, 'Cos': 0, 'Softmax': 0}
    casts = {node.output[0]: next(a.i for a in node.attribute) for node in model.graph.node if node.op_type == 'Cast'}
    for node in model.graph.node:
        if node.op_type in full:
            full[node.op_type] += 1
            assert all(types.get(name, TensorProto.FLOAT) == TensorProto.FLOAT for name in node.input)
            assert casts.get(node.input[0], TensorProto.FLOAT) == TensorProto.FLOAT
        if node.op_type == 'Conv':
            assert types[node.input[1]] == TensorProto.FLOAT16
    assert all(full.values())


def test_large_activations_do_not_overflow_a_float16_norm(tmp_path):
    pipeline = tiny_stable_diffusion()
    with torch.no_grad():
        pipeline.vae.decoder.conv_in.weight *= 5e3                    # squares far beyond 65,504
    module = sd_graphs.build_parts(pipeline)['vae_decoder']
    _, session = store('vae_decoder', module, pipeline, tmp_path, 'float16', full_softmax=True)
    inputs = sd_graphs.example_inputs('vae_decoder', pipeline, 8, 8, 1)
    with torch.no_grad():
        assert module.decoder.conv_in(module.conv(inputs['latent_sample'])).abs().max() > 1e3
    assert relative_error(session, module, inputs) <= TOLERANCES['float16']


def test_int4_blocks_stay_within_half_a_step_of_the_original():
    weight = np.random.default_rng(0).normal(size=(64, 24)).astype(np.float32)
    packed, scale = round_int4_blocks(weight)
    assert packed.shape == (24, 2, 16) and packed.dtype == np.uint8
    q = np.stack([packed & 15, packed >> 4], axis=-1).reshape(24, 2, 32)
    restored = ((q.astype(np.float32) - 8) * scale[..., None]).reshape(24, 64).T
    # The number opposite to the largest has no eighth step up to it.
    steps = np.abs(restored - weight).T.reshape(24, 2, 32) / np.abs(scale[..., None])
    assert np.quantile(steps, 0.9) <= 0.5 and steps.max() <= 1.01


def test_a_file_beyond_the_limit_becomes_shards_whose_bytes_are_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr('training.export.export_stable_diffusion.MAX_FILE_BYTES', 1000)
    raw = bytes(range(256)) * 10
    (tmp_path / 'w.bin').write_bytes(raw)
    record = split_file(tmp_path / 'w.bin')
    assert record['bytes'] == 2560 and [shard['bytes'] for shard in record['shards']] == [1000, 1000, 560]
    assert b''.join((tmp_path / shard['path']).read_bytes() for shard in record['shards']) == raw
    assert not (tmp_path / 'w.bin').exists()


def test_the_command_writes_a_package_whose_manifest_names_every_file(saved, tmp_path):
    main(['--pipeline', str(saved), '--out', str(tmp_path / 'My SD'), '--weights', 'int8', '--title', 'Mine', '--licence', 'MIT',
          '--licence-url', 'https://example.org', '--example', 'a cat', '--scheduler', 'ddim', '--steps', '9', '--guidance', '3'])
    folder = tmp_path / 'My SD'
    entry = json.loads((folder / 'model-manifest.json').read_text())['models'][0]
    files = [file for part in entry['components'].values() for file in (part['graph'], *part['weights'])]
    files += [entry['tokenizer']['file'], entry['tokenizer']['config']]
    shards = {shard['path']: shard['bytes'] for file in files for shard in file['shards']}
    present = {path.name: path.stat().st_size for path in folder.iterdir() if path.name != 'model-manifest.json'}
    assert shards == present
    assert entry['id'] == 'my-sd' and entry['image'] == {'width': 32, 'height': 32}
    assert entry['defaults'] == {'numInferenceSteps': 9, 'guidanceScale': 3.0, 'scheduler': 'ddim'}
    assert set(entry['components']['unet']['inputs']) == {'latents', 'timestep', 'promptEmbeds'}
    assert len(entry['preview']['weights']) == 3 and len(entry['preview']['weights'][0]) == 5
    tokenizer = json.loads((folder / 'tokenizer.json').read_text())
    assert tokenizer['padding'] is None and tokenizer['truncation'] is None


def test_a_graph_that_is_too_far_off_pytorch_is_told_apart(pipeline, tmp_path, capsys):
    module = sd_graphs.build_parts(pipeline)['text_encoder']
    store('text_encoder', module, pipeline, tmp_path, 'float32')
    feeds, expected = reference('text_encoder', module, pipeline, (8, 8))
    assert check_part('text_encoder', tmp_path / 'text_encoder.onnx', feeds, expected, 'float32')
    assert not check_part('text_encoder', tmp_path / 'text_encoder.onnx', feeds, expected * 1.001, 'float32')
    assert 'TOO FAR OFF' in capsys.readouterr().out


def test_pipelines_of_other_kinds_are_refused(saved, tmp_path):
    pipeline = tiny_stable_diffusion()
    pipeline.unet.register_to_config(in_channels=9)
    pipeline.unet.conv_in = torch.nn.Conv2d(9, 8, 3, padding=1)
    pipeline.save_pretrained(tmp_path / 'inpainting')
    with pytest.raises(SystemExit, match='got 9 channels'):
        load_stable_diffusion(tmp_path / 'inpainting')
    (tmp_path / 'xl').mkdir()
    index = json.loads((saved / 'model_index.json').read_text())
    (tmp_path / 'xl/model_index.json').write_text(json.dumps({**index, 'unet': ['diffusers', 'UNetMotionModel']}))
    with pytest.raises(SystemExit, match='UNetMotionModel'):
        load_stable_diffusion(tmp_path / 'xl')


def test_the_own_scheduler_comes_first_and_the_others_share_its_betas(pipeline):
    own = DDIMScheduler.from_config(pipeline.scheduler.config, prediction_type='v_prediction', rescale_betas_zero_snr=True)
    entries = scheduler_entries(own)
    assert entries[0]['type'] == 'ddim' and entries[0]['rescaleBetasZeroSnr'] is True
    assert {'euler', 'euler-ancestral', 'dpm-solver-multistep', 'pndm', 'lcm'} <= {entry['type'] for entry in entries}
    assert {(entry['predictionType'], entry['betaStart'], entry['betaSchedule']) for entry in entries} == {('v', 0.00085, 'scaled_linear')}
    assert [entry['type'] for entry in scheduler_entries(LCMScheduler())] == ['lcm']
    # A setting that the app has no words for: its own is left out, the others serve.
    assert scheduler_entries(EulerDiscreteScheduler(use_exponential_sigmas=False, interpolation_type='log_linear'))[0]['type'] == 'ddim'


def test_a_merged_lora_acts_as_a_loaded_one(saved, tmp_path):
    pipeline = tiny_stable_diffusion()
    pipeline.unet.add_adapter(LoraConfig(r=4, lora_alpha=4, init_lora_weights=False, target_modules=['to_q', 'to_v']))
    layers = get_peft_model_state_dict(pipeline.unet)
    StableDiffusionPipeline.save_lora_weights(tmp_path / 'lora', unet_lora_layers=layers)
    inputs = list(sd_graphs.example_inputs('unet', pipeline, 8, 8, 1).values())
    with torch.no_grad():
        expected = pipeline.unet(*inputs).sample
        merged = load_stable_diffusion(saved, [str(tmp_path / 'lora')])
        torch.testing.assert_close(merged.unet(*inputs).sample, expected, atol=1e-5, rtol=1e-4)
        plain = load_stable_diffusion(saved)
        assert not torch.allclose(plain.unet(*inputs).sample, expected, atol=1e-3)
    assert not any('lora' in name for name in merged.unet.state_dict())


@pytest.mark.parametrize('guidance, strength', [(7.5, None), (1.0, None), (7.5, 0.5)])
def test_the_stored_package_draws_the_golden_images(guidance, strength):
    goldens = json.loads((FIXTURES / 'goldens.json').read_text())
    numbers = np.fromfile(FIXTURES / goldens['file'], '<f4')
    row = next(row for row in goldens['rows'] if row['request']['scheduler'] == 'ddim' and row['request']['guidanceScale'] == guidance
               and row['request'].get('strength') == strength)
    request = row['request']
    text, unet, decode, encode = (open_session(FIXTURES / f'models/tiny-sd/{stem}.onnx')
                                  for stem in ('text-encoder', 'unet', 'vae-decoder', 'vae-encoder'))
    pipeline = tiny_stable_diffusion()
    prompts = [request['negativePrompt'], request['prompt']] if guidance > 1 else [request['prompt']]
    ids = pipeline.tokenizer(prompts, padding='max_length', return_tensors='np').input_ids
    embeds = text.run(None, {'input_ids': ids.astype(np.int64)})[0]
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config, clip_sample=False)
    scheduler.set_timesteps(request['numInferenceSteps'])
    timesteps = scheduler.timesteps
    x = torch.from_numpy(initial_noise(SEED, request['imageIndex'], (1, 4, 8, 8)))
    if strength:
        timesteps = timesteps[2:]
        clean = torch.from_numpy(encode.run(None, {'sample': init_image().numpy()})[0]) * 0.18215
        x = scheduler.add_noise(clean, x, timesteps[:1])
    for timestep in timesteps:
        feeds = {'sample': x.repeat(len(prompts), 1, 1, 1).numpy(), 'timestep': np.full(len(prompts), timestep, np.float32),
                 'encoder_hidden_states': embeds}
        noise = unet.run(None, feeds)[0]
        noise = noise[:1] + guidance * (noise[1:] - noise[:1]) if guidance > 1 else noise
        x = scheduler.step(torch.from_numpy(noise), timestep, x).prev_sample
    image = decode.run(None, {'latent_sample': x.numpy() / np.float32(0.18215)})[0]
    count = int(np.prod(row['latents']))
    latents, pixels = numbers[row['offset']:][:count], numbers[row['offset'] + count:][:image.size]
    np.testing.assert_allclose(x.numpy().reshape(-1), latents, atol=2e-4)
    np.testing.assert_allclose(image.reshape(-1), pixels, atol=1e-4)
