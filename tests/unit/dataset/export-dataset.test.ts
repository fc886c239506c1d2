import { expect, test } from 'vitest';
import { parseCsv } from '../../../src/dataset/csv-labels';
import { datasetFiles, sha256 } from '../../../src/dataset/export-dataset';
import { collect, items, OPTIONS } from './collect-export';
import { DESCRIPTION, record, toyItem, toyPng } from './toy-dataset';

test('an export is images, masks, labels, COCO, Croissant, a card, and hashes last', async () => {
  expect([...(await collect(items)).keys()]).toEqual([
    'images/image-00000.png',
    'images/image-00001.png',
    'masks/image-00001.png',
    'images/image-00002.png',
    'masks/image-00002.png',
    'images/image-00003.png',
    'masks/image-00003.png',
    'labels.csv',
    'labels.jsonl',
    'codebook.csv',
    'annotations/coco.json',
    'annotations/coco-polygons.json',
    'croissant.json',
    'README.md',
    'SHA256SUMS',
  ]);
});

test('SHA256SUMS names every other file with its hash', async () => {
  const files = await collect(items);
  const lines = (await files.get('SHA256SUMS')!.text()).trimEnd().split('\n');
  expect(lines).toHaveLength(files.size - 1);
  for (const line of lines) {
    const [hash, path] = line.split('  ');
    expect(hash).toBe(await sha256(files.get(path)!));
  }
});

test('labels.csv and labels.jsonl say the same', async () => {
  const odd = toyItem(9, false, {
    prompt: 'a "quoted", text\nof two lines',
    covariates: {},
    label: '',
  });
  const files = await collect([toyItem(0), odd]);
  const csv = await files.get('labels.csv')!.text();
  const json = (await files.get('labels.jsonl')!.text()).trimEnd().split('\n');
  const second = JSON.parse(json[1]) as Record<string, unknown>;

  expect(csv.split('\r\n')[0]).toMatch(/^file,mask,split,label,recipe_row,prompt.*covariate_age$/);
  expect(csv).toContain('"a ""quoted"", text\nof two lines"');
  expect(csv.split('\r\n')[1]).toMatch(
    /^images\/image-00000\.png,masks\/image-00000\.png,\w+,normal,0,/,
  );
  expect(csv.split('\r\n')[1]).toMatch(/,60$/);
  expect(second).toMatchObject({
    file: 'images/image-00009.png',
    mask: null,
    label: null,
    prompt: 'a "quoted", text\nof two lines',
    covariate_age: null,
    created_at: '2026-11-22T10:00:09.000Z',
  });
});

test('the data card says what it is, that no copy check was run, and runs no HTML', async () => {
  const card = await (await collect(items)).get('README.md')!.text();
  expect(card).toContain('Every image here is synthetic');
  expect(card).toContain('Copy check: not run');
  expect(card).toMatch(/\| 1 \| normal \| 2 \| 1 \| 1 \| 4 \|/);
  expect(card).not.toMatch(/<script|[^\\]\]\(javascript/);
});

test('a copy check that was run is in the card', async () => {
  const checked = { ...DESCRIPTION, copyCheck: { copies: 2, checked: 40, method: 'By features.' } };
  let card = '';
  for await (const { path, blob } of datasetFiles([toyItem(0)], checked, OPTIONS)) {
    if (path === 'README.md') card = await blob.text();
  }
  expect(card).toContain(
    'Copy check: 2 of 40 images are suspiciously near to a real one. By features.',
  );
});

test('what images were fine-tuned with is in labels, card and Croissant, and only there where any were', async () => {
  const tuned = { sha256: 'cd'.repeat(32), title: 'Knees', strength: 0.8 };
  const files = new Map<string, Blob>();
  const described = { ...DESCRIPTION, tuned: [tuned] };
  const some = [toyItem(0, false, { lora: tuned }), toyItem(1, false)];
  for await (const { path, blob } of datasetFiles(some, described, OPTIONS)) files.set(path, blob);
  const [first, second] = (await files.get('labels.jsonl')!.text()).trim().split('\n');
  expect(JSON.parse(first)).toMatchObject({
    ...{ tuned_model: 'Knees', tuned_sha256: 'cd'.repeat(32), tuned_strength: 0.8 },
  });
  expect(JSON.parse(second)).toMatchObject({ tuned_model: null, tuned_strength: null });
  expect(await files.get('README.md')!.text()).toContain(
    `| Knees | 0.8 | \`${'cd'.repeat(32)}\` |`,
  );
  expect(await files.get('croissant.json')!.text()).toContain('fine-tuned with Knees');
  const plain = await collect(items);
  expect(await plain.get('labels.csv')!.text()).not.toContain('tuned_model');
  expect(await plain.get('README.md')!.text()).not.toContain('fine-tuned');
});

