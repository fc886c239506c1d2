import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunchOptions } from './cli/chromium.js';
import { sharedConfig } from './vite.config.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/unit/**/*.test.ts'],
        },
      },
      {
        ...sharedConfig('development'),
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
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
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
