import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { evaluate, type EvaluationTools } from '../../../src/evaluation/evaluate';
import { manifestNetwork } from '../../../src/evaluation/metrics/network-features';
import { multiplyExactly } from '../../../src/evaluation/metrics/feature-matrix';
import { verdictOf } from '../../../src/evaluation/report/evaluation-words';
import { listImages, checkLabels } from '../../../src/evaluation/list-images';
import type {
  EvaluationImage,
  EvaluationRequest,
  ImageFeatures,
  SetName,
} from '../../../src/evaluation/report/report';
import { hashOf } from '../../../src/evaluation/metrics/hash';
import type { FeatureNetwork } from '../../../src/models/manifest/networks';
import type { TensorData } from '../../../src/models/runtime/session-types';

const SIDE = 16;

/** Features are the picture itself at 4 × 4; counts how many pictures it saw. */
function toyNetwork() {
  const seen = { images: 0 };
  const network = {
    ...{ id: 'toy', role: 'generic', title: 'Toy', graph: { shards: [{ sha256: 'ab' }] } },
    ...{ input: { name: 'image', size: 4, mean: 127, std: 128 }, output: { name: 'f', size: 16 } },
  } as unknown as FeatureNetwork;
  const session = {
    inputNames: ['image'],
    release: async () => undefined,
    run: async ({ image }: Record<string, { dims: number[]; data: Float32Array }>) => {
      seen.images += image.dims[0];
      const rows = Array.from({ length: image.dims[0] }, (_, i) => [
        ...image.data.slice(48 * i, 48 * i + 16),
      ]);
      return { f: { data: Float32Array.from(rows.flat()) } as unknown as TensorData };
    },
  };
  return { open: manifestNetwork(network, session as never), seen };
}

interface File {
  name: string;
  blob: Blob;
}

/** Blobs that differ by the seed; `bits` 8 or 16, the same picture in both. */
function picture(seed: number, { side = SIDE, bits = 8, text = {} } = {}): Blob {
  const levels = Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
    return Math.round(127 + 60 * Math.sin(seed * 1.7 + 9 * x) + 60 * Math.cos(seed * 2.3 + 7 * y));
  });
  // 16 bits are first shown from the darkest to the brightest value: with black and white in it, that changes nothing.
  [levels[0], levels[levels.length - 1]] = [0, 255];
  const data =
    bits === 8 ? Uint8Array.from(levels) : Uint16Array.from(levels, (level) => 257 * level);
  const png = encode({ width: side, height: side, data, channels: 1, depth: bits as 8, text });
  return new Blob([new Uint8Array(png)]);
}

