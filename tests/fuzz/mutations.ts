import { philox4x32 } from '../../src/common/philox';

/** Whole numbers from 0 to `below` − 1; the same sequence for the same key. */
export type Random = (below: number) => number;

/** Philox4x32-10 under this seed and number: every case can be made again by itself. */
export function createRandom(seed: number, number: number): Random {
  let words: number[] = [];
  let block = 0;
  return (below) => {
    if (words.length === 0) words = philox4x32([block++, 0, 0, 0], [seed, number]);
    return words.pop()! % below;
  };
}

/** Values at which programs break: signs, edges, sizes that overflow. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** Infinity, NaN, −1, 1e30 as float32. */
const FLOATS = [0x7f800000, 0x7fc00000, 0xbf800000, 0x7149f2ca];

type Change = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

const flipBits: Change = (bytes, random) => {
  for (let n = 1 + random(8); n > 0; n--) bytes[placeIn(bytes, random)] ^= 1 << random(8);
  return bytes;
};

const setBytes: Change = (bytes, random) => {
  const at = placeIn(bytes, random);
  return bytes.fill(random(256), at, at + 1 + random(16));
};

const setNumber: Change = (bytes, random) => {
  const view = new DataView(bytes.buffer);
  const at = Math.min(placeIn(bytes, random), bytes.length - 4);
  if (at < 0) return bytes;
  const little = random(2) === 1;
  const values = [...EDGES, ...FLOATS];
  const value = values[random(values.length)];
  if (random(3) === 0) view.setUint16(at, value & 0xffff, little);
  else view.setUint32(at, value, little);
  return bytes;
};

const cutOff: Change = (bytes, random) => bytes.slice(0, random(bytes.length));

const takeOut: Change = (bytes, random) => {
  const at = random(bytes.length);
  return join(bytes.slice(0, at), bytes.slice(at + 1 + random(64)));
};

const putIn: Change = (bytes, random) => {
  const at = random(bytes.length);
  const noise = Uint8Array.from({ length: 1 + random(64) }, () => random(256));
  return join(bytes.slice(0, at), noise, bytes.slice(at));
};

const repeat: Change = (bytes, random) => {
  const at = random(bytes.length);
  const part = bytes.slice(at, at + 1 + random(256));
  return join(bytes.slice(0, at + part.length), part, bytes.slice(at + part.length));
};

const CHANGES = [flipBits, setBytes, setNumber, setNumber, cutOff, takeOut, putIn, repeat];

/** A damaged copy: one to four changes, every second one in the first 1,000 bytes, where headers are. */
export function mutate(original: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(original);
  for (let n = 1 + random(4); n > 0 && bytes.length > 0; n--) {
    bytes = CHANGES[random(CHANGES.length)](bytes, random);
  }
  return bytes;
}

function placeIn(bytes: Uint8Array, random: Random): number {
  return random(random(2) === 0 ? Math.min(bytes.length, 1000) : bytes.length);
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
