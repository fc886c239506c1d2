import { SHIPPED, TINY, expect, test, weightRequests } from './app';

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
  expect(studio.consoleErrors).toEqual([]);
});

test('cancel stops a picture within a step, and the next one works', async ({ serve, studio }) => {
  const server = await serve(SHIPPED);
  await studio.open(server.url);
  await studio.makeImage('brain mri', 1);

  await studio.setNumber('Steps', 20);
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

  await server.close();
  await studio.page.reload();
  await studio.makeImage('skin photo', 3);

  await expect(studio.galleryPictures()).toHaveCount(2);
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

test('an empty prompt makes nothing', async ({ serve, studio }) => {
  const server = await serve(TINY);
  await studio.open(server.url);

  await studio.prompt.fill('');
  await studio.generate.click();

  await expect(studio.prompt).toBeFocused();
  await expect(studio.galleryPictures()).toHaveCount(0);
});
