/** Way of making × way out: what each file says, read by Pillow, pydicom, nibabel and exiftool. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeImage } from '../../../src/dataset/encode-image';
import type { ImageFileFormat } from '../../../src/dataset/formats/format';
import { encodePng } from '../../../src/image/png';
import { provenanceOf, UNKNOWN } from '../../../src/image/provenance';
import { samplePng } from '../../../src/finetune/make-samples';
import { sheetTexts, syntheticTexts } from '../../../src/image/synthetic-texts';
import type { Provenance, SourceOrigin } from '../../../src/contract/provenance';
import type { GenerationRequest } from '../../../src/contract/request';
import { DESCRIPTION, record } from '../dataset/toy-dataset';

const ROOT = resolve(import.meta.dirname, '../../..');
const PYTHON = [join(ROOT, '.venv/bin/python'), 'python3'].find(
  (program) =>
    (program === 'python3' || existsSync(program)) &&
    spawnSync(program, ['-c', 'import pydicom, nibabel, PIL']).status === 0,
);
const hasExiftool = spawnSync('exiftool', ['-ver']).status === 0;

const SIDE = 8;
const rgba = Uint8ClampedArray.from({ length: SIDE * SIDE * 4 }, (_, i) => (i % 4 === 3 ? 255 : i));
const rgb = Uint8Array.from(
  { length: SIDE * SIDE * 3 },
  (_, i) => rgba[4 * Math.floor(i / 3) + (i % 3)],
);
/** All but four pixels are the source's. */
const changed = rgb.map((x, i) => (i < 12 ? 255 - x : x));
const UIDS = { sopClassUid: '1.2.840.10008.5.1.4.1.1.1', sopInstanceUid: '1.2.3.4' };

function made(from?: SourceOrigin | 'file', more: Partial<GenerationRequest> = {}): Provenance {
  const init = { rgb: changed, strength: 0.5, ...(from === 'file' || !from ? {} : { from }) };
  const plain = { ...REQUEST, ...(from ? { init } : {}), ...more };
  return provenanceOf(plain, { rgba });
}

const REQUEST: GenerationRequest = {
  ...{ modelId: 'toy', prompt: 'chest x-ray', negativePrompt: '', seed: 1, imageIndex: 0 },
  ...{ numInferenceSteps: 4, guidanceScale: 1, scheduler: 'ddim', covariates: {} },
};
const region = { region: new Uint8Array(64).fill(1), featherPx: 0 };

/** Way of making → its provenance, and how each kind of file has to say it. */
const SYNTHETIC = {
  ...{ type: 'trainedAlgorithmicMedia', title: 'Synthetic medical image', kind: 'synthetic' },
  ...{ patient: 'SYNTHETIC^PHANTOM', conversion: 'SYN', identityRemoved: null, burnedIn: 'NO' },
  words: /^Synthetic image, made by a generative model\. Shows no real patient\./,
};
const OUTSIDE = {
  ...{ type: 'compositeWithTrainedAlgorithmicMedia', kind: 'composite' },
  ...{ title: 'Medical image with synthetic parts', patient: 'PARTLY-SYNTHETIC^PHANTOM' },
  ...{ conversion: 'WSD', identityRemoved: 'NO' as string | null, burnedIn: null as string | null },
  words: /^Contains parts of a source image that came from outside, which may show a real patient/,
};
const NOT_KNOWN = {
  ...OUTSIDE,
  ...{ title: 'Medical image, synthetic at least in part', kind: 'unknown' },
  patient: 'ORIGIN-UNKNOWN^PHANTOM',
  words: /did not record from what: it may contain parts of a source image/,
};
const WAYS: Record<string, { from: Provenance; says: typeof OUTSIDE }> = {
  'text alone': { from: made(), says: SYNTHETIC },
  'a mask': {
    from: made(undefined, { mask: { labels: new Uint16Array(64) } }),
    says: SYNTHETIC,
  },
  'a sketch': {
    from: made({ origin: 'sketch' }),
    says: { ...SYNTHETIC, type: 'compositeWithTrainedAlgorithmicMedia' },
  },
  'a picture made here': { from: made({ origin: 'synthetic' }), says: SYNTHETIC },
  'a file from outside': { from: made('file'), says: OUTSIDE },
  'a part of a file painted anew': { from: made('file', { inpaint: region }), says: OUTSIDE },
  'a picture made of a file': {
    from: made({ origin: 'outside', before: made('file').similarity }),
    says: OUTSIDE,
  },
  'a DICOM file with burned-in text': {
    from: made({ origin: 'outside', dicom: { burnedIn: 'YES' } }),
    says: { ...OUTSIDE, burnedIn: 'YES' },
  },
  'a DICOM file whose UID may be named': {
    from: made({ origin: 'outside', dicom: { ...UIDS, burnedIn: 'NO' } }),
    says: { ...OUTSIDE, burnedIn: 'NO' },
  },
  'a version without records': { from: UNKNOWN, says: NOT_KNOWN },
  'a picture of such a version': { from: made({ origin: 'unknown' }), says: NOT_KNOWN },
};
/** A sheet is what its least known picture is. The second list: what is on it. */
const SHEETS: Record<string, { of: (Provenance | undefined)[]; says: typeof OUTSIDE }> = {
  'pictures of text': { of: [made(), made()], says: SYNTHETIC },
  'one picture of a file': { of: [made(), made('file'), made()], says: OUTSIDE },
  'one of a version without records': { of: [made(), undefined], says: NOT_KNOWN },
  'a file and one without records': { of: [undefined, made('file')], says: OUTSIDE },
  nothing: { of: [], says: NOT_KNOWN },
};
const FORMATS: ImageFileFormat[] = ['png', 'png-16', 'dicom', 'nifti'];
const nameOf = (way: string, format: ImageFileFormat, ending: string) =>
  `${way.replaceAll(' ', '-')}_${format}.${ending}`;

