import json
from pathlib import Path

import numpy as np
import pytest
import torch

from training.judges import features
from training.judges.export_features import label_words
from training.judges.features import _torch_network, compute_features, content_key, generic_features, network_input


def test_the_onnx_graph_gives_the_features_of_the_pytorch_network():
    images = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = _torch_network().extract_features(network_input(images)).mean(dim=(2, 3)).numpy()
    found = compute_features(images, batch=2)
    assert found.shape == (3, 1280) and found.dtype == np.float32
    # Folded batch norms change the order of sums: 1e-4 of features of about 1.
    np.testing.assert_allclose(found, expected, atol=1e-3, rtol=1e-3)
    # What a GPU runs, on the CPU.
    np.testing.assert_allclose(features._device_features(images, 'cpu', batch=2), expected, atol=1e-5, rtol=1e-5)


def test_the_input_is_centred_on_127_and_shrunk_to_224():
    x = network_input(np.full((1, 256, 256, 3), 255, np.uint8))
    assert x.shape == (1, 3, 224, 224)
    torch.testing.assert_close(x, torch.ones_like(x))


def test_the_same_images_are_read_from_the_cache_and_others_are_not(tmp_path, monkeypatch):
    images = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    first = generic_features(images, cache=tmp_path)
    monkeypatch.setattr(features, 'compute_features', lambda *_: pytest.fail('computed again'))
    assert (generic_features(images.copy(), cache=tmp_path) == first).all()
    changed = images.copy()
    changed[1, 0, 0, 0] ^= 1
    assert content_key(changed) != content_key(images)
    with pytest.raises(pytest.fail.Exception):
        generic_features(changed, cache=tmp_path)


def test_images_of_another_kind_are_refused():
    with pytest.raises(ValueError, match='uint8'):
        generic_features(np.zeros((2, 64, 64, 3), np.float32))


def test_the_manifest_says_the_label_networks_classes_in_the_phrases_of_the_prompts():
    root = Path(__file__).resolve().parents[3]
    classes = json.loads((root / 'public/models/label-network/label-network.json').read_text())['classes']
    networks = json.loads((root / 'model-manifest.json').read_text())['evaluation']['networks']
    [stored] = [network['labels'] for network in networks if network['id'] == 'label-network']
    assert stored == label_words(classes)
    assert [(one['set'], one['label']) for one in stored['classes']] == [(one['set'], one['label']) for one in classes]
    assert {one['modality'] for one in stored['classes']} == {one['title'] for one in stored['modalities']}
