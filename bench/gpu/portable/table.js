/** The one table that run.js prints. */

/**
 * @typedef {import('../steps.js').Times} Times
 * @typedef {{ error: string }} Failed  why there is no figure
 * @typedef {{ title: string, graph: number, rows: number } & (Failed | { plain: Times, replayed: Times | Failed,
 *   off: number | Failed })} Measured  `off`: difference to the CPU, relative
 * @typedef {{ graph: number, rows: number, kind: string, ms?: number, off?: number | null, error?: string }} TorchRecord
 * @typedef {{ missing?: string, torch?: string, device?: string, records: TorchRecord[] }} TorchResult  `missing`: why
 *   PyTorch measured nothing
 * @typedef {{ adapter: { description: string, software: boolean, features: string[] }, steps: number, seed: number,
 *   seconds: number, leftOut: string[], measured: Measured[], torch: TorchResult }} Result  `leftOut`: graphs in float16
 *   that the device cannot run
 */

const HEADS = [
  'graph',
  'rows',
  'session',
  'first',
  'step',
  'queued',
  'replayed',
  'off',
  'eager',
  'compiled',
  'off',
  'step/eager',
  'replayed/eager',
];

/**
 * Largest difference of two answers over the largest number of the second, or why there is none.
 *
 * @param {Float32Array} answer
 * @param {Float32Array} expected
 * @returns {number | Failed}
 */
export function offBy(answer, expected) {
  if (answer.length !== expected.length) return { error: 'the answers differ in size' };
  let [difference, largest] = [0, 0];
  for (let i = 0; i < answer.length; i++) {
    difference = Math.max(difference, Math.abs(answer[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  if (!Number.isFinite(largest)) return { error: "the CPU's answer is not finite" };
  if (largest === 0) return { error: "the CPU's answer is all zeros" };
  return Number.isFinite(difference) ? difference / largest : { error: 'the answer is not finite' };
}

/** The whole report as text. @param {Result} result */
export function tableOf({ adapter, steps, seed, seconds, leftOut, measured, torch }) {
  /** @type {string[]} */
  const notes = [];
  /** A cell that says no, and a note that says why. @param {string} where @param {string} why */
  const no = (where, why) => {
    notes.push(`${where}: ${why}`);
    return 'no';
  };
  const rows = measured.map((one) => rowOf(one, torch, no));
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  const lines = [HEADS, ...rows].map((row) =>
    row
      .map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
  const kind = adapter.software ? ' (software: says nothing about GPUs)' : '';
  return [
    `${adapter.description}${kind}, features: ${adapter.features.join(', ') || 'none'}`,
    torch.missing
      ? `PyTorch not measured: ${torch.missing}`
      : `PyTorch ${torch.torch} on ${torch.device}, the same graph and weights, in the graph's own precision`,
    ...(leftOut.length
      ? [`Not timed, for this device has no "shader-f16": ${leftOut.join('; ')}`]
      : []),
    `Random weights in the graphs' shapes, seed ${seed}. Milliseconds; step, replayed, eager and compiled are medians of ${steps}.`,
    '"off": largest difference to the CPU (wasm) over its largest number; after "compiled", the larger of both.',
    '',
    ...lines,
    ...(notes.length ? ['', ...new Set(notes)] : []),
    '',
    `${seconds.toFixed(1)} s in all`,
  ].join('\n');
}

/**
 * @param {Measured} one
 * @param {TorchResult} torch
 * @param {(where: string, why: string) => string} no
 */
function rowOf(one, torch, no) {
  const where = `${one.title}, ${one.rows} row(s)`;
  const eager = recordOf(torch, one, 'eager');
  const compiled = recordOf(torch, one, 'compiled');
  const pytorch = [
    torchCell(torch, eager, `${where}, eager`, no),
    torchCell(torch, compiled, `${where}, compiled`, no),
    torchOff(eager, compiled),
  ];
  const head = [one.title, String(one.rows)];
  if ('error' in one) {
    const cells = [no(where, one.error), 'no', 'no', 'no', 'no', 'no'];
    return [...head, ...cells, ...pytorch, '', ''];
  }
  const { plain, replayed, off } = one;
  const again = 'error' in replayed ? null : replayed.msStep;
  return [
    ...head,
    ...[plain.msOpen, plain.msFirst, plain.msStep, plain.msQueued].map(inMs),
    again === null ? no(`${where}, replayed`, /** @type {Failed} */ (replayed).error) : inMs(again),
    typeof off === 'number' ? off.toExponential(1) : no(`${where}, against the CPU`, off.error),
    ...pytorch,
    ratio(plain.msStep, eager?.ms),
    again === null ? '' : ratio(again, eager?.ms),
  ];
}

/**
 * @param {TorchResult} torch
 * @param {Measured} one
 * @param {string} kind
 */
function recordOf({ records }, { graph, rows }, kind) {
  return records.find(
    (record) => record.graph === graph && record.rows === rows && record.kind === kind,
  );
}

/**
 * @param {TorchResult} torch
 * @param {TorchRecord | undefined} record
 * @param {string} where
 * @param {(where: string, why: string) => string} no
 */
function torchCell({ missing }, record, where, no) {
  if (record?.ms !== undefined) return inMs(record.ms);
  if (missing) return /CUDA/.test(missing) ? 'no CUDA' : 'no';
  return no(where, record?.error ?? 'no time left');
}

/**
 * @param {TorchRecord | undefined} eager
 * @param {TorchRecord | undefined} compiled
 */
function torchOff(eager, compiled) {
  const known = [eager?.off, compiled?.off].filter((off) => typeof off === 'number');
  return known.length ? Math.max(...known).toExponential(1) : '';
}

/** @param {number} ms */
function inMs(ms) {
  return ms.toFixed(2);
}

/**
 * @param {number} ms
 * @param {number} [of]
 */
function ratio(ms, of) {
  return of ? (ms / of).toFixed(2) : '';
}
