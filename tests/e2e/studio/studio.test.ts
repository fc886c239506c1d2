import type { DiffusionEntry, ModelManifest } from '../../../src/models/manifest/manifest';
import { SHIPPED, TINY, expect, test, weightRequests } from '../app';

test('a prompt becomes a picture on the CPU with the shipped model', async ({ serve, studio }) => {
  const server = await serve(SHIPPED);
  const foreign: string[] = [];
  studio.page.on('request', (request) => {
    if (!/^(blob:|data:)/.test(request.url()) && !request.url().startsWith(server.url)) {
      foreign.push(request.url());
    }
  });

  await studio.open(server.url);
  await studio.makeImage('chest x-ray, normal', 4);

  await expect(studio.image).toBeVisible();
  await expect(studio.page.getByText('not for diagnosis').first()).toBeVisible();
  expect(foreign).toEqual([]);
  expect(server.log.filter(({ status }) => status >= 400)).toEqual([]);
  expect(studio.consoleErrors).toEqual([]);
  // Graphs in float16 are for GPUs that compute in it, those with fewer multiplications for the CPU: nobody else fetches them.
  const [model] = (
    (await (await fetch(`${server.url}model-manifest.json`)).json()) as ModelManifest
  ).models;
  const { graph, halfGraph, cpuGraph } = (model as DiffusionEntry).components.unet;
  const fetched = weightRequests(server).map((path) => path.split('/').at(-1));
  expect(fetched).toContain(graph.name);
  expect(fetched).not.toContain(halfGraph!.name);
  expect(fetched.filter((name) => name === cpuGraph!.name)).toHaveLength(1);
  expect(fetched.filter((name) => name?.includes('half'))).toEqual([]);
});

test('the model card of every model is a page of the help', async ({ page, serve }) => {
  const server = await serve(SHIPPED);
  const manifest = (await (await fetch(`${server.url}model-manifest.json`)).json()) as {
    models: { card: string }[];
  };
  const cards = manifest.models.map(({ card }) => card).filter((card) => !/^https?:/.test(card));

  expect(new Set(cards)).toEqual(new Set(['docs/model-card.md']));
  await page.goto(server.url);
  const link = page.getByRole('contentinfo').getByRole('link', { name: 'Phantoscope Medical 256' });
  await link.click();
  await expect(page).toHaveURL(/#\/help\/model-card$/);
  await expect(
    page.getByRole('heading', { name: 'Model card', exact: false }).first(),
  ).toBeVisible();
});

test('cancel stops a picture within a step, and the next one works', async ({ serve, studio }) => {
  const server = await serve(SHIPPED);
  await studio.open(server.url);
  await studio.makeImage('brain mri', 1);

  await studio.setNumber('Steps', 50);
  await studio.generate.click();
  await expect(studio.page.getByText(/step [1-9]/i).first()).toBeVisible();
  await studio.page.getByRole('button', { name: 'Cancel' }).click();

  await expect(studio.generate).toBeEnabled();
  await expect(studio.galleryPictures()).toHaveCount(1);
  await studio.makeImage('brain mri', 1);
});

test('the fixture model draws on a software WebGPU adapter', async ({ serve, studio }) => {
  const server = await serve(TINY);
  await studio.open(server.url, 'webgpu');

  await studio.makeImage('chest x-ray, normal', 2);

  await expect(studio.image).toBeVisible();
  await expect(
    studio.page.getByRole('button', { name: /^WebGPU .*where the model runs/ }),
  ).toBeVisible();
});

test('a second visit fetches no weight and finds the picture of the first', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('fundus photo', 2);
  const firstVisit = weightRequests(server).length;

  await studio.page.reload();
  await expect(studio.galleryPictures()).toHaveCount(1);
  await studio.makeImage('fundus photo', 2);

  expect(firstVisit).toBeGreaterThan(0);
  expect(weightRequests(server)).toHaveLength(firstVisit);
});

test('without its server the app starts again and makes a picture', async ({ serve, studio }) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('skin photo', 2);
  await expect(studio.page.getByRole('button', { name: /offline/ })).toHaveText(/^ready to work/);

  await server.close();
  await studio.page.reload();
  await expect(studio.galleryPictures()).toHaveCount(1);
  await studio.makeImage('skin photo', 3);
});

test('on a host without headers the page isolates itself before it fetches a weight', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY, {});
  await studio.page.goto(server.url);
  await expect.poll(() => weightRequests(server).length).toBeGreaterThan(0);

  const paths = server.log.map(({ path }) => path);
  expect(await studio.page.evaluate(() => crossOriginIsolated)).toBe(true);
  // The second load is the copy's; no worker starts, and no weight is fetched, before it.
  expect(paths.filter((path) => path === '/')).toHaveLength(1);
  expect(paths.indexOf('/service-worker.js')).toBeLessThan(
    paths.indexOf(weightRequests(server)[0]),
  );
});

test('a prompt that is far too long is refused in words, and a shorter one works', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await studio.open(server.url);

  await studio.prompt.fill('x'.repeat(10_000));
  await studio.generate.click();
  await expect(studio.alert).toContainText(/too long.*10000/s);
  await studio.makeImage('ultrasound', 1);

  await expect(studio.galleryPictures()).toHaveCount(1);
});

test.describe('without a service worker', () => {
  test.use({ serviceWorkers: 'block' });

  test('a part of the runtime that does not come is named, and fetched by the next try', async ({
    serve,
    studio,
  }) => {
    const server = await serve(TINY);
    const { page, alert } = studio;
    const again = alert.getByRole('button', { name: /again/i });
    await page.route('**/assets/runtime-load-model-*', (route) => route.abort());
    await page.goto(server.url);
    await expect(alert).toContainText('could not be fetched: what runs models');

    await page.unrouteAll();
    await page.route('**/*.wasm.gz', (route) => route.abort());
    await again.click();
    await expect(alert).toContainText('ONNX Runtime could not be fetched');

    await page.unrouteAll();
    await again.click();
    await studio.makeImage('ultrasound', 1);
  });
});

test('an empty prompt makes nothing', async ({ serve, studio }) => {
  const server = await serve(TINY);
  await studio.open(server.url);

  await studio.prompt.fill('');
  await studio.generate.click();

  await expect(studio.prompt).toBeFocused();
  await expect(studio.galleryPictures()).toHaveCount(0);
});