const NO_WORDS = {
  ...{ unknownWords: [], ignoredWords: [] },
  timing: { msTotal: 0, msPerStep: 0, msEncode: 0, msDecode: 0, msSessions: 0 },
};

let folder = '';
let found: Record<string, Record<string, unknown>> = {};
beforeAll(async () => {
  if (!PYTHON) return;
  folder = mkdtempSync(join(tmpdir(), 'phantoscope-marks-'));
  for (const [way, { from }] of Object.entries(WAYS)) {
    // What 0.3.0 stored claims to show nobody.
    const stored = from === UNKNOWN ? made() : from;
    const texts = syntheticTexts(REQUEST, 'ab', ['age 60'], stored);
    const png = encodePng({ width: SIDE, height: SIDE, rgba }, texts);
    for (const format of FORMATS) {
      const labels = record(0, { provenance: from });
      const { blob, ending } = await encodeImage(png, labels, DESCRIPTION, 0, format);
      const path = join(folder, nameOf(way, format, ending));
      writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
    }
  }
  const pixels = { width: SIDE, height: SIDE, rgba };
  const write = async (name: string, png: Blob) =>
    writeFileSync(join(folder, `${name}.png`), new Uint8Array(await png.arrayBuffer()));
  for (const [what, { of }] of Object.entries(SHEETS)) {
    const init = { rgb: changed, strength: 0.5, sha256: 'a-source' };
    const texts = sheetTexts({ ...REQUEST, init }, 'ab', 'sweep of Age', of);
    await write(`sheet of ${what}`, encodePng(pixels, texts));
  }
  const sample = {
    pixels: { ...pixels, ...NO_WORDS },
    latents: new Float32Array(),
    request: REQUEST,
  };
  await write('fine-tuning sample', samplePng(sample, 'ab', 20));
  const script = join(ROOT, 'tests/fixtures/read_marks.py');
  const json = execFileSync(PYTHON, [script, folder], { encoding: 'utf8' });
  found = JSON.parse(json) as typeof found;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!PYTHON).each(Object.entries(WAYS))('made from %s', (way, { from, says }) => {
  test.each(['png', 'png-16'] as const)('%s by Pillow', (format) => {
    const file = found[nameOf(way, format, 'png')];
    expect(file.types).toEqual([says.type]);
    expect(file.title).toBe(says.title);
    expect(file.words).toMatch(says.words);
    expect(file.words).toMatch(/Asked for: age 60$/);
    expect(file.made).toMatchObject({ origin: from.origin });
    expect(JSON.stringify(file)).not.toContain(UIDS.sopInstanceUid);
    const claimsNobody = String(file.words).includes('no real patient');
    expect(claimsNobody).toBe(says.kind === 'synthetic');
  });

  test('DICOM by pydicom', () => {
    const file = found[nameOf(way, 'dicom', 'dcm')];
    const { patient, conversion, identityRemoved, burnedIn } = says;
    expect(file).toMatchObject({ synthetic: 'YES', patient, conversion });
    expect([file.identityRemoved, file.burnedIn]).toEqual([identityRemoved, burnedIn]);
    expect(file.words).toMatch(says.words);
    expect(file.uid).toMatch(/^2\.25\./);
    const named = from.dicom?.sopInstanceUid;
    expect(file.source).toEqual(named ? [[UIDS.sopClassUid, UIDS.sopInstanceUid, '121322']] : null);
  });

  test('NIfTI by nibabel', () => {
    const file = found[nameOf(way, 'nifti', 'nii.gz')];
    expect(file.kind).toBe(says.kind);
    const isWhole = says.kind === 'synthetic';
    expect(String(file.words).includes('no real patient')).toBe(isWhole);
    expect(String(file.words).includes('parts of a source image')).toBe(!isWhole);
  });

  test.skipIf(!hasExiftool)('PNG by exiftool', () => {
    const path = join(folder, nameOf(way, 'png', 'png'));
    const args = ['-json', '-n', '-DigitalSourceType', '-PNG:Description', path];
    const [tags] = JSON.parse(execFileSync('exiftool', args, { encoding: 'utf8' })) as [
      Record<string, string>,
    ];
    expect(tags.DigitalSourceType.split('/').at(-1)).toBe(says.type);
    expect(tags.Description).toMatch(says.words);
  });
});

describe.skipIf(!PYTHON)('a sheet of a sweep', () => {
  test.each(Object.entries(SHEETS))('of %s, by Pillow', (what, { says }) => {
    const file = found[`sheet of ${what}.png`];
    expect(file).toMatchObject({ types: [says.type], title: says.title });
    expect(file.words).toMatch(says.words);
    expect(file.words).toMatch(/Asked for: sweep of Age$/);
    expect(JSON.stringify(file)).not.toContain('a-source');
  });
});

test.skipIf(!PYTHON)('a sample of fine-tuning, by Pillow', () => {
  const file = found['fine-tuning sample.png'];
  expect(file).toMatchObject({ types: [SYNTHETIC.type], title: SYNTHETIC.title });
  expect(file.words).toMatch(SYNTHETIC.words);
  expect(file.made).toMatchObject({ origin: 'text' });
});
