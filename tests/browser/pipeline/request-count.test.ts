import { expect, test } from 'vitest';
import { addCounts, NO_REQUESTS, watchRequests } from '../../../src/privacy/request-count';

test('a request is counted once, by where it went', async () => {
  let counts = NO_REQUESTS;
  const stop = watchRequests((more) => (counts = addCounts(counts, more)));
  await expect.poll(() => counts.own).toBeGreaterThan(0); // the page's own from before
  const before = counts;

  await fetch(`${location.origin}/?counted`);
  await fetch('http://127.0.0.1:9/', { mode: 'no-cors' }).catch(() => undefined);

  await expect
    .poll(() => counts)
    .toEqual({
      ...before,
      own: before.own + 1,
      kinds: { ...before.kinds, page: (before.kinds.page ?? 0) + 1 },
      other: before.other + 1,
    });
  stop();
});

test('a refused request is a refusal and no request, though the browser reports it twice and keeps a record', async () => {
  let counts = NO_REQUESTS;
  const stop = watchRequests((more) => (counts = addCounts(counts, more)));
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = "img-src 'none'; frame-src 'none'";
  document.head.append(meta, meta.cloneNode());
  await expect.poll(() => counts.own).toBeGreaterThan(0);
  const before = counts;

  new Image().src = 'http://127.0.0.1:9/image';
  await expect.poll(() => counts.refused).toBe(1);
  const frame = document.createElement('iframe');
  frame.src = 'http://127.0.0.1:9/frame';
  document.body.append(frame);
  await expect.poll(() => counts.refused).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 300)); // the records come later

  expect(counts).toEqual({ ...before, refused: 2 });
  stop();
  frame.remove();
});
