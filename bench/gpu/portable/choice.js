/** Which packed graphs a device runs, in which order, and how their figures are sorted. */

/** @typedef {import('./contents.js').ListedGraph} ListedGraph */

/** The feature that WGSL needs for `enable f16` (https://www.w3.org/TR/webgpu/#dom-gpufeaturename-shader-f16). */
const HALF = 'shader-f16';

/**
 * The graphs that a device with these features can run, and the titles of the others: those in float16 where it has no
 * such arithmetic. In the list they come last, so a graph keeps its place.
 *
 * @param {ListedGraph[]} listed
 * @param {string[]} features  of the device
 */
export function chooseGraphs(listed, features) {
  const runs = (/** @type {ListedGraph} */ { twinOf }) =>
    twinOf === undefined || features.includes(HALF);
  return {
    graphs: listed.filter(runs),
    leftOut: listed.filter((graph) => !runs(graph)).map(({ title }) => title),
  };
}

/**
 * What is measured, in this order, for the last is left out first when time is up: every graph with the first number of
 * rows, those in float16 behind the others, then every graph with the next number.
 *
 * @param {ListedGraph[]} graphs
 * @param {number[]} rows
 */
export function runsOf(graphs, rows) {
  return rows.flatMap((count) => graphs.map((_, graph) => ({ graph, rows: count })));
}

/**
 * Sorted for reading: by graph and rows, each figure of float16 behind that of its float32 graph.
 *
 * @template {{ graph: number, rows: number }} Measured
 * @param {Measured[]} measured
 * @param {ListedGraph[]} graphs
 */
export function besideTwins(measured, graphs) {
  const float = (/** @type {Measured} */ { graph }) => graphs[graph].twinOf ?? graph;
  return measured.toSorted((a, b) => float(a) - float(b) || a.rows - b.rows || a.graph - b.graph);
}
