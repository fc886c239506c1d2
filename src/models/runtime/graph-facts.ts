import { PbfReader } from 'pbf';

/** An input or output as the graph declares it; a string names a free dimension, null is one of which it says nothing. */
export interface DeclaredValue {
  name: string;
  /** A number of ONNX's TensorProto.DataType: 1 is float32, 10 is float16. */
  type: number;
  dims: (number | string | null)[];
}

/** What a graph takes and gives, and the files that it keeps weights in. */
export interface GraphFacts {
  inputs: DeclaredValue[];
  outputs: DeclaredValue[];
  /** Names of external data, each once; they lie beside the graph. */
  externalFiles: string[];
}

/**
 * Reads an ONNX file's declarations without a runtime (field numbers of onnx.proto3,
 * https://onnx.ai/onnx/repo-docs/IR.html). Throws where the bytes are no protobuf message; of another message nothing is
 * found.
 */
export function readGraphFacts(bytes: Uint8Array): GraphFacts {
  const graph = {
    initializers: new Set<string>(),
    files: new Set<string>(),
    inputs: [] as DeclaredValue[],
    outputs: [] as DeclaredValue[],
  };
  new PbfReader(bytes).readFields((tag, _, pbf) => {
    if (tag !== 7) return;
    pbf.readMessage((field, found, inner) => {
      if (field === 5) readInitializer(inner, found);
      else if (field === 11) found.inputs.push(readValue(inner));
      else if (field === 12) found.outputs.push(readValue(inner));
    }, graph);
  }, null);
  return {
    // Old exporters list weights among the inputs too.
    inputs: graph.inputs.filter(({ name }) => !graph.initializers.has(name)),
    outputs: graph.outputs,
    externalFiles: [...graph.files],
  };
}

function readInitializer(
  pbf: PbfReader,
  { initializers, files }: { initializers: Set<string>; files: Set<string> },
) {
  pbf.readMessage((field, _, inner) => {
    if (field === 8) initializers.add(inner.readString());
    else if (field === 13) {
      const [key, value] = inner.readMessage(
        (at, pair, entry) => {
          pair[at - 1] = entry.readString();
        },
        ['', ''],
      );
      if (key === 'location') files.add(value);
    }
  }, null);
}

/** ValueInfoProto: the name, and of a tensor its type and shape. */
function readValue(pbf: PbfReader): DeclaredValue {
  const value: DeclaredValue = { name: '', type: 0, dims: [] };
  return pbf.readMessage((field, one, inner) => {
    if (field === 1) one.name = inner.readString();
    else if (field === 2) inner.readMessage(readTensorType, one);
  }, value);
}

function readTensorType(field: number, value: DeclaredValue, pbf: PbfReader) {
  if (field !== 1) return;
  pbf.readMessage((at, one, inner) => {
    if (at === 1) one.type = inner.readVarint();
    else if (at === 2) inner.readMessage(readShape, one);
  }, value);
}

function readShape(field: number, value: DeclaredValue, pbf: PbfReader) {
  if (field !== 1) return;
  const dim = pbf.readMessage(
    (at, one, inner) => {
      if (at === 1) one.size = inner.readVarint(true);
      else if (at === 2) one.size = inner.readString();
    },
    { size: null as number | string | null },
  );
  value.dims.push(dim.size);
}
