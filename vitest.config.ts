import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunchOptions } from './cli/chromium.js';
import { peakMemory, watchMemory, writeDoc } from './tests/browser/stores/browser-memory.ts';
import { sharedConfig } from './vite.config.ts';

/** Made anew for each project, for the runner writes into it. */
const browserTests = () => ({
  // A busy machine is slow, not wrong.
  testTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
  // Two cores: one page at a time keeps timings and memory calm.
  fileParallelism: false,
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({ launchOptions: chromiumLaunchOptions() }),
    instances: [{ browser: 'chromium' as const }],
    commands: { watchMemory, peakMemory, writeDoc },
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          // A busy machine is slow, not wrong: Python's tests run beside these.
          testTimeout: 30_000,
          include: ['tests/unit/**/*.test.ts'],
        },
      },
      {
        ...sharedConfig('development'),
        test: { ...browserTests(), name: 'browser', include: ['tests/browser/**/*.test.ts'] },
      },
      {
        ...sharedConfig('development'),
        // Too long for every run: see the prove-* scripts.
        test: { ...browserTests(), name: 'prove', include: ['tests/browser/**/*.prove.ts'] },
      },
      {
        test: {
          name: 'prove-node',
          environment: 'node',
          include: ['tests/unit/**/*.prove.ts'],
        },
      },
    ],
  },
});
