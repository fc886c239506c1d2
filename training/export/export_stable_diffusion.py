"""Exports a Stable Diffusion pipeline (1.x and 2.x, fine-tuned, LCM, Turbo) as a package that the browser loads.

    python -m training.export.export --pipeline DIR --out FOLDER --title NAME --licence NAME --licence-url URL
    python -m training.export.export --pipeline DIR --lora FILE --weights float16 --out FOLDER --manifest model-manifest.json …

DIR is a folder that diffusers saved (model_index.json lies in it). FOLDER is then a whole package with its own manifest: drop it
on the app's models page, or serve it. Every graph is run once against PyTorch on the same numbers; the command fails
when one is further off than its kind of weights explains.
"""

import argparse
import gc
import hashlib
import json
import shutil
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from training.export.graphs import EXAMPLE_BATCH, describe_values, open_session, self_test_answer
from training.export.manifest_entry import write_manifest
from training.export.quantize import MAX_FILE_BYTES, WeightFiles
from training.export.sd_graphs import build_parts, example_inputs, trace_part
from training.export.sd_manifest import build_entry, model_id, preview_projection
from training.export.sd_weights import KINDS, store_weights

STEMS = {'text_encoder': 'text-encoder', 'unet': 'unet', 'vae_decoder': 'vae-decoder', 'vae_encoder': 'vae-encoder'}
COMPONENTS = {'text_encoder': 'textEncoder', 'unet': 'unet', 'vae_decoder': 'vaeDecoder', 'vae_encoder': 'vaeEncoder'}
ROLES = {'text_encoder': {'input_ids': 'inputIds', 'last_hidden_state': 'promptEmbeds'},
         'unet': {'sample': 'latents', 'encoder_hidden_states': 'promptEmbeds', 'timestep_cond': 'timestepCond', 'out_sample': 'noisePred'},
         'vae_decoder': {'latent_sample': 'latents', 'sample': 'image'},
         'vae_encoder': {'sample': 'image', 'latent_mean': 'latents'}}
CLASSES = {'text_encoder': 'CLIPTextModel', 'unet': 'UNet2DConditionModel', 'vae': 'AutoencoderKL'}
# Root mean square of the error over that of PyTorch's answer: arithmetic, or what rounding the weights explains.
TOLERANCES = {'float32': 1e-4, 'half': 3e-3, 'float16': 2e-2, 'int8': 8e-2, 'int4': 3e-1}


def load_stable_diffusion(folder, loras=(), lora_scale=1.0):
    """A pipeline of a local folder in float32 with LoRAs merged into its weights; fails where it is not of the kind exported here."""
    index = json.loads((Path(folder) / 'model_index.json').read_text())
    classes = {part: index.get(part, [None, None])[1] for part in CLASSES}
    if classes != CLASSES:
        raise SystemExit(f'{folder} is no Stable Diffusion pipeline (expected {CLASSES}, got {classes}).')
    pipeline = DiffusionPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True, safety_checker=None,
                                                 feature_extractor=None, requires_safety_checker=False)
    unet, vae = pipeline.unet.config, pipeline.vae.config
    if unet.in_channels != vae.latent_channels or unet.addition_embed_type or unet.class_embed_type:
        raise SystemExit(f'{folder} is no text-to-image pipeline of Stable Diffusion 1.x or 2.x (expected a UNet with '
                         f'{vae.latent_channels} input channels and no further conditions, got {unet.in_channels} channels, '
                         f'{unet.addition_embed_type or unet.class_embed_type}). SDXL, inpainting and class-conditional UNets have no place here.')
    for k, lora in enumerate(loras):
        pipeline.load_lora_weights(lora, adapter_name=f'lora_{k}', local_files_only=True)
    if loras:
        names = [f'lora_{k}' for k in range(len(loras))]
        pipeline.set_adapters(names, [lora_scale] * len(loras))
        pipeline.fuse_lora(adapter_names=names)
        pipeline.unload_lora_weights()
    return pipeline


def kind_of(part, kind):
    """What weights a part gets: a VAE in few bits would show in every picture, so it is stored in float16 there."""
    return 'half' if part.startswith('vae') and kind in ('int8', 'int4') else kind


