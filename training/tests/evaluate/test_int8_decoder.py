"""A decoder with int8 convolutions draws nearly the same picture, and the comparison can tell."""

import numpy as np
import onnx
from tiny import small_pipeline

from training.evaluate.int8_decoder import compare, write_float32, write_int8
from training.export.export import export_pipeline


def test_int8_convolutions_draw_nearly_what_float32_draws_and_other_ranges_do_not(tmp_path):
    export_pipeline(small_pipeline(), tmp_path / 'small')
    latents = np.random.default_rng(0).normal(size=(4, 8, 32, 32)).astype(np.float32)
    plain, rounded, narrow = (tmp_path / name for name in ('plain.onnx', 'int8.onnx', 'narrow.onnx'))
    write_float32(tmp_path / 'small/vae-decoder.onnx', plain)
    write_int8(plain, rounded, latents[:2])
    assert sum(node.op_type == 'QuantizeLinear' for node in onnx.load(rounded).graph.node) > 0
    found = compare(plain, rounded, latents[2:])
    assert 30 < found['psnr']['least'] <= found['psnr']['mean'] and found['msSsim']['least'] > 0.97
    write_int8(plain, narrow, latents[:2] * 0.05)                     # activations are cut off
    assert compare(plain, narrow, latents[2:])['psnr']['mean'] < found['psnr']['mean'] - 5
    assert compare(plain, plain, latents[2:])['msSsim']['least'] == 1
