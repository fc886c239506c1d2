import { expect, test } from '@playwright/test';
import { killDownloads } from './kill-downloads';

test('256 MB arrive whole although the browser is killed 20 times and the server is hostile', async () => {
  test.setTimeout(1_800_000);
  const report = await killDownloads({
    numShards: 8,
    shardBytes: 32 * 2 ** 20,
    numKills: 20,
    seed: 20,
    bytesPerSecond: 4e6,
    killAfterMs: [300, 3000],
  });
  console.log(JSON.stringify(report));

  expect(report.lostBytes).toHaveLength(20);
  expect(report.lostBytes.flat().length).toBeGreaterThan(20);
  expect(report.largestLoss).toBeLessThanOrEqual(2 ** 20);
  // One shard for each corruption.
  expect(report.refetches).toBeGreaterThan(0);
  expect(report.refetches).toBeLessThanOrEqual(report.corruptions);
  expect(report.shards).toEqual({ right: 8, wrong: 0 });
});
