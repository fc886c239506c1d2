import { PbfReader } from 'pbf';

/**
 * Where the weights of a graph's layers lie, read from the graph itself: ONNX's protobuf messages, as far as they are
 * needed (https://onnx.ai/onnx/repo-docs/IR.html, field numbers of onnx.proto3).
 */

/** Where a stored tensor's bytes lie. */
export interface StoredWeight {
  dtype: WeightDtype;
  dims: number[];
  /** The weight file's name in the graph; null: in the graph's own file, as few bytes do. */
  file: string | null;
  offset: number;
  bytes: number;
}

export type WeightDtype = 'float32' | 'float16' | 'int8' | 'uint8';

/** The weight of a com.microsoft.MatMulNBits: see packed-weights.ts. */
export interface PackedWeight {
  /** Its node's place among the graph's nodes. */
  node: number;
  /** [out, blocks, bytes of a block] */
  numbers: StoredWeight;
  /** One for each block: [out · blocks]. */
  scales: StoredWeight;
  /** As packed as the numbers, each row of blocks from a new byte; null: half of the range. */
  zeros: StoredWeight | null;
  /** Output and input channels. */
  rows: number;
  columns: number;
  /** Of a number. */
  bits: number;
  /** Input channels that share a scale. */
  blockSize: number;
}

/** The weight of one convolution or linear layer. */
export interface LayerWeight {
  /** The module's path with dots, as the model's author had it, as far as the graph tells: `…attn1.to_q`, `layers.0.mlp.fc1`. */
  module: string;
  /** Null where it is packed. */
  stored: StoredWeight | null;
  /** In blocks of a few bits; null where it is not, or in a way that is not read here. */
  packed: PackedWeight | null;
  /** Scales of rounded weights, one for each output channel; null where the numbers are stored as they are. */
  scale: StoredWeight | null;
  /** [out, in, …kernel] of a convolution and of Gemm with transB; [in, out] of MatMul. */
  layout: 'out-in' | 'in-out';
}

interface GraphNode {
  name: string;
  op: string;
  inputs: string[];
  outputs: string[];
  transB: boolean;
  /** Whole numbers among its attributes. */
  integers: Record<string, number>;
}

interface Initializer {
  name: string;
  dims: number[];
  type: number;
  external: Record<string, string>;
  /** Its raw_data in the graph's own bytes. */
  inline: { offset: number; bytes: number } | null;
}

interface Graph {
  nodes: GraphNode[];
  initializers: Map<string, Initializer>;
}

/** TensorProto.DataType. */
const DTYPES: Record<number, WeightDtype> = { 1: 'float32', 2: 'uint8', 3: 'int8', 10: 'float16' };

/** Ops whose second input is a weight. */
const LAYERS = new Set(['Conv', 'Gemm', 'MatMul', 'MatMulNBits']);

/** Every convolution and linear layer of a graph, in the graph's order. */
export function layerWeights(graph: Uint8Array): LayerWeight[] {
  const { nodes, initializers } = readGraph(graph);
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const bias = new Map(
    nodes.flatMap((node) => {
      if (node.op !== 'Add') return [];
      const added = node.inputs.find((name) => initializers.has(name) && name.endsWith('.bias'));
      const of = node.inputs.find((name) => name !== added);
      return added && of ? [[of, added] as const] : [];
    }),
  );
  return nodes.flatMap((node, at): LayerWeight[] => {
    if (!LAYERS.has(node.op) || node.inputs.length < 2) return [];
    const found = follow(node.inputs[1], maker, initializers);
    if (!found) return [];
    const named = [node.inputs[1], found.weight.name].find((name) => /^[\w.]+\.weight/.test(name));
    const own = node.inputs.find((name) => initializers.has(name) && name.endsWith('.bias'));
    return [
      {
        module: moduleOf(named, own ?? bias.get(node.outputs[0]), node.name),
        stored: node.op === 'MatMulNBits' || found.shifted ? null : storedOf(found.weight),
        packed: node.op === 'MatMulNBits' ? packedOf(node, at, initializers) : null,
        scale: found.scale && storedOf(found.scale),
        layout: node.op === 'Conv' || node.transB ? 'out-in' : 'in-out',
      },
    ];
  });
}

