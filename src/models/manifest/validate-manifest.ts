import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import { appError } from '../../errors';
import { completeEntry } from './generator';
import type { DiffusionEntry, GeneratorEntry, ModelEntry, ModelManifest } from './manifest';
import { modelFiles, splitFile } from './model-files';
import schema from './manifest.schema.json';
import { SCHEDULER_TITLES, schedulerId } from './scheduler-names';

/** Reads the schema as it checks: a compiled one needs `eval`, which the page's policy forbids, or 24 kB of a visit. */
const validator = new Validator(schema as Schema, '7');

/** Returns the value as a manifest, or throws `ManifestInvalid` naming the first thing that is wrong. */
export function validateManifest(value: unknown): ModelManifest {
  const { valid, errors } = validator.validate(value);
  // Each step on the way down reports as well; the last one stands where the fault is.
  if (!valid) throw invalid(describe(errors[errors.length - 1]));
  const manifest = value as ModelManifest;
  for (const file of manifest.models.flatMap(modelFiles)) splitFile(file);
  const ids = manifest.models.map((model) => model.id);
  if (new Set(ids).size !== ids.length) throw invalid(`two models have one id (${ids.join(', ')})`);
  if (!ids.includes(manifest.defaultModel)) {
    throw invalid(`defaultModel is "${manifest.defaultModel}", expected one of ${ids.join(', ')}`);
  }
  for (const model of manifest.models) checkModel(model);
  manifest.models.forEach(completeEntry);
  return manifest;
}

/** What a schema cannot say: sums, cross-references and orders. */
function checkModel(model: ModelEntry) {
  for (const file of modelFiles(model)) {
    const sum = file.shards.reduce((bytes, shard) => bytes + shard.bytes, 0);
    if (sum !== file.bytes) {
      throw invalid(
        `${model.id}: shards of ${file.name} hold ${sum} bytes, expected ${file.bytes}`,
      );
    }
  }
  if (model.kind === 'generator') return checkLabels(model);
  for (const { type } of model.schedulers) {
    if (Object.hasOwn(SCHEDULER_TITLES, type)) continue;
    const known = Object.keys(SCHEDULER_TITLES).join(', ');
    throw invalid(`${model.id}: there is no scheduler of type ${type}, expected one of ${known}`);
  }
  const schedulers = model.schedulers.map(schedulerId);
  if (new Set(schedulers).size !== schedulers.length) {
    throw invalid(`${model.id}: two schedulers have one id (${schedulers.join(', ')})`);
  }
  if (!schedulers.includes(model.defaults.scheduler)) {
    throw invalid(
      `${model.id}: the default scheduler is ${model.defaults.scheduler}, expected one of ` +
        schedulers.join(', '),
    );
  }
  checkSecondText(model);
  if (model.volume?.size.some((voxels) => voxels % model.latents.downscale !== 0)) {
    throw invalid(
      `${model.id}: volume.size is ${model.volume.size.join(' × ')}, expected multiples of latents.downscale`,
    );
  }
  const { patch, weights } = model.preview;
  const [rows, columns] = [3 * patch * patch, model.latents.channels + 1];
  if (weights.length !== rows || weights.some((row) => row.length !== columns)) {
    throw invalid(`${model.id}: preview.weights must have ${rows} rows of ${columns} numbers`);
  }
  for (const [name, [min, max]] of Object.entries(model.ranges)) {
    if (min > max) throw invalid(`${model.id}: ranges.${name} runs from ${min} down to ${max}`);
  }
  for (const { name, min, max } of model.conditions.covariates) {
    if (min >= max) throw invalid(`${model.id}: covariate ${name} runs from ${min} to ${max}`);
  }
}

/** What a second text encoder says beside its embeds is what the UNet's added conditions are made of. */
function checkSecondText({ id, components: { textEncoder2, unet } }: DiffusionEntry) {
  const told = unet.inputs.pooledEmbeds !== undefined;
  if (!textEncoder2) {
    if (!told) return;
    throw invalid(
      `${id}: the UNet takes pooledEmbeds, expected a component textEncoder2 that gives them`,
    );
  }
  if (!textEncoder2.outputs.promptEmbeds || (told && !textEncoder2.outputs.pooledEmbeds)) {
    const names = Object.keys(textEncoder2.outputs).join(', ');
    throw invalid(
      `${id}: textEncoder2 has the outputs ${names}, expected promptEmbeds and pooledEmbeds`,
    );
  }
}

/** Two labels that differ in case only could not be told apart where one is typed. */
function checkLabels({ id, generator: { labels } }: GeneratorEntry) {
  const distinct = new Set(labels.map((label) => label.trim().toLowerCase()));
  if (distinct.size === labels.length) return;
  throw invalid(`${id}: two of the labels are the same (${labels.join(', ')})`);
}

function describe({ keyword, keywordLocation, instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.slice(1) || 'the top level';
  if (keyword === 'false') return `${place} is not a key of this format`;
  const expected = keyword === 'pattern' ? `, expected ${String(schemaAt(keywordLocation))}` : '';
  return `${place}: ${error.replace(/\.$/, '')}${expected}`;
}

/** What the schema says at a place, such as "#/properties/models/items/$ref/properties/id/pattern". */
function schemaAt(location: string): unknown {
  type Node = Record<string, unknown>;
  return location
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => {
      const inside = (node as Node)[key];
      if (key !== '$ref') return inside;
      return (schema.definitions as Node)[String(inside).replace('#/definitions/', '')];
    }, schema);
}

function invalid(what: string) {
  return appError(
    'ManifestInvalid',
    `The model manifest is not valid: ${what}. Correct model-manifest.json (its schema is ` +
      'src/models/manifest/manifest.schema.json) or go back to the published one, then reload.',
  );
}
