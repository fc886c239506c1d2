import { expect, test } from '@playwright/test';
import { killDownloads } from './kill-downloads';

// The full size, 256 MB and 20 kills, is `npm run prove-store`.
test('a download whose browser is killed twice loses at most 1 MiB a stream, and ends right', async () => {
  const report = await killDownloads({
    numShards: 6,
    shardBytes: 4 * 2 ** 20,
    numKills: 2,
    seed: 4,
    bytesPerSecond: 3e6,
    killAfterMs: [300, 1500],
  });
  console.log(JSON.stringify(report));

  expect(report.lostBytes.flat().length).toBeGreaterThan(0);
  expect(report.largestLoss).toBeLessThanOrEqual(2 ** 20);
  // One shard for each corruption.
  expect(report.refetches).toBeGreaterThan(0);
  expect(report.refetches).toBeLessThanOrEqual(report.corruptions);
  expect(report.shards).toEqual({ right: 6, wrong: 0 });
});
