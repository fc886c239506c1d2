import type { LabelColumn } from '../labels';
import { SPLITS, type Split } from '../splits';
import type { LaidOut, Layout, LayoutFacts } from './layout';

/**
 * A folder for each split with metadata.jsonl beside its images, as `load_dataset("imagefolder")` reads it.
 * https://huggingface.co/docs/datasets/image_load
 */
const huggingface: Layout = {
  formats: ['png', 'png-16'],
  howToLoad: `from datasets import load_dataset
splits = load_dataset("imagefolder", data_dir=".")
splits["train"][0]  # image, mask where each has one, label, prompt, covariates, …`,
  begin: () => ({
    place: ({ record: { id }, split, endings }) => ({
      image: `${split}/${id}.${endings.image}`,
      mask: `${split}/masks/${id}.${endings.mask}`,
    }),
    index: metadata,
  }),
};

export default huggingface;

/** Columns of labels.csv that the folder or the file name say already. */
const ELSEWHERE = ['file', 'mask', 'split'];

function metadata(rows: readonly LaidOut[], { columns }: LayoutFacts): Record<string, string> {
  const splits = SPLITS.map((split) => [split, rows.filter((row) => row.split === split)] as const);
  const used = splits.filter(([, own]) => own.length > 0);
  const kept = columns.filter(
    (column) =>
      !ELSEWHERE.includes(column.name) &&
      // A column needs one type in all splits, and one without a single number has none.
      (isText(column) ||
        used.every(([, own]) => own.some((row) => column.value(row) !== undefined))),
  );
  const masked = rows.every(({ mask }) => mask !== '');
  return Object.fromEntries(
    used.map(([split, own]) => [
      `${split}/metadata.jsonl`,
      own.map((row) => line(row, kept, split, masked)).join(''),
    ]),
  );
}

function line(row: LaidOut, columns: LabelColumn[], split: Split, masked: boolean): string {
  const below = (path: string) => JSON.stringify(path.slice(split.length + 1));
  const files = [
    `"file_name": ${below(row.file)}`,
    ...(masked ? [`"mask_file_name": ${below(row.mask)}`] : []),
  ];
  const cells = columns.map((column) => `${JSON.stringify(column.name)}: ${cell(column, row)}`);
  return `{${[...files, ...cells].join(', ')}}\n`;
}

/** JSON of one value, always of its column's type: Arrow takes "60" for an integer and "60.0" for a float. */
function cell(column: LabelColumn, row: LaidOut): string {
  const value = column.value(row);
  if (isText(column)) return JSON.stringify(String(value ?? ''));
  if (value === undefined) return 'null';
  const text = JSON.stringify(value);
  return column.type === 'sc:Float' && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function isText({ type }: LabelColumn): boolean {
  return type === 'sc:Text' || type === 'sc:DateTime';
}
