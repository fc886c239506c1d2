import type { LoraChoice } from '../../contract/request';
import { appError } from '../../errors';
import type { Component, ModelFile } from '../../models/manifest/manifest';
import { fromFloat16, toFloat16 } from '../../models/runtime/float16';
import {
  layerWeights,
  type LayerWeight,
  type StoredWeight,
} from '../../models/runtime/onnx-weights';
import type { ReadFile } from '../../models/runtime/open-component';
import {
  unpackWeight,
  withPlainWeights,
  type PlainWeight,
} from '../../models/runtime/packed-weights';
import { layerPath, layersOf, type AdapterPart } from './adapter';
import { changeWeight, type LayerMatrix } from './changed-weight';

/** Bytes that take the place of others in a weight file. */
interface Patch {
  offset: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A component as adapters change it, and how its files are read. */
export interface PatchedComponent {
  component: Component;
  read: ReadFile;
}

/** The weight file of layers that were packed in few bits, and are plain numbers now. */
const PLAIN_FILE = 'changed-layers.bin';

/**
 * Reads a component's files with what adapters change of its weights in place; the stored files stay as they are. A layer of
 * 4 bits is kept as plain numbers, for its steps are coarser than what adapters change. `ModelUnsupported` where an adapter
 * changes a layer that the graph has not, or has in another size.
 */
export async function patchWeights(
  part: AdapterPart,
  component: Component,
  readFile: ReadFile,
  adapters: readonly LoraChoice[],
): Promise<PatchedComponent> {
  const graph = new Uint8Array(await (await readFile(component.graph)).arrayBuffer());
  const places = placesOf(part, graph);
  const changed = new Map<LayerWeight, LayerMatrix>();
  const opened = new Map<ModelFile, Promise<Blob>>();
  const read = (stored: StoredWeight) => {
    const file = fileOf(component, stored);
    if (!opened.has(file)) opened.set(file, readFile(file));
    return readBytes(opened.get(file)!, stored);
  };
  for (const adapter of adapters) {
    const layers = layersOf(adapter.factors ?? [], part);
    checkPlaces(adapter, [...layers.keys()], places);
    for (const [module, factors] of layers) {
      for (const layer of places.get(module)!) {
        const matrix = changed.get(layer) ?? (await readMatrix(layer, read));
        changed.set(layer, matrix);
        if (changeWeight(matrix, factors, adapter.strength)) continue;
        throw misfit(adapter, `the layer ${module} is ${matrix.rows} × ${matrix.columns}`);
      }
    }
  }
  const patches = new Map<string | null, Patch[]>();
  const plain = plainLayers(changed);
  for (const [layer, matrix] of changed) {
    if (!layer.stored) continue;
    for (const [{ file, offset }, bytes] of storedForms(layer, matrix)) {
      patches.set(file, [...(patches.get(file) ?? []), { offset, bytes }]);
    }
  }
  const readPatched: ReadFile = async (file) => {
    const blob = await readFile(file);
    const found = patches.get(file === component.graph ? null : file.name);
    return found ? patched(blob, found) : blob;
  };
  if (plain.weights.length === 0) return { component, read: readPatched };
  const extra: ModelFile = { name: PLAIN_FILE, bytes: plain.blob.size, shards: [] };
  return {
    component: { ...component, weights: [...component.weights, extra] },
    read: async (file) => {
      if (file === extra) return plain.blob;
      const blob = await readPatched(file);
      if (file !== component.graph) return blob;
      const whole = new Uint8Array(await blob.arrayBuffer());
      return new Blob([withPlainWeights(whole, plain.weights)]);
    },
  };
}

/** Layers that were packed as plain numbers, one after the other: in the type of their scales, which is that of what they multiply. */
function plainLayers(changed: ReadonlyMap<LayerWeight, LayerMatrix>) {
  const weights: PlainWeight[] = [];
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const [{ packed, module }, { data, rows, columns }] of changed) {
    if (!packed) continue;
    const dtype = packed.scales.dtype === 'float16' ? 'float16' : 'float32';
    const bytes = encode(transposed(data, rows, columns), dtype);
    const name = `${module}.weight_plain_${packed.node}`;
    const place = { file: PLAIN_FILE, offset, bytes: bytes.length };
    weights.push({ node: packed.node, name, dims: [columns, rows], dtype, ...place });
    parts.push(bytes);
    offset += bytes.length;
  }
  return { weights, blob: new Blob(parts) };
}

/** A layer whose weight is stored twice, in two kinds of numbers, has two. */
function placesOf(part: AdapterPart, graph: Uint8Array): Map<string, LayerWeight[]> {
  const places = new Map<string, LayerWeight[]>();
  for (const layer of layerWeights(graph)) {
    const path = layerPath(part, layer.module);
    places.set(path, [...(places.get(path) ?? []), layer]);
  }
  return places;
}

