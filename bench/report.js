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

From opening the page to a model that is ready, on the CPU, on a later visit: ${result.msReady} ms. Weights from IndexedDB
and nothing else: ${result.rawReadMBps} MB/s.

| backend | device | load, ms | load, MB/s | generate() over its session runs (goal ≤ ${MAX_OVERHEAD}) | read-back each step, over latents on the GPU |
|---|---|---|---|---|---|
${Object.entries(result.backends).map(loadRow).join('\n')}

| milliseconds | text encoder | one step | VAE decoder | image |
|---|---|---|---|---|
${Object.entries(result.backends).flatMap(stageRows).join('\n')}

"load" is from installed weights to sessions that passed their self-tests, the start of the ONNX runtime included.
"image" is from the prompt to pixels, without previews; writing the PNG is not included. "first" also compiles what is
compiled late and encodes the prompt; the others, "median", find it encoded.
`;
}

/** @param {[string, import('./bench.js').BackendResult]} entry */
function loadRow([backend, { device, msLoad, loadMBps, overheadRatio, readBackRatio }]) {
  const readBack = readBackRatio === null ? '' : readBackRatio.toFixed(3);
  return `| ${[backend, device, msLoad, loadMBps, overheadRatio.toFixed(3), readBack].join(' | ')} |`;
}

/** @param {[string, import('./bench.js').BackendResult]} entry */
function stageRows([backend, { stages }]) {
  return Object.entries({ first: stages.cold, median: stages.warm }).map(
    ([which, { msEncode, msStep, msDecode, msTotal }]) =>
      `| ${[`${backend}, ${which}`, msEncode, msStep, msDecode, msTotal].join(' | ')} |`,
  );
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
