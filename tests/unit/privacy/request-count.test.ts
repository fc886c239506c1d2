import { expect, test } from 'vitest';
import { addCounts, countUrl, NO_REQUESTS } from '../../../src/privacy/request-count';

test('requests are counted by origin; blob and data addresses are none', () => {
  const urls = [
    'https://a.test/x',
    'https://a.test:8443/x',
    'wss://a.test/x',
    'blob:https://b.test/1',
    'data:,x',
    'inline',
  ];

  const counts = urls.map((url) => countUrl(url, 'https://a.test')).reduce(addCounts, NO_REQUESTS);

  expect(counts).toEqual({ own: 1, other: 2, refused: 0 });
});
