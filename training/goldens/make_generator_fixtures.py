"""Writes three tiny packages of kind "generator", and the pictures that the app must draw with them.

    python -m training.goldens.make_generator_fixtures --out tests/fixtures/tiny-generators

Random weights, one matrix and an enlargement each: what they draw is noise that follows seed and label. The third draws
in colour and to a mask.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from training.common.philox import standard_normals
from training.export.graphs import file_record, open_session, self_test_answer

NOISE, SIZE, SMALL = 8, 32, 8
CHEST = ['normal', 'bacterial pneumonia', 'viral pneumonia']
NUCLEI = ['fluorescence', 'histology']
PACKAGES = {
    'tiny-cgan': ('Tiny conditional GAN', 'Conditional GAN', 1, CHEST, False),
    'tiny-cvae': ('Tiny conditional VAE', 'Conditional VAE', 1, CHEST, False),
    'tiny-mask-gan': ('Tiny GAN of nuclei', 'Mask-to-image GAN', 3, NUCLEI, True),
}


def generator(seed, channels, num_labels, mask):
    """tanh of (noise, labels) times a matrix, enlarged to [n, channels, SIZE, SIZE]; a mask's objects are brighter by 1, then clipped."""
    def value(name, *dims):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ['n', *dims])
    shape = np.array([-1, channels, SMALL, SMALL], np.int64)
    scales = np.array([1, 1, SIZE / SMALL, SIZE / SMALL], np.float32)
    weights = np.random.default_rng(seed).normal(0, 0.5, (NOISE + num_labels, channels * SMALL * SMALL)).astype(np.float32)
    constants = [numpy_helper.from_array(array, name) for name, array in [('weights', weights), ('shape', shape), ('scales', scales)]]
    inputs = [value('noise', NOISE), value('labels', num_labels)]
    nodes = [
        helper.make_node('Concat', ['noise', 'labels'], ['joined'], axis=1),
        helper.make_node('MatMul', ['joined', 'weights'], ['hidden']),
        helper.make_node('Tanh', ['hidden'], ['flat']),
        helper.make_node('Reshape', ['flat', 'shape'], ['small']),
        helper.make_node('Resize', ['small', '', 'scales'], ['large' if mask else 'sample'], mode='nearest',
                         coordinate_transformation_mode='asymmetric', nearest_mode='floor'),
    ]
    if mask:
        inputs.append(value('mask', 1, SIZE, SIZE))
        constants += [numpy_helper.from_array(np.float32(bound), name) for name, bound in [('low', -1), ('high', 1)]]
        nodes += [helper.make_node('Add', ['large', 'mask'], ['brighter']), helper.make_node('Clip', ['brighter', 'low', 'high'], ['sample'])]
    graph = helper.make_graph(nodes, 'generator', inputs, [value('sample', channels, SIZE, SIZE)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)


def golden(path, package):
    """A request for the last label, and its picture in 0…255 as the app shows it, one number a channel, row by row."""
    _, _, channels, labels, mask = PACKAGES[package]
    seed, image_index = 7, 2
    feeds = {'noise': standard_normals(seed, image_index, NOISE)[None], 'labels': np.eye(len(labels), dtype=np.float32)[-1:]}
    if mask:
        feeds['mask'] = left_half()[None, None]
    sample = open_session(path).run(None, feeds)[0][0]                                       # (channels, SIZE, SIZE)
    pixels = np.round((np.clip(sample, -1, 1) + 1) * 127.5).astype(int)
    return {'label': labels[-1], 'seed': seed, 'imageIndex': image_index, 'pixels': pixels.transpose(1, 2, 0).reshape(-1).tolist()}


def left_half():
    """A mask (SIZE, SIZE) whose left half is an object."""
    mask = np.zeros((SIZE, SIZE), np.float32)
    mask[:, :SIZE // 2] = 1
    return mask


def make(out):
    """Writes the packages, their manifest and golden.json into `out`."""
    shutil.rmtree(out, ignore_errors=True)
    models, goldens = [], {}
    for seed, (package, (title, method, channels, labels, mask)) in enumerate(PACKAGES.items()):
        folder = out / 'models' / package
        folder.mkdir(parents=True)
        path = folder / 'generator.onnx'
        save(generator(seed, channels, len(labels), mask), path)
        models.append({
            'id': package, 'title': title, 'version': '1.0.0', 'summary': 'For tests: random weights, draws noise.',
            'licence': {'name': 'MIT', 'url': 'https://opensource.org/license/mit'}, 'card': '', 'baseUrl': f'models/{package}/',
            'kind': 'generator',
            'generator': {'method': method, 'noise': NOISE, 'size': SIZE, 'channels': channels, 'labels': labels, 'mask': mask},
            'components': {'generator': {'graph': file_record(path), 'weights': [], 'selfTest': self_test_answer(path)}},
            'requirements': {'features': [], 'maxBufferBytes': 0, 'peakMemoryBytes': 0},
        })
        goldens[package] = golden(path, package)
    manifest = {'schemaVersion': 1, 'defaultModel': next(iter(PACKAGES)), 'models': models}
    (out / 'model-manifest.json').write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + '\n')
    (out / 'golden.json').write_text(json.dumps(goldens) + '\n')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='tests/fixtures/tiny-generators')
    make(Path(parser.parse_args().out))