/** Without a label given each has one of its own, so that no time goes into the variety within labels. */
function pictures(count: number, from: number, label: string | null = null, options = {}): File[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${label ?? from + i}/${from + i}.png`,
    blob: picture(from + i, options),
  }));
}

/** Runs a comparison of files as a folder has them. */
async function compare(
  files: Partial<Record<SetName, File[]>>,
  change: Partial<EvaluationRequest> = {},
  known: Map<string, ImageFeatures> = new Map(),
) {
  const { open, seen } = toyNetwork();
  const all = { real: [], synthetic: [], holdout: [], ...files };
  const list = (set: SetName): EvaluationImage[] =>
    listImages(
      all[set].map(({ name }) => name),
      null,
    );
  const sets = { real: list('real'), synthetic: list('synthetic'), holdout: list('holdout') };
  const parts = { copies: false, usefulness: false };
  const request = { ...sets, networks: ['toy'], parts, seed: 1, ...change };
  const tools: EvaluationTools = {
    ...{ networks: [open], multiply: multiplyExactly, onProgress: () => undefined },
    async read(set, index) {
      const { name } = sets[set as SetName][index];
      const { blob } = all[set as SetName].find((file) => file.name === name)!;
      return { blob, known: known.get(await hashOf(blob)) ?? null };
    },
    keep: async (computed) => computed.forEach((one) => void known.set(one.id, one)),
  };
  return { report: await evaluate(request, tools), seen, known };
}

test('one image is refused, with how many there must be', async () => {
  const real = pictures(6, 0);
  await expect(compare({ real, synthetic: pictures(1, 50) })).rejects.toThrow(
    /too few synthetic images \(expected at least 2 that can be read, got 1\)/,
  );
  await expect(compare({ real: [], synthetic: real })).rejects.toThrow(/too few real .* got 0/);
});

test('a class that one side lacks is named, and costs only what needs it', async () => {
  const real = [...pictures(8, 0, 'normal'), ...pictures(8, 20, 'pneumonia')];
  const parts = { copies: false, usefulness: true };
  const { report } = await compare({ real, synthetic: pictures(8, 50, 'normal') }, { parts });
  expect(report.warnings).toContain('No synthetic images have the label "pneumonia".');
  expect(report.usefulness).toBeNull();
  expect(report.usefulnessRefusal).toMatch(
    /two labels that real and synthetic images share \(got 1/,
  );
  expect(report.kid).not.toBeNull();
}, 60_000);

test('labels that match no file are refused', () => {
  const csv = 'file,label\nother.png,normal\n';
  const images = listImages(['1.png', '2.png'], csv);
  expect(() => checkLabels(images, csv)).toThrow(/names none of the 2 image files/);
  expect(() => listImages(['1.png'], 'a,b\n1.png,x\n')).toThrow(/which column is which/);
});

test('mixed sizes and bit depths are said, and the same picture in both has the same features', async () => {
  const deep = { name: 'deep/deep.png', blob: picture(0, { bits: 16 }) };
  const real = [...pictures(5, 0), deep];
  const { report, known } = await compare({
    real,
    synthetic: pictures(5, 50, null, { side: 24 }),
  });
  expect(report.warnings.join(' ')).toMatch(/2 sizes; the networks see them all at one size/);
  expect(report.warnings.join(' ')).toMatch(/Samples have 8, 16 bits/);
  const of = async (blob: Blob) => known.get(await hashOf(blob))!.features.toy;
  const [eight, sixteen] = [await of(real[0].blob), await of(deep.blob)];
  sixteen.forEach((value, i) => expect(Math.abs(value - eight[i])).toBeLessThan(0.01));
});

test('a corrupt file among many is named, left out and not counted', async () => {
  const whole = await picture(3).arrayBuffer();
  const broken = { name: 'broken/broken.png', blob: new Blob([whole.slice(0, 60)]) };
  const real = [...pictures(100, 0), broken, ...pictures(100, 100)];
  const { report } = await compare({ real, synthetic: pictures(10, 500) });
  expect(report.samples.real).toBe(200);
  expect(report.skipped).toHaveLength(1);
  expect(report.skipped[0]).toMatchObject({ set: 'real', name: 'broken/broken.png' });
  expect(report.skipped[0].message).not.toBe('');
});

test('folders that are the same or swapped are said', async () => {
  const text = { DigitalSourceType: 'trainedAlgorithmicMedia' };
  const marked = pictures(8, 0, null, { text });
  const twice = await compare({ real: marked, synthetic: marked });
  expect(twice.report.warnings.join(' ')).toMatch(/the same folder was chosen twice/);
  const swapped = await compare({ real: marked, synthetic: pictures(8, 50) });
  expect(swapped.report.warnings).toContain(
    '8 of 8 images in the real set say of themselves that they are synthetic, wholly or in part: real and synthetic are probably swapped.',
  );
  const held = await compare({
    ...{ real: pictures(8, 0), synthetic: pictures(8, 50), holdout: pictures(4, 0) },
  });
  expect(held.report.warnings.join(' ')).toMatch(/4 held-out files are among the real ones too/);
});

test('what was computed once is not computed again, whatever the file is called', async () => {
  const real = pictures(9, 0);
  const first = await compare({ real, synthetic: pictures(9, 50) });
  expect(first.seen.images).toBe(18);
  const renamed = real.map(({ blob }, i) => ({ name: `renamed-${i}/${i}.png`, blob }));
  const again = await compare({ real: renamed, synthetic: pictures(9, 51) }, {}, first.known);
  expect(again.seen.images).toBe(1);
});

test('copies above the limit are said in the verdict and named, whoever they are', async () => {
  const real = pictures(12, 0);
  const synthetic = [...pictures(3, 0), ...pictures(17, 50)];
  const parts = { copies: true, usefulness: false };
  const { report } = await compare({ real, synthetic, holdout: pictures(20, 90) }, { parts });
  const { copies } = report;
  expect(copies!.suspects).toEqual(expect.arrayContaining(['0/0.png', '1/1.png', '2/2.png']));
  expect(copies!.limit).toBe(copies!.holdoutRate);
  expect(copies!.aboveLimit).toBe(copies!.low > copies!.limit);
  const few = await compare({ real, synthetic, holdout: pictures(19, 90) }, { parts });
  expect(few.report.copies!.aboveLimit).toBeNull();
  expect(verdictOf(few.report).join(' ')).toMatch(/Copies\? No verdict: .* there are 19 and 20\./);
});

test('a file that is there thrice is never on both sides of a test, and patients who are held out are said', async () => {
  const labelled = (from: number, label: string, folder: string) =>
    pictures(12, from, label).map((one) => ({ ...one, name: `${folder}/${one.name}` }));
  const both = (folder: string) => [
    ...labelled(0, 'normal', folder),
    ...labelled(20, 'pneumonia', folder),
  ];
  const synthetic = [...pictures(8, 50, 'normal'), ...pictures(8, 70, 'pneumonia')];
  const parts = { copies: false, usefulness: true };
  const thrice = [...both('a'), ...both('b'), ...both('c')];
  const { report } = await compare({ real: thrice, synthetic }, { parts });
  const [{ numReal }] = report.usefulness!.sizes;
  // Five of the twelve pictures of each label, three files of each.
  expect([report.usefulness!.numTest, numReal]).toEqual([30, 42]);

  const owned = (files: File[], from: number) =>
    files.map(({ name }, i) => ({ name, label: name.split('/')[0], group: `${from + i}` }));
  const real = [...pictures(8, 0, 'normal'), ...pictures(8, 20, 'pneumonia')];
  const holdout = [...pictures(8, 100, 'normal'), ...pictures(8, 120, 'pneumonia')];
  const held = await compare(
    { real, synthetic, holdout },
    { parts, real: owned(real, 0), holdout: owned(holdout, 12) },
  );
  expect(held.report.warnings).toContain(
    '4 of 16 real images are of patients who are held out too: no classifier or segmenter learns from them.',
  );
}, 60_000);

test('real images of one patient alone set no threshold for copies, which is said', async () => {
  const files = pictures(8, 0);
  const real = files.map(({ name }) => ({ name, label: '', group: 'the same' }));
  const parts = { copies: true, usefulness: false };
  const { report } = await compare({ real: files, synthetic: pictures(8, 50) }, { parts, real });
  expect(report.copies).toBeNull();
  expect(report.warnings.join(' ')).toContain('expected images of at least two patients');
  expect(report.kid).not.toBeNull();
});
