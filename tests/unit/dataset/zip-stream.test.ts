import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BlobReader, TextWriter, ZipReader, type FileEntry } from '@zip.js/zip.js';
import { expect, test } from 'vitest';
import { datasetFiles } from '../../../src/dataset/export-dataset';
import type { DatasetFile } from '../../../src/dataset/dataset-item';
import { writeZip, ZIP_PIECE } from '../../../src/dataset/zip/zip-stream';
import { DESCRIPTION, toyItem } from './toy-dataset';

const CREATED_AT = new Date('2026-11-22T12:00:00Z');

async function* fromList(files: DatasetFile[]) {
  yield* files;
}

async function zipOf(files: DatasetFile[]): Promise<Blob> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>();
  const [blob] = await Promise.all([
    new Response(readable).blob(),
    writeZip(fromList(files), writable, { createdAt: CREATED_AT }),
  ]);
  return blob;
}

test('files come back with their paths, PNGs stored, text packed', async () => {
  const text = 'abc '.repeat(1000);
  const zip = await zipOf([
    { path: 'images/ä.png', blob: new Blob(['not really a PNG']) },
    { path: 'labels.csv', blob: new Blob([text]) },
  ]);
  const reader = new ZipReader(new BlobReader(zip), { useWebWorkers: false });
  const entries = (await reader.getEntries()) as FileEntry[];
  expect(entries.map(({ filename, compressionMethod }) => [filename, compressionMethod])).toEqual([
    ['images/ä.png', 0],
    ['labels.csv', 8],
  ]);
  expect(entries.every(({ bitFlag }) => !bitFlag?.dataDescriptor)).toBe(true);
  expect(await entries[1].getData(new TextWriter())).toBe(text);
});

test('the same files make the same ZIP', async () => {
  const files = [{ path: 'a.txt', blob: new Blob(['a']) }];
  const [one, other] = [await zipOf(files), await zipOf(files)];
  expect(new Uint8Array(await one.arrayBuffer())).toEqual(
    new Uint8Array(await other.arrayBuffer()),
  );
});

/** What is in use once everything else is collected. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('2,000 files of 20 kB pass through with memory flat', { timeout: 120_000 }, async () => {
  const BYTES = 20_000;
  let [made, written, writes, mostAhead, peak] = [0, 0, 0, 0, 0];
  async function* files() {
    for (let i = 0; i < 2000; i++) {
      made += BYTES;
      mostAhead = Math.max(mostAhead, made - written);
      const blob = new Blob([new Uint8Array(BYTES).fill(i)]);
      yield { path: `images/${i}.png`, blob };
      if (i % 200 === 199) peak = Math.max(peak, memoryInUse());
    }
  }
  const before = memoryInUse();
  const sink = new WritableStream<Uint8Array>({
    async write(chunk) {
      await new Promise((resolve) => setImmediate(resolve)); // a slow disk
      written += chunk.length;
      writes++;
    },
  });
  const seen: number[] = [];
  await writeZip(files(), sink, {
    createdAt: CREATED_AT,
    onFile: (count) => void seen.push(count),
  });

  expect(seen.at(-1)).toBe(2000);
  expect(written).toBeGreaterThan(2000 * BYTES);
  // One piece and one file on their way and the one being made, not the 40 MB.
  expect(mostAhead).toBeLessThan(ZIP_PIECE + 4 * BYTES);
  expect(writes).toBe(Math.ceil(written / ZIP_PIECE));
  // zip.js keeps about 5 kB for each entry, for the directory at the end, and some is not collected yet; the files' 20 kB
  // on top of that would be above it.
  expect(peak - before).toBeLessThan(2000 * 16_000);
});

test('a full disk aborts the ZIP and says so', async () => {
  const sink = new WritableStream<Uint8Array>({
    write() {
      throw new DOMException('no room', 'QuotaExceededError');
    },
  });
  const files = fromList([{ path: 'a', blob: new Blob(['a']) }]);
  await expect(writeZip(files, sink, { createdAt: CREATED_AT })).rejects.toMatchObject({
    name: 'QuotaExceededError',
  });
});

test('once aborted, no further file is asked for and the target is aborted', async () => {
  const controller = new AbortController();
  let [asked, aborted] = [0, false];
  async function* files() {
    for (let i = 0; i < 10; i++) {
      if (++asked === 3) controller.abort();
      yield { path: `${i}`, blob: new Blob(['x']) };
    }
  }
  const sink = new WritableStream<Uint8Array>({ abort: () => void (aborted = true) });
  const { signal } = controller;
  await expect(writeZip(files(), sink, { createdAt: CREATED_AT, signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect([asked, aborted]).toEqual([3, true]);
});

const hasUnzip = spawnSync('unzip', ['-v']).status === 0;

test.skipIf(!hasUnzip)('unzip and sha256sum find a whole data set in order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-zip-'));
  try {
    const items = Array.from({ length: 5 }, (_, i) => toyItem(i));
    const options = {
      format: 'png' as const,
      shares: { train: 1, validation: 0, test: 0 },
      seed: 0,
    };
    const path = join(folder, 'set.zip');
    const target = Writable.toWeb(createWriteStream(path)) as WritableStream<Uint8Array>;
    await writeZip(datasetFiles(items, DESCRIPTION, options), target, { createdAt: CREATED_AT });
    execFileSync('unzip', ['-q', path, '-d', folder]);
    const said = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
    expect(said.match(/: OK/g)).toHaveLength(17);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
