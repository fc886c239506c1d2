import { expect, Studio, test as base, TINY } from '../app';
import { startPlainBrowser, type PlainBrowser } from '../privacy/plain-browser';

/** `plain`: a browser that can be hidden, frozen and stopped. */
const test = base.extend<{ plain: PlainBrowser }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  plain: async ({}, use) => {
    const plain = await startPlainBrowser();
    await use(plain);
    await plain.close();
  },
});

/** Pictures of one press, so that one is in the making whatever the machine's pace. */
const COUNT = 6;

/** Opens the studio and starts some pictures; resolves once the first is there and the second under way. */
async function startImages(plain: PlainBrowser, url: string): Promise<Studio> {
  const studio = new Studio(plain.page);
  await studio.open(url);
  await studio.prompt.fill('skin photo');
  await studio.setNumber('Steps', 50);
  await studio.setNumber('Count', COUNT);
  await studio.generate.click();
  await expect(studio.galleryPictures()).not.toHaveCount(0);
  await expect(studio.page.getByRole('button', { name: 'Cancel' })).toBeVisible();
  return studio;
}

async function expectImages(studio: Studio) {
  await expect(studio.galleryPictures()).toHaveCount(COUNT);
  await expect(studio.alert).toHaveCount(0);
}

function wait(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('a tab in the background goes on with its images', async ({ serve, plain }) => {
  const server = await serve(TINY);
  const studio = await startImages(plain, server.url);

  await plain.hide();

  await expect(studio.galleryPictures()).toHaveCount(COUNT);
  expect(await plain.page.evaluate(() => document.visibilityState)).toBe('hidden');
  await plain.show();
  await expectImages(studio);
});

test('a tab that the browser freezes in mid-image finishes it once it is looked at again', async ({
  serve,
  plain,
}) => {
  const server = await serve(TINY);
  const studio = await startImages(plain, server.url);
  await plain.page.evaluate(() =>
    document.addEventListener('freeze', () => (document.documentElement.dataset.frozen = 'yes')),
  );

  await plain.hide();
  const session = await plain.page.context().newCDPSession(plain.page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await wait(5000);
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await plain.show();

  await expectImages(studio);
  await expect(plain.page.locator('html')).toHaveAttribute('data-frozen', 'yes');
});

test('a machine that sleeps goes on with its image when it wakes, and makes the next one', async ({
  serve,
  plain,
}) => {
  test.skip(process.platform === 'win32', 'processes cannot be stopped and continued there');
  const server = await serve(TINY);
  const studio = await startImages(plain, server.url);

  plain.signal('SIGSTOP');
  await wait(8000);
  plain.signal('SIGCONT');

  await expectImages(studio);
  await studio.setNumber('Count', 1);
  await studio.makeImage('skin photo', 2);
});