test('suspected copies lie in a folder of their own, and labels, card and scorecard say so', async () => {
  const scorecard = {
    createdAt: '2026-11-23T06:00:00.000Z',
    sentences: ['Copies? 1 (50.0 %), <b>above</b> the limit.'],
    figures: { copies: { count: 1 } },
  };
  const found = { copies: 1, checked: 2, method: 'By pixels.', limit: 0.01, scorecard };
  const copyCheck = { ...found, suspects: ['image-00001'] };
  const files = new Map<string, Blob>();
  const description = { ...DESCRIPTION, copyCheck };
  for await (const { path, blob } of datasetFiles([toyItem(0), toyItem(1)], description, OPTIONS)) {
    files.set(path, blob);
  }
  expect([...files.keys()].filter((path) => path.startsWith('images/'))).toEqual([
    'images/image-00000.png',
    'images/suspected-copies/image-00001.png',
  ]);
  const rows = (await files.get('labels.jsonl')!.text()).trimEnd().split('\n');
  expect(rows.map((row) => (JSON.parse(row) as Record<string, unknown>).suspected_copy)).toEqual([
    'no',
    'yes',
  ]);
  const card = await files.get('README.md')!.text();
  expect(card).toContain('**1 of these images is a suspected copy of a real one.**');
  expect(card).toContain('- Copies? 1 (50.0 %), &lt;b>above&lt;/b> the limit.');
  expect(JSON.parse(await files.get('scorecard.json')!.text())).toEqual(scorecard);
  expect(await files.get('SHA256SUMS')!.text()).toContain(
    'images/suspected-copies/image-00001.png',
  );
});

test.each(['../evil', 'a/b', 'a\\b', '', '.hidden', 'x'.repeat(200)])(
  'the id %j is refused',
  async (id) => {
    await expect(collect([toyItem(0, false, { id })])).rejects.toMatchObject({
      name: 'RequestInvalid',
    });
  },
);

test('two images of one name are refused, also where only capitals differ', async () => {
  const twice = [toyItem(0, false, { id: 'a' }), toyItem(1, false, { id: 'A' })];
  await expect(collect(twice)).rejects.toMatchObject({ name: 'RequestInvalid' });
});

test('pixels are asked for one image at a time, and no more once aborted', async () => {
  let loads = 0;
  const counted = Array.from({ length: 5 }, (_, i) => ({
    record: record(i),
    load: async () => (loads++, { png: toyPng(i) }),
  }));
  const controller = new AbortController();
  const files = datasetFiles(counted, DESCRIPTION, { ...OPTIONS, signal: controller.signal });
  await files.next();
  expect(loads).toBe(1);
  await files.next();
  expect(loads).toBe(2);
  controller.abort();
  await expect(files.next()).rejects.toMatchObject({ name: 'AbortError' });
  expect(loads).toBe(2);
});

test.each(['=HYPERLINK("http://x")', '+1', '-2+3', '@SUM(A1)', ' =1', '\t=1', '\r=1'])(
  'a label of %j is text to a spreadsheet, and itself in JSON',
  async (label) => {
    const files = await collect([toyItem(0, false, { label, covariates: { age: -1 } })]);
    const [, row] = parseCsv(await files.get('labels.csv')!.text());
    expect(row[3]).toBe(`'${label}`);
    expect(row.at(-1)).toBe('-1'); // numbers stay numbers
    const json = JSON.parse(await files.get('labels.jsonl')!.text()) as { label: string };
    expect(json.label).toBe(label);
  },
);

test('a check while drawing is in the labels and on the card, which warns of its network', async () => {
  const checked = {
    ...{ networkId: 'label-network', networkSha256: 'cd'.repeat(32), asked: ['glioma tumor'] },
    ...{ called: 'glioma tumor', confirmed: true, probability: 0.93 },
    ...{ tries: 3, maxTries: 4, firstSeed: 7 },
  };
  const missed = { ...checked, called: 'no tumor', confirmed: false, probability: 0.25, tries: 4 };
  const late = toyItem(1, false);
  const files = await collect([
    toyItem(0, false, { checked, seed: 99 }),
    // Known only once the image is made, as in a terminal.
    {
      ...late,
      load: async () => ({ ...(await late.load())!, made: { seed: 5, checked: missed } }),
    },
    { ...toyItem(2, false), load: () => Promise.resolve(null) },
    toyItem(3, false),
  ]);
  const lines = (await files.get('labels.jsonl')!.text()).trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({
    ...{ seed: 99, check_confirmed: 'yes', check_probability: 0.93, check_tries: 3 },
    ...{ check_called: 'glioma tumor', check_first_seed: 7 },
  });
  expect(rows[1]).toMatchObject({ seed: 5, check_confirmed: 'no', check_called: 'no tumor' });
  expect(rows[2]).toMatchObject({ check_confirmed: null, check_tries: null });
  expect([...files.keys()]).not.toContain('images/image-00002.png');

  const card = await files.get('README.md')!.text();
  expect(card).toContain('2 of 3 images were drawn again, at most 4 times');
  expect(card).toContain('3.50 tries and a probability of 0.59'); // (3 + 4) / 2, (0.93 + 0.25) / 2
  expect(card).toContain('1 of them it never confirmed');
  expect(card).toContain('1 more were never confirmed and are left out');
  expect(card).toContain(`label-network, sha256 ${'cd'.repeat(32)}`);
  expect(card).toContain('**Do not judge this data set by that network.**');
});

test('without a check neither labels nor card speak of one', async () => {
  const files = await collect(items);
  expect(await files.get('labels.csv')!.text()).not.toContain('check_');
  expect(await files.get('README.md')!.text()).not.toContain('Checked while drawing');
});
