"""Stable Diffusion's parts as ONNX graphs without weights, in the form that stays on the GPU.

A graph is traced at a small size and then folded at the real one, so that no billion-parameter model is ever in one
protobuf and the trace costs seconds. Its weights are still graph inputs, named as in the state dict (sd_weights.py).
"""

import math
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxslim
import torch
from onnx import helper, numpy_helper, shape_inference
from torch import nn

from training.export.graphs import EXAMPLE_BATCH, free_batch

OPSET = 17
TRACED_LATENTS = 16           # what a trace computes on, in latent pixels; divisible by 8, as UNets halve three times
MAX_SCORE_BYTES = 128 * 2**20  # of one slice of attention scores, two float32 rows: what every WebGPU device can bind


class PlainAttention:
    """diffusers' attention processor in MatMul, Softmax, Reshape and Transpose; the query is scaled first, which is safe in float16."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        residual, x = hidden_states, hidden_states
        if residual.dim() == 4:                                       # the VAE's, over pixels
            x = x.flatten(2).transpose(1, 2)                          # (batch, h·w, channels)
        if attn.group_norm is not None:
            x = attn.group_norm(x.transpose(1, 2)).transpose(1, 2)
        context = x if encoder_hidden_states is None else encoder_hidden_states

        def split(y):
            return y.reshape(y.shape[0], y.shape[1], attn.heads, -1).transpose(1, 2)
        query, key, value = split(attn.to_q(x)), split(attn.to_k(context)), split(attn.to_v(context))
        scores = (query * attn.scale) @ key.transpose(-1, -2)         # (batch, heads, tokens, context)
        x = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        x = attn.to_out[0](x)
        if residual.dim() == 4:
            x = x.transpose(1, 2).reshape(residual.shape)
        if attn.residual_connection:
            x = x + residual
        return x / attn.rescale_output_factor


class TextEncoder(nn.Module):
    """CLIP's text model: input_ids (batch, tokens) → the hidden states after all but the last `clip_skip` layers, normed."""

    def __init__(self, model, clip_skip=0):
        super().__init__()
        self.tokens = model.embeddings.token_embedding
        self.positions = model.embeddings.position_embedding.weight
        layers = model.encoder.layers
        self.layers = layers[:len(layers) - clip_skip]
        self.norm = model.final_layer_norm
        self.heads = model.config.num_attention_heads
        tokens = len(self.positions)
        # A finite number, for float16's sake; nothing looks ahead.
        self.bias = torch.full((tokens, tokens), -1e4).triu(1)

    def forward(self, input_ids):
        x = self.tokens(input_ids) + self.positions
        for layer in self.layers:
            x = x + self.attend(layer.self_attn, layer.layer_norm1(x))
            x = x + layer.mlp(layer.layer_norm2(x))
        return self.norm(x)

    def attend(self, attn, x):
        def split(y):
            return y.reshape(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2)
        query, key, value = split(attn.q_proj(x) * attn.scale), split(attn.k_proj(x)), split(attn.v_proj(x))
        scores = query @ key.transpose(-1, -2) + self.bias
        return attn.out_proj((scores.softmax(-1) @ value).transpose(1, 2).flatten(2))


class Denoiser(nn.Module):
    """UNet2DConditionModel with positional inputs only; `timestep_cond` where it has one (latent consistency models)."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, encoder_hidden_states, timestep_cond=None):
        return self.unet(sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond, return_dict=False)[0]


class VaeDecoder(nn.Module):
    """AutoencoderKL's second half: unscaled latents (batch, 4, h, w) → image (batch, 3, 8h, 8w) in −1…1."""

    def __init__(self, vae):
        super().__init__()
        self.conv, self.decoder = vae.post_quant_conv or nn.Identity(), vae.decoder

    def forward(self, latent_sample):
        return self.decoder(self.conv(latent_sample))


class VaeEncoder(nn.Module):
    """AutoencoderKL's first half: image → the posterior's mean, unscaled."""

    def __init__(self, vae):
        super().__init__()
        self.encoder, self.conv = vae.encoder, vae.quant_conv or nn.Identity()
        self.channels = vae.config.latent_channels

    def forward(self, sample):
        return self.conv(self.encoder(sample))[:, :self.channels]


def example_inputs(part, pipeline, height, width, batch=EXAMPLE_BATCH):
    """Inputs of one part in graph order, float32; height and width in latent pixels."""
    unet, text = pipeline.unet.config, pipeline.text_encoder.config
    if part == 'text_encoder':
        return {'input_ids': torch.randint(text.vocab_size, (batch, text.max_position_embeddings))}
    latents = torch.randn(batch, pipeline.vae.config.latent_channels, height, width)
    if part == 'vae_decoder':
        return {'latent_sample': latents}
    if part == 'vae_encoder':
        factor = 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
        return {'sample': torch.rand(batch, 3, height * factor, width * factor) * 2 - 1}
    inputs = {'sample': latents, 'timestep': torch.full((batch,), 499.0),
              'encoder_hidden_states': torch.randn(batch, text.max_position_embeddings, unet.cross_attention_dim)}
    if unet.time_cond_proj_dim is not None:
        inputs['timestep_cond'] = torch.randn(batch, unet.time_cond_proj_dim)
    return inputs


