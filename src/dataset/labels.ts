import type { DatasetDescription, ImageRecord } from './dataset-item';
import type { Split } from './splits';

/** What is known of a file once it is written. */
export interface LabelRow {
  record: ImageRecord;
  split: Split;
  /** Path of the image. */
  file: string;
  /** Path of its mask, or empty. */
  mask: string;
  /** Path of the picture of how a second image differs from the first of its pair; absent: there is none. */
  difference?: string;
}

/** How Croissant names the type of a column. */
export type ColumnType = 'sc:Text' | 'sc:Integer' | 'sc:Float' | 'sc:DateTime';

/** One column of labels.csv and one key of labels.jsonl. */
export interface LabelColumn {
  name: string;
  type: ColumnType;
  description: string;
  /** Undefined: an empty cell, and null in JSON. */
  value: (row: LabelRow) => string | number | undefined;
}

/**
 * The columns of a data set; covariates come last, under `covariate_NAME`. What images were tuned with, what a check while
 * drawing said, and which make a pair, is there where any were.
 */
export function labelColumns(
  {
    covariates,
    tuned = [],
    copyCheck,
    sources,
    models = [],
  }: Pick<DatasetDescription, 'covariates' | 'tuned' | 'copyCheck' | 'sources'> &
    Partial<Pick<DatasetDescription, 'models'>>,
  rows: readonly LabelRow[] = [],
): LabelColumn[] {
  return [
    text('file', 'The image', ({ file }) => file),
    text('mask', 'Its instance mask, where there is one', ({ mask }) => mask || undefined),
    text('split', 'train, validation or test', ({ split }) => split),
    ...(copyCheck?.suspects ? [suspectColumn(copyCheck.suspects)] : []),
    text('label', 'What was asked for, as a class', ({ record }) => record.label || undefined),
    integer('recipe_row', 'Row of the recipe, from 0', ({ record }) => record.row),
    text('prompt', 'What was asked for, in words', ({ record }) => record.prompt),
    text(
      'negative_prompt',
      'What was not wanted',
      ({ record }) => record.negativePrompt || undefined,
    ),
    integer('seed', 'Seed of its noise', ({ record }) => record.seed),
    integer('image_index', 'Index of its noise within the seed', ({ record }) => record.imageIndex),
    integer(
      'num_inference_steps',
      'Steps of the sampler',
      ({ record }) => record.numInferenceSteps,
    ),
    float('guidance_scale', 'Strength of the guidance', ({ record }) => record.guidanceScale),
    text('scheduler', 'Sampler', ({ record }) => record.scheduler),
    text('model', 'Model', ({ record }) => record.modelId),
    text('model_sha256', "sha256 of the model's manifest entry", ({ record }) => record.modelHash),
    ...(models.some(({ method }) => method) ? [methodColumn(models)] : []),
    ...(tuned.length > 0 ? TUNED_COLUMNS : []),
    ...(rows.some(({ record }) => record.moreLoras?.length) ? [MORE_TUNED] : []),
    ...(rows.some(({ record }) => record.checked) ? CHECK_COLUMNS : []),
    ...(sources ? SOURCE_COLUMNS : []),
    {
      ...text('created_at', 'When it was made', ({ record }) => record.createdAt.toISOString()),
      type: 'sc:DateTime',
    },
    text('parent', 'The image it was made from', ({ record }) => record.parent),
    ...(rows.some(({ record }) => record.pair) ? PAIR_COLUMNS : []),
    ...covariates.map(({ name, title, unit }) =>
      float(
        `covariate_${name}`,
        unit ? `${title}, ${unit}` : title,
        ({ record }) => record.covariates[name],
      ),
    ),
  ];
}

function suspectColumn(suspects: readonly string[]) {
  const known = new Set(suspects);
  return text(
    'suspected_copy',
    'Whether it repeats a real image, as far as compared',
    ({ record }) => (known.has(record.id) ? 'yes' : 'no'),
  );
}

