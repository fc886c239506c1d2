/** How an install reports: bytes fetched, then bytes checked. `bytesTotal` is the whole model. */
export type InstallProgress =
  | { stage: 'queued' }
  | {
      stage: 'download';
      bytesDone: number;
      bytesTotal: number;
      msLeft: number | null;
      bytesPerSecond: number | null;
    }
  | { stage: 'verify'; bytesDone: number; bytesTotal: number }
  | { stage: 'copy'; bytesDone: number; bytesTotal: number };

const REPORT_EVERY_MS = 100;
/** Speed is that of this long: steady enough to read, quick enough to follow a change. */
const WINDOW_MS = 5_000;
const MIN_WINDOW_MS = 500;

/** Adds up bytes; "verify" is reported once all are fetched and the last are still being checked. */
export function createInstallProgress(
  bytesTotal: number,
  bytesStored: number,
  onProgress: (progress: InstallProgress) => void,
) {
  let fetched = bytesStored;
  let verified = bytesStored;
  let reportedAt = -Infinity;
  let arrived = 0; // over the network, in this run
  const samples: { at: number; arrived: number }[] = [{ at: performance.now(), arrived: 0 }];

  function speed(now: number): number | null {
    while (samples.length > 2 && now - samples[1].at > WINDOW_MS) samples.shift();
    const [{ at, arrived: before }] = samples;
    return now - at < MIN_WINDOW_MS || arrived <= before
      ? null
      : ((arrived - before) / (now - at)) * 1000;
  }

  function report(force: boolean) {
    const now = performance.now();
    if (!force && now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    if (fetched === bytesTotal) {
      onProgress({ stage: 'verify', bytesDone: verified, bytesTotal });
      return;
    }
    samples.push({ at: now, arrived });
    const bytesPerSecond = speed(now);
    const msLeft = bytesPerSecond && ((bytesTotal - fetched) / bytesPerSecond) * 1000;
    onProgress({ stage: 'download', bytesDone: fetched, bytesTotal, msLeft, bytesPerSecond });
  }

  const add = (bytes: number) => {
    fetched += bytes;
    if (bytesStored < bytesTotal) report(fetched === bytesTotal);
  };
  return {
    /** Bytes of unfinished shards that were in the store already. Told at the start, 0 too. */
    resumed: add,
    fetched(bytes: number) {
      arrived += Math.max(0, bytes);
      add(bytes);
    },
    verified(bytes: number) {
      verified += bytes;
      report(fetched === bytesTotal);
    },
  };
}
