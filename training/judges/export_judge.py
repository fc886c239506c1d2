"""Exports the label network as ONNX, for the evaluation view of the browser.

    python -m training.judges.export_judge --network runs/cache/label-network.pt --data DIR --out public/models/label-network

Writes label-network.onnx (float16 weights, float32 arithmetic) and label-network.json: its classes, its input, and what it
reached on held-out images.
"""

import argparse
import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxslim
import torch

from training.data.dataset import load_dataset
from training.export.graphs import OPSET, file_record, open_session
from training.export.quantize import store_float16
from training.judges.judges import FEATURES, JUDGE_SIZE, agreement, judge, load_label_network, shrink


def export_network(network, path):
    """image float32 (n, 3, 128, 128) in −1…1 → features (n, 192), logits (n, classes)."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        raw = Path(folder) / 'raw.onnx'
        torch.onnx.export(network.eval(), (torch.zeros(2, 3, JUDGE_SIZE, JUDGE_SIZE),), str(raw), input_names=['image'],
                          output_names=['features', 'logits'], opset_version=OPSET, dynamo=False,
                          dynamic_axes={'image': {0: 'n'}, 'features': {0: 'n'}, 'logits': {0: 'n'}})
        model = store_float16(onnxslim.slim(onnx.load(raw)))
    for node in model.graph.node:
        node.ClearField('doc_string')
    onnx.checker.check_model(model)
    onnx.save(model, path)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--network', default='runs/cache/label-network.pt')
    parser.add_argument('--data', required=True)
    parser.add_argument('--cache', default='runs/cache')
    parser.add_argument('--out', required=True)
    args = parser.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    rows, images, _, validation = load_dataset(args.data, args.cache)
    network, classes = load_label_network(args.network, rows)
    export_network(network, out / 'label-network.onnx')
    held_out = np.nonzero(validation)[0]
    features, logits = judge(network, images[held_out])
    part = shrink(images[held_out[:64]]).numpy()
    stored = open_session(out / 'label-network.onnx').run(None, {'image': part})
    deviation = float(np.abs(stored[0] - features[:64]).max() / np.abs(features[:64]).max())
    if deviation > 0.01:
        raise SystemExit(f'the exported graph deviates by {deviation:.4f} of the largest feature; expected under 0.01')
    right = agreement(logits, [rows[i] for i in held_out], classes)
    words = {'file': file_record(out / 'label-network.onnx'), 'input': {'name': 'image', 'shape': ['n', 3, JUDGE_SIZE, JUDGE_SIZE],
             'range': [-1, 1]}, 'features': FEATURES, 'classes': [{'set': owner, 'label': label} for owner, label in classes],
             'heldOut': {name: {'right': k, 'of': n} for name, (k, n) in right.items()}, 'deviation': deviation}
    (out / 'label-network.json').write_text(json.dumps(words, indent=1) + '\n')
    print(f'{deviation:.5f} of the largest feature off; {right}')
