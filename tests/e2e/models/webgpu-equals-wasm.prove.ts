import { expect, test } from '@playwright/test';
import { openHeadlessApp } from '../../../cli/app-browser.js';
import { TINY } from '../app';

// The two add float32 in another order. Measured on SwiftShader: 3.4e-5 (shipped), 1.3e-5 (fixture); other GPUs differ.
const RELATIVE_TOLERANCE = 5e-4;

for (const [what, mounts] of [
  ['shipped', []],
  ['fixture', TINY],
] as const) {
  test(`one UNet step of the ${what} model is the same on WebGPU and on wasm`, async () => {
    const app = await openHeadlessApp({ mounts: [...mounts] });
    try {
      const { defaultModel } = await app.call('manifest', []);
      const comparison = await app.call('compareBackends', [defaultModel]);
      console.log(JSON.stringify(comparison));

      expect(comparison.maxAbs).toBeGreaterThan(0.01);
      expect(comparison.maxDeviation / comparison.maxAbs).toBeLessThan(RELATIVE_TOLERANCE);
    } finally {
      await app.close();
    }
  });
}
