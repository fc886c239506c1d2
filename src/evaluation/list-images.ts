import { parseCsv } from '../dataset/csv-labels';
import { appError } from '../errors';
import { IMAGE_ENDING, mayBeImage } from '../image/image-file-name';
import { pairMasks } from './usefulness/pair-masks';
import type { EvaluationImage } from './report/report';

const COLUMNS = {
  file: ['file', 'filename', 'file_name', 'image', 'path', 'id'],
  label: ['label', 'class', 'finding', 'diagnosis', 'target', 'category'],
  prompt: ['prompt', 'caption', 'text'],
  group: ['patient', 'patient_id', 'patientid', 'subject', 'subject_id', 'group'],
};
/** Columns by which subgroups are told apart. */
const ATTRIBUTES = ['sex', 'gender', 'age', 'skin_tone', 'view'];

/** What a CSV says of one file. */
type Row = Omit<EvaluationImage, 'name'>;

/**
 * Files of a folder as images: labels from the CSV, else from sub-folders; other files are left out, and so are masks, which
 * are named with their images.
 */
export function listImages(paths: readonly string[], csv: string | null): EvaluationImage[] {
  const table = csv === null ? null : parseImageTable(csv);
  const files = paths.filter(mayBeImage).sort(naturally);
  const masks = pairMasks(files);
  const taken = new Set(masks.values());
  return files
    .filter((name) => !taken.has(name))
    .map((name) => {
      const mask = masks.get(name);
      const known = table ? find(table, name) : fromFolder(name);
      return { name, ...known, ...(mask === undefined ? {} : { mask }) };
    });
}

/** `RequestInvalid` where a CSV was given and names none of the files. */
export function checkLabels(images: readonly EvaluationImage[], csv: string | null) {
  if (csv === null || images.length === 0 || images.some(({ label }) => label !== '')) return;
  const [first] = parseImageTable(csv).keys();
  throw appError(
    'RequestInvalid',
    `The CSV names none of the ${images.length} image files (it has "${first ?? 'no rows'}", the folder has ` +
      `"${images[0].name}"). Write paths as they are in the folder, or leave the CSV out: sub-folders then are the labels.`,
  );
}

/** File → label, patient and subgroups, out of a CSV with a header. */
export function parseImageTable(text: string): Map<string, Row> {
  const [header = [], ...rows] = parseCsv(text);
  const names = header.map((name) => name.trim().toLowerCase());
  const column = (known: string[]) => names.findIndex((name) => known.includes(name));
  const [file, label, group, prompt] = [
    COLUMNS.file,
    COLUMNS.label,
    COLUMNS.group,
    COLUMNS.prompt,
  ].map(column);
  if (file < 0 || label < 0) {
    throw appError(
      'RequestInvalid',
      `The CSV does not say which column is which (expected one of ${COLUMNS.file.join(', ')} and one of ` +
        `${COLUMNS.label.join(', ')} in its first line, got ${names.join(', ').slice(0, 80) || 'nothing'}). ` +
        'Rename the columns, or leave the CSV out: sub-folders then are the labels.',
    );
  }
  const attributes = ATTRIBUTES.flatMap((name) => {
    const at = names.indexOf(name);
    return at < 0 ? [] : [{ name, at }];
  });
  return new Map(
    rows.map((row) => {
      const cell = (at: number) => (row[at] ?? '').trim();
      const known = attributes.flatMap(({ name, at }) =>
        cell(at) === '' ? [] : [[name, name === 'age' ? ageBand(cell(at)) : cell(at)]],
      );
      const owner = group < 0 ? '' : cell(group);
      const told = prompt < 0 ? '' : cell(prompt);
      return [
        cell(file),
        {
          label: cell(label),
          attributes: Object.fromEntries(known) as Record<string, string>,
          ...(owner === '' ? {} : { group: owner }),
          ...(told === '' ? {} : { prompt: told }),
        },
      ];
    }),
  );
}

/** "0–19", "20–39", … "80 and over"; what is no number stays as it is. */
function ageBand(age: string): string {
  const years = Number.parseFloat(age);
  if (Number.isNaN(years)) return age;
  const from = Math.min(80, Math.floor(years / 20) * 20);
  return from === 80 ? '80 and over' : `${from}–${from + 19}`;
}

/** A CSV names files with their folders or without, with their ending or without. */
function find(table: Map<string, Row>, path: string): Row {
  const parts = path.split('/');
  const name = parts[parts.length - 1];
  const names = [path, parts.slice(1).join('/'), name, name.replace(IMAGE_ENDING, '')];
  for (const one of names) {
    const row = table.get(one);
    if (row) return row;
  }
  return { label: '' };
}

function fromFolder(path: string): Row {
  return { label: path.split('/').at(-2) ?? '' };
}

function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