def export_part(part, module, pipeline, folder, kind, size):
    """One graph and its weight files into `folder`; `size` (h, w) in latent pixels. Returns the names and the largest buffer in bytes."""
    model, shapes = trace_part(part, module, pipeline, *size)
    files = WeightFiles(folder, STEMS[part])
    upcast = part.startswith('vae') or bool(getattr(pipeline.unet.config, 'upcast_attention', False))
    store_weights(model, module.state_dict(), kind, files, upcast)
    onnx.save(model, folder / f'{STEMS[part]}.onnx')
    onnx.checker.check_model(str(folder / f'{STEMS[part]}.onnx'))
    made = [shapes[name].type.tensor_type.shape.dim for node in model.graph.node for name in node.output if name in shapes]
    # Shapes are those of the trace's rows; the app decodes one picture at a time, and the UNet gets two rows with guidance.
    row_bytes = max(np.prod([dim.dim_value for dim in dims], dtype=np.int64) for dims in made) * (2 if kind == 'float16' else 4) // EXAMPLE_BATCH
    return files.names, int(row_bytes) * (1 if part.startswith('vae') else 2)


def reference(part, module, pipeline, size):
    """PyTorch's answer to fixed inputs: (feeds, output), one row."""
    torch.manual_seed(1)
    inputs = example_inputs(part, pipeline, *size, batch=1)
    with torch.no_grad():
        return {name: value.numpy() for name, value in inputs.items()}, module(*inputs.values()).numpy()


def check_part(part, path, feeds, expected, kind):
    """Compares a stored graph with PyTorch's answer; prints the errors and returns whether they are small enough."""
    actual = open_session(path).run(None, feeds)[0]
    error = actual.astype(np.float64) - expected
    relative = float(np.sqrt((error ** 2).mean() / (expected.astype(np.float64) ** 2).mean()))
    good = bool(np.isfinite(actual).all()) and relative <= TOLERANCES[kind]
    print(f'{STEMS[part]:13} {kind:8} max |Δ| {np.abs(error).max():.2e} of {np.abs(expected).max():.3g}, '
          f'relative RMS {relative:.1e} (at most {TOLERANCES[kind]:.0e}): {"good" if good else "TOO FAR OFF"}', flush=True)
    return good


def split_file(path):
    """A manifest ModelFile; a file beyond 32 MiB is cut into shards of its own, FILE.0, FILE.1, …"""
    raw = np.memmap(path, np.uint8, 'r') if path.stat().st_size else np.empty(0, np.uint8)
    pieces = [raw[k:k + MAX_FILE_BYTES] for k in range(0, len(raw), MAX_FILE_BYTES)]
    names = [path.name] if len(pieces) == 1 else [f'{path.name}.{k}' for k in range(len(pieces))]
    shards = [{'path': name, 'bytes': len(piece), 'sha256': hashlib.sha256(piece).hexdigest()} for name, piece in zip(names, pieces)]
    if len(pieces) > 1:
        for name, piece in zip(names, pieces):
            piece.tofile(path.parent / name)
        path.unlink()
    return {'name': path.name, 'bytes': len(raw), 'shards': shards}


def describe_part(part, folder, names, kind, self_test):
    """The manifest component of an exported part, with its self-test's answer where that is wanted; cuts its files."""
    path = folder / f'{STEMS[part]}.onnx'
    inputs, outputs = describe_values(path, ROLES[part])
    entry = {'inputs': inputs, 'outputs': outputs}
    if self_test:
        entry['selfTest'] = self_test_answer(path)
        if kind == 'float16':                                         # the graph's ends are float32, its arithmetic is not
            entry['selfTest']['tolerance']['float32'] = entry['selfTest']['tolerance']['float16']
    return {'graph': split_file(path), 'weights': [split_file(folder / name) for name in names], **entry}


def save_tokenizer(tokenizer, folder):
    """tokenizer.json and tokenizer_config.json of transformers' CLIP tokenizer; returns the manifest's tokenizer."""
    tokenizer.backend_tokenizer.no_padding()                          # the app pads and cuts by itself
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.save_pretrained(folder / 'tokenizer')
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        (folder / 'tokenizer' / name).replace(folder / name)
    shutil.rmtree(folder / 'tokenizer')
    return {'file': split_file(folder / 'tokenizer.json'), 'config': split_file(folder / 'tokenizer_config.json'),
            'kind': 'clip', 'maxLength': tokenizer.model_max_length, 'padTokenId': tokenizer.pad_token_id, 'unkTokenId': None}


