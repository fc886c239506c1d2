import { PbfReader, PbfWriter } from 'pbf';
import type { PackedWeight } from './onnx-weights';

/**
 * What com.microsoft.MatMulNBits multiplies by: (number − zero) · scale, [out, in] row-major. Blocks run along the inputs; the
 * low bits of a byte come first, and the last block may be filled up.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
export function unpackWeight(
  { rows, columns, bits, blockSize }: PackedWeight,
  numbers: Uint8Array,
  scales: Float32Array,
  zeros: Uint8Array | null,
): Float32Array<ArrayBuffer> {
  const perByte = 8 / bits;
  const largest = 2 ** bits - 1;
  const blocks = Math.ceil(columns / blockSize);
  const blockBytes = Math.ceil(blockSize / perByte);
  const zeroBytes = Math.ceil(blocks / perByte);
  const at = (bytes: Uint8Array, start: number, i: number) =>
    (bytes[start + Math.floor(i / perByte)] >> (bits * (i % perByte))) & largest;
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const scale = scales[row * blocks + block];
      const zero = zeros ? at(zeros, row * zeroBytes, block) : 2 ** (bits - 1);
      const from = block * blockSize;
      const start = (row * blocks + block) * blockBytes;
      for (let i = 0; i < Math.min(blockSize, columns - from); i++) {
        data[row * columns + from + i] = (at(numbers, start, i) - zero) * scale;
      }
    }
  }
  return data;
}

/** A weight that takes the place of a packed one: [in, out], where it lies, and whose it is. */
export interface PlainWeight {
  /** Place of the MatMulNBits among the graph's nodes. */
  node: number;
  name: string;
  dims: [inputs: number, outputs: number];
  dtype: 'float32' | 'float16';
  /** The weight file's name, and where in it. */
  file: string;
  offset: number;
  bytes: number;
}

/** Fields of onnx.proto3's ModelProto, GraphProto and NodeProto. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5 };
const NODE = { input: 1, output: 2, name: 3, op: 4 };

/** The graph with a plain MatMul in place of each of these nodes; all else is as it was, byte by byte. */
export function withPlainWeights(
  model: Uint8Array,
  weights: readonly PlainWeight[],
): Uint8Array<ArrayBuffer> {
  const byNode = new Map(weights.map((weight) => [weight.node, weight]));
  const parts = fieldsOf(model).flatMap(({ tag, start, from, end }) =>
    tag === MODEL_GRAPH
      ? delimited(tag, rewriteGraph(model.subarray(from, end), byNode))
      : [model.subarray(start, end)],
  );
  return joined(parts);
}

function rewriteGraph(graph: Uint8Array, weights: ReadonlyMap<number, PlainWeight>): Uint8Array {
  let node = 0;
  const parts = fieldsOf(graph).flatMap(({ tag, start, from, end }) => {
    const weight = tag === GRAPH.node ? weights.get(node++) : undefined;
    if (!weight) return [graph.subarray(start, end)];
    return delimited(tag, plainMatMul(graph.subarray(from, end), weight.name));
  });
  const added = [...weights.values()].flatMap((weight) =>
    delimited(GRAPH.initializer, externalTensor(weight)),
  );
  return joined([...parts, ...added]);
}

/** The node with its first input, output and name, as a MatMul of the standard operators. */
function plainMatMul(node: Uint8Array, weight: string): Uint8Array {
  const fields = fieldsOf(node);
  const copied = (wanted: number) => {
    const { start, end } = fields.find(({ tag }) => tag === wanted)!;
    return node.subarray(start, end);
  };
  const out = new PbfWriter();
  out.writeStringField(NODE.input, weight);
  out.writeStringField(NODE.op, 'MatMul');
  const named = fields.filter(({ tag }) => tag === NODE.name).map(() => copied(NODE.name));
  return joined([copied(NODE.input), copied(NODE.output), ...named, out.finish()]);
}

/** A TensorProto whose numbers lie in a weight file. */
function externalTensor({ name, dims, dtype, file, offset, bytes }: PlainWeight): Uint8Array {
  const out = new PbfWriter();
  for (const size of dims) out.writeVarintField(1, size);
  out.writeVarintField(2, dtype === 'float32' ? 1 : 10);
  out.writeStringField(8, name);
  const facts = { location: file, offset: String(offset), length: String(bytes) };
  for (const entry of Object.entries(facts)) {
    out.writeMessage(
      13,
      ([key, value], pbf) => {
        pbf.writeStringField(1, key);
        pbf.writeStringField(2, value);
      },
      entry,
    );
  }
  out.writeVarintField(14, 1); // data_location: EXTERNAL
  return out.finish();
}

/** A field of a message: from its tag, from its value on (of a message: behind its length), to its end. */
interface Field {
  tag: number;
  start: number;
  from: number;
  end: number;
}

function fieldsOf(message: Uint8Array): Field[] {
  const pbf = new PbfReader(message);
  const fields: Field[] = [];
  while (pbf.pos < pbf.length) {
    const start = pbf.pos;
    const key = pbf.readVarint();
    const value = pbf.pos;
    pbf.skip(key);
    const end = pbf.pos;
    const isMessage = (key & 7) === 2;
    if (isMessage) {
      pbf.pos = value;
      pbf.readVarint();
    }
    fields.push({ tag: key >>> 3, start, from: isMessage ? pbf.pos : value, end });
    pbf.pos = end;
  }
  return fields;
}

/** A message in another one: its tag, its length, its bytes. */
function delimited(tag: number, bytes: Uint8Array): Uint8Array[] {
  const head = new PbfWriter();
  head.writeVarint((tag << 3) | 2);
  head.writeVarint(bytes.length);
  return [head.finish(), bytes];
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