/** The initializer behind a node's input, through Cast, Identity and DequantizeLinear; `shifted`: with a zero point. */
function follow(
  name: string,
  maker: ReadonlyMap<string, GraphNode>,
  initializers: ReadonlyMap<string, Initializer>,
): { weight: Initializer; scale: Initializer | null; shifted: boolean } | null {
  const weight = initializers.get(name);
  if (weight) return { weight, scale: null, shifted: false };
  const node = maker.get(name);
  if (node?.op === 'Cast' || node?.op === 'Identity') {
    return follow(node.inputs[0], maker, initializers);
  }
  const rounded = node?.op === 'DequantizeLinear' && initializers.get(node.inputs[0]);
  const scale = rounded && initializers.get(node.inputs[1]);
  return scale ? { weight: rounded, scale, shifted: node.inputs.length > 2 } : null;
}

/** null: with an order of its inputs or a bias of its own, or with numbers that are not in the file. */
function packedOf(
  { inputs, integers }: GraphNode,
  node: number,
  initializers: ReadonlyMap<string, Initializer>,
): PackedWeight | null {
  const { K: columns, N: rows, bits = 4, block_size: blockSize } = integers;
  const [numbers, scales, zeros] = inputs.slice(1, 4).map((name) => {
    const found = initializers.get(name);
    return found ? storedOf(found) : null;
  });
  const further = inputs.slice(4).some((name) => name !== '');
  const asStored = numbers?.dtype === 'uint8' && (zeros ?? numbers).dtype === 'uint8';
  const lacksZeros = inputs.length > 3 && inputs[3] !== '' && !zeros;
  if (further || lacksZeros || !asStored || !scales || !(8 % bits === 0)) return null;
  return { node, numbers, scales, zeros: zeros ?? null, rows, columns, bits, blockSize };
}

/** The path by the weight's name, else by the name of the bias, else by the node's: `/mid_block/attn1/to_q/MatMul`. */
function moduleOf(weight: string | undefined, bias: string | undefined, node: string): string {
  if (weight) return weight.replace(/\.weight.*$/, '');
  if (bias) return bias.replace(/\.bias$/, '');
  return node
    .replace(/^\//, '')
    .replace(/\/[^/]*$/, '')
    .replaceAll('/', '.');
}

function storedOf({ dims, type, external, inline }: Initializer): StoredWeight | null {
  const dtype = DTYPES[type];
  if (dtype && inline) return { dtype, dims, file: null, ...inline };
  const [offset, bytes] = [Number(external.offset ?? 0), Number(external.length)];
  if (!dtype || !external.location || !(bytes > 0)) return null;
  return { dtype, dims, file: external.location, offset, bytes };
}

function readGraph(bytes: Uint8Array): Graph {
  const graph: Graph = { nodes: [], initializers: new Map() };
  new PbfReader(bytes).readFields((tag, _, pbf) => {
    if (tag === 7) pbf.readMessage(readGraphField, graph);
  }, null);
  return graph;
}

function readGraphField(tag: number, graph: Graph, pbf: PbfReader) {
  if (tag === 1) {
    const lists = { inputs: [], outputs: [], integers: {} };
    const node: GraphNode = { name: '', op: '', ...lists, transB: false };
    graph.nodes.push(pbf.readMessage(readNodeField, node));
  } else if (tag === 5) {
    const empty: Initializer = { name: '', dims: [], type: 0, external: {}, inline: null };
    const tensor = pbf.readMessage(readTensorField, empty);
    graph.initializers.set(tensor.name, tensor);
  }
}

function readNodeField(tag: number, node: GraphNode, pbf: PbfReader) {
  if (tag === 1) node.inputs.push(pbf.readString());
  else if (tag === 2) node.outputs.push(pbf.readString());
  else if (tag === 3) node.name = pbf.readString();
  else if (tag === 4) node.op = pbf.readString();
  else if (tag === 5) {
    const attribute = pbf.readMessage(
      (field, one, inner) => {
        if (field === 1) one.name = inner.readString();
        else if (field === 3) one.value = inner.readVarint(true);
      },
      { name: '', value: 0 },
    );
    node.integers[attribute.name] = attribute.value;
    if (attribute.name === 'transB') node.transB = attribute.value !== 0;
  }
}

function readTensorField(tag: number, tensor: Initializer, pbf: PbfReader) {
  if (tag === 1) pbf.readPackedVarint(tensor.dims, true);
  else if (tag === 2) tensor.type = pbf.readVarint();
  else if (tag === 8) tensor.name = pbf.readString();
  else if (tag === 9) {
    const bytes = pbf.readVarint();
    tensor.inline = { offset: pbf.pos, bytes };
    pbf.pos += bytes;
  } else if (tag === 13) {
    const [key, value] = pbf.readMessage(
      (field, pair, inner) => {
        pair[field - 1] = inner.readString();
      },
      ['', ''],
    );
    tensor.external[key] = value;
  }
}
