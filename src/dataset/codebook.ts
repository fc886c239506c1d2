import type { Covariate } from '../models/manifest/manifest';
import type { DatasetDescription } from './dataset-item';
import { csvLine, inert, type LabelColumn } from './labels';

/** What an export says of a covariate: of the manifest's entry what there is; of one that no model here knows its name. */
export type CodebookCovariate = Pick<Covariate, 'name' | 'title' | 'unit'> &
  Partial<Pick<Covariate, 'min' | 'max' | 'choices' | 'help' | 'measured'>>;

const HEADER = ['name', 'type', 'unit', 'meaning', 'range', 'values', 'source'];
const TYPES: Record<LabelColumn['type'], string> = {
  'sc:Text': 'text',
  'sc:Integer': 'integer',
  'sc:Float': 'number',
  'sc:DateTime': 'time, UTC',
};

/** codebook.csv: a line for each column of labels.csv, with unit, meaning, range, the words for its values, and its source. */
export function codebookLines(columns: LabelColumn[], description: DatasetDescription): string[] {
  const covariates = new Map<string, CodebookCovariate>(
    description.covariates.map((one) => [`covariate_${one.name}`, one]),
  );
  const models = description.models.map(({ title, version }) => `${title} ${version}`).join(', ');
  const rows = columns.map(({ name, type, description: meaning }) => {
    const covariate = covariates.get(name);
    if (!covariate) return [name, TYPES[type], '', meaning, '', '', 'the recipe and the app'];
    const { unit, title, help, min, max, choices = [] } = covariate;
    return [
      ...[name, TYPES[type], unit],
      help ? `${title}. ${help}` : title,
      min === undefined || max === undefined ? '' : `${min} to ${max}`,
      choices.map(({ value, title: word }) => `${value} = ${word}`).join('; '),
      sourceOf(covariate, models),
    ];
  });
  return [csvLine(HEADER), ...rows.map((cells) => csvLine(cells.map(inert)))];
}

/** A covariate is what was asked for, and a model may not have obeyed. */
function sourceOf({ measured }: CodebookCovariate, models: string): string {
  const asked = `asked of the model (${models}), not measured in the image`;
  if (!measured) return `${asked}; whether it obeys was not measured`;
  const { range, effect, interval, n, measure } = measured;
  const [low, high] = interval.map((x) => x.toFixed(2));
  return (
    `${asked}; seen in training from ${range[0]} to ${range[1]}; correlation of asked and measured ${effect.toFixed(2)} ` +
    `(${low} to ${high}), ${n} pictures, by ${measure}`
  );
}
