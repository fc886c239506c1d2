import { resolve } from 'node:path';
import {
  test as base,
  expect,
  type BrowserContext,
  type Locator,
  type Page,
} from '@playwright/test';
import { DIST } from '../../cli/install.js';
import { startStaticServer, type Mount, type StaticServer } from '../../cli/static-server.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** The built app, on its own or with the tiny fixture model in place of the shipped one. */
export const SHIPPED: Mount[] = [{ prefix: '/', folder: DIST }];
export const TINY_MODEL = resolve(ROOT, 'tests/fixtures/tiny-model');
export const TINY: Mount[] = [{ prefix: '/', folder: TINY_MODEL }, ...SHIPPED];

interface Fixtures {
  /** Serves folders until the end of the test. */
  serve: (mounts: Mount[], extraHeaders?: Record<string, string>) => Promise<StaticServer>;
  studio: Studio;
}

/** Playwright's test with servers of our own; fails on anything the page could not load or was forbidden. */
export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  serve: async ({}, use) => {
    const servers: StaticServer[] = [];
    await use(async (mounts, extraHeaders) => {
      const server = await startStaticServer({ mounts, extraHeaders });
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.close().catch(() => undefined)));
  },
  studio: async ({ page }, use) => {
    await use(new Studio(page));
  },
});

export { expect };

/** The studio page by what a user sees of it. */
export class Studio {
  readonly page: Page;
  readonly prompt: Locator;
  readonly generate: Locator;
  readonly image: Locator;
  readonly alert: Locator;
  /** What the browser's own console calls an error: a refused script, a file that is not there. */
  readonly consoleErrors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    this.prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
    this.generate = page.getByRole('button', { name: /^Generate/ });
    this.image = page.getByRole('region', { name: 'Image' }).getByRole('img').first();
    this.alert = page.getByRole('alert');
    page.on('console', (message) => {
      if (message.type() === 'error') this.consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => this.consoleErrors.push(error.message));
  }

  /** Opens the studio on a given backend; the setting is the one that the menu keeps. */
  async open(url: string, backend: 'wasm' | 'webgpu' = 'wasm') {
    await this.page.goto(url);
    await this.chooseBackend(backend);
  }

  async chooseBackend(backend: 'wasm' | 'webgpu') {
    await this.page.getByRole('button', { name: /where the model runs/ }).click();
    await this.page.getByRole('radio', { name: backend === 'wasm' ? /^wasm/ : /^WebGPU/ }).click();
    await this.page.keyboard.press('Escape');
  }

  async setNumber(name: string, value: number) {
    await this.page.getByRole('spinbutton', { name, exact: true }).fill(String(value));
  }

  /** Asks the fixture model for what takes a mask, and waits until the form has folded the rest and stands still. */
  async askForMicroscopy() {
    await this.prompt.fill('microscopy');
    await this.prompt.blur(); // what the prompt says is taken over then
    await expect(this.page.getByText('Nothing to set for microscopy.')).toBeVisible();
  }

  /** Presses Generate and waits for the finished picture. */
  async makeImage(prompt: string, steps: number) {
    const finished = this.galleryPictures();
    const before = await finished.count();
    await this.prompt.fill(prompt);
    await this.setNumber('Steps', steps);
    await this.generate.click();
    await expect(finished).toHaveCount(before + 1);
  }

  /** Thumbnails of finished pictures: named by prompt and seed. */
  galleryPictures() {
    return this.page.getByRole('button', { name: /, seed \d+$/ });
  }
}

/** Chooses where the model runs before a page is opened: the choice by hand would end what is being fetched. */
export async function onWasm(tabs: Page | BrowserContext) {
  await tabs.addInitScript(() => localStorage.setItem('settings', '{"backend":"wasm"}'));
}

/** Requests for weights: everything below a model's folder. */
export function weightRequests(server: StaticServer): string[] {
  return server.log.map(({ path }) => path).filter((path) => path.startsWith('/models/'));
}
