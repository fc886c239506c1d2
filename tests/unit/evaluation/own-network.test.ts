import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { DroppedFile } from '../../../src/contract/download';
import { chooseGraph } from '../../../src/evaluation/own-network/choose-graph';
import { chooseOutput } from '../../../src/evaluation/own-network/choose-output';
import { takeFeatures } from '../../../src/evaluation/own-network/open-own-network';
import { readNetworkPackage } from '../../../src/evaluation/own-network/read-package';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const bytesOf = (path: string) => new Uint8Array(readFileSync(`${FIXTURES}/${path}`));
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A folder "own" as a browser hands it over. */
function folder(files: Record<string, Uint8Array<ArrayBuffer>>): DroppedFile[] {
  return Object.entries(files).map(([name, bytes]) => ({
    path: `own/${name}`,
    file: new File([bytes], name.split('/').at(-1)!),
  }));
}

const vit = {
  'config.json': bytesOf('feature-networks/tiny-vit/config.json'),
  'preprocessor_config.json': bytesOf('feature-networks/tiny-vit/preprocessor_config.json'),
  'onnx/model.onnx': bytesOf('feature-networks/tiny-vit/onnx/model.onnx'),
};

/** Without the file named. */
function lacking(name: keyof typeof vit) {
  return folder(Object.fromEntries(Object.entries(vit).filter(([path]) => path !== name)));
}

test('a package is named by its folder and the sha256 of what counts in it', async () => {
  const files = folder({ ...vit, 'README.md': json('other') });
  const network = await readNetworkPackage(files);

  expect(network).toMatchObject({ title: 'own', output: 'last_hidden_state', take: 'class token' });
  expect(network.from).toBe(
    "a folder of the user's own: onnx/model.onnx; class token of last_hidden_state",
  );
  expect(network.id).toBe(`own-${network.sha256}`);
  const other = await readNetworkPackage(folder({ ...vit, 'README.md': json('changed') }));
  expect(other.sha256).toBe(network.sha256);
  const config = json({ size: { height: 16, width: 16 } });
  const changed = await readNetworkPackage(folder({ ...vit, 'preprocessor_config.json': config }));
  expect(changed.sha256).not.toBe(network.sha256);
});

test('what a package lacks is named, and what to choose', async () => {
  const sigmoid = bytesOf('sigmoid.onnx'); // keeps its weights in sigmoid.data
  for (const [files, message] of [
    [lacking('config.json'), /no config\.json \(got 2 files\).*onnx\/vision_model\.onnx/],
    [lacking('preprocessor_config.json'), /no preprocessor_config\.json/],
    [lacking('onnx/model.onnx'), /no ONNX file .* Weights of PyTorch or JAX do not run here/],
    [folder({ ...vit, 'config.json': json(3) }), /config\.json is not an object/],
    [folder({ ...vit, 'onnx/model.onnx': json('no graph') }), /onnx\/model\.onnx is no ONNX file/],
    [
      folder({ ...vit, 'onnx/model.onnx': sigmoid }),
      /onnx\/model\.onnx keeps its weights in onnx\/sigmoid\.data, which is not there/,
    ],
    [
      folder({ ...vit, 'onnx/model.onnx': sigmoid, 'onnx/sigmoid.data': json(0) }),
      /it sees no pictures \(expected the input pixel_values, got /,
    ],
  ] as const) {
    await expect(readNetworkPackage(files)).rejects.toThrow(message);
  }
  await expect(readNetworkPackage(lacking('config.json'))).rejects.toHaveProperty(
    'name',
    'PackageRefused',
  );
});

test('the picture side comes first, and of its graphs the most exact', () => {
  const both = ['onnx/model.onnx', 'onnx/vision_model_quantized.onnx', 'onnx/text_model.onnx'];
  expect(chooseGraph(both).path).toBe('onnx/vision_model_quantized.onnx');
  expect(chooseGraph([...both, 'onnx/vision_model_fp16.onnx'])).toEqual({
    path: 'onnx/vision_model_fp16.onnx',
    passedOver: ['onnx/vision_model_quantized.onnx'],
  });
  expect(chooseGraph(['encoder.onnx']).path).toBe('encoder.onnx');
  expect(() => chooseGraph(['a.onnx', 'b.onnx'])).toThrow(
    /several ONNX files.*got a\.onnx, b\.onnx/,
  );
});

test('only a network of pictures alone, which gives features, is taken', () => {
  const value = (name: string, ...dims: (number | string)[]) => ({ name, type: 1, dims });
  const facts = (inputs: string[], ...outputs: ReturnType<typeof value>[]) => ({
    inputs: inputs.map((name) => value(name, 'n', 3, 32, 32)),
    outputs,
    externalFiles: [],
  });
  const tokens = value('last_hidden_state', 'n', 17, 16);
  const pixels = ['pixel_values'];

  const taken = (model: string, ...outputs: ReturnType<typeof value>[]) => {
    const { output, take } = chooseOutput(facts(pixels, ...outputs), model);
    return `${take} of ${output}`;
  };
  expect(taken('clip', tokens, value('image_embeds', 'n', 8))).toBe('pooled of image_embeds');
  expect(taken('dinov2', tokens, value('pooler_output', 'n', 8))).toBe('pooled of pooler_output');
  expect(taken('dinov2', tokens)).toBe('class token of last_hidden_state');
  expect(taken('swin', tokens)).toBe('mean of last_hidden_state');
  expect(taken('resnet', value('last_hidden_state', 'n', 64, 7, 7))).toBe(
    'mean of last_hidden_state',
  );

  expect(() => chooseOutput(facts(['input_ids'], tokens), 'bert')).toThrow(
    /sees no pictures.*input_ids/,
  );
  expect(() => chooseOutput(facts(['pixel_values', 'input_ids'], tokens), 'clip')).toThrow(
    /wants more than pictures .*input_ids too/,
  );
  expect(() => chooseOutput(facts(pixels, value('logits', 'n', 1000)), 'vit')).toThrow(
    /gives no features .*got logits/,
  );
});

test('features are a vector, the first token, or the mean over tokens or places', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const tokens = { dtype: 'float32' as const, dims: [1, 3, 2], data };
  expect([...takeFeatures(tokens, 'class token')]).toEqual([1, 2]);
  expect([...takeFeatures(tokens, 'mean')]).toEqual([3, 4]);
  expect([...takeFeatures({ ...tokens, dims: [1, 2, 1, 3] }, 'mean')]).toEqual([2, 5]);
  expect([...takeFeatures({ ...tokens, dims: [1, 6, 1, 1] }, 'pooled')]).toHaveLength(6);
  const halves = { dtype: 'float16' as const, dims: [1, 2], data: Uint16Array.of(0x3c00, 0xc000) };
  expect([...takeFeatures(halves, 'pooled')]).toEqual([1, -2]);
});
