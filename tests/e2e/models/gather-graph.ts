/**
 * An ONNX graph of many large weights that is nothing to compute: y = Σᵢ Gather(wᵢ, index), each wᵢ [rows, columns]
 * float32 in one external file, one after the other. Written by hand, for it needs a dozen fields of the format:
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
export function gatherGraph(
  numWeights: number,
  rows: number,
  columns: number,
  file: string,
): Buffer {
  const nodes: Buffer[] = [];
  const initializers: Buffer[] = [];
  for (let i = 0; i < numWeights; i++) {
    nodes.push(node('Gather', [`w${i}`, 'index'], `g${i}`));
    if (i > 0) nodes.push(node('Add', [i === 1 ? 'g0' : `s${i - 1}`, `g${i}`], `s${i}`));
    const bytes = 4 * rows * columns;
    initializers.push(externalTensor(`w${i}`, [rows, columns], file, i * bytes, bytes));
  }
  const graph = message(
    ...nodes.map((bytes) => field(1, bytes)),
    field(2, 'gather'),
    ...initializers.map((bytes) => field(5, bytes)),
    field(11, valueInfo('index', INT64, [1])),
    field(12, valueInfo(`s${numWeights - 1}`, FLOAT, [1, columns])),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(2, 17)))); // IR 8, opset 17
}

const FLOAT = 1;
const INT64 = 7;
const EXTERNAL = 1;

function node(type: string, inputs: string[], output: string): Buffer {
  return message(...inputs.map((name) => field(1, name)), field(2, output), field(4, type));
}

function externalTensor(name: string, dims: number[], file: string, offset: number, bytes: number) {
  const entry = (key: string, value: string) => field(13, message(field(1, key), field(2, value)));
  return message(
    ...dims.map((dim) => field(1, dim)),
    field(2, FLOAT),
    field(8, name),
    entry('location', file),
    entry('offset', String(offset)),
    entry('length', String(bytes)),
    field(14, EXTERNAL),
  );
}

function valueInfo(name: string, type: number, dims: number[]): Buffer {
  const shape = message(...dims.map((dim) => field(1, message(field(1, dim)))));
  const tensor = message(field(1, type), field(2, shape));
  return message(field(1, name), field(2, message(field(1, tensor))));
}

function message(...fields: Buffer[]): Buffer {
  return Buffer.concat(fields);
}

/** A protobuf field: a number as varint, text and messages with their length before them. */
function field(id: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(id << 3), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}
