import { parseCsv, rowOf } from '../dataset/csv-labels';
import { appError } from '../errors';
import type { Covariate } from '../models/manifest/manifest';

/** Where captions come from: one for all, a CSV, the files' names, or one for all with the sub-folder behind it. */
export type CaptionSource = 'one' | 'csv' | 'name' | 'label';

/** What is known of an image besides its pixels. */
export interface Captioned {
  caption: string;
  /** In the unit the manifest states. */
  covariates: Record<string, number>;
}

const FILE_COLUMNS = ['file', 'file_name', 'filename', 'image', 'path', 'id'];
const CAPTION_COLUMNS = ['caption', 'text', 'prompt', 'label', 'finding', 'class', 'diagnosis'];

/** Caption and covariates of each path; `text` is what stands for all, and for what has no caption of its own. */
export function captionsFor(
  paths: readonly string[],
  { source, text, csv }: { source: CaptionSource; text: string; csv: string | null },
  covariates: readonly Covariate[],
): Captioned[] {
  const shared = text.trim();
  if (source === 'csv') {
    const rows = readCaptions(csv ?? '', covariates);
    return paths.map((path) => rowOf(rows, path) ?? { caption: shared, covariates: {} });
  }
  return paths.map((path) => ({ caption: captionOf(path, source, shared), covariates: {} }));
}

function captionOf(path: string, source: CaptionSource, shared: string): string {
  const parts = path.split('/');
  if (source === 'name') return wordsOf(stemOf(parts.at(-1)!)) || shared;
  const label = parts.length > 2 ? wordsOf(parts.at(-2)!) : '';
  return source === 'label' && label ? [shared, label].filter(Boolean).join(', ') : shared;
}

/** `chest_xray-003` → `chest xray`: numbers tell files apart, and the model nothing. */
function wordsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => !/^\d+$/.test(word));
  return words.join(' ').toLowerCase();
}

function stemOf(name: string): string {
  return name.replace(/(\.nii)?\.[^.]*$/i, '');
}

function readCaptions(text: string, covariates: readonly Covariate[]): Map<string, Captioned> {
  const [header = [], ...rows] = parseCsv(text);
  const names = header.map((name) => name.trim().toLowerCase());
  const at = (wanted: readonly string[]) =>
    wanted.map((name) => names.indexOf(name)).find((column) => column >= 0);
  const [file, caption] = [at(FILE_COLUMNS), at(CAPTION_COLUMNS)];
  if (file === undefined || caption === undefined) {
    throw appError(
      'RequestInvalid',
      `The CSV does not say which column is which (expected one of ${FILE_COLUMNS.join(', ')} and one of ` +
        `${CAPTION_COLUMNS.join(', ')} in its first line, got ${names.join(', ').slice(0, 80) || 'nothing'}). ` +
        'Rename the columns, or take captions from elsewhere.',
    );
  }
  return new Map(
    rows.map((row) => {
      const known = covariates.flatMap((covariate) => {
        const value = covariateValue(covariate, row[names.indexOf(covariate.name)]);
        return value === null ? [] : [[covariate.name, value] as const];
      });
      const words = (row[caption] ?? '').trim();
      return [(row[file] ?? '').trim(), { caption: words, covariates: Object.fromEntries(known) }];
    }),
  );
}

/** A number, or the title of a choice; null where the cell is empty or means nothing here. */
function covariateValue({ choices, min, max }: Covariate, cell: string | undefined): number | null {
  const text = cell?.trim().toLowerCase();
  if (!text) return null;
  const choice = choices?.find(({ title }) => title.toLowerCase() === text);
  const value = choice?.value ?? Number(text);
  return value >= min && value <= max ? value : null;
}
