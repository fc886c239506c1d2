/**
 * A graph as plain data: its nodes, and of each stored tensor where its bytes lie and how its numbers are spread. With it
 * random weights can be made and PyTorch can run the graph where no ONNX library is.
 *
 * Fields of onnx.proto3: https://onnx.ai/onnx/repo-docs/IR.html
 */
import { PbfReader } from 'pbf';

/**
 * @typedef {{ dtype: string, dims: number[], file?: string, offset: number, bytes: number, base64?: string,
 *   mean?: number, spread?: number, least?: number, most?: number }} PlannedTensor  `base64`: bytes that lie in the graph;
 *   `spread`: standard deviation
 * @typedef {{ op: string, inputs: string[], outputs: string[], attributes: Record<string, any> }} PlannedNode
 * @typedef {{ nodes: PlannedNode[], tensors: Record<string, PlannedTensor>, inputs: string[], outputs: string[] }} Plan
 */

/** TensorProto.DataType. @type {Record<number, [string, number]>} name and bytes of an element */
const TYPES = {
  1: ['float32', 4],
  2: ['uint8', 1],
  3: ['int8', 1],
  6: ['int32', 4],
  7: ['int64', 8],
  9: ['bool', 1],
  10: ['float16', 2],
};

/**
 * Reads a graph. Throws where it holds a tensor of a type that no shipped graph has.
 *
 * @param {Uint8Array} onnx
 * @returns {Plan}
 */
export function readPlan(onnx) {
  /** @type {Plan} */
  const plan = { nodes: [], tensors: {}, inputs: [], outputs: [] };
  message(new PbfReader(onnx), (tag, pbf) => {
    if (tag !== 7) return;
    message(nested(pbf), (tag, pbf) => {
      if (tag === 1) plan.nodes.push(node(nested(pbf)));
      if (tag === 5) {
        const { name, tensor } = readTensor(nested(pbf));
        plan.tensors[name] = tensor;
      }
      if (tag === 11) plan.inputs.push(named(nested(pbf)));
      if (tag === 12) plan.outputs.push(named(nested(pbf)));
    });
  });
  return plan;
}

/**
 * Calls `field` for each field of a message.
 *
 * @param {PbfReader} pbf
 * @param {(tag: number, pbf: PbfReader) => void} field
 */
function message(pbf, field) {
  pbf.readFields((tag, _, pbf) => field(tag, pbf), undefined);
}

/** @param {PbfReader} pbf  before a field that is a message */
function nested(pbf) {
  return new PbfReader(pbf.readBytes());
}

/** Of a ValueInfoProto. @param {PbfReader} pbf */
function named(pbf) {
  let name = '';
  message(pbf, (tag, pbf) => {
    if (tag === 1) name = pbf.readString();
  });
  return name;
}

/** @param {PbfReader} pbf */
function node(pbf) {
  /** @type {PlannedNode} */
  const read = { op: '', inputs: [], outputs: [], attributes: {} };
  message(pbf, (tag, pbf) => {
    if (tag === 1) read.inputs.push(pbf.readString());
    if (tag === 2) read.outputs.push(pbf.readString());
    if (tag === 4) read.op = pbf.readString();
    if (tag === 5) Object.assign(read.attributes, attribute(nested(pbf)));
  });
  return read;
}

/** @param {PbfReader} pbf */
function attribute(pbf) {
  let name = '';
  /** @type {any} */
  let value;
  /** @type {number[]} */
  const list = [];
  message(pbf, (tag, pbf) => {
    if (tag === 1) name = pbf.readString();
    if (tag === 2) value = pbf.readFloat();
    if (tag === 3) value = pbf.readVarint(true);
    if (tag === 4) value = new TextDecoder().decode(pbf.readBytes());
    if (tag === 5) value = readTensor(nested(pbf)).tensor;
    if (tag === 7) pbf.readPackedFloat(list);
    if (tag === 8) pbf.readPackedVarint(list, true);
  });
  return { [name]: value ?? list };
}

/** @param {PbfReader} pbf */
function readTensor(pbf) {
  let name = '';
  let type = 0;
  /** @type {number[]} */
  const dims = [];
  /** @type {Uint8Array} */
  let raw = new Uint8Array();
  /** @type {Record<string, string>} */
  const place = {};
  message(pbf, (tag, pbf) => {
    if (tag === 1) pbf.readPackedVarint(dims, true);
    if (tag === 2) type = pbf.readVarint();
    if (tag === 4) raw = new Uint8Array(Float32Array.from(pbf.readPackedFloat()).buffer);
    if (tag === 7) {
      raw = new Uint8Array(BigInt64Array.from(pbf.readPackedVarint([], true).map(BigInt)).buffer);
    }
    if (tag === 8) name = pbf.readString();
    if (tag === 9) raw = pbf.readBytes();
    if (tag === 13) {
      let key = '';
      message(nested(pbf), (tag, pbf) => {
        if (tag === 1) key = pbf.readString();
        if (tag === 2) place[key] = pbf.readString();
      });
    }
  });
  if (!(type in TYPES)) throw new Error(`The tensor "${name}" is of ONNX type ${type}: not read.`);
  const [dtype, width] = TYPES[type];
  const bytes = dims.reduce((product, size) => product * size, 1) * width;
  /** @type {PlannedTensor} */
  const tensor = { dtype, dims, offset: Number(place.offset ?? 0), bytes };
  if (place.location) tensor.file = place.location;
  else tensor.base64 = Buffer.from(raw).toString('base64');
  return { name, tensor };
}
