import type { DatasetDescription } from './dataset-item';
import type { LabelRow } from './labels';
import { layoutOf } from './layouts/layout-of';
import type { LayoutName } from './layouts/layout';
import layoutTitles from './layouts/titles.json';
import { SPLITS } from './splits';

/** README.md of an export: what it is, what is in it, how it was made, what it is not. Markdown. */
export function dataCard(
  description: DatasetDescription,
  rows: readonly LabelRow[],
  layout: LayoutName = 'plain',
): string {
  const { title, copyCheck, licence } = description;
  const check = copyCheck
    ? `${copyCheck.copies} of ${copyCheck.checked} images are suspiciously near to a real one. ${copyCheck.method}`
    : 'not run';
  return [
    `# ${line(title)}`,
    ...whatItIs(description),
    ...suspectsInside(description, rows, layout),
    line(description.description),
    `- Made: ${description.createdAt.toISOString().slice(0, 10)}, with Phantoscope ${description.appVersion}\n` +
      `- Version: ${line(description.version)}\n` +
      `- Licence: ${link(licence)}\n` +
      `- Copy check: ${line(check)}`,
    '## What is in it',
    countTable(rows),
    files(rows, layout),
    ...howToLoad(layout),
    ...compared(description),
    '## How it was made',
    modelTable(description),
    ...tunedTable(description),
    ...checkedWhileDrawing(description, rows),
    ...inPairs(rows),
    'Seed, prompt, covariates and settings of every image are in `labels.csv`; with the same model, backend and number of ' +
      'threads they make the same pixels again.',
    '## What it cannot be',
    '- A model shows what it has seen. Rare findings and groups of people may be missing or wrong.\n' +
      '- A label says what was asked for, not what a physician found in the image.\n' +
      '- Whatever is trained on it has to be judged on real images that were held back.',
    '## Check the files',
    '`sha256sum -c SHA256SUMS` on Linux, `shasum -a 256 -c SHA256SUMS` on macOS.',
  ].join('\n\n');
}

/** Never more than is true of every image. */
function whatItIs({ sources }: DatasetDescription): string[] {
  if (!sources) {
    return [
      '**Every image here is synthetic.** It was made by a generative model, shows no real patient and is not for diagnosis.',
    ];
  }
  const { outside, unknown } = sources;
  return [
    `**Not every image here is synthetic.** ${outside} ${outside === 1 ? 'contains' : 'contain'} parts of a source image from ` +
      `outside, which may show a real patient, and of ${unknown} nobody knows whether they do. They are in ` +
      '`with-source-parts/`; `made_from` and `source_equal_pixels` in the labels say how much. They must not count as ' +
      'synthetic. The others were made by a generative model and show no real patient. Nothing here is for diagnosis.',
  ];
}

/** Whoever exports copies all the same has to say so. */
function suspectsInside(
  { copyCheck }: DatasetDescription,
  rows: readonly LabelRow[],
  layout: LayoutName,
): string[] {
  const known = new Set(copyCheck?.suspects);
  const count = rows.filter(({ record }) => known.has(record.id)).length;
  if (count === 0) return [];
  return [
    `**${count} of these images ${count === 1 ? 'is a suspected copy of a real one' : 'are suspected copies of real ones'}.** ` +
      `They are in \`${layout === 'plain' ? 'images' : 'set-aside'}/suspected-copies/\`, and ` +
      '`suspected_copy` is `yes` in the labels. Do not pass them on before ' +
      'somebody has looked at each beside the real image.',
  ];
}

function compared({ copyCheck }: DatasetDescription): string[] {
  const { createdAt, sentences } = copyCheck?.scorecard ?? {};
  if (!createdAt || !sentences) return [];
  return [
    '## Compared with real images',
    `On ${line(createdAt.slice(0, 10))}; the figures are in \`scorecard.json\`.`,
    sentences.map((sentence) => `- ${line(sentence)}`).join('\n'),
  ];
}

/** Images for each recipe row, label and split. */
function countTable(rows: readonly LabelRow[]): string {
  const counts = new Map<string, { row: number; label: string; bySplit: Record<string, number> }>();
  for (const { record, split } of rows) {
    const key = `${record.row}\0${record.label}`;
    const entry = counts.get(key) ?? { row: record.row, label: record.label, bySplit: {} };
    entry.bySplit[split] = (entry.bySplit[split] ?? 0) + 1;
    counts.set(key, entry);
  }
  const body = [...counts.values()]
    .sort((one, other) => one.row - other.row)
    .map(({ row, label, bySplit }) => {
      const each = SPLITS.map((split) => bySplit[split] ?? 0);
      const sum = each.reduce((total, n) => total + n, 0);
      return `| ${row + 1} | ${cell(label) || '–'} | ${each.join(' | ')} | ${sum} |`;
    });
  return [
    `${rows.length} images.`,
    '',
    '| row of the recipe | label | train | validation | test | all |',
    '|---|---|---|---|---|---|',
    ...body,
  ].join('\n');
}