function checkPlaces(
  adapter: LoraChoice,
  modules: readonly string[],
  places: ReadonlyMap<string, LayerWeight[]>,
) {
  const name = (found: readonly string[]) =>
    `${found.length} of its ${modules.length} layers, ${found.slice(0, 2).join(', ')}${found.length > 2 ? ', …' : ''}`;
  const unknown = modules.filter((module) => !places.has(module));
  if (unknown.length > 0) throw misfit(adapter, `the model has not ${name(unknown)}`);
  const packed = modules.filter((module) =>
    places.get(module)!.some((layer) => !layer.stored && !layer.packed),
  );
  if (packed.length === 0) return;
  throw appError(
    'ModelUnsupported',
    `"${adapter.title ?? 'The LoRA'}" cannot be applied to such rounded weights (expected float32, float16, symmetric int8 or MatMulNBits; ${name(packed)} ` +
      'are packed otherwise). Use a package of the model with --weights float16 or int8, or merge it in at export (--lora).',
  );
}

async function readMatrix(
  layer: LayerWeight,
  read: (stored: StoredWeight) => Promise<ArrayBuffer>,
): Promise<LayerMatrix> {
  const { stored, packed, scale, layout } = layer;
  const numbersOf = async (one: StoredWeight) => decode(await read(one), one.dtype);
  if (packed) {
    const { numbers, scales, zeros, rows, columns } = packed;
    const bytes = new Uint8Array(await read(numbers));
    const zeroBytes = zeros && new Uint8Array(await read(zeros));
    const values = unpackWeight(packed, bytes, await numbersOf(scales), zeroBytes);
    return { data: values, rows, columns, kernel: 1 };
  }
  const { dims } = stored!;
  let data = await numbersOf(stored!);
  const [rows, inputs] = layout === 'out-in' ? dims : [dims[1], dims[0]];
  const kernel =
    layout === 'out-in' ? dims.slice(2).reduce((product, size) => product * size, 1) : 1;
  if (layout === 'in-out') data = transposed(data, dims[0], dims[1]);
  const columns = inputs * kernel;
  if (scale) {
    const scales = await numbersOf(scale);
    for (let i = 0; i < data.length; i++)
      data[i] *= scales[scales.length > 1 ? Math.floor(i / columns) : 0];
  }
  return { data, rows, columns, kernel };
}

/** The bytes of a changed weight, and those of its scales where it has some. */
function storedForms(
  { stored, scale, layout }: LayerWeight,
  { data, rows, columns }: LayerMatrix,
): [StoredWeight, Uint8Array<ArrayBuffer>][] {
  const form = (values: Float32Array<ArrayBuffer>) =>
    layout === 'in-out' ? transposed(values, rows, columns) : values;
  if (!scale) return [[stored!, encode(form(data), stored!.dtype)]];
  const [quantized, scales] = rounded(data, rows, columns, elementsOf(scale) > 1);
  return [
    [stored!, encode(form(quantized), stored!.dtype)],
    [scale, encode(scales, scale.dtype)],
  ];
}

function elementsOf({ dims }: StoredWeight): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** Symmetric int8, as training/export/quantize.py rounds: one scale for each row, or one for all. */
function rounded(data: Float32Array, rows: number, columns: number, perRow: boolean) {
  const step = perRow ? columns : data.length;
  const scales = new Float32Array(perRow ? rows : 1);
  const quantized = new Float32Array(data.length);
  for (let k = 0; k < scales.length; k++) {
    let most = 0;
    for (let i = k * step; i < (k + 1) * step; i++) most = Math.max(most, Math.abs(data[i]));
    scales[k] = Math.max(most, 1e-12) / 127;
    for (let i = k * step; i < (k + 1) * step; i++) quantized[i] = Math.round(data[i] / scales[k]);
  }
  return [quantized, scales] as const;
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = data[row * columns + column];
  }
  return out;
}

function fileOf({ graph, weights }: Component, { file }: StoredWeight): ModelFile {
  return file === null ? graph : weights.find(({ name }) => name === file)!;
}

async function readBytes(
  opening: Promise<Blob>,
  { offset, bytes }: StoredWeight,
): Promise<ArrayBuffer> {
  return (await opening).slice(offset, offset + bytes).arrayBuffer();
}

function decode(buffer: ArrayBuffer, dtype: StoredWeight['dtype']): Float32Array<ArrayBuffer> {
  if (dtype === 'float32') return new Float32Array(buffer);
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(buffer), fromFloat16);
  return Float32Array.from(new Int8Array(buffer));
}

function encode(
  data: Float32Array<ArrayBuffer>,
  dtype: StoredWeight['dtype'],
): Uint8Array<ArrayBuffer> {
  if (dtype === 'float32') return new Uint8Array(data.buffer);
  if (dtype === 'float16') return new Uint8Array(Uint16Array.from(data, toFloat16).buffer);
  return new Uint8Array(Int8Array.from(data).buffer);
}

/** The file with other bytes in some places; what is between them is not read. */
function patched(blob: Blob, patches: readonly Patch[]): Blob {
  const parts: BlobPart[] = [];
  let end = 0;
  for (const { offset, bytes } of [...patches].sort((a, b) => a.offset - b.offset)) {
    parts.push(blob.slice(end, offset), bytes);
    end = offset + bytes.length;
  }
  return new Blob([...parts, blob.slice(end)]);
}

function misfit({ title = 'The LoRA' }: LoraChoice, why: string) {
  return appError(
    'ModelUnsupported',
    `"${title}" does not fit this model: ${why}. Choose the model that it was trained on.`,
  );
}