OUTPUTS = {'text_encoder': 'last_hidden_state', 'unet': 'out_sample', 'vae_decoder': 'sample', 'vae_encoder': 'latent_mean'}


def build_parts(pipeline, clip_skip=0):
    """{name: module} of a StableDiffusionPipeline, in the order in which they are exported."""
    for model in (pipeline.unet, pipeline.vae):
        model.set_attn_processor(PlainAttention())
    parts = {'text_encoder': TextEncoder(pipeline.text_encoder, clip_skip), 'unet': Denoiser(pipeline.unet),
             'vae_decoder': VaeDecoder(pipeline.vae), 'vae_encoder': VaeEncoder(pipeline.vae)}
    return {name: part.eval() for name, part in parts.items()}


def trace_part(part, module, pipeline, height, width):
    """One part as a slim ONNX model for any batch and height×width latents; parameters are graph inputs."""
    small = example_inputs(part, pipeline, TRACED_LATENTS, TRACED_LATENTS)
    free = {name: {2: f'{name}_h', 3: f'{name}_w'} for name, value in small.items() if value.dim() == 4}
    with warnings.catch_warnings(), torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter('ignore')
        path = Path(folder) / 'graph.onnx'
        torch.onnx.export(module, tuple(small.values()), str(path), input_names=list(small), output_names=[OUTPUTS[part]],
                          dynamic_axes=free, opset_version=OPSET, export_params=False, do_constant_folding=False, dynamo=False)
        model = onnx.load(path)
    full = example_inputs(part, pipeline, height, width)
    for value in model.graph.input:
        if value.name in full:
            for dim, size in zip(value.type.tensor_type.shape.dim, full[value.name].shape):
                dim.dim_value = size
    for dim in model.graph.output[0].type.tensor_type.shape.dim:
        dim.ClearField('dim_value')
        dim.ClearField('dim_param')
    model = shape_inference.infer_shapes(onnxslim.slim(model, skip_fusion_patterns=['FusionGemm']), data_prop=True)
    slice_attention(model.graph)
    shapes = {value.name: value for value in model.graph.value_info}
    free_batch(model.graph)
    free_tokens(model.graph)
    for node in model.graph.node:
        node.ClearField('doc_string')
    return model, shapes


def free_tokens(graph):
    """Lets a UNet take any number of prompt tokens, so that the app can join chunks of 77. Works in place; others stay as they are."""
    text = next((value for value in graph.input if value.name == 'encoder_hidden_states'), None)
    if text is None:
        return
    dim = text.type.tensor_type.shape.dim[1]
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        shape = numpy_helper.to_array(constants[node.input[1]]) if node.op_type == 'Reshape' and node.input[1] in constants else []
        if len(shape) == 4 and shape[1] == dim.dim_value and shape[3] == -1:         # (batch, tokens, heads, width): 0 copies tokens
            constants[node.input[1]].CopyFrom(numpy_helper.from_array(np.array([shape[0], 0, *shape[2:]]), node.input[1]))
    dim.dim_param = 'tokens'


def slice_attention(graph):
    """Cuts large attentions into slices of queries: exact, and no buffer of scores beyond MAX_SCORE_BYTES. In place."""
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*graph.value_info, *graph.input]}
    made = {name: node for node in graph.node for name in node.output}
    uses = {}
    for node in graph.node:
        for name in node.input:
            uses.setdefault(name, []).append(node)
    nodes = list(graph.node)
    for softmax in [node for node in graph.node if node.op_type == 'Softmax']:
        scores, weighted = made[softmax.input[0]], uses[softmax.output[0]][0]
        if scores.op_type != 'MatMul' or weighted.op_type != 'MatMul':
            continue
        _, heads, tokens, context = shapes[scores.output[0]]
        num = math.ceil(2 * heads * tokens * context * 4 / MAX_SCORE_BYTES)
        num = next((n for n in range(num, tokens) if tokens % n == 0), 1)
        if num == 1:
            continue
        name = softmax.name or softmax.output[0]
        sizes = numpy_helper.from_array(torch.full((num,), tokens // num).numpy(), f'{name}_sizes')
        graph.initializer.append(sizes)
        queries = [f'{name}_query_{i}' for i in range(num)]
        new = [helper.make_node('Split', [scores.input[0], sizes.name], queries, axis=2, name=f'{name}_split')]
        for i, query in enumerate(queries):
            part = [f'{name}_{word}_{i}' for word in ('scores', 'weights', 'slice')]
            new += [helper.make_node('MatMul', [query, scores.input[1]], [part[0]], name=part[0]),
                    helper.make_node('Softmax', [part[0]], [part[1]], axis=-1, name=part[1]),
                    helper.make_node('MatMul', [part[1], weighted.input[1]], [part[2]], name=part[2])]
        slices = [f'{name}_slice_{i}' for i in range(num)]
        new.append(helper.make_node('Concat', slices, list(weighted.output), axis=2, name=f'{name}_concat'))
        where = nodes.index(weighted)
        nodes[where:where + 1] = new
        nodes.remove(scores)
        nodes.remove(softmax)
    del graph.node[:]
    graph.node.extend(nodes)
