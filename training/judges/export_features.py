"""Exports the generic feature network as ONNX and writes both networks of the evaluation into the manifest.

    python -m training.judges.export_features --out public/models/efficientnet-lite0 --manifest model-manifest.json

EfficientNet-Lite0 (float16 weights, float32 arithmetic) comes from features.py; the in-domain label network lies in
public/models/label-network already (export_judge.py). Also prints the one-node graph of src/evaluation/metrics/matrix-product.ts.
"""

import argparse
import base64
import json
from pathlib import Path

import onnx
import onnxslim
from onnx import TensorProto, helper

from training.data.prompts import label_phrases, modality_phrases
from training.export.graphs import file_record
from training.export.quantize import store_float16
from training.judges.features import FEATURES, INPUT_MEAN, INPUT_SIZE, INPUT_STD, onnx_bytes

# The kinds of image under the names that a model's examples have; each set of images is of one kind.
MODALITIES = {'chest x-ray': ('kermany', 'nih', 'hannover'), 'brain MRI': ('nickparvar', 'oasis1'), 'microscopy': ('dsb2018',),
              'skin photo': ('pad_ufes',), 'fundus photo': ('idrid',), 'breast ultrasound': ('busi',)}


def export_generic(path):
    """image float32 (n, 3, 224, 224), (value − 127) / 128 → features (n, 1280)."""
    model = store_float16(onnxslim.slim(onnx.load_from_string(onnx_bytes())))
    for node in model.graph.node:
        node.ClearField('doc_string')
    onnx.checker.check_model(model)
    onnx.save(model, path)


def product_graph():
    """a (n, d), b (m, d) → product (n, m) = a·bᵀ: one Gemm, for what the browser multiplies most."""
    value = helper.make_tensor_value_info
    node = helper.make_node('Gemm', ['a', 'b'], ['product'], transB=1)
    graph = helper.make_graph([node], 'product', [value('a', TensorProto.FLOAT, ['n', 'd']), value('b', TensorProto.FLOAT, ['m', 'd'])],
                              [value('product', TensorProto.FLOAT, ['n', 'm'])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)


def label_words(classes):
    """What prompts say for the label network's classes: the manifest's `labels` of a feature network (src/models/manifest/manifest.ts).

    classes: [{set, label}, …] in the order of the logits.
    """
    modality_of = {name: title for title, names in MODALITIES.items() for name in names}
    return {'output': 'logits',
            'modalities': [{'title': title, 'phrases': modality_phrases(names[0])} for title, names in MODALITIES.items()],
            'classes': [{**one, 'title': label_phrases(one)[0], 'modality': modality_of[one['set']], 'phrases': label_phrases(one)}
                        for one in classes]}


def network_entries(folder, judge_folder):
    """The manifest's evaluation.networks: (value − mean) / std of 0…255, RGB planes."""
    judge = json.loads((judge_folder / 'label-network.json').read_text())
    return [
        {'id': 'efficientnet-lite0', 'role': 'generic', 'title': 'EfficientNet-Lite0 (ImageNet)',
         'licence': {'name': 'Apache-2.0', 'url': 'https://www.apache.org/licenses/LICENSE-2.0'},
         'baseUrl': 'models/efficientnet-lite0/', 'graph': file_record(folder / 'efficientnet-lite0.onnx'),
         'input': {'name': 'image', 'size': INPUT_SIZE, 'mean': INPUT_MEAN, 'std': INPUT_STD},
         'output': {'name': 'features', 'size': FEATURES}},
        {'id': 'label-network', 'role': 'in-domain', 'title': 'Label network (open medical images)',
         'licence': {'name': 'CC BY 4.0, with the attributions of the model card', 'url': 'https://creativecommons.org/licenses/by/4.0/'},
         'baseUrl': 'models/label-network/', 'graph': judge['file'],
         'input': {'name': judge['input']['name'], 'size': judge['input']['shape'][2], 'mean': 127.5, 'std': 127.5},
         'output': {'name': 'features', 'size': judge['features']},
         'labels': label_words(judge['classes'])},
    ]


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    parser.add_argument('--judge', default='public/models/label-network')
    parser.add_argument('--manifest', default='model-manifest.json')
    args = parser.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    export_generic(out / 'efficientnet-lite0.onnx')
    manifest = json.loads(Path(args.manifest).read_text())
    manifest.setdefault('evaluation', {})['networks'] = network_entries(out, Path(args.judge))
    Path(args.manifest).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')
    print(base64.b64encode(product_graph().SerializeToString()).decode())
