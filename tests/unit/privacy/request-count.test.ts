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

  expect(counts).toEqual({ own: 1, kinds: { page: 1 }, other: 2, refused: 0 });
});

test.each([
  ['/', 'page'],
  ['/app/models.html', 'page'],
  ['/app/assets/index-BvgFI620.js', 'code'],
  ['/app/assets/index-BvgFI620.css', 'code'],
  ['/app/assets/inference.worker-BvgFI620.js', 'workers'],
  ['/app/service-worker.js', 'workers'],
  ['/app/assets/ort-wasm-BvgFI620.wasm', 'runtime'],
  ['/app/assets/ort-wasm-BvgFI620.mjs', 'runtime'],
  ['/app/model-manifest.json', 'models'],
  ['/app/models/phantoscope/unet-0.bin', 'models'],
])('%s is counted as %s', (path, kind) => {
  const one = countUrl(`https://a.test${path}`, 'https://a.test');
  expect(addCounts(one, one).kinds).toEqual({ [kind]: 2 });
});
