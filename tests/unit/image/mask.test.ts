import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { plainImage } from '../../../src/image/decoded-image';
import {
  labelInstances,
  maskFromImage,
  maskInput,
  maskPlanes,
  resizeMask,
} from '../../../src/image/mask';
import { readPng } from '../../../src/image/read-png';
import { EXPECTED, fixture } from './format-fixtures';

const CLASSES = ['background', 'nucleus'];
const grey = (width: number, values: number[], bits = 8) =>
  plainImage(width, values.length / width, 1, Uint8Array.from(values), bits);

test('the mask planes are those of training/data/dataset.py, bit by bit', async () => {
  const mask = maskFromImage(await readPng(fixture('nuclei.png')), 'instances', CLASSES);
  const planes = maskPlanes(mask);
  const { planes: expected, sums } = EXPECTED['nuclei.png'] as unknown as {
    planes: string;
    sums: number[];
  };
  const sum = (from: number) => planes.subarray(from, from + 4096).reduce((a, b) => a + b, 0);
  expect([sum(0), sum(4096)]).toEqual(sums);
  expect(createHash('sha256').update(planes).digest('hex')).toBe(expected);
  expect(Math.max(...maskInput(planes))).toBe(1);
});

test('a wrong value is named with its place and with what is allowed', () => {
  expect(() => maskFromImage(grey(3, [0, 1, 0, 1, 0, 7]), 'classes', CLASSES)).toThrow(
    /value 7 in column 3, row 2 \(expected 0 \(background\), 1 \(nucleus\)\)/,
  );
  expect(() => maskFromImage(grey(3, [0, 255, 0, 1, 0, 0]), 'classes', CLASSES)).toThrow(
    /value 255 in column 2, row 1/,
  );
});

test('black and white stands for two classes, but not for three', () => {
  const image = grey(2, [0, 255, 255, 0]);
  expect([...maskFromImage(image, 'classes', CLASSES).values]).toEqual([0, 1, 1, 0]);
  expect(() => maskFromImage(image, 'classes', [...CLASSES, 'debris'])).toThrow(/255/);
  expect([...maskFromImage(grey(2, [0, 1], 1), 'classes', CLASSES).values]).toEqual([0, 1]);
});

test('grey in three channels is a mask, a colour is none', () => {
  const rgb = (values: number[]) => plainImage(2, 1, 3, Uint8Array.from(values), 8);
  expect([...maskFromImage(rgb([1, 1, 1, 0, 0, 0]), 'classes', CLASSES).values]).toEqual([1, 0]);
  expect(() => maskFromImage(rgb([1, 1, 1, 0, 9, 0]), 'classes', CLASSES)).toThrow(
    /column 2, row 1.*\(0, 9, 0\)/,
  );
});

test('a fraction or a sign is no mask value', () => {
  const image = plainImage(2, 1, 1, Float32Array.of(0, 0.5), 32);
  expect(() => maskFromImage(image, 'instances', CLASSES)).toThrow(/0\.5/);
});

test('pieces that touch by an edge become one instance, corners do not join', () => {
  // 1 1 0 2
  // 0 1 0 2
  // 1 0 2 0
  const values = Uint16Array.of(1, 1, 0, 2, 0, 1, 0, 2, 1, 0, 2, 0);
  const { mask, classOf } = labelInstances({ width: 4, height: 3, values });
  expect([...mask.values]).toEqual([1, 1, 0, 2, 0, 1, 0, 2, 3, 0, 4, 0]);
  expect(classOf).toEqual([0, 1, 2, 1, 2]);
});

test('pieces of two classes that touch stay two', () => {
  const { mask } = labelInstances({ width: 2, height: 1, values: Uint16Array.of(1, 2) });
  expect([...mask.values]).toEqual([1, 2]);
});

test('a large region does not overflow the stack', () => {
  const values = new Uint16Array(1024 * 1024).fill(1);
  const { classOf } = labelInstances({ width: 1024, height: 1024, values });
  expect(classOf).toEqual([0, 1]);
});

test('a resized mask has no values of its own', () => {
  const mask = { width: 2, height: 2, values: Uint16Array.of(1, 500, 0, 9) };
  expect([...resizeMask(mask, 4, 2).values]).toEqual([1, 1, 500, 500, 0, 0, 9, 9]);
  expect([...resizeMask(resizeMask(mask, 6, 6), 2, 2).values]).toEqual([...mask.values]);
});
