import { commands } from 'vitest/browser';
import { afterAll, expect, test } from 'vitest';
import type { FuzzedFormat } from '../../fuzz/damaged-files';
import { fetchOriginals } from '../../fuzz/page-originals';
import { tryDamaged, type FuzzReport } from '../../fuzz/try-files';

declare module 'vitest/browser' {
  interface BrowserCommands {
    watchMemory: () => Promise<void>;
    peakMemory: () => Promise<number>;
    writeDoc: (name: string, text: string) => Promise<void>;
  }
}

/** Of each format; docs/formats-proof.md is written anew. */
const COUNT = 10_000;
/** As many go by between two looks at the memory. */
const BATCH = 500;

interface Row extends FuzzReport {
  originals: number;
  peakBytes: number;
  minutes: number;
}
const rows: Row[] = [];

test.each<FuzzedFormat>(['PNG', 'JPEG', 'DICOM', 'NIfTI', 'ZIP'])(
  '10,000 damaged %s files are read or refused by name, within a second each, in bounded memory',
  { timeout: 3_600_000 },
  async (format) => {
    const originals = await fetchOriginals(format);
    await commands.watchMemory();
    const start = performance.now();
    const reports: FuzzReport[] = [];
    for (let first = 0; first < COUNT; first += BATCH) {
      reports.push(await tryDamaged(format, originals, { first, count: BATCH }));
    }
    const sum = (what: 'files' | 'refused' | 'accepted') =>
      reports.reduce((total, report) => total + report[what], 0);
    const peakBytes = await commands.peakMemory();
    rows.push({
      ...{ format, originals: originals.length, peakBytes },
      ...{ files: sum('files'), refused: sum('refused'), accepted: sum('accepted') },
      slowestMs: Math.max(...reports.map(({ slowestMs }) => slowestMs)),
      failures: reports.flatMap(({ failures }) => failures),
      minutes: (performance.now() - start) / 60_000,
    });
    console.log(JSON.stringify(rows.at(-1)));
    expect(rows.at(-1)!.failures).toEqual([]);
    expect(peakBytes).toBeLessThan(2 ** 30);
  },
);

afterAll(async () => {
  const lines = rows.map(
    ({ format, originals, files, refused, accepted, slowestMs, peakBytes, failures }) =>
      `| ${format} | ${originals} | ${files} | ${refused} | ${accepted} | ${failures.length} | ` +
      `${Math.ceil(slowestMs)} ms | ${Math.round(peakBytes / 2 ** 20)} MB |`,
  );
  const text = `# What damaged files get

Written by \`npm run prove-formats\` (${new Date().toISOString().slice(0, 10)}, Chromium ${navigator.userAgent.match(/Chrome\/(\d+)/)?.[1]}). Each file is a whole one of
\`tests/fixtures/formats\` (or a model package as a ZIP) with one to four seeded changes: bits flipped, bytes and numbers
overwritten by edges, NaN and negative ones, parts cut off, taken out, put in or repeated. Half of the PNGs get right
checksums again, half of the packed NIfTI volumes are damaged inside their gzip. Every one of them must be read or refused
with a named error, within a second, and nothing of a refused one may be stored. The memory is that of all renderer processes
of the browser, at its highest. \`npm test\` tries the first 200 of each.

| format | whole files | damaged | refused by name | read all the same | wrong | slowest | memory at most |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
  await commands.writeDoc('formats-proof.md', text);
});
