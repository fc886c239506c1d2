import { defineConfig } from '@playwright/test';
import { chromiumLaunchOptions } from './cli/chromium.js';

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  globalSetup: './tests/e2e/build.ts',
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 90_000 },
  reporter: 'list',
  use: { launchOptions: chromiumLaunchOptions(), screenshot: 'only-on-failure' },
  projects: [
    { name: 'e2e', testMatch: '*.test.ts' },
    // Minutes on a software adapter: `npm run prove-webgpu`.
    { name: 'prove', testMatch: '*.prove.ts', timeout: 600_000 },
  ],
});
