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
