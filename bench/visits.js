/**
 * Opens the studio and waits until it names its backend.
 *
 * @param {import('../cli/app-browser.js').HeadlessApp} app
 */
export async function openStudio({ page, server }) {
  await page.addInitScript(() => localStorage.setItem('settings', '{"backend":"wasm"}'));
  await page.goto(server.url);
  await page.waitForFunction(
    () =>
      /webgpu|wasm/i.test(
        document.querySelector('[popovertarget="backend-menu"]')?.textContent ?? '',
      ),
    undefined,
    { timeout: 300_000 },
  );
}

/**
 * Milliseconds from opening the studio to a model that is ready, of three visits; see `msReady`.
 *
 * @param {() => Promise<import('../cli/app-browser.js').HeadlessApp>} open  A browser of its own, on the same profile.
 */
export async function laterVisits(open) {
  const times = [];
  for (let i = 0; i < 4; i++) {
    console.error(`later visit ${i} …`);
    const app = await open();
    try {
      const start = performance.now();
      await openStudio(app);
      times.push(performance.now() - start);
      await app.page.waitForTimeout(4000); // the browser writes compiled code a while after it was used
    } finally {
      await app.close();
    }
  }
  return times.slice(1); // the code of a first one need not be written yet
}

/**
 * What the benchmarks draw: the first example of a model in its own settings, from seed 1.
 *
 * @param {import('../src/models/manifest/manifest.ts').ModelEntry} entry
 */
export function exampleRequest({ id, examples, defaults }, steps = defaults.numInferenceSteps) {
  return {
    modelId: id,
    prompt: examples[0]?.prompt ?? 'chest x-ray',
    negativePrompt: '',
    seed: 1,
    imageIndex: 0,
    numInferenceSteps: steps,
    guidanceScale: defaults.guidanceScale,
    scheduler: defaults.scheduler,
    covariates: {},
  };
}

/**
 * The mean of the two in the middle where their number is even; NaN of none.
 *
 * @param {number[]} values
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
