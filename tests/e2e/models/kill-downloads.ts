import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Answered, Malice } from '../../hostile-server';
import { startKillableBrowser } from './killable-browser';
import { serveApp } from '../serve-app';
import { auditStore, hashStored, type Audit } from './store-audit';
import { seededRandom, syntheticPackage } from './synthetic-package';

/** How hard a download is made. */
export interface KillPlan {
  numShards: number;
  shardBytes: number;
  numKills: number;
  seed: number;
  /** Of each stream, on average, while the browser is being killed. */
  bytesPerSecond: number;
  /** From a session's first request to its kill, at random between these. */
  killAfterMs: [number, number];
}

/** What came of it. */
export interface KillReport {
  /** For each kill, what each stream that was open had read and not stored. */
  lostBytes: number[][];
  largestLoss: number;
  /** Answers with a wrong byte; the last session's two are read whole, others may be cut, killed or given up. */
  corruptions: number;
  /** Shards that were read to the end and then again from their start. */
  refetches: number;
  shards: { right: number; wrong: number };
  /** Kind of malice → answers that had it. */
  malice: Record<string, number>;
  sentBytes: number;
  packageBytes: number;
  seconds: number;
}

/** Corruptions of the last session, which is not killed. */
const LAST_CORRUPTIONS = 2;

/** Downloads a synthetic package through the built app while its browser is killed again and again. */
export async function killDownloads(plan: KillPlan): Promise<KillReport> {
  const startMs = performance.now();
  const { manifest, entry, files, big } = syntheticPackage(plan.numShards, plan.shardBytes);
  files.set('model-manifest.json', Buffer.from(JSON.stringify(manifest)));
  const { server, close } = await serveApp(files, {
    beforeDownload: readFileSync(join(import.meta.dirname, 'count-reads.js'), 'utf8'),
  });
  const random = seededRandom(plan.seed);
  const profile = await mkdtemp(join(tmpdir(), 'phantoscope-kills-'));
  const open = async () => {
    const browser = await startKillableBrowser(profile);
    await browser.page.goto(`${server.url}cli.html`);
    return browser;
  };
  const isCorrupt = ({ malice, range, sent }: Answered) => {
    const start = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    return malice.corruptAt !== undefined && malice.corruptAt < start + sent;
  };
  try {
    server.treat = createVillain(plan, random);
    const lostBytes: number[][] = [];
    let numRecords = 0;
    let numAnswered = 0;
    let browser = await open();
    for (let kill = 0; kill < plan.numKills; kill++) {
      numAnswered = server.log.length;
      void install(browser.page, entry.id).catch(() => undefined);
      while (server.log.length === numAnswered) await sleep(10);
      const [shortest, longest] = plan.killAfterMs;
      await sleep(shortest + random() * (longest - shortest));
      await browser.kill();

      browser = await open();
      const audit = await auditStore(browser.page, big, numRecords);
      const corrupt = server.log.slice(numAnswered).filter(isCorrupt);
      lostBytes.push(losses(audit, new Set(corrupt.map(({ path }) => path)), entry.baseUrl));
      numRecords = audit.numRecords;
    }

    let left = LAST_CORRUPTIONS;
    server.treat = (path, start) =>
      /big-/.test(path) && left-- > 0
        ? { corruptAt: Math.floor((start + plan.shardBytes) / 2) }
        : {};
    await install(browser.page, entry.id);
    const { refetches } = await auditStore(browser.page, big, numRecords);
    const hashes = await hashStored(browser.page, big);
    await browser.close();
    const right = big.filter(({ sha256 }, i) => hashes[i] === sha256).length;
    const answers = server.log.filter(({ path }) => /big-/.test(path));
    return {
      lostBytes,
      largestLoss: Math.max(0, ...lostBytes.flat()),
      corruptions: answers.filter(isCorrupt).length,
      refetches,
      shards: { right, wrong: big.length - right },
      malice: countMalice(answers),
      sentBytes: answers.reduce((sum, { sent }) => sum + sent, 0),
      packageBytes: plan.numShards * plan.shardBytes,
      seconds: Math.round((performance.now() - startMs) / 1000),
    };
  } finally {
    await close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function install(page: Page, modelId: string): Promise<void> {
  return page.evaluate((id) => window.phantoscope.install(id), modelId);
}

/**
 * What was read and is not stored, of every stream of the session. A shard that came to its end with a wrong byte is
 * dropped by right and does not count.
 */
function losses({ shards }: Audit, corrupt: Set<string>, baseUrl: string): number[] {
  return shards.flatMap(({ stored, pieceBytes, read, ended }, i) => {
    if (read === null || (ended && corrupt.has(`${baseUrl}big-${i}.bin`))) return [];
    return [stored ? 0 : Math.max(0, read - pieceBytes)];
  });
}

/** Throttles every answer, and cuts, delays, refuses, renames or corrupts a part of them. */
function createVillain({ bytesPerSecond, shardBytes }: KillPlan, random: () => number) {
  return (path: string, start: number): Malice => {
    if (!/big-/.test(path)) return {};
    const malice: Malice = { bytesPerSecond: bytesPerSecond * (0.5 + random()) };
    const dice = random();
    if (dice < 0.25) malice.cutAfter = Math.floor(random() * shardBytes * 0.3);
    else if (dice < 0.33) malice.ignoresRange = true;
    else if (dice < 0.41) malice.changesEtag = true;
    else if (dice < 0.46) malice.status = 503;
    else if (dice < 0.54) malice.corruptAt = start + Math.floor(random() * shardBytes * 0.05);
    else if (dice < 0.8) malice.delayMs = random() * 400;
    return malice;
  };
}

function countMalice(answers: Answered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { malice } of answers) {
    for (const kind of Object.keys(malice)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
