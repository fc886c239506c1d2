import { appError } from '../errors';
import { IMAGE_ENDING } from '../image/image-file-name';

const FILE_COLUMNS = ['file', 'filename', 'file_name', 'image', 'path', 'id'];
const LABEL_COLUMNS = ['label', 'class', 'finding', 'diagnosis', 'target', 'category'];
const CAPTION_COLUMNS = ['caption', 'text', 'prompt'];

/**
 * Of the files of a folder the CSV that says something of images: an exported data set has a codebook beside its labels.
 * Where several do, the one nearest to the top; where none does, the first, whose error then says what is wrong with it.
 */
export async function labelTableOf<Dropped extends { path: string; file: Blob }>(
  files: readonly Dropped[],
): Promise<Dropped | undefined> {
  const depth = ({ path }: Dropped) => path.split('/').length;
  const tables = files.filter(({ path }) => /\.csv$/i.test(path));
  for (const table of [...tables].sort((a, b) => depth(a) - depth(b))) {
    const [header = []] = parseCsv(await table.file.text());
    const names = new Set(header.map((name) => name.trim().toLowerCase()));
    const has = (columns: string[]) => columns.some((name) => names.has(name));
    if (has(FILE_COLUMNS) && has([...LABEL_COLUMNS, ...CAPTION_COLUMNS])) return table;
  }
  return tables[0];
}

/** File name or path → label, out of a CSV with a header. Throws `RequestInvalid` where no columns can be those. */
export function parseCsvLabels(text: string): Map<string, string> {
  const [header = [], ...rows] = parseCsv(text);
  const names = header.map((name) => name.trim().toLowerCase());
  const file = FILE_COLUMNS.map((name) => names.indexOf(name)).find((at) => at >= 0);
  const label = LABEL_COLUMNS.map((name) => names.indexOf(name)).find((at) => at >= 0);
  if (file === undefined || label === undefined) {
    throw appError(
      'RequestInvalid',
      `The CSV does not say which column is which (expected one of ${FILE_COLUMNS.join(', ')} and one of ` +
        `${LABEL_COLUMNS.join(', ')} in its first line, got ${names.join(', ').slice(0, 80) || 'nothing'}). ` +
        'Rename the columns, or leave the CSV out: sub-folders then are the labels.',
    );
  }
  return new Map(rows.map((row) => [(row[file] ?? '').trim(), (row[label] ?? '').trim()]));
}

/** What a CSV says of a file, which it names with its folders or without, with its ending or without. */
export function rowOf<Row>(rows: ReadonlyMap<string, Row>, path: string): Row | undefined {
  const parts = path.split('/');
  const names = [path, parts.slice(1).join('/'), parts.at(-1)!];
  return names
    .flatMap((name) => [name, name.replace(IMAGE_ENDING, '')])
    .map((name) => rows.get(name))
    .find((row) => row !== undefined);
}

/**
 * Rows of cells; quotes as in RFC 4180, separated by comma, semicolon or tab, whichever the first line has most of. A byte order
 * mark, as spreadsheets write it, is left out.
 */
export function parseCsv(csv: string): string[][] {
  const text = csv.replace(/^\uFEFF/, '');
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const count = (separator: string) => firstLine.split(separator).length;
  const separator = [',', ';', '\t'].reduce((a, b) => (count(b) > count(a) ? b : a));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || row[0] !== '') rows.push(row);
    [row, cell] = [[], ''];
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === separator) {
      row.push(cell);
      cell = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r') cell += char;
  }
  endRow();
  return rows;
}