/** There are rivals of diffusion in it: which picture is whose. */
function methodColumn(models: DatasetDescription['models']) {
  const methods = new Map(models.map(({ hash, method }) => [hash, method]));
  return text(
    'method',
    'How the model makes pictures',
    ({ record }) => methods.get(record.modelHash) ?? 'Diffusion',
  );
}

const TUNED_COLUMNS = [
  text('tuned_model', 'Fine-tuning used with the model', ({ record }) => record.lora?.title),
  text('tuned_sha256', 'sha256 of its factors', ({ record }) => record.lora?.sha256),
  float('tuned_strength', 'How much of it was used', ({ record }) => record.lora?.strength),
];

const MORE_TUNED = text(
  'more_tuned',
  'Further ones that the prompt named: name, strength and sha256 of each',
  ({ record }) =>
    record.moreLoras
      ?.map(({ title, strength, sha256 }) => `${title} ${strength} ${sha256}`)
      .join('; '),
);

const CHECK_COLUMNS = [
  text('check_confirmed', 'Whether the checker saw what the prompt names', ({ record }) =>
    record.checked ? (record.checked.confirmed ? 'yes' : 'no') : undefined,
  ),
  float(
    'check_probability',
    'What the checker gave to what the prompt names, 0 to 1',
    ({ record }) => record.checked?.probability,
  ),
  text('check_called', 'What the checker calls it', ({ record }) => record.checked?.called),
  integer('check_tries', 'How often it was drawn', ({ record }) => record.checked?.tries),
  integer(
    'check_first_seed',
    'Seed of the first try; `seed` is that of the try kept',
    ({ record }) => record.checked?.firstSeed,
  ),
];

const PAIR_COLUMNS = [
  text(
    'pair',
    'The same in an image and in what was made of it by one change',
    ({ record }) => record.pair,
  ),
  text(
    'change',
    'Of the second image of a pair: what was to change',
    ({ record }) => record.change,
  ),
  text(
    'difference',
    'How far it is from the first image of its pair: grey, the mean of the three colours',
    ({ difference }) => difference,
  ),
];

const nearest = ({ record }: LabelRow) => record.provenance.similarity?.[0];
const SOURCE_COLUMNS = [
  text(
    'made_from',
    'text, mask, sketch, synthetic image, outside (an image of another source) or unknown',
    ({ record }) => record.provenance.origin,
  ),
  float(
    'source_equal_pixels',
    'Share of pixels that are those of the image it was made from',
    (row) => nearest(row)?.equalPixels,
  ),
  float(
    'source_correlation',
    'Correlation of its brightness with that image',
    (row) => nearest(row)?.correlation,
  ),
];

function text(name: string, description: string, value: LabelColumn['value']): LabelColumn {
  return { name, type: 'sc:Text', description, value };
}

function integer(name: string, description: string, value: LabelColumn['value']): LabelColumn {
  return { name, type: 'sc:Integer', description, value };
}

function float(name: string, description: string, value: LabelColumn['value']): LabelColumn {
  return { name, type: 'sc:Float', description, value };
}

/** The header line of labels.csv, with its line end. */
export function csvHeader(columns: LabelColumn[]): string {
  return csvLine(columns.map(({ name }) => name));
}

/** One line of labels.csv (RFC 4180), with its line end. */
export function csvRow(columns: LabelColumn[], row: LabelRow): string {
  return csvLine(
    columns.map(({ type, value }) => {
      const cell = String(value(row) ?? '');
      return type === 'sc:Text' ? inert(cell) : cell;
    }),
  );
}

/**
 * Text that a spreadsheet would run as a formula, with an apostrophe before it, which spreadsheets take for "this is text".
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function inert(cell: string): string {
  return /^\s*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

/** One line of a CSV file, RFC 4180. */
export function csvLine(cells: string[]): string {
  const quoted = cells.map((cell) =>
    /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(',')}\r\n`;
}

/** One line of labels.jsonl, with its line end. */
export function jsonRow(columns: LabelColumn[], row: LabelRow): string {
  const entries = columns.map(({ name, value }) => [name, value(row) ?? null] as const);
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}