function files(rows: readonly LabelRow[], layout: LayoutName): string {
  const hasMasks = rows.some(({ mask }) => mask !== '');
  return [
    layout === 'plain'
      ? '- `images/`: the images'
      : `- images in the layout of ${layoutTitles[layout]}; \`file\` in the labels is the path of each`,
    ...(hasMasks
      ? [
          '- masks in the format of the images, at the paths of `mask` in the labels: one number for each instance, 0 is the ' +
            'background',
          '- `annotations/coco.json`: the same instances as COCO (uncompressed RLE, exact)',
          '- `annotations/coco-polygons.json`: the same as outlines along the edges of pixels, holes filled',
        ]
      : []),
    '- `labels.csv`, `labels.jsonl`: one line for each image, the same in both; in the CSV, text that a spreadsheet would run ' +
      'as a formula (it begins with = + - @) has an apostrophe before it',
    '- `codebook.csv`: name, unit, meaning, range and source of every column of the labels',
    '- `croissant.json`: the data set for machines (Croissant 1.0)',
    '- `SHA256SUMS`: the hash of every file',
  ].join('\n');
}

function howToLoad(layout: LayoutName): string[] {
  const { howToLoad: code } = layoutOf(layout);
  return code ? ['## How to load it', ['```python', code, '```'].join('\n')] : [];
}

function modelTable({ models }: DatasetDescription): string {
  return [
    '| model | method | version | licence | sha256 of its manifest entry |',
    '|---|---|---|---|---|',
    ...models.map(
      ({ title, version, licence, hash, method = 'Diffusion' }) =>
        `| ${cell(title)} | ${cell(method)} | ${cell(version)} | ${link(licence)} | \`${cell(hash)}\` |`,
    ),
  ].join('\n');
}

/** What was learnt on images of the user's own is a risk of its own. */
function tunedTable({ tuned = [] }: DatasetDescription): string[] {
  if (tuned.length === 0) return [];
  const rows = tuned.map(
    ({ title, strength, sha256 }) => `| ${cell(title)} | ${strength} | \`${cell(sha256)}\` |`,
  );
  return [
    ['| fine-tuned with | strength | sha256 of its factors |', '|---|---|---|', ...rows].join('\n'),
    'A fine-tuned model can repeat the images that it was shown: compare with those before passing these on.',
  ];
}

/** Whoever picks by a network must not praise the result by it. */
function checkedWhileDrawing(
  { leftOut = 0 }: DatasetDescription,
  rows: readonly LabelRow[],
): string[] {
  const checked = rows.flatMap(({ record }) => record.checked ?? []);
  if (checked.length === 0 && leftOut === 0) return [];
  const networks = [...new Set(checked.map((one) => `${one.networkId} ${one.networkSha256}`))];
  const unconfirmed = checked.filter(({ confirmed }) => !confirmed).length;
  const tries = checked.reduce((sum, one) => sum + one.tries, 0);
  const mean = (tries / Math.max(1, checked.length)).toFixed(2);
  const probability = checked.reduce((sum, one) => sum + one.probability, 0);
  const most = Math.max(1, ...checked.map(({ maxTries }) => maxTries));
  return [
    '## Checked while drawing',
    `${checked.length} of ${rows.length} images were drawn again, at most ${most} times, until a label network called them what ` +
      `the prompt asks for: ${mean} tries and a probability of ${(probability / Math.max(1, checked.length)).toFixed(2)} in the ` +
      `mean. ${unconfirmed} of them it never confirmed; the likeliest try of each is in here, with \`no\` under ` +
      `\`check_confirmed\`. ${leftOut} more were never confirmed and are left out.`,
    ...networks.map((one) => `- ${line(one.replace(' ', ', sha256 '))}`),
    '**Do not judge this data set by that network.** Its agreement was the condition for being in here, so whatever it says of ' +
      'these images is too good. What it finds hard to name is rarer here than the model draws it.',
  ];
}

/** What a pair is, and what nobody has looked at. */
function inPairs(rows: readonly LabelRow[]): string[] {
  const changed = rows.filter(({ record }) => record.change);
  if (changed.length === 0) return [];
  const firsts = new Set(rows.flatMap(({ record }) => (record.change ? [] : (record.pair ?? []))));
  const whole = changed.filter(({ record }) => firsts.has(record.pair!)).length;
  const sentences = [...new Set(changed.map(({ record }) => record.change!))];
  return [
    '## Counterfactual pairs',
    `${changed.length} images were made of another one by a sentence, which names one change and keeps the rest; of ${whole} both ` +
      'are in here. `pair` is the same in both, `change` is the sentence, and `differences/` shows how far each pixel moved. ' +
      'Both lie in the same split.',
    sentences.map((sentence) => `- ${line(sentence)}`).join('\n'),
    '**The label of a changed image says what was asked for.** Whether the change shows, and whether nothing else moved, differs ' +
      'from pair to pair: look at them, or have them checked while they are drawn.',
  ];
}

/** Text of the user's as text: no HTML, and no Markdown that could begin a line. */
function line(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/\s+/g, ' ')
    .replace(/([[\]*_`\\])/g, '\\$1')
    .trim();
}

function cell(text: string): string {
  return line(text).replaceAll('|', '\\|');
}

/** A link only where it leads to a web page. */
function link({ name, url }: { name: string; url: string }): string {
  return /^https:\/\/[^\s<>()]+$/.test(url) ? `[${cell(name)}](${url})` : cell(name);
}
