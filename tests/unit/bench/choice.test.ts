import { expect, test } from 'vitest';
import { besideTwins, chooseGraphs, runsOf } from '../../../bench/gpu/portable/choice.js';
import type { ListedGraph } from '../../../bench/gpu/portable/contents.js';
import { inHalf } from '../../../bench/gpu/runtime.js';

/** A graph of graphs.json. */
const graph = (title: string, twinOf?: number): ListedGraph => ({
  title,
  ...(twinOf === undefined ? {} : { twinOf }),
  models: 'models-0',
  model: 'tiny',
  component: 'unet',
  folder: 'models-0/tiny',
  plan: `${title}.json`,
  inputs: [],
});
const listed = [graph('UNet'), graph('decoder'), graph('UNet, float16', 0)];

test('a device with shader-f16 runs the graphs in float16 too', () => {
  expect(chooseGraphs(listed, ['subgroups', 'shader-f16'])).toEqual({
    graphs: listed,
    leftOut: [],
  });
});

test('another runs those in float32, at their places in the list, and the others are named', () => {
  expect(chooseGraphs(listed, ['subgroups'])).toEqual({
    graphs: listed.slice(0, 2),
    leftOut: ['UNet, float16'],
  });
});

test('with one row float16 comes behind all of float32, and more rows come behind both', () => {
  const names = runsOf(listed, [1, 4]).map(({ graph, rows }) => `${listed[graph].title} ${rows}`);
  expect(names).toEqual([
    'UNet 1',
    'decoder 1',
    'UNet, float16 1',
    'UNet 4',
    'decoder 4',
    'UNet, float16 4',
  ]);
});

test('in the table float16 stands under its float32 graph with as many rows', () => {
  const sorted = besideTwins(runsOf(listed, [4, 1]), listed);
  expect(sorted.map(({ graph, rows }) => `${listed[graph].title} ${rows}`)).toEqual([
    'UNet 1',
    'UNet, float16 1',
    'UNet 4',
    'UNet, float16 4',
    'decoder 1',
    'decoder 4',
  ]);
});

test('the graph in float16 takes the place of the other; a model without one is told how to write it', () => {
  const file = (name: string) => ({ name, shards: [{ path: name }] });
  const component = { graph: file('a'), weights: [file('w')], inputs: {}, outputs: {} };
  const found = { id: 'tiny', component, read: () => new Uint8Array(), place: () => '' };
  const both = { ...found, component: { ...component, halfGraph: file('half') } };

  expect(inHalf(both).component).toMatchObject({ graph: file('half'), weights: [file('w')] });
  expect(both.component.graph, 'what was found is left as it is').toEqual(file('a'));
  expect(() => inHalf(found)).toThrow('tiny has no graph in float16. Write one: training/export');
});
