"""Writes two tiny networks as transformers.js packages, one picture, and the features that Python has of it.

    python -m training.goldens.make_feature_networks --out tests/fixtures/feature-networks

A ViT that has only tokens, whose first one counts, and the picture side of a CLIP, which has a pooled vector. Their weights
are random. The reference is transformers (preprocessing with Pillow) and the PyTorch model, not the exported graph.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, ViTConfig, ViTModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

SIDE = 75
SIZES = {'hidden_size': 16, 'num_hidden_layers': 1, 'num_attention_heads': 2, 'intermediate_size': 32, 'image_size': 32,
         'patch_size': 8, 'attn_implementation': 'eager'}

# Those that a preprocessor_config.json may name.
FILTERS = [Image.Resampling(number) for number in range(6)]


def draw_picture():
    """Waves and edges in three colours, [SIDE, SIDE, 3] bytes: shrinking it shows which filter was used."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    planes = [120 + 90 * np.sin(x / 2.3) * np.cos(y / 5.1), 255.0 * ((x // 7 + y // 11) % 2), 128 + 100 * np.cos((x + y) / 9)]
    return np.stack(planes, -1).round().clip(0, 255).astype(np.uint8)


class Tokens(torch.nn.Module):
    """pixel_values [n, 3, h, w] → last_hidden_state [n, tokens, size]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values=pixel_values).last_hidden_state


class Pooled(torch.nn.Module):
    """pixel_values [n, 3, h, w] → image_embeds [n, size]."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values=pixel_values).image_embeds


def write_package(folder, model, wrapper, output, file, processor):
    """config.json, preprocessor_config.json and onnx/FILE, as transformers.js wants them; returns the features of the picture."""
    (folder / 'onnx').mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    pixels = processor(Image.fromarray(draw_picture()), return_tensors='pt')['pixel_values']
    wrapped = wrapper(model.eval())
    with torch.no_grad():
        features = wrapped(pixels)
    torch.onnx.export(wrapped, (pixels,), folder / 'onnx' / file, input_names=['pixel_values'], output_names=[output],
                      dynamic_axes={'pixel_values': {0: 'n'}, output: {0: 'n'}}, opset_version=17, dynamo=False)
    first = features[:, 0] if features.ndim == 3 else features
    return [round(value, 6) for value in first[0].tolist()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    vit = ViTModel(ViTConfig(**SIZES, initializer_range=0.2), add_pooling_layer=False)
    clip = CLIPVisionModelWithProjection(CLIPVisionConfig(**SIZES, projection_dim=12, initializer_factor=4.0))
    features = {
        'tiny-vit': write_package(out / 'tiny-vit', vit, Tokens, 'last_hidden_state', 'model.onnx',
                                  ViTImageProcessorPil(size={'height': 32, 'width': 32})),
        'tiny-clip': write_package(out / 'tiny-clip', clip, Pooled, 'image_embeds', 'vision_model.onnx',
                                   CLIPImageProcessorPil(size={'shortest_edge': 41}, crop_size={'height': 32, 'width': 32})),
    }
    Image.fromarray(draw_picture()).save(out / 'picture.png')
    (out / 'features.json').write_text(json.dumps(features) + '\n')
    # Shrunk along x and enlarged along y, by each of Pillow's filters.
    resized = {int(filter): list(Image.fromarray(draw_picture()).resize((2, 78), filter).tobytes()) for filter in FILTERS}
    (out / 'resized.json').write_text(json.dumps(resized, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