def export_stable_diffusion(pipeline, folder, words, kind='float16', size=None, clip_skip=0, tile=None, self_test=True, images=None):
    """Writes the whole package into `folder`; returns its manifest entry. `size`: (height, width) in pixels.

    The pipeline's parts are given up one after the other, so that PyTorch's weights and onnxruntime's are not both in memory.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    factor = 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
    side = pipeline.unet.config.sample_size
    latent_size = tuple(pixels // factor for pixels in size) if size else (side, side)
    components, largest, good = {}, 0, True
    preview = preview_projection(pipeline.vae, images)
    parts = build_parts(pipeline, clip_skip)
    for part in list(parts):
        started, module, stored = time.time(), parts.pop(part), kind_of(part, kind)
        part_size = (tile, tile) if part == 'vae_decoder' and tile else latent_size
        names, buffer = export_part(part, module, pipeline, folder, stored, part_size)
        feeds, expected = reference(part, module, pipeline, part_size)
        module.to('meta')                                             # its weights are on the disk now
        del module
        gc.collect()
        good = check_part(part, folder / f'{STEMS[part]}.onnx', feeds, expected, stored) and good
        components[COMPONENTS[part]] = describe_part(part, folder, names, stored, self_test)
        largest = max(largest, buffer, *(file['bytes'] for file in components[COMPONENTS[part]]['weights']))
        print(f'{STEMS[part]:13} took {time.time() - started:.0f} s', flush=True)
    weights = sum(file['bytes'] for entry in components.values() for file in entry['weights'])
    requirements = {'features': ['shader-f16'] if kind == 'float16' else [], 'maxBufferBytes': largest,
                    'peakMemoryBytes': weights * 5 // 4 + 4 * largest}
    entry = build_entry(pipeline, components, save_tokenizer(pipeline.tokenizer, folder), words,
                        tuple(pixels * factor for pixels in latent_size), preview, requirements, tile)
    if not good:
        raise SystemExit('The export is too far off PyTorch: do not use it.')
    return entry


def read_images(folder, height, width, limit=32):
    """Up to `limit` pictures of a folder, float (n, 3, height, width) in −1…1."""
    paths = sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in ('.png', '.jpg', '.jpeg', '.webp'))[:limit]
    rows = [np.asarray(Image.open(path).convert('RGB').resize((width, height), Image.Resampling.LANCZOS)) for path in paths]
    return torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2).float() / 127.5 - 1


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--pipeline', required=True, help='a folder that diffusers saved')
    add('--lora', action='append', default=[], help='merge a LoRA (folder or .safetensors); may be given again')
    add('--lora-scale', type=float, default=1.0)
    add('--out', required=True, type=Path, help='the package: emptied first')
    add('--manifest', help='where the entry goes; without it, OUT/model-manifest.json')
    add('--weights', choices=KINDS, default='float16')
    add('--size', help='pixels, WIDTHxHEIGHT; without it, what the UNet was trained for')
    add('--clip-skip', type=int, default=0, help='text encoder layers left out at the end, as in diffusers')
    add('--vae-tile', type=int, help='decode in tiles of this many latent pixels: for devices with small buffers')
    add('--no-self-test', action='store_true', help='store no answers for the check that a device makes at first load')
    add('--preview-images', help='folder of pictures to fit the live preview on; without it, decoded noise')
    add('--id', help='without it, the name of OUT')
    add('--title', required=True)
    add('--version', default='1.0.0')
    add('--summary', default='')
    add('--licence', required=True, help='of the weights, by name')
    add('--licence-url', required=True)
    add('--card', default='', help='link to the model card')
    add('--modality', default='any', help='the chip under which the examples stand')
    add('--example', action='append', default=[], help='a prompt to start from; may be given again')
    add('--scheduler', help='the default, where it is not the pipeline\'s own')
    add('--steps', type=int)
    add('--guidance', type=float)
    return parser.parse_args(argv)


def main(argv=None):
    args = parse_arguments(argv)
    size = tuple(int(x) for x in reversed(args.size.split('x'))) if args.size else None
    pipeline = load_stable_diffusion(args.pipeline, args.lora, args.lora_scale)
    words = {'id': model_id(args.id or args.out.name), 'title': args.title, 'version': args.version, 'summary': args.summary,
             'licence': args.licence, 'licenceUrl': args.licence_url, 'card': args.card, 'modality': args.modality,
             'examples': args.example, 'scheduler': args.scheduler, 'numInferenceSteps': args.steps, 'guidanceScale': args.guidance}
    images = read_images(args.preview_images, *(size or (512, 512))) if args.preview_images else None
    entry = export_stable_diffusion(pipeline, args.out, words, args.weights, size, args.clip_skip, args.vae_tile,
                                    not args.no_self_test, images)
    write_manifest(args.manifest or args.out / 'model-manifest.json', [entry])
    total = sum(file.stat().st_size for file in args.out.iterdir())
    print(f'{total / 1e6:.1f} MB in {args.out}')


if __name__ == '__main__':
    main()
