/** The budgets of the project, each beside the figure it is about. */
const MAX_OVERHEAD = 1.05;
const MAX_FIRST_VISIT_MB = 70;
const MAX_SHELL_KB = 250;

/**
 * The result as Markdown: what was measured, on what, and the budget where there is one.
 *
 * @param {import('./bench.js').BenchResult} result
 */
export function describeResult(result) {
  const { machine, steps, images, guidanceScale } = result;
  return `# Benchmarks

Made by \`npm run bench -- --write\`. Model \`${result.model}\`, ${steps} steps, guidance ${guidanceScale}, median of
${images} images after a first one. ${machine.cpu}, ${machine.cores} cores (${result.threads} wasm threads),
${machine.browser}, headless, node ${machine.node}, ${machine.date}.

| first visit, on the wire | size | budget |
|---|---|---|
| everything, to the first image | ${megabytes(result.firstVisitBytes)} | ≤ ${MAX_FIRST_VISIT_MB} MB |
| weights and tokenizer | ${megabytes(result.weightBytes)} | ≤ 60 MB |
| ONNX runtime and tokenizer library, gzip | ${megabytes(result.runtimeBytes)} | |
| page and workers, gzip | ${(result.shellBytes / 1e3).toFixed(0)} kB | ≤ ${MAX_SHELL_KB} kB |

Weights from IndexedDB and nothing else: ${result.rawReadMBps} MB/s.

| backend | device | load, ms | load, MB/s | first image, ms | image, ms | step, ms | generate() over its session runs (goal ≤ ${MAX_OVERHEAD}) |
|---|---|---|---|---|---|---|---|
${Object.entries(result.backends).map(row).join('\n')}

"load" is from installed weights to sessions that passed their self-tests, the start of the worker and of the ONNX
runtime included. "image" is from the prompt to pixels; writing the PNG is not included.
`;
}

/** @param {[string, import('./bench.js').BackendResult]} entry */
function row([backend, result]) {
  const { device, msLoad, loadMBps, msFirstImage, msTotal, msPerStep, overheadRatio } = result;
  const numbers = [msLoad, loadMBps, msFirstImage, msTotal, msPerStep];
  return `| ${[backend, device, ...numbers, overheadRatio.toFixed(3)].join(' | ')} |`;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
