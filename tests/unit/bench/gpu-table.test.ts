import { expect, test } from 'vitest';
import { offBy, tableOf, type Result } from '../../../bench/gpu/portable/table.js';

const times = { msOpen: 1500, msFirst: 1200, msStep: 30, msQueued: 28.5 };
const result: Result = {
  adapter: { description: 'A GPU', software: false, features: ['subgroups'] },
  steps: 20,
  seed: 7,
  seconds: 41.26,
  leftOut: [],
  measured: [
    {
      title: 'UNet',
      graph: 0,
      rows: 1,
      plain: times,
      replayed: { ...times, msStep: 12 },
      off: 2.2e-6,
    },
    { title: 'UNet', graph: 0, rows: 4, plain: times, replayed: { error: 'no capture' }, off: 0 },
    { title: 'decoder', graph: 1, rows: 1, error: 'out of memory' },
  ],
  torch: {
    torch: '2.11',
    device: 'A GPU',
    records: [
      { graph: 0, rows: 1, kind: 'eager', ms: 10, off: 1e-6 },
      { graph: 0, rows: 1, kind: 'compiled', ms: 5, off: 3e-6 },
      { graph: 0, rows: 4, kind: 'eager', error: 'operator Foo' },
    ],
  },
};

/** Cells of the line of the table that begins so. */
const cellsOf = (text: string, start: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(start))!
    .split(/\s{2,}/)
    .map((cell) => cell.trim());

test('a line holds times, the difference to the CPU, PyTorch beside it, and how many times as long a step takes', () => {
  const text = tableOf(result);

  expect(cellsOf(text, 'UNet        1').join(' ')).toBe(
    'UNet 1 1500.00 1200.00 30.00 28.50 12.00 2.2e-6 10.00 5.00 3.0e-6 3.00 1.20',
  );
  expect(text).toContain('seed 7');
  expect(text).toContain('41.3 s in all');
});

test('what has no figure says no, and the reason stands below', () => {
  const text = tableOf(result);

  expect(cellsOf(text, 'decoder').slice(2)).toEqual(Array(8).fill('no'));
  for (const why of [
    'UNet, 4 row(s), replayed: no capture',
    'UNet, 4 row(s), eager: operator Foo',
    'UNet, 4 row(s), compiled: no time left',
    'decoder, 1 row(s): out of memory',
  ]) {
    expect(text).toContain(why);
  }
});

test("PyTorch's columns say where it has no CUDA, and a software adapter is called one", () => {
  const missing = 'PyTorch 2.13.0+cpu has no CUDA here';
  const text = tableOf({
    ...result,
    adapter: { ...result.adapter, software: true },
    torch: { missing, records: [] },
  });

  expect(text).toContain(`PyTorch not measured: ${missing}`);
  expect(cellsOf(text, 'UNet        1').slice(8)).toEqual(['no CUDA', 'no CUDA']);
  expect(text).toContain('software: says nothing about GPUs');
});

test('graphs in float16 that the device cannot run are named in one line, which is not there where none were left out', () => {
  expect(tableOf(result)).not.toContain('shader-f16');
  const text = tableOf({ ...result, leftOut: ['UNet, float16', 'decoder, float16'] });

  expect(text.split('\n').filter((line) => line.includes('float16'))).toEqual([
    'Not timed, for this device has no "shader-f16": UNet, float16; decoder, float16',
  ]);
});

test('answers are compared in proportion, and nothing passes that is not a number', () => {
  const expected = Float32Array.of(1, -4);

  expect(offBy(Float32Array.of(1, -3), expected)).toBe(0.25);
  expect(offBy(Float32Array.of(NaN, -4), expected)).toEqual({ error: 'the answer is not finite' });
  expect(offBy(expected, Float32Array.of(0, 0))).toEqual({
    error: "the CPU's answer is all zeros",
  });
  expect(offBy(Float32Array.of(1), expected)).toEqual({ error: 'the answers differ in size' });
});
